"""Small line charts as SVG text: no drawing library, a few kilobytes, under a millisecond each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.render.numbers import format_tick
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_POINTS = 600  # more than a screen can show; longer lines are thinned evenly
LEFT, TOP, BOTTOM = 52.0, 30.0, 28.0
LETTER = 7.2  # width of a letter of a label, about
LABEL_GAP = 15.0


class Line(NamedTuple):
    """One line: a value per month from month 1 on (NaN leaves a gap), its label and its looks."""

    values: np.ndarray
    label: str
    color: str
    dash: str = ""
    width: float = 2.4
    opacity: float = 1.0


class Axes(NamedTuple):
    """What a chart shows: title, unit, months on the horizontal axis, bounds that must be seen."""

    title: str
    unit: str
    months: int
    bounds: tuple[float, ...] = ()
    size: tuple[int, int] = (480, 230)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return round numbers that enclose [low, high], about as many as asked for."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        middle = low if math.isfinite(low) else 0.0
        low, high = middle - 0.5 * max(1.0, abs(middle)), middle + 0.5 * max(1.0, abs(middle))
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * k, 12) for k in range(first, last + 1)]


def month_ticks(months: int) -> list[int]:
    """Return months to mark: whole years where the run is long enough."""
    steps = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200, 2400)
    step = next((s for s in steps if months / s <= 8), 6000)
    return list(range(0, months + 1, step))


class Plane:
    """Where months and values lie on the paper."""

    def __init__(self, axes: Axes, lines: Sequence[Line]):
        self.width, self.height = axes.size
        longest = max((len(line.label) for line in lines), default=0)
        room = min(0.4 * self.width, max(44.0, LETTER * longest + 18.0))
        self.right, self.bottom = self.width - room, self.height - BOTTOM
        self.months = max(1, axes.months)
        values = [np.asarray(line.values, float) for line in lines]
        every = np.concatenate([*values, np.asarray(axes.bounds, float)])
        every = every[np.isfinite(every)]
        self.marks = ticks(float(every.min()), float(every.max())) if len(every) else ticks(0, 1)

    def x(self, month: float) -> float:
        """Return the horizontal place of a month."""
        return LEFT + (self.right - LEFT) * month / self.months

    def y(self, value: float) -> float:
        """Return the vertical place of a value."""
        share = (value - self.marks[0]) / (self.marks[-1] - self.marks[0])
        return self.bottom - (self.bottom - TOP) * share


def line_chart(axes: Axes, lines: Sequence[Line]) -> Markup:
    """Return a line chart as an `<svg>` element; labels stand at the line ends."""
    plane = Plane(axes, lines)
    drawn, ends = [], []
    for line in lines:
        points = broken_line(line.values)
        path = _path([(plane.x(month), plane.y(value)) for month, value in points])
        drawn.append((path, line.color, f"{line.width:g}", line.dash, f"{line.opacity:g}"))
        last = next((point for point in reversed(points) if math.isfinite(point[1])), None)
        if line.label and last:
            ends.append((plane.y(last[1]), plane.x(last[0]), line))
    return render(
        "page/fragments/line_chart.svg.j2",
        width=plane.width, height=plane.height, title=axes.title, unit=axes.unit,
        said=_in_words(axes, lines), lines=drawn, labels=list(_end_labels(ends, plane)),
        **_scales(plane),
    )  # fmt: skip


def _scales(plane: Plane) -> dict[str, Any]:
    """Return grid, marks and numbers of both axes."""
    heights = [(plane.y(mark), mark) for mark in plane.marks]
    return {
        "left": f"{LEFT:g}",
        "right": f"{plane.right:g}",
        "bottom": f"{plane.bottom:g}",
        "beside": f"{LEFT - 7:g}",
        "under": f"{plane.bottom + 17:g}",
        "end": plane.width - 6,
        "marks": [
            (f"M{LEFT:g} {y:.1f}H{plane.right:g}", f"{y + 4:.1f}", format_tick(mark))
            for y, mark in heights
        ],
        "months": [(f"{plane.x(month):.1f}", month) for month in month_ticks(plane.months)],
    }


def _end_labels(
    ends: list[tuple[float, float, Line]], plane: Plane
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield labels beside the line ends, pushed apart where they would overlap."""
    ordered = sorted(ends, key=lambda end: end[0])
    heights: list[float] = []
    for wanted, _, _ in ordered:
        heights.append(max(wanted, heights[-1] + LABEL_GAP) if heights else max(wanted, TOP))
    spill = max(0.0, heights[-1] - plane.bottom) if heights else 0.0
    for height, (end_y, end_x, line) in zip(heights, ordered, strict=True):
        place = height - spill
        yield (
            f"{end_x:.1f}", f"{end_y:.1f}", line.color,
            f"{end_x + 9:.1f}", f"{place + 4:.1f}", line.label,
        )  # fmt: skip


def broken_line(values: np.ndarray) -> list[tuple[int, float]]:
    """Return (month, value), thinned to what can be seen; the last month always stays."""
    every = np.asarray(values, float).tolist()
    stride = max(1, math.ceil(len(every) / MOST_POINTS))
    keep = list(range(len(every) - 1, -1, -stride))[::-1]
    return [(at + 1, every[at]) for at in keep]


def _path(points: list[tuple[float, float]]) -> str:
    """Return the drawing commands of a line with gaps at NaN."""
    commands, pen = [], "M"
    for px, py in points:
        if math.isfinite(py):
            commands.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(commands)


def _in_words(axes: Axes, lines: Sequence[Line]) -> str:
    """Return the chart in words, for people who hear the page."""
    said = [f"{axes.title}, {axes.unit}"]
    for line in lines:
        values = np.asarray(line.values, float)
        if line.label and len(values) and math.isfinite(values[-1]):
            said.append(f"{line.label} {values[-1]:.4g} in month {len(values)}")
    return "; ".join(said)
