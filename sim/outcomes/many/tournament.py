"""A tournament: every strategy meets every other, and its twin, on both sides of every domain.

Each pair of seats meets twice, either side opening. Strategies are put in order of their names, and
the luck of a meeting is its own, so that neither the order of arguments nor who else takes part
changes any number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.interrupt import raise_if_interrupted
from sim.outcomes.domains.domain import Domain
from sim.outcomes.many.paths import meet_all
from sim.outcomes.solving.solution_concepts import Solutions, distance, solutions
from sim.strategies.catalogue import CATALOGUE, VOTERS, Played, play

MEETING = np.dtype(
    [
        ("domain", "i8"), ("buyer", "i8"), ("vendor", "i8"), ("opener", "i8"),
        ("outcome", "i8"), ("turn", "i8"), ("taker", "i8"),
        ("utility_buyer", "f8"), ("utility_vendor", "f8"),
        ("paid_buyer", "f8"), ("paid_vendor", "f8"),
        ("to_nash", "f8"), ("optimal", "?"),
    ]
)  # fmt: skip
MOST_STRATEGIES = 60
OFFERING = tuple(s.name for s in CATALOGUE if s.family not in VOTERS)


@dataclass(frozen=True, eq=False)
class Tournament:
    """What was played, and one row of `meetings` per domain, buyer, vendor and opening side.

    Domains, strategies and sides are given by their place; an outcome of −1 is no agreement, where
    both have their reservation values. `paid` is the utility after discount.
    """

    domains: tuple[Domain, ...]
    plays: tuple[Played, ...]
    rounds: int
    seed: int
    meetings: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """Return the strategies as one writes them."""
        return tuple(map(str, self.plays))

    def earned(self) -> np.ndarray:
        """Return what a strategy is paid, float64 (domain, side, strategy, opponent).

        The mean over who opens.
        """
        count = len(self.plays)
        shape = (len(self.domains), 2, count, count)
        rows = self.meetings.reshape(shape)  # domain, opener, buyer, vendor
        buyer = rows["paid_buyer"].mean(axis=1)
        vendor = rows["paid_vendor"].mean(axis=1).transpose(0, 2, 1)
        return np.stack([buyer, vendor], axis=1)

    def of(self, strategy: int) -> np.ndarray:
        """Return the meetings in which a strategy takes part, each once."""
        rows = self.meetings
        found: np.ndarray = rows[(rows["buyer"] == strategy) | (rows["vendor"] == strategy)]
        return found


def tournament(
    domains: Sequence[Domain],
    strategies: Sequence[str | Played] = OFFERING,
    rounds: int = 100,
    seed: int = 1,
) -> Tournament:
    """Let strategies meet over domains in alternating offers; a strategy named twice plays once.

    Raises a one-line SimError where a strategy cannot take part.
    """
    plays = _entrants(strategies)
    if not domains:
        raise SimError("domains: want at least one")
    blocks = []
    for place, domain in enumerate(domains):
        known = solutions(domain)
        for opener in (0, 1):
            raise_if_interrupted()
            met = meet_all(domain, list(plays), list(plays), rounds, opener, seed)
            block = np.zeros(met.number.shape, MEETING)
            block["domain"], block["opener"] = place, opener
            block["buyer"] = np.arange(len(plays))[:, None]
            block["vendor"] = np.arange(len(plays))[None, :]
            block["outcome"], block["turn"], block["taker"] = met.number, met.turn, met.taker
            block["utility_buyer"], block["utility_vendor"] = met.buyer, met.vendor
            _judge(block, domain, known, rounds)
            blocks.append(block.ravel())
    return Tournament(tuple(domains), plays, rounds, seed, np.concatenate(blocks))


def _entrants(strategies: Sequence[str | Played]) -> tuple[Played, ...]:
    found = [play(s, "strategies") if isinstance(s, str) else s for s in strategies]
    for played in found:
        if played.votes:
            raise SimError(f"strategies = {str(played)!r}: it votes, want a strategy that offers")
    plays = {str(played): played for played in found}
    if not 2 <= len(plays) <= MOST_STRATEGIES:
        raise SimError(f"strategies: {len(plays)} of them, want 2 to {MOST_STRATEGIES}")
    return tuple(plays[name] for name in sorted(plays))


def _judge(block: np.ndarray, domain: Domain, known: Solutions, rounds: int) -> None:
    """Fill in what was paid after discount, and how far the end lies from what could be."""
    time = np.where(block["outcome"] >= 0, (block["turn"] + 1.0) / (rounds + 1.0), 1.0)
    for side, name in enumerate(("buyer", "vendor")):
        worth = block[f"utility_{name}"]
        for place in np.ndindex(block.shape):
            paid = domain.discounted(side, float(worth[place]), float(time[place]))
            block[f"paid_{name}"][place] = paid
    u, v = block["utility_buyer"], block["utility_vendor"]
    block["to_nash"] = np.nan
    if known.zone:
        nash = known.point("Nash")
        block["to_nash"] = distance(u - nash.buyer, v - nash.vendor)
    for place in np.ndindex(block.shape):
        if block["outcome"][place] >= 0:
            block["optimal"][place] = known.optimal(float(u[place]), float(v[place]))
