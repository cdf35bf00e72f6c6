"""Figures of a sweep: lines over one factor, dots by category or row, heat over two, scatter."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.comparison_figures import canvas, styled
from sim.render.figures.panels import (
    PAGE,
    Cells,
    broken,
    colour_bar,
    dots,
    few_ticks,
    heat,
    legend_below,
    lighter,
    name_across,
    name_style,
    named_rows,
    nothing_to_draw,
    zero_line,
)
from sim.render.numbers import setting
from sim.render.study_tables import BARE, FactorWords, StudyTables, shortened

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 40
UPRIGHT = 28  # letters that fit beside a panel
MOST_PANELS, MOST_LARGE = 12, 6  # panels of a scatter; of one with many points
MANY_POINTS = 300
MOST_MARKS = 600  # dots with lines, above which they become a picture inside the SVG


def draw_lines(s: StudyTables, outcome: str, factor: FactorWords) -> Figure:
    """Draw an outcome over one numeric factor: every regime, and the differences beneath."""
    below = bool(s.differences)
    with styled():
        figure, panels = canvas((PAGE, 5.2 if below else 3.4), 1, rows=1 + below)
        for name in s.regimes:
            _band(panels[0], s, outcome, name, factor.key)
        panels[0].set_ylabel(broken(s.axis(outcome), UPRIGHT))
        for name in s.differences:
            _band(panels[-1], s, outcome, name, factor.key)
        if below:
            zero_line(panels[-1])
            panels[-1].set_ylabel(
                broken(f"difference in {s.axis(outcome, difference=True)}", UPRIGHT)
            )
        for axes, names in zip(panels, (s.regimes, s.differences), strict=False):
            _over(axes, s.done[factor.key])
            if not _any_value(s, outcome, names):
                nothing_to_draw(axes)
        panels[-1].set_xlabel(factor.label)
        handles, labels = panels[0].get_legend_handles_labels()
        if below:
            more, words = panels[-1].get_legend_handles_labels()
            handles, labels = [*handles, *more], [*labels, *words]
        legend_below(figure, handles, labels, title=_said(s, "bands"))
    return figure


def draw_dots(s: StudyTables, outcome: str, factor: FactorWords | None) -> Figure:
    """Draw an outcome by category, row or point as dots: every regime, and the differences."""
    order = dotted(s, outcome)
    names = [_row_name(s, factor, row) for row in order.to_dict("records")]
    across = 1 + bool(s.differences)
    with styled():
        height = 1.35 + 0.155 * max(2, len(s.regimes)) * max(1, len(names))
        figure, panels = canvas((PAGE, height), across, sharey=True)
        for axes, shown_names in zip(panels, (s.regimes, s.differences), strict=False):
            _dots(axes, s, outcome, shown_names, order["point"].tolist())
            few_ticks(axes)
        named_rows(panels[0], names)
        panels[0].set_xlabel(broken(s.axis(outcome), 36 if across > 1 else 60))
        if across > 1:
            zero_line(panels[1], upright=True)
            panels[1].set_xlabel(broken(f"difference in {s.axis(outcome, difference=True)}", 36))
        handles, labels = panels[0].get_legend_handles_labels()
        if across > 1 and len(s.differences) > 0:
            more, words = panels[1].get_legend_handles_labels()
            handles, labels = [*handles, *more], [*labels, *words]
        legend_below(figure, handles, labels, title=_said(s, "lines"))
    return figure


def draw_heat(s: StudyTables, outcome: str, x: FactorWords, y: FactorWords) -> Figure:
    """Draw an outcome over two factors as matrices: the differences, or the means alone."""
    shown_names = s.differences[:2] or s.regimes[:2]
    centred = bool(s.differences)
    made = [cells(s, outcome, name, x, y) for name in shown_names]
    every = np.concatenate([c.values.ravel() for c in made])
    with styled():
        tall = 0.24 if len(made[0].rows) > 14 else 0.34
        height = min(7.5, max(2.7, 1.4 + tall * len(made[0].rows)))
        figure, panels = canvas((PAGE, height), len(made), sharey=True)
        unit = s.unit(outcome, difference=centred)
        for axes, name, one in zip(panels, shown_names, made, strict=True):
            mesh = heat(axes, one, "", centred=centred, limits=every)
            axes.set_title(shortened(name, 40))
            axes.set_xlabel(x.label)
            if not np.isfinite(one.values).any():
                nothing_to_draw(axes)
        panels[0].set_ylabel(shortened(y.label, 40))
        what = f"difference in {s.label(outcome)}" if centred else s.label(outcome)
        colour_bar(figure, panels, mesh, f"{what}{f' ({unit})' if unit else ''}")
    return figure


def draw_scatter(s: StudyTables, outcome: str, factors: Sequence[FactorWords]) -> Figure:
    """Draw a difference (or a mean) against every factor of a sampled design, point by point."""
    name = s.focus or s.regimes[0]
    found = s.rows(outcome, name)
    factors = scattered(s, outcome, factors)
    across = min(3, len(factors))
    rows = -(-len(factors) // across)
    with styled():
        figure, panels = canvas((PAGE, 1.0 + 1.95 * rows), across, rows=rows, sharey=True)
        as_picture = len(found) * len(factors) > MOST_MARKS
        for axes, factor in zip(panels, factors, strict=False):
            order = [] if factor.numeric else levels(s, factor)
            style = name_style(name, s.regimes)
            _cloud(axes, found, factor, style, order, as_picture=as_picture)
            if s.differences:
                zero_line(axes)
            unit = "" if factor.unit in BARE else f"\n({shortened(factor.unit, 28)})"
            axes.set_xlabel(f"{shortened(factor.name, 27)}{unit}")
        for axes in panels[len(factors) :]:
            axes.set_axis_off()
        what = f"difference in {s.axis(outcome, difference=True)}" if s.focus else s.axis(outcome)
        figure.supylabel(broken(what, UPRIGHT if rows == 1 else 60), fontsize=9)
        legend_below(figure, *_first(panels), title=_said(s, "lines"))
        if found.empty or not np.isfinite(found["mean"]).any():
            nothing_to_draw(panels[0])
    return figure


def scattered(
    s: StudyTables, outcome: str, factors: Sequence[FactorWords]
) -> Sequence[FactorWords]:
    """Return the factors a scatter has panels for: all, or those whose ranks go with it most."""
    found = s.rows(outcome, s.focus or s.regimes[0])
    most = MOST_LARGE if len(found) > MANY_POINTS else MOST_PANELS
    if len(factors) <= most:
        return factors
    ranks = found["mean"].rank()

    def strength(factor: FactorWords) -> float:
        column = found[factor.key]
        own = column.rank() if factor.numeric else ranks.groupby(column).transform("mean")
        return abs(float(own.corr(ranks))) if own.nunique() > 1 and ranks.nunique() > 1 else 0.0

    return sorted(factors, key=strength, reverse=True)[:most]


def cells(s: StudyTables, outcome: str, name: str, x: FactorWords, y: FactorWords) -> Cells:
    """Return one outcome over two factors as a matrix; y grows upwards when it is a number."""
    columns, rows = levels(s, x), levels(s, y)
    if y.numeric:
        rows = rows[::-1]
    values = np.full((len(rows), len(columns)), math.nan)
    unsure = np.zeros(values.shape, bool)
    for line in s.rows(outcome, name).to_dict("records"):
        at = rows.index(line[y.key]), columns.index(line[x.key])
        values[at] = line["mean"]
        unsure[at] = " − " in name and clear_sign(line["low"], line["high"], line["n"]) == 0
    there = np.ones(values.shape, bool)
    return Cells(values, [_level(v) for v in rows], [_level(v) for v in columns], unsure, there)


def levels(s: StudyTables, factor: FactorWords) -> list[Any]:
    """Return the values of a factor, numbers by size, words in the order the study lists them."""
    found = s.points[factor.key].dropna().tolist()
    if factor.numeric:
        return sorted(set(found))
    told: dict[str, Any] = next(
        (f for f in s.study.get("factors") or () if f["key"] == factor.key), {}
    )
    listed = [str(value) for value in told.get("values") or ()]
    rank = {value: nth for nth, value in enumerate(listed)}
    return sorted(dict.fromkeys(found), key=lambda value: rank.get(str(value), len(rank)))


def dotted(s: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the points that are drawn as rows of dots: the first `MOST_ROWS` complete ones."""
    points = s.done[s.done["point"].isin(s.summary["point"])] if len(s.summary) else s.done
    return points.sort_values("point").head(MOST_ROWS)


