"""Figures of studies of very many points, which show bins of points and not each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.panels import limit_ticks, name_places, name_style
from sim.render.figures.sweep_figures import draw_over_factors, factor_values
from sim.render.numbers import format_setting
from sim.render.study_tables import FactorLabel, StudyTables, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BINS = 30  # of a factor's range, equally wide
BAND = (0.05, 0.95)  # shares of the points of a bin
COLUMNS = ("factor", "from", "to", "points", "mean", "low", "high")


def bins_of_points(
    study: StudyTables, outcome: str, name: str, factors: Sequence[FactorLabel], count: int = BINS
) -> pd.DataFrame:
    """Return an outcome by bins of each factor: how many points, the mean of their means, and their middle 90 %.

    A factor of numbers has `count` bins, one of words a bin for each of its words.
    """
    import pandas as pd

    found = study.rows(outcome, name)
    found = found[found["mean"].notna()]
    lines = []
    for factor in factors:
        words = None if factor.numeric else factor_values(study, factor)
        for low, high, inside in _bins(found[factor.key], words, count):
            means = found["mean"].to_numpy(float)[inside]
            if len(means):
                ends = np.quantile(means, BAND)
                lines.append((factor.key, low, high, len(means), float(means.mean()), *ends))
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _bins(
    values: pd.Series, words: Sequence[Any] | None, count: int
) -> Iterator[tuple[Any, Any, np.ndarray]]:
    """Yield from, to, and which values are in each bin of a column: of numbers, or of these words."""
    if words is not None:
        for word in words:
            yield word, word, (values == word).to_numpy()
        return
    numbers = values.to_numpy(float)
    if not len(numbers):
        return
    edges = np.linspace(numbers.min(), numbers.max(), count + 1)
    number = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, count - 1)
    for nth, (low, high) in enumerate(pairwise(edges)):
        yield float(low), float(high), number == nth


def draw_bins(
    study: StudyTables, outcome: str, factors: Sequence[FactorLabel], bins: pd.DataFrame
) -> Figure:
    """Draw the bins of every factor of a study of many points: of a difference, else of a mean."""

    def draw(axes: Axes, factor: FactorLabel) -> None:
        shown = bins[bins["factor"] == factor.key]
        _draw_band(axes, shown, factor, study.main_name, study.regimes)

    def legend(panels: Sequence[Axes]) -> tuple[list[Any], list[str], str]:
        return *panels[0].get_legend_handles_labels(), ""

    return draw_over_factors(study, outcome, factors, draw, legend, empty=bins.empty)


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
    axes.set_xlim(-0.5, max(0.5, len(bins) - 0.5))
