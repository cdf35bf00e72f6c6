"""The figures of a sensitivity analysis: bars per factor, heat maps by regime, pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.figure_style import BLACK, BLUE, ORANGE, SKY, house_style, make_panels
from sim.render.figures.panels import (
    PAGE_WIDTH,
    HeatCells,
    draw_zero_line,
    limit_ticks,
    name_rows,
    note_empty_panel,
    plot_heat,
    put_colour_bar,
    put_legend_below,
)
from sim.render.index_methods import METHODS, IndexMethod
from sim.render.numbers import format_percent
from sim.render.study_tables import StudyTables, shorten

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_FACTORS = 20  # rows of a figure
MOST_ACROSS = 3  # panels side by side
ColumnOf = Callable[[str, str], np.ndarray]  # (index, "value", "low" or "high") -> by factor
INTERVAL_NOTE = "lines: 95 % bootstrap intervals over rows of the design"


def outcome_indices(study: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the indices of one outcome; indices in units of a share are in points."""
    found = study.tables["sensitivity"]
    found = found[found["outcome"] == outcome].copy()
    share = (found["unit"] == "share").to_numpy() & index_method(study).in_units
    if share.any():
        for name in ("value", "low", "high"):
            found.loc[share & (found["index"] != "luck"), name] *= 100.0
    return found


def index_method(study: StudyTables) -> IndexMethod:
    """Return the wording of the study's method."""
    return METHODS[str(study.tables["sensitivity"]["method"].iloc[0])]


def indexed_names(study: StudyTables, outcome: str) -> list[str]:
    """Return the regimes and differences an outcome has indices for, differences last."""
    found = list(dict.fromkeys(outcome_indices(study, outcome)["name"]))
    return sorted(found, key=lambda name: " − " in name)


def rank_factors(study: StudyTables, outcome: str) -> list[str]:
    """Return the factors, most important first: by their largest main index under any name."""
    found = outcome_indices(study, outcome)
    main = found[found["index"] == index_method(study).main]
    largest = main.groupby("factor", sort=False)["value"].max().fillna(-math.inf)
    return [str(k) for k in largest.sort_values(ascending=False, kind="stable").index]


def luck_share(study: StudyTables, outcome: str, name: str) -> float:
    """Return the share of luck in the variance of row means; NaN if it is not known."""
    found = outcome_indices(study, outcome)
    found = found[(found["index"] == "luck") & (found["name"] == name)]["value"]
    return float(found.iloc[0]) if len(found) else math.nan


