"""The surplus ledger as a waterfall: from first best, cause by cause, down to joint surplus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.measure.amounts import format_digits, format_fixed
from sim.measure.ledger import CAUSES
from sim.measure.metrics import CAUSE_LABELS
from sim.measure.view import View
from sim.page.colours import GREY
from sim.page.svg import ticks
from sim.records import CAUSE_COLUMNS
from sim.render.numbers import format_tick
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, ROW, TOP = 480, 19.5, 30.0  # in SVG units, as all numbers below
LEFT, RIGHT = 148.0, 420.0
LOSS, GAIN = "#b0b5bd", "#2d6fb3"  # grey falls, blue rises: hue and lightness differ
MEANINGS = {column.name: column.meaning for column in CAUSE_COLUMNS}


def ledger_steps(view: View) -> dict[str, float]:
    """Return first best, every cause and joint surplus of one world, in money per need and month."""
    return {
        name: float(view.per_need_month(name)[0]) for name in ("first_best", *CAUSES, "surplus")
    }


def axis_bounds(both: tuple[dict[str, float], dict[str, float]]) -> tuple[float, float]:
    """Return the lowest and highest value that the shared axis of both waterfalls must show."""
    found = [0.0]
    for table in both:
        falls = np.cumsum([table[name] for name in CAUSES])
        found += [table["first_best"], table["surplus"], *(table["first_best"] - falls)]
    return min(found), max(found)


def waterfall(
    title: str, color: str, unit: str, table: dict[str, float], ends: tuple[float, float]
) -> Markup:
    """Return the ledger of one regime as an `<svg>`; `ends` bound the axis, shared by both regimes."""
    marks = ticks(*ends)
    height = TOP + ROW * (len(table) + 1) + 10
    description = "; ".join(
        f"{_label(name)} {format_digits(value, 4)}" for name, value in table.items()
    )
    return render(
        "page/fragments/waterfall.svg.j2",
        width=WIDTH, height=f"{height:g}", title=title, color=color, unit=unit,
        description=f"Ledger under {title}, {unit}: {description}",
        marks=[(f"{_x(mark, marks):.1f}", format_tick(mark)) for mark in marks],
        top=f"{TOP - 4:g}", foot=f"{height - 21:g}", below=f"{height - 8:g}",
        beside=f"{LEFT - 8:g}", edge=WIDTH - 4, high=f"{ROW - 5:g}", row=f"{ROW:g}",
        bars=list(_bars(table, color, marks)),
    )  # fmt: skip


class Bar(NamedTuple):
    """One row of a waterfall: its texts, and the places of its bar and its end."""

    label: str
    meaning: str
    shown: str
    whole: bool
    fill: str
    start: str
    wide: str
    end: str
    y: str
    middle: str


def _x(value: float, marks: list[float]) -> float:
    return LEFT + (RIGHT - LEFT) * (value - marks[0]) / (marks[-1] - marks[0])


def _bars(table: dict[str, float], color: str, marks: list[float]) -> Iterator[Bar]:
    at = table["first_best"]
    for k, (name, value) in enumerate(table.items()):
        whole = name in ("first_best", "surplus")
        start, end = (0.0, value) if whole else (at, at - value)
        at = end
        left, right = sorted((_x(start, marks), _x(end, marks)))
        y = TOP + ROW * k
        fill = GREY if name == "first_best" else color if whole else LOSS if value >= 0 else GAIN
        shown = format_fixed(value, 2) if whole else format_fixed(-value, 2, signed=True)
        yield Bar(
            _label(name), MEANINGS.get(name, "realised by the pair, net of the fee"),
            "0" if shown == format_fixed(0.0, 2) else shown, whole, fill,
            f"{left:.1f}", f"{max(1.0, right - left):.1f}", f"{_x(end, marks):.1f}",
            f"{y + 2:.1f}", f"{y + 12:.1f}",
        )  # fmt: skip


def _label(name: str) -> str:
    named = {"first_best": "first best", "surplus": "joint surplus", **CAUSE_LABELS}
    return named[name]
