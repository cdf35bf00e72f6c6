"""What a sweep prints: one line per point, an outcome by regime and its paired differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.measure.intervals import on_few_worlds
from sim.render.numbers import NONE, decimals, intervals_over, number, setting, spread, unit_words
from sim.render.text.comparison_text import WIDTH, grid

if TYPE_CHECKING:
    import pandas as pd

MOST_LINES = 40


def points(table: pd.DataFrame, factors: list[str], outcome: str, width: int = WIDTH) -> str:
    """Return an outcome at every point of a study's summary, as plain text."""
    found = table[table["measure"] == outcome]
    names = list(dict.fromkeys(found["name"].astype(str)))
    unit = str(found["unit"].iloc[0])
    lines: dict[int, list[Any]] = {}
    for point, rows in found.groupby("point", sort=True):
        by = {str(row.name_): row for row in rows.rename(columns={"name": "name_"}).itertuples()}
        values = rows[factors].iloc[0]
        lines[int(str(point))] = [*(setting(v) for v in values), *(by.get(n) for n in names)]
    places = decimals(unit, *found["mean"])
    body = [
        [str(point), *line[: len(factors)], *(_cell(c, unit, places) for c in line[len(factors) :])]
        for point, line in lines.items()
    ]
    left_out = len(body) - MOST_LINES
    more = [f"… and {left_out} more points in summary.parquet"] if left_out > 0 else []
    label = str(found["label"].iloc[0])
    of = ", ".join(part for part in (f"{label[:1].upper()}{label[1:]}", unit_words(unit)) if part)
    worlds = int(found["n"].max())
    head = f"{of}: mean; differences with [{intervals_over(worlds)} over worlds]"
    shown = grid(["point", *factors, *names], body[:MOST_LINES], width)
    more += [few] if (few := on_few_worlds(worlds)) else []
    return "\n".join([head, "-" * len(head), shown, *more])


def _cell(row: Any, unit: str, places: int) -> str:
    if row is None:
        return NONE
    if str(row.kind) != "difference":
        return number(row.mean, unit, places)
    return spread(row.mean, row.low, row.high, unit, places, signed=True)
