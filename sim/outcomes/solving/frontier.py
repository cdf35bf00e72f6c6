"""The Pareto frontier of a domain, found by merging issues, without listing all outcomes.

Sums are rounded alike for every outcome, and rounding keeps order. Therefore a partial outcome that
is dominated stays dominated whatever the later issues add. The one exception are utilities cut off
at 1: there a dominated outcome may end as good as the one that dominated it, so its lowest number
is searched for separately.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.outcomes.domains.domain import HIGHEST_UTILITY, Domain

MOST_MERGED = 20_000_000  # pairs of a partial outcome and a value in one step: 320 MB


@dataclass(frozen=True)
class Frontier:
    """Undominated outcomes, from the buyer's best to the vendor's best.

    `numbers` are outcomes, int64; `utilities` has the shape (outcomes, 2), buyer first. Outcomes
    with the same two utilities count once, under their lowest number.
    """

    numbers: np.ndarray
    utilities: np.ndarray  # float64 (outcomes, 2)

    def __len__(self) -> int:
        return len(self.numbers)


def find_frontier(domain: Domain) -> Frontier:
    """Return the Pareto frontier in utilities before discount; exact for additive utilities.

    Raises SimError if a partial frontier has too many outcomes.
    """
    points, numbers = _merge_issues(domain, 0, None, np.zeros(1, np.int64))
    if all(profile.uncut <= HIGHEST_UTILITY for profile in domain.profiles):
        return Frontier(numbers, points)
    points = np.minimum(points, HIGHEST_UTILITY)
    kept = undominated(points, numbers)
    points, numbers = points[kept], numbers[kept]
    for k in np.flatnonzero((points == HIGHEST_UTILITY).any(axis=1)):
        numbers[k] = _lowest_number_worth(domain, points[k])
    return Frontier(numbers, points)


def _merge_issues(
    domain: Domain, issue: int, points: np.ndarray | None, numbers: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return utilities and numbers of undominated outcomes, merging the issues from `issue` on.

    `points` and `numbers` are the partial outcomes to start from; `points` is None at the first
    issue.
    """
    first, second = (profile.worth for profile in domain.profiles)
    for i in range(issue, len(domain.sizes)):
        size, values = domain.sizes[i], np.column_stack((first[i], second[i]))
        if len(numbers) * size > MOST_MERGED:
            raise SimError(f"{domain.name}: the frontier has too many outcomes to be listed")
        merged = values if points is None else (points[:, None] + values[None]).reshape(-1, 2)
        numbers = (numbers[:, None] * size + np.arange(size)).ravel()
        kept = undominated(merged, numbers)
        points, numbers = merged[kept], numbers[kept]
    assert points is not None
    return points, numbers


def _lowest_number_worth(domain: Domain, wanted: np.ndarray) -> int:
    """Return the lowest outcome worth at least `wanted` to both sides; there must be one."""
    number, point = 0, None
    for i, size in enumerate(domain.sizes):
        for place in range(size):
            value = np.array([profile.worth[i][place] for profile in domain.profiles])
            begun = (value if point is None else point + value)[None]
            ends, _ = _merge_issues(domain, i + 1, begun, np.zeros(1, np.int64))
            if (ends >= wanted).all(axis=1).any():
                break
        number, point = number * size + place, begun[0]
    return number


def undominated(points: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return indices of undominated points by falling first utility.

    `points` has the shape (points, 2) and `numbers` one number for each; of equal points the lowest
    number is kept.
    """
    order = np.lexsort((numbers, -points[:, 1], -points[:, 0]))
    second = points[order, 1]
    best = np.maximum.accumulate(second)
    kept = np.ones(len(order), bool)
    kept[1:] = second[1:] > best[:-1]
    return order[kept]
