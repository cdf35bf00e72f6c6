"""The figures of a sweep: lines over one factor, dots by category, heat maps over two, scatters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.figure_style import house_style, make_panels
from sim.render.figures.panels import (
    PAGE_WIDTH,
    HeatCells,
    break_label,
    draw_zero_line,
    lighten,
    limit_ticks,
    name_places,
    name_rows,
    name_style,
    note_empty_panel,
    plot_dots,
    plot_heat,
    put_colour_bar,
    put_legend_below,
)
from sim.render.numbers import format_setting
from sim.render.study_tables import NO_UNIT, FactorLabel, StudyTables, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 40
LETTERS_UPRIGHT = 28  # of a label that fit beside a panel
MOST_PANELS, MOST_LARGE = 12, 6  # panels of a scatter; of one with more than `MANY_POINTS`
MANY_POINTS = 300
MOST_MARKS = 600  # dots with intervals; above that they become a bitmap inside the SVG


def draw_lines(study: StudyTables, outcome: str, factor: FactorLabel) -> Figure:
    """Draw an outcome over one numeric factor: every regime, and the differences beneath."""
    below = bool(study.differences)
    with house_style():
        figure, panels = make_panels((PAGE_WIDTH, 5.2 if below else 3.4), 1, rows=1 + below)
        for name in study.regimes:
            _draw_band(panels[0], study, outcome, name, factor.key)
        panels[0].set_ylabel(break_label(study.axis(outcome), LETTERS_UPRIGHT))
        for name in study.differences:
            _draw_band(panels[-1], study, outcome, name, factor.key)
        if below:
            draw_zero_line(panels[-1])
            panels[-1].set_ylabel(
                break_label(
                    f"difference in {study.axis(outcome, difference=True)}", LETTERS_UPRIGHT
                )
            )
        for axes, names in zip(panels, (study.regimes, study.differences), strict=False):
            _fit_axis(axes, study.complete[factor.key])
            if not _has_value(study, outcome, names):
                note_empty_panel(axes)
        panels[-1].set_xlabel(factor.label)
        handles, labels = panels[0].get_legend_handles_labels()
        if below:
            more, words = panels[-1].get_legend_handles_labels()
            handles, labels = [*handles, *more], [*labels, *words]
        put_legend_below(figure, handles, labels, title=_legend_title(study, "bands"))
    return figure


def draw_dots(study: StudyTables, outcome: str, factor: FactorLabel | None) -> Figure:
    """Draw an outcome by category, row or point as dots: every regime, and the differences."""
    order = points_for_dots(study, outcome)
    names = [_row_name(study, factor, row) for row in order.to_dict("records")]
    across = 1 + bool(study.differences)
    with house_style():
        height = 1.35 + 0.155 * max(2, len(study.regimes)) * max(1, len(names))
        figure, panels = make_panels((PAGE_WIDTH, height), across, sharey=True)
        for axes, shown_names in zip(panels, (study.regimes, study.differences), strict=False):
            _draw_dots(axes, study, outcome, shown_names, order["point"].tolist())
            limit_ticks(axes)
        name_rows(panels[0], names)
        panels[0].set_xlabel(break_label(study.axis(outcome), 36 if across > 1 else 60))
        if across > 1:
            draw_zero_line(panels[1], upright=True)
            panels[1].set_xlabel(
                break_label(f"difference in {study.axis(outcome, difference=True)}", 36)
            )
        handles, labels = panels[0].get_legend_handles_labels()
        if across > 1 and len(study.differences) > 0:
            more, words = panels[1].get_legend_handles_labels()
            handles, labels = [*handles, *more], [*labels, *words]
        put_legend_below(figure, handles, labels, title=_legend_title(study, "lines"))
    return figure


def draw_heat(
    study: StudyTables, outcome: str, x_factor: FactorLabel, y_factor: FactorLabel
) -> Figure:
    """Draw an outcome over two factors as heat maps: the differences, else the means."""
    shown_names = study.differences[:2] or study.regimes[:2]
    centred = bool(study.differences)
    matrices = [heat_cells(study, outcome, name, x_factor, y_factor) for name in shown_names]
    every = np.concatenate([c.values.ravel() for c in matrices])
    with house_style():
        tall = 0.24 if len(matrices[0].rows) > 14 else 0.34
        height = min(7.5, max(2.7, 1.4 + tall * len(matrices[0].rows)))
        figure, panels = make_panels((PAGE_WIDTH, height), len(matrices), sharey=True)
        unit = study.unit(outcome, difference=centred)
        for axes, name, matrix in zip(panels, shown_names, matrices, strict=True):
            mesh = plot_heat(axes, matrix, "", centred=centred, limits=every)
            axes.set_title(shorten(name, 40))
            axes.set_xlabel(x_factor.label)
            if not np.isfinite(matrix.values).any():
                note_empty_panel(axes)
        panels[0].set_ylabel(shorten(y_factor.label, 40))
        what = f"difference in {study.label(outcome)}" if centred else study.label(outcome)
        put_colour_bar(figure, panels, mesh, f"{what}{f' ({unit})' if unit else ''}")
    return figure


def draw_scatter(study: StudyTables, outcome: str, factors: Sequence[FactorLabel]) -> Figure:
    """Draw a difference, else a mean, against every factor of a sampled design."""
    found = study.rows(outcome, study.main_name)
    factors = factors_to_scatter(study, outcome, factors)
    as_picture = len(found) * len(factors) > MOST_MARKS
    style = name_style(study.main_name, study.regimes)

    def draw(axes: Axes, factor: FactorLabel) -> None:
        order = [] if factor.numeric else factor_values(study, factor)
        _draw_cloud(axes, found, factor, style, order, as_picture=as_picture)

    def legend(panels: Sequence[Axes]) -> tuple[list[Any], list[str], str]:
        return *_point_legend(panels), _legend_title(study, "lines")

    empty = found.empty or not np.isfinite(found["mean"]).any()
    return draw_over_factors(study, outcome, factors, draw, legend, empty=empty)


def draw_over_factors(
    study: StudyTables,
    outcome: str,
    factors: Sequence[FactorLabel],
    draw: Callable[[Axes, FactorLabel], None],
    legend: Callable[[Sequence[Axes]], tuple[list[Any], list[str], str]],
    *,
    empty: bool,
) -> Figure:
    """Draw a panel for each factor of a study, the difference or mean of an outcome upwards.

    `draw` draws one panel; `legend` returns handles, labels and title of the legend below, given all panels.
    """
    across = min(3, len(factors))
    rows = -(-len(factors) // across)
    with house_style():
        figure, panels = make_panels(
            (PAGE_WIDTH, 1.0 + 1.95 * rows), across, rows=rows, sharey=True
        )
        for axes, factor in zip(panels, factors, strict=False):
            draw(axes, factor)
            if study.differences:
                draw_zero_line(axes)
            unit = "" if factor.unit in NO_UNIT else f"\n({shorten(factor.unit, 28)})"
            axes.set_xlabel(f"{shorten(factor.name, 27)}{unit}")
        for axes in panels[len(factors) :]:
            axes.set_axis_off()
        what = (
            f"difference in {study.axis(outcome, difference=True)}"
            if study.focus
            else study.axis(outcome)
        )
        figure.supylabel(break_label(what, LETTERS_UPRIGHT if rows == 1 else 60), fontsize=9)
        handles, labels, title = legend(panels)
        put_legend_below(figure, handles, labels, title=title)
        if empty:
            note_empty_panel(panels[0])
    return figure


def factors_to_scatter(
    study: StudyTables, outcome: str, factors: Sequence[FactorLabel]
) -> Sequence[FactorLabel]:
    """Return the factors that get a panel: all, else those most correlated in ranks."""
    found = study.rows(outcome, study.main_name)
    most = MOST_LARGE if len(found) > MANY_POINTS else MOST_PANELS
    if len(factors) <= most:
        return factors
    ranks = found["mean"].rank()

    def strength(factor: FactorLabel) -> float:
        column = found[factor.key]
        own_ranks = column.rank() if factor.numeric else ranks.groupby(column).transform("mean")
        return (
            abs(float(own_ranks.corr(ranks)))
            if own_ranks.nunique() > 1 and ranks.nunique() > 1
            else 0.0
        )

    return sorted(factors, key=strength, reverse=True)[:most]


def heat_cells(
    study: StudyTables, outcome: str, name: str, x_factor: FactorLabel, y_factor: FactorLabel
) -> HeatCells:
    """Return one outcome over two factors as a matrix; a numeric y grows upwards."""
    columns, rows = factor_values(study, x_factor), factor_values(study, y_factor)
    if y_factor.numeric:
        rows = rows[::-1]
    values = np.full((len(rows), len(columns)), math.nan)
    unsure = np.zeros(values.shape, bool)
    for line in study.rows(outcome, name).to_dict("records"):
        at = rows.index(line[y_factor.key]), columns.index(line[x_factor.key])
        values[at] = line["mean"]
        unsure[at] = " − " in name and clear_sign(line["low"], line["high"], line["n"]) == 0
    drawn = np.ones(values.shape, bool)
    return HeatCells(
        values, [_value_text(v) for v in rows], [_value_text(v) for v in columns], unsure, drawn
    )


def factor_values(study: StudyTables, factor: FactorLabel) -> list[Any]:
    """Return the values of a factor: numbers by size, words in the order of the study."""
    found = study.points[factor.key].dropna().tolist()
    if factor.numeric:
        return sorted(set(found))
    declared: dict[str, Any] = next(
        (f for f in study.definition.get("factors") or () if f["key"] == factor.key), {}
    )
    listed = [str(value) for value in declared.get("values") or ()]
    rank = {value: nth for nth, value in enumerate(listed)}
    return sorted(dict.fromkeys(found), key=lambda value: rank.get(str(value), len(rank)))


def points_for_dots(study: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the first `MOST_ROWS` complete points, which are drawn as rows of dots."""
    points = (
        study.complete[study.complete["point"].isin(study.summary["point"])]
        if len(study.summary)
        else study.complete
    )
    return points.sort_values("point").head(MOST_ROWS)


