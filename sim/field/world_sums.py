"""Statistics of many worlds as a table: both sums of each, one row for each world."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.field.statistics import statistics_by_world
from sim.measure.view import View
from sim.rows import Rows


def sum_names(name: str) -> tuple[str, str]:
    """Return the names of the columns that hold numerator and denominator of a statistic."""
    return f"{name}_top", f"{name}_bottom"


def sums_by_world(view: View, names: Sequence[str], rows: Rows) -> np.ndarray:
    """Return numerators and denominators of some statistics as a structured array, one row per world.

    `rows` are those of `statistics_by_world`. The columns are `world`, then both sums of each statistic.
    """
    columns = [column for name in names for column in sum_names(name)]
    table = np.empty(len(view.worlds), [("world", "i8"), *((name, "f8") for name in columns)])
    table["world"] = view.worlds
    for name, found in statistics_by_world(view, names, rows).items():
        for column, values in zip(sum_names(name), found, strict=True):
            table[column] = values
    return table