def draw_tornado(study: StudyTables, outcome: str) -> Figure:
    """Draw the indices of every factor as bars, a panel per regime and difference."""
    shown, factors = indexed_names(study, outcome), rank_factors(study, outcome)[:MOST_FACTORS]
    across = min(MOST_ACROSS, len(shown))
    rows = -(-len(shown) // across)
    with house_style():
        height = rows * (0.75 + 0.26 * len(factors)) + 0.55
        figure, panels = make_panels((PAGE_WIDTH, height), across, rows=rows, sharey=True)
        for axes, name in zip(panels, shown, strict=False):
            _draw_panel(axes, study, outcome, name, factors)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        words = [shorten(study.factor(key).name, 30 if across < 3 else 26) for key in factors]
        name_rows(panels[0], words)
        put_legend_below(figure, *LEGENDS[index_method(study).name](), title=INTERVAL_NOTE)
    return figure


def draw_heat(study: StudyTables, outcome: str) -> Figure:
    """Draw the main index of every factor under every regime and difference as a matrix."""
    shown, factors = indexed_names(study, outcome), rank_factors(study, outcome)[:MOST_FACTORS]
    found = outcome_indices(study, outcome)
    main = found[found["index"] == index_method(study).main].set_index(["factor", "name"])["value"]
    values = np.array([[main.get((f, n), math.nan) for n in shown] for f in factors], float)
    words = [shorten(study.factor(key).name, 34) for key in factors]
    plain = np.zeros(values.shape, bool)
    cells = HeatCells(values, words, [shorten(n, 26) for n in shown], plain, ~plain)
    with house_style():
        figure, (axes,) = make_panels((PAGE_WIDTH, 1.2 + 0.27 * len(factors)), 1)
        mesh = plot_heat(axes, cells, "", centred=False)
        put_colour_bar(figure, [axes], mesh, index_in_words(study, outcome))
        if not np.isfinite(values).any():
            note_empty_panel(axes)
    return figure


def draw_pairs(study: StudyTables, outcome: str, name: str) -> Figure:
    """Draw second-order indices as a matrix, each pair once."""
    found = outcome_indices(study, outcome)
    found = found[(found["index"] == "S2") & (found["name"] == name)]
    factors = [f for f in rank_factors(study, outcome) if f in {*found["factor"], *found["other"]}]
    factors = factors[:MOST_FACTORS]
    at = {factor: nth for nth, factor in enumerate(factors)}
    size = max(1, len(factors) - 1)
    values = np.full((size, size), math.nan)
    unsure, drawn = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for row in found.itertuples():
        if row.factor not in at or row.other not in at:
            continue
        upper, lower = sorted((at[row.factor], at[row.other]))
        values[lower - 1, upper] = row.value
        unsure[lower - 1, upper] = not (row.low > 0.0 or row.high < 0.0)
        drawn[lower - 1, upper] = True
    words = [shorten(study.factor(key).name, 26) for key in factors]
    cells = HeatCells(values, words[1:] or [""], words[:-1] or [""], unsure, drawn)
    with house_style():
        figure, (axes,) = make_panels((PAGE_WIDTH, max(2.6, 1.5 + 0.36 * size)), 1)
        mesh = plot_heat(axes, cells, "", centred=True)
        put_colour_bar(figure, [axes], mesh, "second-order index")
        axes.set_title(name)
    return figure


def index_in_words(study: StudyTables, outcome: str) -> str:
    """Return the main index with its unit, for a colour bar."""
    unit = study.unit(outcome, difference=True) if index_method(study).in_units else ""
    return f"{index_method(study).scale}{f' ({unit})' if unit else ''}"


def _draw_panel(
    axes: Axes, study: StudyTables, outcome: str, name: str, factors: Sequence[str]
) -> None:
    """Draw the bars of one regime or difference."""
    found = outcome_indices(study, outcome)
    found = found[found["name"] == name]
    place = np.arange(len(factors))

    def column(index: str, value: str) -> np.ndarray:
        by_factor = found[found["index"] == index].set_index("factor")[value]
        return np.array([by_factor.get(factor, math.nan) for factor in factors], float)

    DRAW_BARS[index_method(study).name](axes, place, column)
    draw_zero_line(axes, upright=True)
    if not np.isfinite(found["value"]).any():
        note_empty_panel(axes)
    axes.grid(axis="y", visible=False)
    limit_ticks(axes, 4)
    share_of_luck = luck_share(study, outcome, name)
    luck_line = f"\nluck: {format_percent(share_of_luck)}" if math.isfinite(share_of_luck) else ""
    axes.set_title(f"{_panel_title(name)}{luck_line}")
    unit = study.unit(outcome, difference=True)
    axes.set_xlabel(
        unit.replace(" per ", "\nper ", 1) if index_method(study).in_units else "share of variance"
    )


def _panel_title(name: str) -> str:
    """Return a name that fits a narrow panel: a long difference takes two lines."""
    return shorten(name, 50) if len(name) <= 24 else name.replace(" − ", "\n− ", 1)


def _draw_intervals(axes: Axes, place: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Draw the intervals of bars."""
    axes.hlines(place, low, high, color=BLACK, lw=1.2, zorder=3)


_MU_MARKER: dict[str, Any] = {
    "ls": "none", "marker": "D", "ms": 4, "mfc": ORANGE, "mec": BLACK, "mew": 0.7, "zorder": 4,
}  # fmt: skip


def _draw_effects(axes: Axes, place: np.ndarray, column: ColumnOf) -> None:
    """Draw Morris's μ* as bars with intervals, and μ as diamonds."""
    axes.barh(place, column("mu_star", "value"), 0.62, color=SKY, zorder=2)
    _draw_intervals(axes, place, column("mu_star", "low"), column("mu_star", "high"))
    axes.plot(column("mu", "value"), place, **_MU_MARKER)


def _draw_shares(axes: Axes, place: np.ndarray, column: ColumnOf) -> None:
    """Draw total and first-order Sobol indices as bars with intervals."""
    for index, lift, colour in (("ST", -0.16, SKY), ("S1", 0.18, BLUE)):
        at = place + lift
        axes.barh(at, column(index, "value"), 0.32, color=colour, zorder=2)
        _draw_intervals(axes, at, column(index, "low"), column(index, "high"))


def _legend_of_effects() -> tuple[list[Any], list[str]]:
    """Return handles and labels for Morris's measures."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=SKY), Line2D([], [], **_MU_MARKER)]
    return handles, ["mean absolute effect μ*", "mean effect μ, with its sign"]


def _legend_of_shares() -> tuple[list[Any], list[str]]:
    """Return handles and labels for Sobol indices."""
    from matplotlib.patches import Patch

    return [Patch(color=SKY), Patch(color=BLUE)], [
        "total order ST: alone and with others",
        "first order S1: alone",
    ]


DRAW_BARS: dict[str, Callable[[Axes, np.ndarray, ColumnOf], None]] = {
    "morris": _draw_effects, "sobol": _draw_shares,
}  # fmt: skip
LEGENDS: dict[str, Callable[[], tuple[list[Any], list[str]]]] = {
    "morris": _legend_of_effects, "sobol": _legend_of_shares,
}  # fmt: skip
