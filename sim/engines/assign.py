"""The planner's assignment of needs to vendors, which respects the vendors' capacities.

First best is the assignment of highest total first-best surplus that respects capacities. It is
found once per world, from its tables of month 0 (the assignment game, Shapley & Shubik 1971), by
shortest augmenting paths over single places (Jonker & Volgenant 1987). If another assignment is as
good but for rounding, a linear programme decides: as that of a transportation problem it has integer
vertices, so the simplex method is exact.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import TIE_SHARE
from sim.state import World

# From this many needs on ties are assigned greedily, which is fast and reaches at least half of the
# optimum.
EXACT_NEEDS = 2000
# Up to so many vendors, and pairs of a need and a single place, paths are cheaper than a linear programme.
PATH_VENDORS, PATH_EDGES = 250, 20_000
# The programme ends if no tie could gain more than 1e-7 of the highest surplus: an assignment ahead of all
# others by several times as much is taken to be the one it ends at, as in every market that was compared.
CLEAR_GAP = 5e-7


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
    """Return the indices of the ties that an assignment of highest total surplus picks.

    Among equally good assignments it is the one that the linear programme ends at.
    """
    edges = int(np.minimum(np.bincount(vendor), capacity)[vendor].sum())
    if int(vendor.max()) < PATH_VENDORS and edges <= PATH_EDGES:
        picked = assign_by_paths(need, vendor, surplus, capacity)
        gap = gap_to_second_best(need, vendor, surplus, capacity, picked)
        if gap > CLEAR_GAP * surplus.max():
            return picked
    return assign_by_programme(need, vendor, surplus, capacity)


def assign_by_paths(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the ties that a matching of needs to single places of vendors picks; see the module.

    Every need also has a place of its own at which it is left over, so that all can be matched.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    ties, needs = np.arange(len(surplus)), int(need.max()) + 1
    places = np.minimum(np.bincount(vendor), capacity)
    first = np.cumsum(places) - places
    copies = places[vendor]
    tie = np.repeat(ties, copies)
    place = first[vendor[tie]] + np.arange(len(tie)) - np.repeat(np.cumsum(copies) - copies, copies)
    # Weights must not be 0; as every need is matched once, a constant more on all changes nothing.
    weight = np.concatenate([2.0 - (surplus / surplus.max())[tie], np.full(needs, 2.0)])
    left_over = np.arange(needs)
    where = (
        np.concatenate([need[tie], left_over]),
        np.concatenate([place, places.sum() + left_over]),
    )
    shape = (needs, int(places.sum()) + needs)
    rows, columns = min_weight_full_bipartite_matching(csr_array((weight, where), shape=shape))
    served = columns < places.sum()
    of_place = np.repeat(np.arange(len(places)), places)[columns[served]]
    table = np.zeros((needs, len(places)), np.int64)
    table[need, vendor] = ties
    return np.sort(table[rows[served], of_place])


def gap_to_second_best(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int, picked: np.ndarray
) -> float:
    """Return by how much the picked ties surpass every other assignment; money, below 0 if they do not.

    Every other assignment moves needs along circles: from one vendor to the next, or to the pool of
    needs left over and free places. The shortest circle comes from the shortest paths between all
    (Floyd 1962).
    """
    pool, needs = int(vendor.max()) + 1, int(need.max()) + 1
    at, worth = np.full(needs, pool), np.zeros(needs)
    at[need[picked]], worth[need[picked]] = vendor[picked], surplus[picked]
    loss = np.full((pool + 1, pool + 1), np.inf)
    np.minimum.at(loss, (at[need], vendor), worth[need] - surplus)
    np.minimum.at(loss, (at[need[picked]], pool), surplus[picked])
    np.fill_diagonal(loss, np.inf)
    far = loss.copy()
    far[pool] = np.minimum(far[pool], 0.0)  # a place may be vacated
    free = np.bincount(vendor[picked], minlength=pool) < capacity
    far[:pool, pool][free] = np.minimum(far[:pool, pool][free], 0.0)
    np.fill_diagonal(far, 0.0)
    for between in range(pool + 1):
        np.minimum(far, far[:, between, None] + far[between], out=far)
    return float((loss + far.T).min())


def assign_by_programme(
    need: np.ndarray, vendor: np.ndarray, surplus: np.ndarray, capacity: int
) -> np.ndarray:
    """Return the ties that the linear programme picks; see the module."""
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
