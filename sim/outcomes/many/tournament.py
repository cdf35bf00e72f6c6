"""A tournament: every strategy meets every other, and its twin, on both sides of every domain.

Each pair meets twice in these seats, with either side opening. Strategies are put in order of their
names, and the luck of a meeting is its own. Therefore neither the order of arguments nor who else
takes part changes any number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.interrupt import raise_if_interrupted
from sim.outcomes.domains.domain import Domain
from sim.outcomes.many.paths import meet_all
from sim.outcomes.solving.solution_concepts import Solutions, euclidean_distance, find_solutions
from sim.strategies.catalogue import CATALOGUE, VOTERS, ConfiguredStrategy, parse_strategy

MEETING = np.dtype(
    [
        ("domain", "i8"), ("buyer", "i8"), ("vendor", "i8"), ("opener", "i8"),
        ("outcome", "i8"), ("turn", "i8"), ("taker", "i8"),
        ("utility_buyer", "f8"), ("utility_vendor", "f8"),
        ("paid_buyer", "f8"), ("paid_vendor", "f8"),
        ("to_nash", "f8"), ("optimal", "?"),
    ]
)  # fmt: skip
MOST_STRATEGIES = 60  # meetings grow with the square: 7,200 a domain
OFFERING_STRATEGIES = tuple(s.name for s in CATALOGUE if s.family not in VOTERS)


@dataclass(frozen=True, eq=False)
class Tournament:
    """The entrants, and one row of `meetings` per domain, opening side, buyer and vendor.

    Domains, strategies and sides are given by index. An outcome of −1 is no agreement: both sides
    then have their reservation values. `paid` is the utility after discount.
    """

    domains: tuple[Domain, ...]
    plays: tuple[ConfiguredStrategy, ...]
    rounds: int
    seed: int
    meetings: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        """The strategies as text, as the user may write them."""
        return tuple(map(str, self.plays))

    def earned(self) -> np.ndarray:
        """Return the payoffs of all strategies, means over who opens.

        float64 (domain, side, strategy, opponent), in utility after discount.
        """
        count = len(self.plays)
        shape = (len(self.domains), 2, count, count)
        rows = self.meetings.reshape(shape)  # domain, opener, buyer, vendor
        buyer = rows["paid_buyer"].mean(axis=1)
        vendor = rows["paid_vendor"].mean(axis=1).transpose(0, 2, 1)
        return np.stack([buyer, vendor], axis=1)

    def meetings_of(self, strategy: int) -> np.ndarray:
        """Return the meetings in which a strategy takes part, each once."""
        rows = self.meetings
        found: np.ndarray = rows[(rows["buyer"] == strategy) | (rows["vendor"] == strategy)]
        return found


def run_tournament(
    domains: Sequence[Domain],
    strategies: Sequence[str | ConfiguredStrategy] = OFFERING_STRATEGIES,
    rounds: int = 100,
    seed: int = 1,
) -> Tournament:
    """Let strategies meet over domains in alternating offers; a strategy named twice plays once.

    Raises a one-line SimError if there is no domain, if a strategy votes on texts, or if there are
    not 2 to `MOST_STRATEGIES` strategies.
    """
    plays = _parse_entrants(strategies)
    if not domains:
        raise SimError("domains: want at least one")
    blocks = []
    for place, domain in enumerate(domains):
        known = find_solutions(domain)
        for opener in (0, 1):
            raise_if_interrupted()
            met = meet_all(domain, list(plays), list(plays), rounds, opener, seed)
            block = np.zeros(met.number.shape, MEETING)
            block["domain"], block["opener"] = place, opener
            block["buyer"] = np.arange(len(plays))[:, None]
            block["vendor"] = np.arange(len(plays))[None, :]
            block["outcome"], block["turn"], block["taker"] = met.number, met.turn, met.taker
            block["utility_buyer"], block["utility_vendor"] = met.buyer, met.vendor
            _write_payoffs(block, domain, known, rounds)
            blocks.append(block.ravel())
    return Tournament(tuple(domains), plays, rounds, seed, np.concatenate(blocks))


def _parse_entrants(
    strategies: Sequence[str | ConfiguredStrategy],
) -> tuple[ConfiguredStrategy, ...]:
    """Return the strategies in order of their names, each once, or raise SimError."""
    found = [parse_strategy(s, "strategies") if isinstance(s, str) else s for s in strategies]
    for played in found:
        if played.votes:
            raise SimError(f"strategies = {str(played)!r}: it votes, want a strategy that offers")
    plays = {str(played): played for played in found}
    if not 2 <= len(plays) <= MOST_STRATEGIES:
        raise SimError(f"strategies: {len(plays)} of them, want 2 to {MOST_STRATEGIES}")
    return tuple(plays[name] for name in sorted(plays))


def _write_payoffs(block: np.ndarray, domain: Domain, known: Solutions, rounds: int) -> None:
    """Fill in utilities after discount, the distance to Nash and Pareto optimality."""
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
        block["to_nash"] = euclidean_distance(u - nash.buyer, v - nash.vendor)
    for place in np.ndindex(block.shape):
        if block["outcome"][place] >= 0:
            block["optimal"][place] = known.optimal(float(u[place]), float(v[place]))
