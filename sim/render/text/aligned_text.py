"""What a comparison prints about the months around an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.align import QUANTITIES, count_onsets
from sim.measure.amounts import count
from sim.measure.window import ONSETS
from sim.render.numbers import decimals, ends, number, unit_head
from sim.render.tables import Grid, Head, Item

if TYPE_CHECKING:
    from sim.measure.compare import Comparison
    from sim.measure.window import Aligned

MOST_LINES = 7
UNPAIRED = (
    "Regimes whose difference is marked * do not meet the same events: it is a difference of two "
    "means, not a paired one."
)


def title(c: Comparison) -> str:
    """Return the heading: which event, how often under which regime."""
    counts = count_onsets(c)
    same = len(set(counts.values())) == 1
    if same:
        times = f"{count(next(iter(counts.values())), 'onset')} over needs and worlds"
    else:
        times = f"{', '.join(map(str, counts.values()))} onsets over needs and worlds"
    what = ONSETS[c.around.event][1] if c.around else ""
    return f"Around the month in which {what} ({times})"


def grids(c: Comparison) -> Iterator[Grid]:
    """Yield a table for each quantity: some months of the window, means and differences."""
    regimes = c.contestants or c.regimes
    names = [*regimes, *(f"{regime} − {baseline}" for regime, baseline in c.contrasts)]
    by = {(r.quantity, r.name, r.month): r for r in c.aligned}
    months = shown(c.around.months) if c.around else []
    for quantity, (label, unit) in QUANTITIES.items():
        rows = [[by[quantity, name, month] for name in names] for month in months]
        kinds = [rows[0][k].kind for k in range(len(names))]
        marks = ["*" if kind == "unpaired" else "" for kind in kinds]
        means = [row.mean for line in rows for row in line]
        if not any(np.isfinite(means)):
            continue
        places = decimals(unit, *(m for m in means if np.isfinite(m)))
        said = unit_head(c.unit(unit))
        body = [
            [Item(number(month, "", 0, signed=True)), *(_item(row, places) for row in line)]
            for month, line in zip(months, rows, strict=True)
        ]
        named = [Head(f"{n}{m}") for n, m in zip(names, marks, strict=True)]
        yield Grid([Head(label, said, left=True), *named], body)


def is_unpaired(c: Comparison) -> bool:
    """Say whether any difference is one of unlike occasions."""
    return any(row.kind == "unpaired" for row in c.aligned)


def shown(months: np.ndarray) -> list[int]:
    """Return the months that are printed: both ends, the onset, and a few between."""
    step = max(1, -(-(len(months) - 1) // (MOST_LINES - 1)))
    kept = {int(months[0]), 0, int(months[-1])}
    kept |= {int(m) for m in months if m % step == 0}
    return sorted(kept)


def _item(row: Aligned, places: int) -> Item:
    if row.kind == "regime":
        return Item(number(row.mean, row.unit, places))
    return Item(*ends(row.mean, row.low, row.high, row.unit, places, signed=True))
