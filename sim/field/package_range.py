"""How much a package can be worth: the best one less a random one, for the mean pair of a population.

Value created in talks is published on a scale from a random package to the best one, so the misfit of
the ledger is divided by this range. Every pair draws its own tables, so the best package has no closed
form; it is averaged over a fixed set of equally spread draws (Kronecker's sequence with the
powers of the generalised golden ratio, Roberts 2018), the same ones whatever the seed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from sim.rows import Row
from sim.summation import ordered_sum
from sim.words import IssueKind

DRAWS = 1024  # the range is then exact to about half a per cent
OF_LEVELS = (
    int(IssueKind.GENERIC),
    int(IssueKind.DURATION),
)  # issues whose misfit the ledger books


def package_range(row: Row) -> float:
    """Return what the best package is worth to both sides together over a random one, money/month.

    `row` is a row of parameters. A random package has every level of every generic issue and of the
    duration with equal chance; clauses and the risk share are left out, as in the ledger's `misfit`.
    """
    total = 0.0
    for issue in range(int(row.issues)):
        if int(row.kind[issue]) in OF_LEVELS:
            joint = _joint_tables(row, issue, int(row.count[issue]))
            best = np.maximum.reduce(joint, axis=1)
            mean = np.add.accumulate(joint, axis=1)[:, -1] / joint.shape[1]
            total += ordered_sum((best - mean).tolist()) / DRAWS
    return total


def _joint_tables(row: Row, issue: int, levels: int) -> np.ndarray:
    """Return what the levels of an issue are worth to both sides together, shape (DRAWS, levels).

    As pairs draw them (`draw_table` in `sim/relationship/meet/population.py`): every step from level to
    level varies by the side's spread, and for the buyer further by a range of its own.
    """
    draws = (2.0 * _spread_points(3 * levels) - 1.0).reshape(DRAWS, 3, levels)
    buyer, vendor = row.average[0, issue, :levels], row.average[1, issue, :levels]
    further = np.where(np.arange(levels) > 0, float(row.range[issue]), 0.0)
    steps = np.diff(buyer, prepend=0.0) * (1.0 + float(row.spread[0, issue]) * draws[:, 0])
    steps += further * draws[:, 1]
    steps += np.diff(vendor, prepend=0.0) * (1.0 + float(row.spread[1, issue]) * draws[:, 2])
    joint: np.ndarray = np.add.accumulate(steps, axis=1)
    return joint


@lru_cache
def _spread_points(dimensions: int) -> np.ndarray:
    """Return DRAWS equally spread points of the unit cube, shape (DRAWS, dimensions)."""
    root = 2.0
    for _ in range(64):  # the root of x^(d + 1) = x + 1, by Newton's method, in plain products
        value, slope = 1.0, 0.0
        for _ in range(dimensions + 1):
            value, slope = value * root, slope * root + value
        root -= (value - root - 1.0) / (slope - 1.0)
    points = np.empty((DRAWS, dimensions))
    step = 1.0
    for j in range(dimensions):
        step /= root
        points[:, j] = (0.5 + step * np.arange(1, DRAWS + 1)) % 1.0
    return points
