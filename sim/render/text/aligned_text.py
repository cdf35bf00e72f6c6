"""The tables of a comparison aligned on an event, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.align import QUANTITIES, count_onsets
from sim.measure.amounts import count
from sim.measure.window import ONSETS
from sim.render.numbers import decimals_needed, format_ends, format_number, unit_in_heading
from sim.render.tables import Grid, Head, Item

if TYPE_CHECKING:
    from sim.measure.compare import Comparison
    from sim.measure.window import AlignedRow

MOST_MONTHS = 7  # rows of a table; a longer window is thinned
UNPAIRED_NOTE = (
    "Regimes whose difference is marked * do not meet the same events: it is a difference of two "
    "means, not a paired one."
)


def aligned_title(comparison: Comparison) -> str:
    """Return the heading: the event, and how many onsets each regime has."""
    counts = count_onsets(comparison)
    same = len(set(counts.values())) == 1
    if same:
        times = f"{count(next(iter(counts.values())), 'onset')} over needs and worlds"
    else:
        times = f"{', '.join(map(str, counts.values()))} onsets over needs and worlds"
    what = ONSETS[comparison.around.event][1] if comparison.around else ""
    return f"Around the month in which {what} ({times})"


def aligned_tables(comparison: Comparison) -> Iterator[Grid]:
    """Yield a table per quantity: means and differences in some months of the window."""
    regimes = comparison.contestants or comparison.regimes
    names = [*regimes, *(f"{regime} − {baseline}" for regime, baseline in comparison.contrasts)]
    row_of = {(r.quantity, r.name, r.month): r for r in comparison.aligned}
    months = months_to_print(comparison.around.months) if comparison.around else []
    for quantity, (label, unit) in QUANTITIES.items():
        rows = [[row_of[quantity, name, month] for name in names] for month in months]
        kinds = [rows[0][k].kind for k in range(len(names))]
        marks = ["*" if kind == "unpaired" else "" for kind in kinds]
        means = [row.mean for line in rows for row in line]
        if not any(np.isfinite(means)):
            continue
        places = decimals_needed(unit, *(m for m in means if np.isfinite(m)))
        shown_unit = unit_in_heading(comparison.unit(unit))
        body = [
            [Item(format_number(month, "", 0, signed=True)), *(_item(row, places) for row in line)]
            for month, line in zip(months, rows, strict=True)
        ]
        named = [Head(f"{n}{m}") for n, m in zip(names, marks, strict=True)]
        yield Grid([Head(label, shown_unit, left=True), *named], body)


def has_unpaired(comparison: Comparison) -> bool:
    """Return whether any difference is unpaired, because regimes meet different events."""
    return any(row.kind == "unpaired" for row in comparison.aligned)


def months_to_print(months: np.ndarray) -> list[int]:
    """Return the months of the window that have a row: both ends, the onset, some between."""
    step = max(1, -(-(len(months) - 1) // (MOST_MONTHS - 1)))
    chosen = {int(months[0]), 0, int(months[-1])}
    chosen |= {int(m) for m in months if m % step == 0}
    return sorted(chosen)


def _item(row: AlignedRow, places: int) -> Item:
    """Return a mean, or a difference with its interval."""
    if row.kind == "regime":
        return Item(format_number(row.mean, row.unit, places))
    return Item(*format_ends(row.mean, row.low, row.high, row.unit, places, signed=True))
