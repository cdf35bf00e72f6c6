"""The laboratory's own talks over outcomes in the limits of T14, T24 and T27."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.sessions.session import negotiate
from sim.outcomes.solving.solution_concepts import find_solutions
from sim.theory.packages import PayoffTable
from sim.theory.solutions import UtilityFrontier

VETO, FEEDBACK = "veto_text", "feedback_text"
CLIMBER = "hill_climber"
POINTS = 20_001


def build_domain(
    first: np.ndarray, second: np.ndarray, reservations: tuple[float, float] = (0.0, 0.0)
) -> Domain:
    """Return a domain from two tables of payoffs, one for each side.

    `first` and `second` have shape (issues, levels) and entries from 0 on: the payoff of each
    level. Utilities are scaled so that a side's best outcome is 1; `reservations` are on that
    scale.
    """
    issues = tuple(
        DomainIssue(f"issue {i}", tuple(f"level {level}" for level in range(len(row))))
        for i, row in enumerate(first)
    )
    profiles = []
    for name, payoffs, floor in zip(
        ("buyer", "vendor"), (first, second), reservations, strict=True
    ):
        top = payoffs.max(axis=1)
        scale = np.where(top > 0.0, top, 1.0)
        evaluations = tuple(tuple(row) for row in (payoffs / scale[:, None]).tolist())
        weights = tuple((top / top.sum()).tolist())
        profiles.append(Profile(name, weights, evaluations, floor))
    return Domain("drawn", issues, (profiles[0], profiles[1]))


def solve_frontier(
    frontier: UtilityFrontier, disagreement: tuple[float, float]
) -> dict[str, float]:
    """Return the first side's utility at each solution, by name, among outcomes along a frontier.

    The frontier runs from (most, 0) to (0, 1) and is divided into POINTS outcomes.
    """
    grid = np.linspace(0.0, frontier.most, POINTS)
    other = np.array([frontier.of(float(u)) for u in grid])
    found = find_solutions(build_domain(grid[None, :], other[None, :], disagreement))
    return {point.name: point.buyer for point in found.points}


def text_joint_shares(
    table: PayoffTable, protocol: str, texts: int, rounds: int, seed: int
) -> np.ndarray:
    """Return the joint payoff of hill-climbers under a mediator's text, by text.

    As shares of the highest joint payoff. `protocol` is VETO or FEEDBACK.
    """
    given = build_domain(table.first, table.second)
    tops = table.first.max(axis=1).sum(), table.second.max(axis=1).sum()
    most = (table.first + table.second).max(axis=1).sum()
    found = np.zeros(texts)
    for nth in range(texts):
        one, two = _agreed_utilities(given, protocol, rounds, seed, nth)
        found[nth] = (one * tops[0] + two * tops[1]) / most
    return found


def _agreed_utilities(
    given: Domain, protocol: str, rounds: int, seed: int, nth: int
) -> tuple[float, float]:
    return negotiate(given, CLIMBER, CLIMBER, protocol, rounds, seed=seed, session=nth).utilities


@cache
def independent_issue_shares(issues: int, texts: int, rounds: int, seed: int) -> np.ndarray:
    """Return joint utility by text, from 0 at the worst outcome to 1 at the best.

    The issues are binary, drawn at random, and do not interact.
    """
    draws = np.random.default_rng([seed, issues])
    found = np.zeros(texts)
    for nth in range(texts):
        effects = draws.uniform(-1.0, 1.0, (2, issues))
        # A level that costs is worth nothing, and the other level what it would cost.
        payoffs = np.stack([np.maximum(0.0, -effects), np.maximum(0.0, effects)], axis=2)
        given, tops = build_domain(*payoffs), np.abs(effects).sum(axis=1)
        worth = np.dot(_agreed_utilities(given, VETO, rounds, seed, nth), tops)
        together = payoffs.sum(axis=0)
        worst, best = together.min(axis=1).sum(), together.max(axis=1).sum()
        found[nth] = (worth - worst) / (best - worst)
    return found
