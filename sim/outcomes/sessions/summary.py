"""A session in numbers: the utility of each side, and its distance from the domain's solutions."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sim.outcomes.domains.domain import SIDES
from sim.outcomes.sessions.transcript import Session
from sim.outcomes.solving.solution_concepts import Solutions, euclidean_distance, find_solutions


@dataclass(frozen=True)
class SolutionDistance:
    """The utilities of a solution, and the distance of the session's end from it."""

    name: str
    number: int
    buyer: float
    vendor: float
    distance: float


@dataclass(frozen=True)
class SessionSummary:
    """A session compared with its domain; distances are Euclidean, in utilities before discount."""

    session: Session
    solutions: Solutions
    gains: tuple[float, float]  # over the reservation values, before discount
    optimal: bool  # no outcome is better for one side and no worse for the other
    to_frontier: float
    distances: tuple[SolutionDistance, ...]


def summarise(session: Session, known: Solutions | None = None) -> SessionSummary:
    """Return a session compared with the frontier and the solutions of its domain.

    `known` are the domain's solutions, if they have been computed before.
    """
    found = find_solutions(session.domain) if known is None else known
    buyer, vendor = session.utilities
    one, two = found.disagreement
    near = euclidean_distance(*(found.frontier.utilities - (buyer, vendor)).T).min()
    distances = tuple(
        SolutionDistance(p.name, p.number, p.buyer, p.vendor, p.distance(buyer, vendor))
        for p in found.points
    )
    optimal = session.agreed and found.optimal(buyer, vendor)
    return SessionSummary(
        session, found, (buyer - one, vendor - two), optimal, float(near), distances
    )


def summary_record(summary: SessionSummary, trace: bool = False) -> dict[str, Any]:
    """Return a summary as plain values, ready for JSON; with `trace` it has all offers."""
    session, domain = summary.session, summary.session.domain
    sides = {
        side: {
            "profile": domain.profiles[k].name,
            "strategy": str(session.plays[k]),
            "reservation": domain.profiles[k].reservation,
            "utility": session.utilities[k],
            "after_discount": session.paid[k],
            "gain": summary.gains[k],
        }
        for k, side in enumerate(SIDES)
    }
    found: dict[str, Any] = {
        "domain": domain.name,
        "outcomes": domain.count,
        "protocol": session.protocol,
        "rounds": session.rounds,
        "agreement": _outcome_in_words(summary, session.number) if session.agreed else None,
        "number": session.number,
        "round": session.turn + 1 if session.agreed else None,
        "relative_time": session.time,
        "taken_by": session.taker or None,
        **sides,
        "frontier": len(summary.solutions.frontier),
        "zone": summary.solutions.zone,
        "pareto_optimal": summary.optimal,
        "distance_to_frontier": summary.to_frontier,
        "distances": [
            asdict(d) | {"outcome": _outcome_in_words(summary, d.number)} for d in summary.distances
        ],
    }
    if trace:
        found["offers"] = [
            asdict(utterance) | {"outcome": _outcome_in_words(summary, utterance.number)}
            for utterance in session.utterances
        ]
    return found


def _outcome_in_words(summary: SessionSummary, number: int) -> dict[str, str]:
    """Return an outcome as values by name of the issue."""
    domain = summary.session.domain
    names = [issue.name for issue in domain.issues]
    return dict(zip(names, domain.values(number), strict=True))
