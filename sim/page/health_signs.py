"""The five mutual traits of a healthy relationship, as a chart: last month's value and the line so far."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from sim.measure.amounts import DASH, format_fixed
from sim.measure.metrics import TRAITS, monthly_series
from sim.measure.view import View
from sim.page.svg import thinned_points
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

# Layout in SVG units: a row for each trait; labels, then bars, then sparklines from left to right.
WIDTH, ROW, TOP = 980, 47.0, 34.0
BARS, BARS_END = 330.0, 560.0
SPARK, SPARK_END = 640.0, 970.0


def traits_chart(
    regimes: tuple[str, str], marks: list[tuple[str, str]], views: tuple[View, View], months: int
) -> Markup:
    """Return the five mutual traits (0 to 1) of both regimes as one `<svg>`."""
    height = TOP + ROW * len(TRAITS)
    lines = {
        n: [monthly_series(n, v)[0] if v.months else np.zeros(0) for v in views] for n in TRAITS
    }
    description = "; ".join(
        f"{label}: "
        + ", ".join(f"{r} {_last_value(s)}" for r, s in zip(regimes, lines[n], strict=True))
        for n, (label, _) in TRAITS.items()
    )
    drawn = []
    for k, (name, (label, meaning)) in enumerate(TRAITS.items()):
        y = TOP + ROW * k
        drawn.append(
            (
                label, meaning, f"{y - 5:g}", f"{y + 14:g}", f"{y + 31:g}",
                list(_rows(lines[name], marks, y, months)),
            )
        )  # fmt: skip
    return render(
        "page/fragments/traits.svg.j2",
        width=WIDTH, height=f"{height:g}", bars=f"{BARS:g}", spark=f"{SPARK:g}",
        full=f"{BARS_END - BARS:g}", beside=f"{BARS_END + 8:g}", traits=drawn,
        description=f"Five mutual traits, 0 to 1. {description}",
    )  # fmt: skip


def _rows(
    lines: list[np.ndarray], marks: list[tuple[str, str]], y: float, months: int
) -> Iterator[tuple[str, ...]]:
    """Yield for each regime the bar of the last month and the line so far."""
    for k, (values, (color, dash)) in enumerate(zip(lines, marks, strict=True)):
        top = y + 2 + 18 * k
        now = float(values[-1]) if len(values) else math.nan
        wide = 0.0 if math.isnan(now) else (BARS_END - BARS) * min(1.0, max(0.0, now))
        points = [
            (SPARK + (SPARK_END - SPARK) * month / max(1, months), y + 36 - 34 * value)
            for month, value in thinned_points(values)
        ]
        foot = f"{top + 11:g}"
        yield color, dash, f"{top:g}", f"{wide:.1f}", foot, _last_value(values), _spark_path(points)


def _spark_path(points: list[tuple[float, float]]) -> str:
    drawn = [(x, y) for x, y in points if math.isfinite(y)]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) if drawn else ""


def _last_value(values: np.ndarray) -> str:
    return format_fixed(values[-1], 2) if len(values) else DASH