def _band(axes: Axes, s: StudyTables, outcome: str, name: str, key: str) -> None:
    found = s.rows(outcome, name).sort_values(key)
    colour, style, marker = name_style(name, s.regimes)
    x = found[key].to_numpy(float)
    axes.fill_between(x, found["low"], found["high"], color=colour, alpha=0.22, lw=0, zorder=2)
    few = len(x) <= 25
    axes.plot(
        x, found["mean"], color=colour, ls=style, lw=1.7, label=name, zorder=3,
        marker=marker if few else "", ms=4.5, mec="white", mew=0.5,
    )  # fmt: skip


def _dots(
    axes: Axes, s: StudyTables, outcome: str, names: Sequence[str], points: Sequence[int]
) -> None:
    at = {point: nth for nth, point in enumerate(points)}
    for nth, name in enumerate(names):
        found = s.rows(outcome, name)
        found = found[found["point"].isin(points)]
        lift = (nth - (len(names) - 1) / 2.0) * min(0.26, 0.7 / max(1, len(names)))
        place = np.array([at[p] for p in found["point"]], float) + lift
        dots(axes, place, found, name_style(name, s.regimes), label=name)
    if not _any_value(s, outcome, names):
        nothing_to_draw(axes)


def _cloud(
    axes: Axes, found: pd.DataFrame, factor: FactorWords, style: tuple[str, Any, str],
    order: Sequence[Any], *,
    as_picture: bool,
) -> None:  # fmt: skip
    colour, _, marker = style
    if factor.numeric:
        x = found[factor.key].to_numpy(float)
    else:
        words = order
        at = np.array([words.index(v) for v in found[factor.key]], float)
        spread = np.linspace(-0.18, 0.18, max(1, len(at)))
        x = at + spread
        name_across(axes, range(len(words)), [shortened(_level(w), 12) for w in words])
        axes.set_xlim(-0.5, max(0.5, len(words) - 0.5))
    # What lies below 0 becomes one picture; the axis and the line of 0 stay drawn above it.
    lower, upper = (-2.0, -1.0) if as_picture else (2.5, 3.0)
    axes.vlines(x, found["low"], found["high"], color=lighter(colour), lw=0.9, zorder=lower)
    axes.plot(
        x, found["mean"], ls="none", marker=marker, ms=3.2, color=colour, mec="white", mew=0.3,
        zorder=upper,
    )  # fmt: skip
    if as_picture:
        axes.set_rasterization_zorder(0.0)
        axes.grid(visible=False)
    if factor.numeric:
        few_ticks(axes, 4)


def _first(panels: Sequence[Axes]) -> tuple[list[Any], list[str]]:
    marks = [line for line in panels[0].get_lines() if line.get_marker() not in ("None", "")]
    return (marks[:1], ["one point of the design"]) if marks else ([], [])


def _over(axes: Axes, values: Any) -> None:
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and low < high:
        wide = (high - low) * 0.02
        axes.set_xlim(low - wide, high + wide)


def _row_name(s: StudyTables, factor: FactorWords | None, row: dict[str, Any]) -> str:
    if factor is None:
        return f"point {row['point']}"
    return shortened(_level(row[factor.key]), 30)


def _level(value: Any) -> str:
    return str(bool(value)).lower() if isinstance(value, bool | np.bool_) else setting(value)


def _said(s: StudyTables, drawn: str) -> str:
    return s.band if s.alone else f"{drawn}: {s.band}"


def _any_value(s: StudyTables, outcome: str, names: Sequence[str]) -> bool:
    return any(np.isfinite(s.rows(outcome, name)["mean"]).any() for name in names)
