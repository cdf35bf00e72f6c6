"""Figures of a sensitivity analysis: tornado bars, heat matrices of factors by regime, pairs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.comparison_figures import BLACK, BLUE, ORANGE, SKY, canvas, styled
from sim.render.figures.panels import (
    PAGE,
    Cells,
    colour_bar,
    few_ticks,
    heat,
    legend_below,
    named_rows,
    nothing_to_draw,
    zero_line,
)
from sim.render.index_methods import METHODS, IndexMethod
from sim.render.numbers import percent
from sim.render.study_tables import StudyTables, shortened

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_FACTORS = 20
ACROSS = 3
ColumnOf = Callable[[str, str], np.ndarray]  # of an index: its values, or an end of its intervals
BARS = "lines: 95 % bootstrap intervals over rows of the design"


def indices(s: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the indices of one outcome; those of Morris in its unit, of shares in points."""
    found = s.tables["sensitivity"]
    found = found[found["outcome"] == outcome].copy()
    share = (found["unit"] == "share").to_numpy() & method(s).in_units
    if share.any():
        for name in ("value", "low", "high"):
            found.loc[share & (found["index"] != "luck"), name] *= 100.0
    return found


def method(s: StudyTables) -> IndexMethod:
    """Return how the indices of a study are told."""
    return METHODS[str(s.tables["sensitivity"]["method"].iloc[0])]


def names(s: StudyTables, outcome: str) -> list[str]:
    """Return the regimes and differences an outcome has indices for; differences last."""
    found = list(dict.fromkeys(indices(s, outcome)["name"]))
    return sorted(found, key=lambda name: " − " in name)


def ranked(s: StudyTables, outcome: str) -> list[str]:
    """Return the factors, most important first: by the largest main index under any name."""
    found = indices(s, outcome)
    main = found[found["index"] == method(s).main]
    largest = main.groupby("factor", sort=False)["value"].max().fillna(-math.inf)
    return [str(k) for k in largest.sort_values(ascending=False, kind="stable").index]


def luck(s: StudyTables, outcome: str, name: str) -> float:
    """Return the share of the variance of row means that is luck; NaN when not known."""
    found = indices(s, outcome)
    found = found[(found["index"] == "luck") & (found["name"] == name)]["value"]
    return float(found.iloc[0]) if len(found) else math.nan


