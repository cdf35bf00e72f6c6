"""Differences between two versions of a table: bit by bit, or beyond rounding.

Tables that the rules write have the same bits on every processor. Tables that NumPy, SciPy and BLAS
compute from them may differ in the last bits, since these libraries add in an order that suits the
processor.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.records import Column
from sim.study.results.row_parts import table_pieces
from sim.study.results.store import Columns, columns_by_name, columns_of, count_rows, read_all

RELATIVE_TOLERANCE = 1e-9  # relative to the larger of two magnitudes
MOST_NAMED = 8  # columns that a message names
# As a share of a column's largest magnitude. Smaller values count as this large, since a small
# difference of large sums has the rounding error of the sums.
SMALLEST_MAGNITUDE = 1e-6
KEYS = (
    "point", "row", "coalition", "name", "regime", "measure", "outcome", "quantity", "index",
    "factor", "player", "other", "kind", "world", "period", "month", "need", "tie", "nth",
)  # fmt: skip
Values = np.ndarray


class TableDifference(NamedTuple):
    """One line for each column that differs, and whether bits differ that rounding explains."""

    lines: list[str]
    rounded: bool


def differing_columns(path: Path, rows: Any, columns: Sequence[Column]) -> list[str]:
    """Return one line for each column of a stored table that differs from `rows` in any bit.

    NaN equals NaN, and 0.0 differs from -0.0. `rows` and `columns` are as for `write_table`.
    """
    return compare_tables(read_all(path), columns_of(rows, columns)).lines


def differing_tables(path: Path, other: Path) -> list[str]:
    """Return one line for each column that differs in any bit between two stored tables."""
    return compare_tables(read_all(path), read_all(other)).lines


def compare_tables(stored: Columns, fresh: Columns, *, rounding: bool = False) -> TableDifference:
    """Return the difference of two tables: by column, how many values differ, by how much, and where.

    With `rounding`, floats are equal if they differ by at most `RELATIVE_TOLERANCE` of the larger
    magnitude, or of `SMALLEST_MAGNITUDE` of the column's largest magnitude if that is more.
    Everything else has to be identical. `stored` is the earlier table, `fresh` the recomputed one.
    """
    if list(stored) != list(fresh):
        return TableDifference([_column_difference(list(stored), list(fresh))], False)
    before, now = (len(next(iter(table.values()), ())) for table in (stored, fresh))
    if before != now:
        return TableDifference([f"{before} rows instead of {now}"], False)
    lines, rounded = [], False
    for name, values in fresh.items():
        differ = _bits_differ(stored[name], values)
        gaps = _relative_gaps(stored[name], values)
        if rounding and gaps is not None:
            beyond = differ & ~(gaps <= RELATIVE_TOLERANCE)
            rounded |= bool((differ & ~beyond).any())
            differ = beyond
        if differ.any():
            lines.append(_difference_line(name, differ, gaps, stored[name], fresh))
    return TableDifference(lines, rounded)


def compare_large_tables(stored: Path, fresh: Path) -> TableDifference:
    """Return the difference of two stored tables as `compare_tables` does, without rounding, in pieces.

    Both are read a group of rows at a time. Raises SimError if one cannot be read.
    """
    before, now = count_rows(stored), count_rows(fresh)
    found: dict[str, _Differing] = {}
    other: Columns = {}
    first = 0
    for pieces in zip(table_pieces(stored), table_pieces(fresh), strict=False):
        one, other = (columns_by_name(piece) for piece in pieces)
        if list(one) != list(other):
            return TableDifference([_column_difference(list(one), list(other))], False)
        if before != now:
            return TableDifference([f"{before} rows instead of {now}"], False)
        for name, values in other.items():
            differ = _bits_differ(one[name], values)
            if differ.any():
                gaps = _relative_gaps(one[name], values)
                found.setdefault(name, _Differing()).add(
                    differ, gaps, _place_and_pair(name, differ, gaps, one[name], other, first)
                )
        first += len(next(iter(other.values()), ()))
    return TableDifference([found[name].line(name, now) for name in other if name in found], False)


class _Differing:
    """How many values of a column differ in the pieces so far, and the largest difference."""

    def __init__(self) -> None:
        self._count, self._largest, self._where = 0, -1.0, ""

    def add(self, differ: Values, gaps: Values | None, where: str) -> None:
        """Add the differences within a piece; `where` names the largest, or the first if none is larger."""
        self._count += int(differ.sum())
        largest = 0.0 if gaps is None else float(gaps[differ].max())
        if largest > self._largest:
            self._largest, self._where = largest, where

    def line(self, name: str, rows: int) -> str:
        """Return the line about the column."""
        return f"column {name}: {self._count} of {rows} values differ, {self._where}"


def _column_difference(stored: list[str], fresh: list[str]) -> str:
    """Return which columns are missing or superfluous in the stored table, or that the order differs."""
    more = [name for name in stored if name not in fresh]
    less = [name for name in fresh if name not in stored]
    parts = [f"lacks {_name_some(less)}"] if less else []
    parts += [f"has {_name_some(more)}, which is not written now"] if more else []
    return f"columns: {'; '.join(parts) or 'in another order'}"


def _name_some(names: list[str]) -> str:
    """Return names joined by commas, at most `MOST_NAMED` of them."""
    left_out = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {left_out} more" if left_out > 0 else "")


def _bits_differ(stored: Values, fresh: Values) -> Values:
    """Return which values differ in any bit, as a boolean array; all NaN are equal."""
    if stored.dtype != fresh.dtype:
        return np.ones(len(fresh), bool)
    if stored.dtype.kind != "f":
        return np.asarray(stored != fresh)
    bits = f"u{stored.dtype.itemsize}"
    unequal = np.ascontiguousarray(stored).view(bits) != np.ascontiguousarray(fresh).view(bits)
    return np.asarray(unequal & ~(np.isnan(stored) & np.isnan(fresh)))


def _relative_gaps(stored: Values, fresh: Values) -> Values | None:
    """Return the relative distance of floats, inf if only one is NaN; None for any other type."""
    if stored.dtype != fresh.dtype or stored.dtype.kind != "f":
        return None
    size = np.maximum(np.abs(stored), np.abs(fresh))
    seen = size[np.isfinite(size)]
    least = SMALLEST_MAGNITUDE * seen.max() if seen.size else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        gaps = np.abs(stored - fresh) / np.maximum(size, least)
    same = (stored == fresh) | (np.isnan(stored) & np.isnan(fresh))
    return np.where(same, 0.0, np.where(np.isnan(gaps), np.inf, gaps))


def _difference_line(
    name: str, differ: Values, gaps: Values | None, stored: Values, fresh: Columns
) -> str:
    """Return how many values of a column differ, the largest difference, and its row."""
    where = _place_and_pair(name, differ, gaps, stored, fresh)
    return f"column {name}: {int(differ.sum())} of {len(differ)} values differ, {where}"


def _place_and_pair(
    name: str, differ: Values, gaps: Values | None, stored: Values, fresh: Columns, before: int = 0
) -> str:
    """Return the largest difference of a column and its row, of which `before` rows are not in the tables."""
    if gaps is None:
        nth = int(np.argmax(differ))
        return f"first at {_row_name(fresh, nth, before)}: {_pair(stored[nth], fresh[name][nth])}"
    nth = int(np.argmax(np.where(differ, gaps, -1.0)))
    pair = _pair(stored[nth], fresh[name][nth])
    return f"most at {_row_name(fresh, nth, before)}: {pair}, {gaps[nth]:.2g} relative"


def _pair(stored: Any, fresh: Any) -> str:
    before, now = (v.item() if isinstance(v, np.generic) else v for v in (stored, fresh))
    return f"{before!r} stored, {now!r} now"


def _row_name(table: Columns, nth: int, before: int) -> str:
    """Return a row's name: its key columns, and its number if they do not identify it.

    `before` rows come before those in `table`.
    """
    keys = [name for name in KEYS if name in table]
    if "name" in keys and "regime" in keys:
        keys.remove("regime")  # `name` contains it
    same = np.ones(len(next(iter(table.values()))), bool)
    for name in keys:
        same &= np.asarray(table[name] == table[name][nth])
    words = [f"{name} {table[name][nth]}" for name in keys]
    return ", ".join(words if same.sum() == 1 else [*words, f"row {before + nth}"])
