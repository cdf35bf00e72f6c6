"""The Pareto frontier of a domain, found by merging issues, never by listing outcomes.

Sums are rounded alike for every outcome, and rounding keeps order, so a partial outcome that is
dominated stays dominated whatever the later issues bring.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import SimError
from sim.outcomes.domain import Domain

MOST_MERGED = 20_000_000  # pairs of a partial frontier and a value in one step


@dataclass(frozen=True)
class Frontier:
    """Undominated outcomes, from the buyer's best to the vendor's best.

    Outcomes with the same two utilities count once, under their lowest number.
    """

    numbers: np.ndarray
    utilities: np.ndarray  # float64 (outcomes, 2)

    def __len__(self) -> int:
        return len(self.numbers)


def frontier(domain: Domain) -> Frontier:
    """Return the Pareto frontier in utilities before discount; exact for additive utilities."""
    numbers = np.zeros(1, np.int64)
    points: np.ndarray | None = None
    first, second = (profile.worth for profile in domain.profiles)
    for size, one, two in zip(domain.sizes, first, second, strict=True):
        values = np.column_stack((one, two))
        if len(numbers) * size > MOST_MERGED:
            raise SimError(f"{domain.name}: the frontier has too many outcomes to be listed")
        merged = values if points is None else (points[:, None] + values[None]).reshape(-1, 2)
        numbers = (numbers[:, None] * size + np.arange(size)).ravel()
        kept = undominated(merged, numbers)
        points, numbers = merged[kept], numbers[kept]
    assert points is not None
    return Frontier(numbers, points)


def undominated(points: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return places of undominated points, first utility falling; equal ones at the lowest number."""
    order = np.lexsort((numbers, -points[:, 1], -points[:, 0]))
    second = points[order, 1]
    best = np.maximum.accumulate(second)
    kept = np.ones(len(order), bool)
    kept[1:] = second[1:] > best[:-1]
    return order[kept]