def draw_tornado(s: StudyTables, outcome: str) -> Figure:
    """Draw the indices of every factor as bars, one panel per regime and difference."""
    shown, factors = names(s, outcome), ranked(s, outcome)[:MOST_FACTORS]
    across = min(ACROSS, len(shown))
    rows = -(-len(shown) // across)
    with styled():
        height = rows * (0.75 + 0.26 * len(factors)) + 0.55
        figure, panels = canvas((PAGE, height), across, rows=rows, sharey=True)
        for axes, name in zip(panels, shown, strict=False):
            _bars(axes, s, outcome, name, factors)
        for axes in panels[len(shown) :]:
            axes.set_axis_off()
        words = [shortened(s.factor(key).name, 30 if across < 3 else 26) for key in factors]
        named_rows(panels[0], words)
        legend_below(figure, *KEYS_OF[method(s).name](), title=BARS)
    return figure


def draw_heat(s: StudyTables, outcome: str) -> Figure:
    """Draw the main index of every factor under every regime and difference as a matrix."""
    shown, factors = names(s, outcome), ranked(s, outcome)[:MOST_FACTORS]
    found = indices(s, outcome)
    main = found[found["index"] == method(s).main].set_index(["factor", "name"])["value"]
    values = np.array([[main.get((f, n), math.nan) for n in shown] for f in factors], float)
    words = [shortened(s.factor(key).name, 34) for key in factors]
    plain = np.zeros(values.shape, bool)
    cells = Cells(values, words, [shortened(n, 26) for n in shown], plain, ~plain)
    with styled():
        figure, (axes,) = canvas((PAGE, 1.2 + 0.27 * len(factors)), 1)
        mesh = heat(axes, cells, "", centred=False)
        colour_bar(figure, [axes], mesh, index_words(s, outcome))
        if not np.isfinite(values).any():
            nothing_to_draw(axes)
    return figure


def draw_pairs(s: StudyTables, outcome: str, name: str) -> Figure:
    """Draw second-order indices as a matrix, each pair once."""
    found = indices(s, outcome)
    found = found[(found["index"] == "S2") & (found["name"] == name)]
    factors = [f for f in ranked(s, outcome) if f in {*found["factor"], *found["other"]}]
    factors = factors[:MOST_FACTORS]
    at = {factor: nth for nth, factor in enumerate(factors)}
    size = max(1, len(factors) - 1)
    values = np.full((size, size), math.nan)
    unsure, there = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for row in found.itertuples():
        if row.factor not in at or row.other not in at:
            continue
        upper, lower = sorted((at[row.factor], at[row.other]))
        values[lower - 1, upper] = row.value
        unsure[lower - 1, upper] = not (row.low > 0.0 or row.high < 0.0)
        there[lower - 1, upper] = True
    words = [shortened(s.factor(key).name, 26) for key in factors]
    cells = Cells(values, words[1:] or [""], words[:-1] or [""], unsure, there)
    with styled():
        figure, (axes,) = canvas((PAGE, max(2.6, 1.5 + 0.36 * size)), 1)
        mesh = heat(axes, cells, "", centred=True)
        colour_bar(figure, [axes], mesh, "second-order index")
        axes.set_title(name)
    return figure


def index_words(s: StudyTables, outcome: str) -> str:
    """Return what the main index is, with its unit."""
    unit = s.unit(outcome, difference=True) if method(s).in_units else ""
    return f"{method(s).scale}{f' ({unit})' if unit else ''}"


def _bars(axes: Axes, s: StudyTables, outcome: str, name: str, factors: Sequence[str]) -> None:
    found = indices(s, outcome)
    found = found[found["name"] == name]
    place = np.arange(len(factors))

    def column(index: str, value: str) -> np.ndarray:
        of = found[found["index"] == index].set_index("factor")[value]
        return np.array([of.get(factor, math.nan) for factor in factors], float)

    BARS_OF[method(s).name](axes, place, column)
    zero_line(axes, upright=True)
    if not np.isfinite(found["value"]).any():
        nothing_to_draw(axes)
    axes.grid(axis="y", visible=False)
    few_ticks(axes, 4)
    unsaid = luck(s, outcome, name)
    share = f"\nluck: {percent(unsaid)}" if math.isfinite(unsaid) else ""
    axes.set_title(f"{_titled(name)}{share}")
    unit = s.unit(outcome, difference=True)
    axes.set_xlabel(
        unit.replace(" per ", "\nper ", 1) if method(s).in_units else "share of variance"
    )


def _titled(name: str) -> str:
    """Return a name that fits over a narrow panel: a long difference on two lines."""
    return shortened(name, 50) if len(name) <= 24 else name.replace(" − ", "\n− ", 1)


def _interval(axes: Axes, place: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    axes.hlines(place, low, high, color=BLACK, lw=1.2, zorder=3)


_MU: dict[str, Any] = {
    "ls": "none", "marker": "D", "ms": 4, "mfc": ORANGE, "mec": BLACK, "mew": 0.7, "zorder": 4,
}  # fmt: skip


def _draw_effects(axes: Axes, place: np.ndarray, column: ColumnOf) -> None:
    axes.barh(place, column("mu_star", "value"), 0.62, color=SKY, zorder=2)
    _interval(axes, place, column("mu_star", "low"), column("mu_star", "high"))
    axes.plot(column("mu", "value"), place, **_MU)


def _draw_shares(axes: Axes, place: np.ndarray, column: ColumnOf) -> None:
    for index, lift, colour in (("ST", -0.16, SKY), ("S1", 0.18, BLUE)):
        at = place + lift
        axes.barh(at, column(index, "value"), 0.32, color=colour, zorder=2)
        _interval(axes, at, column(index, "low"), column(index, "high"))


def _keys_of_effects() -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [Patch(color=SKY), Line2D([], [], **_MU)]
    return handles, ["mean absolute effect μ*", "mean effect μ, with its sign"]


def _keys_of_shares() -> tuple[list[Any], list[str]]:
    from matplotlib.patches import Patch

    return [Patch(color=SKY), Patch(color=BLUE)], [
        "total order ST: alone and with others",
        "first order S1: alone",
    ]


BARS_OF: dict[str, Callable[[Axes, np.ndarray, ColumnOf], None]] = {
    "morris": _draw_effects, "sobol": _draw_shares,
}  # fmt: skip
KEYS_OF: dict[str, Callable[[], tuple[list[Any], list[str]]]] = {
    "morris": _keys_of_effects, "sobol": _keys_of_shares,
}  # fmt: skip