def _draw_band(axes: Axes, study: StudyTables, outcome: str, name: str, key: str) -> None:
    """Draw a line with its interval band over a numeric factor."""
    found = study.rows(outcome, name).sort_values(key)
    colour, style, marker = name_style(name, study.regimes)
    x = found[key].to_numpy(float)
    axes.fill_between(x, found["low"], found["high"], color=colour, alpha=0.22, lw=0, zorder=2)
    few = len(x) <= 25
    axes.plot(
        x, found["mean"], color=colour, ls=style, lw=1.7, label=name, zorder=3,
        marker=marker if few else "", ms=4.5, mec="white", mew=0.5,
    )  # fmt: skip


def _draw_dots(
    axes: Axes, study: StudyTables, outcome: str, names: Sequence[str], points: Sequence[int]
) -> None:
    """Draw the dots of several names, slightly apart in each row."""
    at = {point: nth for nth, point in enumerate(points)}
    for nth, name in enumerate(names):
        found = study.rows(outcome, name)
        found = found[found["point"].isin(points)]
        lift = (nth - (len(names) - 1) / 2.0) * min(0.26, 0.7 / max(1, len(names)))
        place = np.array([at[p] for p in found["point"]], float) + lift
        plot_dots(axes, place, found, name_style(name, study.regimes), label=name)
    if not _has_value(study, outcome, names):
        note_empty_panel(axes)


