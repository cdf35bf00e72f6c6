"""Figures of studies of very many points, which show bins of points and not each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.figure_style import house_style, make_panels
from sim.render.figures.panels import (
    PAGE_WIDTH,
    break_label,
    draw_zero_line,
    limit_ticks,
    name_places,
    name_style,
    note_empty_panel,
    put_legend_below,
)
from sim.render.numbers import format_setting
from sim.render.study_tables import NO_UNIT, FactorLabel, StudyTables, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 30  # of a factor's range, equally wide
BAND = (0.05, 0.95)  # shares of the points of a bin
COLUMNS = ("factor", "from", "to", "points", "mean", "low", "high")


def bins_of_points(
    study: StudyTables, outcome: str, name: str, factors: Sequence[FactorLabel]
) -> pd.DataFrame:
    """Return an outcome by bins of each factor: how many points, the mean of their means, and their middle 90 %.

    A factor without numbers has a bin for each of its values.
    """
    import pandas as pd

    found = study.rows(outcome, name)
    found = found[found["mean"].notna()]
    lines = []
    for factor in factors:
        for low, high, inside in _bins(found[factor.key], numeric=factor.numeric):
            means = found["mean"].to_numpy(float)[inside]
            if len(means):
                ends = np.quantile(means, BAND)
                lines.append((factor.key, low, high, len(means), float(means.mean()), *ends))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _bins(values: pd.Series, *, numeric: bool) -> Iterator[tuple[Any, Any, np.ndarray]]:
    """Yield from, to, and which values are in each bin of a column."""
    if not numeric:
        for word in dict.fromkeys(values):
            yield word, word, (values == word).to_numpy()
        return
    numbers = values.to_numpy(float)
    if not len(numbers):
        return
    edges = np.linspace(numbers.min(), numbers.max(), BINS + 1)
    number = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, BINS - 1)
    for nth, (low, high) in enumerate(pairwise(edges)):
        yield float(low), float(high), number == nth


def draw_bins(study: StudyTables, outcome: str, factors: Sequence[FactorLabel]) -> Figure:
    """Draw a difference, else a mean, by bins of every factor of a study of many points."""
    name = study.focus or study.regimes[0]
    bins = bins_of_points(study, outcome, name, factors)
    across = min(3, len(factors))
    rows = -(-len(factors) // across)
    with house_style():
        figure, panels = make_panels(
            (PAGE_WIDTH, 1.0 + 1.95 * rows), across, rows=rows, sharey=True
        )
        for axes, factor in zip(panels, factors, strict=False):
            _draw_band(axes, bins[bins["factor"] == factor.key], factor, name, study.regimes)
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
        figure.supylabel(break_label(what, 28 if rows == 1 else 60), fontsize=9)
        handles, words = panels[0].get_legend_handles_labels()
        put_legend_below(figure, handles, words)
        if bins.empty:
            note_empty_panel(panels[0])
    return figure


def _draw_band(
    axes: Axes, bins: pd.DataFrame, factor: FactorLabel, name: str, regimes: Sequence[str]
) -> None:
    """Draw the mean of each bin of a factor and the band of the middle 90 % of its points."""
    colour, style, marker = name_style(name, regimes)
    if factor.numeric:
        x = (bins["from"].to_numpy(float) + bins["to"].to_numpy(float)) / 2.0
        axes.fill_between(
            x, bins["low"], bins["high"], color=colour, alpha=0.22, lw=0, zorder=2,
            label="the middle 90 % of points",
        )  # fmt: skip
        axes.plot(x, bins["mean"], color=colour, ls=style, lw=1.7, zorder=3, label="mean of points")
        limit_ticks(axes, 4)
        return
    x = np.arange(len(bins), dtype=float)
    axes.vlines(x, bins["low"], bins["high"], color=colour, alpha=0.4, lw=3.0, zorder=2,
                label="the middle 90 % of points")  # fmt: skip
    axes.plot(
        x,
        bins["mean"],
        color=colour,
        ls="none",
        marker=marker,
        ms=4.5,
        zorder=3,
        label="mean of points",
    )
    name_places(axes, range(len(bins)), [shorten(format_setting(w), 12) for w in bins["from"]])
