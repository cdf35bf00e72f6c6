"""The five signs of a healthy relationship: where both regimes stand, and how they came there."""

from __future__ import annotations

import math
from collections.abc import Iterator
from html import escape

import numpy as np

from sim.measure.amounts import NONE, fixed
from sim.measure.metrics import TRAITS, series
from sim.measure.view import View
from sim.page.svg import broken_line

WIDTH, ROW, TOP = 980, 47.0, 34.0
BARS, BARS_END = 330.0, 560.0
SPARK, SPARK_END = 640.0, 970.0


def traits(
    regimes: tuple[str, str], marks: list[tuple[str, str]], views: tuple[View, View], months: int
) -> str:
    """Return the five mutual traits of both regimes as one `<svg>`."""
    height = TOP + ROW * len(TRAITS)
    lines = {n: [series(n, v)[0] if v.months else np.zeros(0) for v in views] for n in TRAITS}
    said = "; ".join(
        f"{label}: " + ", ".join(f"{r} {_now(s)}" for r, s in zip(regimes, lines[n], strict=True))
        for n, (label, _) in TRAITS.items()
    )
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {height:g}" class="sim-chart" role="img" aria-label="',
        escape(f"Five mutual traits, 0 to 1. {said}"),
        '"><text x="0" y="15" class="sim-title">Five mutual traits',
        '<tspan class="sim-unit" dx="7">0 to 1, mean over needs</tspan></text>',
        f'<text x="{BARS:g}" y="15" class="sim-unit">last month</text>',
        f'<text x="{SPARK:g}" y="15" class="sim-unit">from the first month on</text>',
    ]
    for k, (name, (label, meaning)) in enumerate(TRAITS.items()):
        y = TOP + ROW * k
        parts.append(
            f'<path d="M0 {y - 5:g}H{WIDTH}" class="sim-grid"/>'
            f'<text x="0" y="{y + 14:g}" class="sim-label">{label}</text>'
            f'<text x="0" y="{y + 31:g}" class="sim-unit">{escape(meaning)}</text>'
        )
        parts += _row(lines[name], marks, y, months)
    return "".join([*parts, "</svg>"])


def _row(
    lines: list[np.ndarray], marks: list[tuple[str, str]], y: float, months: int
) -> Iterator[str]:
    for k, (values, (color, dash)) in enumerate(zip(lines, marks, strict=True)):
        top = y + 2 + 18 * k
        now = float(values[-1]) if len(values) else math.nan
        wide = 0.0 if math.isnan(now) else (BARS_END - BARS) * min(1.0, max(0.0, now))
        yield (
            f'<rect x="{BARS:g}" y="{top:g}" width="{BARS_END - BARS:g}" height="13" '
            f'class="sim-empty"/><rect x="{BARS:g}" y="{top:g}" width="{wide:.1f}" height="13" '
            f'fill="{color}"/><text x="{BARS_END + 8:g}" y="{top + 11:g}" fill="{color}" '
            f'class="sim-label">{_now(values)}</text>'
        )
        points = [
            (SPARK + (SPARK_END - SPARK) * month / max(1, months), y + 36 - 34 * value)
            for month, value in broken_line(values)
        ]
        yield _spark(points, color, dash)


def _spark(points: list[tuple[float, float]], color: str, dash: str) -> str:
    drawn = [(x, y) for x, y in points if math.isfinite(y)]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) if drawn else ""
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dash}"/>'


def _now(values: np.ndarray) -> str:
    return fixed(values[-1], 2) if len(values) else NONE