def _draw_cloud(
    axes: Axes, found: pd.DataFrame, factor: FactorLabel, style: tuple[str, Any, str],
    order: Sequence[Any], *,
    as_picture: bool,
) -> None:  # fmt: skip
    """Draw every point against one factor with its interval.

    `order` lists the words of a factor without numbers; `as_picture` makes the dots one bitmap.
    """
    colour, _, marker = style
    if factor.numeric:
        x = found[factor.key].to_numpy(float)
    else:
        words = order
        at = np.array([words.index(v) for v in found[factor.key]], float)
        spread = np.linspace(-0.18, 0.18, max(1, len(at)))
        x = at + spread
        name_places(axes, range(len(words)), [shorten(_value_text(w), 12) for w in words])
        axes.set_xlim(-0.5, max(0.5, len(words) - 0.5))
    # What has a negative zorder becomes one bitmap; the axis and the zero line are drawn above it.
    lower, upper = (-2.0, -1.0) if as_picture else (2.5, 3.0)
    axes.vlines(x, found["low"], found["high"], color=lighten(colour), lw=0.9, zorder=lower)
    axes.plot(
        x, found["mean"], ls="none", marker=marker, ms=3.2, color=colour, mec="white", mew=0.3,
        zorder=upper,
    )  # fmt: skip
    if as_picture:
        axes.set_rasterization_zorder(0.0)
        axes.grid(visible=False)
    if factor.numeric:
        limit_ticks(axes, 4)


def _point_legend(panels: Sequence[Axes]) -> tuple[list[Any], list[str]]:
    """Return handle and label of a point of a scatter."""
    marks = [line for line in panels[0].get_lines() if line.get_marker() not in ("None", "")]
    return (marks[:1], ["one point of the design"]) if marks else ([], [])


def _fit_axis(axes: Axes, values: Any) -> None:
    """Set the limits of an axis to the values, with a margin of 2 %."""
    low, high = float(values.min()), float(values.max())
    if math.isfinite(low) and low < high:
        wide = (high - low) * 0.02
        axes.set_xlim(low - wide, high + wide)


def _row_name(study: StudyTables, factor: FactorLabel | None, row: dict[str, Any]) -> str:
    """Return the name of a row of dots."""
    if factor is None:
        return f"point {row['point']}"
    return shorten(_value_text(row[factor.key]), 30)


def _value_text(value: Any) -> str:
    """Return a value of a factor as text."""
    return str(bool(value)).lower() if isinstance(value, bool | np.bool_) else format_setting(value)


def _legend_title(study: StudyTables, drawn: str) -> str:
    """Return the kind of interval drawn, for the title of a legend."""
    return study.interval_note if study.has_one_world else f"{drawn}: {study.interval_note}"


def _has_value(study: StudyTables, outcome: str, names: Sequence[str]) -> bool:
    """Return whether an outcome has a value under any of the names."""
    return any(np.isfinite(study.rows(outcome, name)["mean"]).any() for name in names)
