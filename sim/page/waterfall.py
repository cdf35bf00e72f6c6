"""The surplus ledger as a waterfall: from first best, cause by cause, down to joint surplus."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from sim.measure.amounts import fixed
from sim.measure.ledger import CAUSES
from sim.measure.metrics import CAUSE_LABELS
from sim.measure.view import View
from sim.page.looks import GREY
from sim.page.svg import ticks
from sim.records import CAUSE_COLUMNS
from sim.render.numbers import axis_mark

WIDTH, ROW, TOP = 480, 19.5, 30.0
LEFT, RIGHT = 148.0, 420.0
LOSS, GAIN = "#b0b5bd", "#2d6fb3"  # grey falls, blue rises: hue and lightness differ
MEANINGS = {column.name: column.meaning for column in CAUSE_COLUMNS}


def steps(view: View) -> dict[str, float]:
    """Return first best, every cause and joint surplus, money per need and month, of one world."""
    return {name: float(view.each(name)[0]) for name in ("first_best", *CAUSES, "surplus")}


def bounds(both: tuple[dict[str, float], dict[str, float]]) -> tuple[float, float]:
    """Return what the horizontal axis of both waterfalls must show."""
    found = [0.0]
    for table in both:
        falls = np.cumsum([table[name] for name in CAUSES])
        found += [table["first_best"], table["surplus"], *(table["first_best"] - falls)]
    return min(found), max(found)


def waterfall(
    title: str, color: str, unit: str, table: dict[str, float], ends: tuple[float, float]
) -> str:
    """Return one regime's ledger as an `<svg>`; both regimes share the axis `ends`."""
    marks = ticks(*ends)
    height = TOP + ROW * (len(table) + 1) + 10
    said = "; ".join(f"{_label(name)} {value:.4g}" for name, value in table.items())
    return "".join(
        [
            f'<svg viewBox="0 0 {WIDTH} {height:g}" class="sim-chart sim-waterfall" role="img" ',
            f'aria-label="{escape(f"Ledger under {title}, {unit}: {said}")}">',
            f'<text x="0" y="15" class="sim-title" fill="{color}">{escape(title)}',
            f'<tspan class="sim-unit" dx="7">{escape(unit)}</tspan></text>',
            *_axis(marks, height),
            *_bars(table, color, marks),
            "</svg>",
        ]
    )


def _x(value: float, marks: list[float]) -> float:
    return LEFT + (RIGHT - LEFT) * (value - marks[0]) / (marks[-1] - marks[0])


def _axis(marks: list[float], height: float) -> Iterator[str]:
    below = height - 8
    for mark in marks:
        x = _x(mark, marks)
        yield f'<path d="M{x:.1f} {TOP - 4:g}V{below - 13:g}" class="sim-grid"/>'
        yield f'<text x="{x:.1f}" y="{below:g}" text-anchor="middle">{axis_mark(mark)}</text>'


def _bars(table: dict[str, float], color: str, marks: list[float]) -> Iterator[str]:
    at = table["first_best"]
    for k, (name, value) in enumerate(table.items()):
        whole = name in ("first_best", "surplus")
        start, end = (0.0, value) if whole else (at, at - value)
        at = end
        left, right = sorted((_x(start, marks), _x(end, marks)))
        y = TOP + ROW * k
        fill = GREY if name == "first_best" else color if whole else LOSS if value >= 0 else GAIN
        strong = ' class="sim-label"' if whole else ""
        meaning = escape(MEANINGS.get(name, "realised by the pair, net of the fee"))
        shown = fixed(value, 2) if whole else fixed(-value, 2, signed=True)
        shown = "0" if shown == fixed(0.0, 2) else shown
        yield (
            f"<g><title>{_label(name)}: {meaning}</title>"
            f'<text x="{LEFT - 8:g}" y="{y + 12:.1f}" text-anchor="end"{strong}>{_label(name)}</text>'
            f'<rect x="{left:.1f}" y="{y + 2:.1f}" width="{max(1.0, right - left):.1f}" '
            f'height="{ROW - 5:g}" fill="{fill}"/>'
            f'<path d="M{_x(end, marks):.1f} {y + 2:.1f}v{ROW:g}" class="sim-axis"/>'
            f'<text x="{WIDTH - 4}" y="{y + 12:.1f}" text-anchor="end"{strong}>{shown}</text></g>'
        )


def _label(name: str) -> str:
    named = {"first_best": "first best", "surplus": "joint surplus", **CAUSE_LABELS}
    return named[name]
