"""Small line charts as SVG text: no drawing library, a few kilobytes, under a millisecond each."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from sim.render.numbers import axis_mark

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


def line_chart(axes: Axes, lines: Sequence[Line]) -> str:
    """Return a line chart as an `<svg>` element; labels stand at the line ends."""
    plane = Plane(axes, lines)
    said = escape(_in_words(axes, lines))
    parts = [
        f'<svg viewBox="0 0 {plane.width} {plane.height}" class="sim-chart" role="img"',
        f' aria-label="{said}"><text x="0" y="15" class="sim-title">{escape(axes.title)}',
        f'<tspan class="sim-unit" dx="7">{escape(axes.unit)}</tspan></text>',
        *_scales(plane),
    ]
    ends = []
    for line in lines:
        points = broken_line(line.values)
        path = _path([(plane.x(month), plane.y(value)) for month, value in points])
        parts.append(
            f'<path d="{path}" fill="none" stroke="{line.color}" stroke-width="{line.width:g}" '
            f'stroke-dasharray="{line.dash}" opacity="{line.opacity:g}" stroke-linejoin="round"/>'
        )
        shown = [point for point in points if math.isfinite(point[1])]
        if line.label and shown:
            ends.append((plane.y(shown[-1][1]), plane.x(shown[-1][0]), line))
    return "".join([*parts, *_end_labels(ends, plane), "</svg>"])


def _scales(plane: Plane) -> Iterator[str]:
    """Yield grid, marks and numbers of both axes."""
    for mark in plane.marks:
        height = plane.y(mark)
        yield f'<path d="M{LEFT:g} {height:.1f}H{plane.right:g}" class="sim-grid"/>'
        yield f'<text x="{LEFT - 7:g}" y="{height + 4:.1f}" text-anchor="end">{axis_mark(mark)}</text>'
    below = plane.bottom + 17
    for month in month_ticks(plane.months):
        place = plane.x(month)
        yield f'<path d="M{place:.1f} {plane.bottom:g}v4" class="sim-tick"/>'
        yield f'<text x="{place:.1f}" y="{below:g}" text-anchor="middle">{month}</text>'
    yield f'<path d="M{LEFT:g} {plane.bottom:g}H{plane.right:g}" class="sim-axis"/>'
    end = plane.width - 6
    yield f'<text x="{end}" y="{below:g}" text-anchor="end" class="sim-unit">month</text>'


def _end_labels(ends: list[tuple[float, float, Line]], plane: Plane) -> list[str]:
    """Return labels beside the line ends, pushed apart where they would overlap."""
    ordered = sorted(ends, key=lambda end: end[0])
    heights: list[float] = []
    for wanted, _, _ in ordered:
        heights.append(max(wanted, heights[-1] + LABEL_GAP) if heights else max(wanted, TOP))
    spill = max(0.0, heights[-1] - plane.bottom) if heights else 0.0
    parts = []
    for height, (end_y, end_x, line) in zip(heights, ordered, strict=True):
        place = height - spill
        parts.append(
            f'<circle cx="{end_x:.1f}" cy="{end_y:.1f}" r="3.4" fill="{line.color}"/>'
            f'<text x="{end_x + 9:.1f}" y="{place + 4:.1f}" fill="{line.color}" '
            f'class="sim-label">{escape(line.label)}</text>'
        )
    return parts


def broken_line(values: np.ndarray) -> list[tuple[int, float]]:
    """Return (month, value), thinned to what can be seen; the last month always stays."""
    values = np.asarray(values, float)
    stride = max(1, math.ceil(len(values) / MOST_POINTS))
    keep = list(range(len(values) - 1, -1, -stride))[::-1]
    return [(at + 1, float(values[at])) for at in keep]


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
