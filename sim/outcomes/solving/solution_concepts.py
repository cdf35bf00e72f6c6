"""Solution concepts over the outcomes of a domain, by their textbook definitions.

The disagreement point is the pair of reservation values. An agreement is individually rational if
neither side gets less. The ideal point is each side's best among those. All solutions are taken on
the frontier; of equally good outcomes the lowest number counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.outcomes.domains.domain import Domain
from sim.outcomes.solving.frontier import Frontier, find_frontier


@dataclass(frozen=True)
class Solution:
    """A solution: its outcome, and the utility of each side before discount."""

    name: str
    number: int
    buyer: float
    vendor: float
    source: str

    def distance(self, buyer: float, vendor: float) -> float:
        """Return the Euclidean distance of a pair of utilities from this point."""
        return float(euclidean_distance(self.buyer - buyer, self.vendor - vendor))


def euclidean_distance(buyer: Any, vendor: Any) -> Any:
    """Return √(b² + v²) of utility differences; `hypot` would round as the C library does."""
    return np.sqrt(buyer * buyer + vendor * vendor)


@dataclass(frozen=True)
class Solutions:
    """The frontier, the two reference points, and the solutions if the zone is not empty.

    `ideal` is None if no outcome is individually rational.
    """

    frontier: Frontier
    disagreement: tuple[float, float]
    ideal: tuple[float, float] | None
    points: tuple[Solution, ...]

    @property
    def zone(self) -> int:
        """Number of outcomes on the frontier that are worth their reservation values to both."""
        return int(individually_rational(self.frontier.utilities, self.disagreement).sum())

    def point(self, name: str) -> Solution:
        """Return a solution by name; raises KeyError if the zone of agreement is empty."""
        return {point.name: point for point in self.points}[name]

    def optimal(self, buyer: float, vendor: float) -> bool:
        """Return whether no outcome is better for one side and no worse for the other."""
        u = self.frontier.utilities
        better = (u[:, 0] >= buyer) & (u[:, 1] >= vendor)
        return not bool((better & ((u[:, 0] > buyer) | (u[:, 1] > vendor))).any())


SOURCES = {
    "Nash": "Nash 1950: greatest product of gains",
    "Kalai–Smorodinsky": "Kalai & Smorodinsky 1975: greatest least share of the ideal gain",
    "egalitarian": "Kalai 1977: greatest least gain",
    "maximum welfare": "utilitarian: greatest sum",
}


def find_solutions(domain: Domain, front: Frontier | None = None) -> Solutions:
    """Return frontier and solutions of a domain, in utilities before discount.

    The solutions are Nash (1950), Kalai–Smorodinsky (1975), egalitarian (Kalai 1977) and
    utilitarian, each on the individually rational part of the frontier. `front` is the frontier, if
    it has been computed before.
    """
    front = find_frontier(domain) if front is None else front
    disagreement = (domain.profiles[0].reservation, domain.profiles[1].reservation)
    inside = individually_rational(front.utilities, disagreement)
    if not inside.any():
        return Solutions(front, disagreement, None, ())
    u, numbers = front.utilities[inside], front.numbers[inside]
    gain = u - np.array(disagreement)
    most = gain.max(axis=0)
    shares = np.ones_like(gain)  # a side that can gain nothing has its whole ideal gain
    np.divide(gain, most, out=shares, where=most > 0.0)
    worth = {
        "Nash": gain[:, 0] * gain[:, 1],
        "Kalai–Smorodinsky": shares.min(axis=1),
        "egalitarian": gain.min(axis=1),
        "maximum welfare": u[:, 0] + u[:, 1],
    }
    points = []
    for name, value in worth.items():
        k = int(np.lexsort((numbers, -value))[0])
        points.append(
            Solution(name, int(numbers[k]), float(u[k, 0]), float(u[k, 1]), SOURCES[name])
        )
    ideal = (float(u[:, 0].max()), float(u[:, 1].max()))
    return Solutions(front, disagreement, ideal, tuple(points))


def individually_rational(utilities: np.ndarray, disagreement: tuple[float, float]) -> np.ndarray:
    """Return for each row of utilities whether neither side gets less than without agreement."""
    one, two = disagreement
    inside: np.ndarray = (utilities[:, 0] >= one) & (utilities[:, 1] >= two)
    return inside
