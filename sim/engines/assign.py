"""The planner's assignment of needs to vendors, which respects the vendors' capacities.

First best is the assignment of highest total first-best surplus that respects capacities. It is
found once per world, from its tables of month 0 (the assignment game, Shapley & Shubik 1971). As a
transportation problem the linear programme has integer vertices, so the simplex method is exact.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TIE_SHARE
from sim.state import World

# From this many needs on ties are assigned greedily, which is fast and reaches at least half of the
# optimum.
EXACT_NEEDS = 2000


def write_first_best(world: World, capacity: int) -> None:
    """Write the best tie and the first best of every need; −1 and 0 if it gets no vendor.

    `capacity` is the number of needs that a vendor can serve. Writes `needs.best_tie` and
    `needs.first_best`.
    """
    ties, needs = world.ties, world.needs
    chosen = assign_needs(ties.need, ties.vendor_id, ties.first_best, capacity)
    needs.best_tie[:], needs.first_best[:] = -1, 0.0
    needs.best_tie[ties.need[chosen]] = chosen
    needs.first_best[ties.need[chosen]] = ties.first_best[chosen]


def assign_needs(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the ties of the best assignment, at most one per need and `capacity` per vendor.

    `need`, `vendor` and `surplus` describe the ties, one entry each. Ties without a positive
    surplus are never chosen.
    """
    worth = np.flatnonzero(surplus > 0.0)
    first = best_ties_without_capacity(need, surplus, worth)
    if not len(first) or np.bincount(vendor[first]).max() <= capacity:
        return first
    if need.max() < EXACT_NEEDS:
        picked = assign_optimally(need[worth], vendor[worth], surplus[worth], capacity)
    else:
        picked = assign_greedily(need[worth], vendor[worth], surplus[worth], capacity)
    found: np.ndarray = worth[picked]
    return found


def best_ties_without_capacity(
    need: np.ndarray, surplus: np.ndarray, worth: np.ndarray
) -> np.ndarray:
    """Return the best tie of every need as if it were alone; the lowest number if equal.

    `worth` are the ties that may be chosen.
    """
    order = worth[np.argsort(need[worth], kind="stable")]
    _, starts, places = np.unique(need[order], return_index=True, return_inverse=True)
    if not len(order):
        return order
    top = np.maximum.reduceat(surplus[order], starts)[places]
    order = order[
        top - surplus[order] <= TIE_SHARE * top
    ]  # the tolerance of `sim.arithmetic.exceeds`
    return np.sort(order[np.unique(need[order], return_index=True)[1]])


def assign_optimally(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the indices of the ties that an assignment of highest total surplus picks."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count = len(surplus)
    needs, vendors = int(need.max()) + 1, int(vendor.max()) + 1
    rows, columns = np.concatenate([need, needs + vendor]), np.tile(np.arange(count), 2)
    shape = (needs + vendors, count)
    most = np.concatenate([np.ones(needs), np.full(vendors, float(capacity))])
    # Scaled to at most 1, because the solver's tolerances are absolute.
    found = linprog(
        -surplus / surplus.max(),
        A_ub=csr_array((np.ones(2 * count), (rows, columns)), shape=shape),
        b_ub=most,
        bounds=(0.0, 1.0),
        method="highs-ds",
    )
    return np.flatnonzero(found.x > 0.5)


def assign_greedily(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the ties picked in falling order of surplus while need and vendor have room."""
    free = np.ones(int(need.max()) + 1, bool)
    room = np.full(int(vendor.max()) + 1, capacity)
    picked = []
    for tie in np.lexsort((np.arange(len(surplus)), -surplus)):
        if free[need[tie]] and room[vendor[tie]] > 0:
            free[need[tie]] = False
            room[vendor[tie]] -= 1
            picked.append(tie)
    return np.array(picked, np.int64)
