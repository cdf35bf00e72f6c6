"""Small line charts as SVG text, without a drawing library: a few kilobytes, under a millisecond."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.amounts import format_digits
from sim.render.numbers import format_tick
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

MOST_POINTS = 600  # about the width of a chart in pixels; longer lines are thinned evenly
LEFT, TOP, BOTTOM = 52.0, 30.0, 28.0  # margins in SVG units
LETTER = 7.2  # width of a letter of a label in SVG units, about
LABEL_GAP = 15.0  # least distance between the baselines of two labels


class Line(NamedTuple):
    """One line: a value for each month from month 1 on (NaN leaves a gap), its label and style."""

    values: np.ndarray
    label: str
    color: str
    dash: str = ""
    width: float = 2.4
    opacity: float = 1.0


class Axes(NamedTuple):
    """The frame of a chart: title, unit, months on the horizontal axis, values that must be visible."""

    title: str
    unit: str
    months: int
    bounds: tuple[float, ...] = ()
    size: tuple[int, int] = (480, 230)


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Return about `about` round numbers that enclose the interval from `low` to `high`.

    Example:
        >>> ticks(0.0, 9.0)
        [0.0, 2.5, 5.0, 7.5, 10.0]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        middle = low if math.isfinite(low) else 0.0
        low, high = middle - 0.5 * max(1.0, abs(middle)), middle + 0.5 * max(1.0, abs(middle))
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * m for m in (1, 2, 2.5, 5, 10) if power * m >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * k, 12) for k in range(first, last + 1)]


def month_ticks(months: int) -> list[int]:
    """Return the months to mark, eight steps at most; whole years if the run is long enough."""
    steps = (1, 2, 3, 6, 12, 24, 36, 60, 120, 240, 600, 1200, 2400)
    step = next((s for s in steps if months / s <= 8), 6000)
    return list(range(0, months + 1, step))


class Plane:
    """The map from months and values to places on the chart."""

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
    """Return a line chart as an `<svg>` element, with labels at the ends of the lines."""
    plane = Plane(axes, lines)
    drawn, ends = [], []
    for line in lines:
        points = thinned_points(line.values)
        path = _line_path([(plane.x(month), plane.y(value)) for month, value in points])
        drawn.append((path, line.color, f"{line.width:g}", line.dash, f"{line.opacity:g}"))
        last = next((point for point in reversed(points) if math.isfinite(point[1])), None)
        if line.label and last:
            ends.append((plane.y(last[1]), plane.x(last[0]), line))
    return render(
        "page/fragments/line_chart.svg.j2",
        width=plane.width, height=plane.height, title=axes.title, unit=axes.unit,
        description=_description(axes, lines), lines=drawn, labels=list(_end_labels(ends, plane)),
        **_scales(plane),
    )  # fmt: skip


def _scales(plane: Plane) -> dict[str, Any]:
    """Return grid, marks and numbers of both axes, by their names in the template."""
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
    """Yield the labels beside the ends of lines, moved apart if they would overlap."""
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


def thinned_points(values: np.ndarray) -> list[tuple[int, float]]:
    """Return (month, value) pairs, at most `MOST_POINTS`; the last month is always among them."""
    every = np.asarray(values, float).tolist()
    stride = max(1, math.ceil(len(every) / MOST_POINTS))
    keep = list(range(len(every) - 1, -1, -stride))[::-1]
    return [(at + 1, every[at]) for at in keep]


def _line_path(points: list[tuple[float, float]]) -> str:
    """Return the drawing commands of a line with gaps at NaN."""
    commands, pen = [], "M"
    for px, py in points:
        if math.isfinite(py):
            commands.append(f"{pen}{px:.1f} {py:.1f}")
            pen = "L"
        else:
            pen = "M"
    return "".join(commands)


def _description(axes: Axes, lines: Sequence[Line]) -> str:
    """Return the chart in words, for screen readers."""
    parts = [f"{axes.title}, {axes.unit}"]
    for line in lines:
        values = np.asarray(line.values, float)
        if line.label and len(values) and math.isfinite(values[-1]):
            parts.append(f"{line.label} {format_digits(values[-1], 4)} in month {len(values)}")
    return "; ".join(parts)
