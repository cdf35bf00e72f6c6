"""The right vendor for every need where vendors' capacities bind: the planner's assignment.

First best is the capacity-feasible assignment of highest total first-best surplus, found once per
world from its tables of month 0 (the assignment game, Shapley & Shubik 1971). As a transportation
problem its linear programme has whole-numbered vertices, so the simplex method is exact.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TIE_SHARE
from sim.state import World

EXACT_NEEDS = 2000  # above this greedily, which reaches at least half of the optimum


def settle_best(world: World, capacity: int) -> None:
    """Write the best tie and the first best of every need; -1 and 0 for a need left over."""
    ties, needs = world.ties, world.needs
    chosen = assigned(ties.need, ties.vendor_id, ties.first_best, capacity)
    needs.best_tie[:], needs.first_best[:] = -1, 0.0
    needs.best_tie[ties.need[chosen]] = chosen
    needs.first_best[ties.need[chosen]] = ties.first_best[chosen]


def assigned(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the ties of the best assignment: a vendor per need at most, needs per vendor as fit."""
    worth = np.flatnonzero(surplus > 0.0)
    first = best_alone(need, surplus, worth)
    if not len(first) or np.bincount(vendor[first]).max() <= capacity:
        return first
    if need.max() < EXACT_NEEDS:
        picked = optimal(need[worth], vendor[worth], surplus[worth], capacity)
    else:
        picked = greedy(need[worth], vendor[worth], surplus[worth], capacity)
    return worth[picked]


def best_alone(need: np.ndarray, surplus: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Return the best tie of every need as if no other need were there; the lower at a tie."""
    order = worth[np.argsort(need[worth], kind="stable")]
    _, starts, places = np.unique(need[order], return_index=True, return_inverse=True)
    if not len(order):
        return order
    top = np.maximum.reduceat(surplus[order], starts)[places]
    order = order[top - surplus[order] <= TIE_SHARE * top]  # as `exceeds` of two numbers above 0
    return np.sort(order[np.unique(need[order], return_index=True)[1]])


def optimal(need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int) -> np.ndarray:
    """Return which of some ties an assignment of highest total surplus picks."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    count = len(surplus)
    needs, vendors = int(need.max()) + 1, int(vendor.max()) + 1
    rows, columns = np.concatenate([need, needs + vendor]), np.tile(np.arange(count), 2)
    shape = (needs + vendors, count)
    most = np.concatenate([np.ones(needs), np.full(vendors, float(capacity))])
    found = linprog(
        -surplus / surplus.max(),
        A_ub=csr_array((np.ones(2 * count), (rows, columns)), shape=shape),
        b_ub=most,
        bounds=(0.0, 1.0),
        method="highs-ds",
    )
    return np.flatnonzero(found.x > 0.5)


def greedy(need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int) -> np.ndarray:
    """Return ties picked in order of surplus while the need is free and the vendor has room."""
    free = np.ones(int(need.max()) + 1, bool)
    room = np.full(int(vendor.max()) + 1, capacity)
    picked = []
    for tie in np.lexsort((np.arange(len(surplus)), -surplus)):
        if free[need[tie]] and room[vendor[tie]] > 0:
            free[need[tie]] = False
            room[vendor[tie]] -= 1
            picked.append(tie)
    return np.array(picked, np.int64)
