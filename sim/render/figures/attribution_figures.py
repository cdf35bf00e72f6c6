"""The figures of an attribution: the worth of every function, and interactions of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.figure_style import (
    BLACK,
    BLUE,
    GREEN,
    SKY,
    VERMILLION,
    house_style,
    make_panels,
)
from sim.render.figures.panels import (
    GREY,
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
from sim.render.numbers import interval_name
from sim.render.study_tables import StudyTables, shorten
from sim.scenario.key_kinds import FUNCTIONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GROSS, FEE, NET = "surplus_gross", "mediator", "surplus"
TRUSTS = ("trust_buyer_end", "trust_vendor_end")
SUM_LABEL = "all together"


def valued_outcomes(study: StudyTables) -> list[str]:
    """Return the outcomes of an attribution: gross of the fee, trust, then others."""
    found = study.attribution
    available = list(dict.fromkeys(found["outcome"])) if len(found) else []
    others = [o for o in available if o != FEE and not (o == NET and GROSS in available)]
    return [o for o in dict.fromkeys((GROSS, *TRUSTS, *others)) if o in available]


def player_word(study: StudyTables) -> str:
    """Return the word for a player: "function" of the mediator, else "switch"."""
    found = set(study.attribution["player"]) - {"all"} if len(study.attribution) else set()
    return "function" if found <= set(FUNCTIONS) else "switch"


def draw_shares(study: StudyTables, outcomes: Sequence[str]) -> Figure:
    """Draw Shapley values as bars, a panel per outcome, with their sum beneath."""
    lines = [len(attribution_bars(study, outcome)) for outcome in outcomes]
    with house_style():
        height = 1.25 + 0.235 * max(lines)
        figure, panels = make_panels((PAGE_WIDTH, height), len(outcomes))
        for axes, outcome in zip(panels, outcomes, strict=True):
            _draw_bars(axes, study, outcome, 28 if len(outcomes) == 1 else 18)
            if len(outcomes) > 1:
                axes.set_title(study.label(outcome))
        put_legend_below(figure, *_legend_entries(), title=interval_note(study, outcomes[0]))
    return figure


def attribution_bars(study: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the bars of one outcome from the top down: players by size, then sums.

    The sum before the fee is followed by the fee, as a loss, and by what is left.
    """
    import pandas as pd

    found = study.attribution
    rows = found[found["outcome"] == outcome]
    shares = rows[rows["kind"] == "shapley"].sort_values("mean", ascending=False, kind="stable")
    totals = [rows[rows["kind"] == "total"].assign(player=SUM_LABEL)]
    if outcome == GROSS:
        fee = found[(found["outcome"] == FEE) & (found["kind"] == "total")]
        flipped = {"mean": -fee["mean"], "low": -fee["high"], "high": -fee["low"]}
        totals.append(fee.assign(player="− mediator's fee", **flipped))
        net = found[(found["outcome"] == NET) & (found["kind"] == "total")]
        totals.append(net.assign(player="= net of the fee"))
    return pd.concat([shares, *totals], ignore_index=True)


def interval_note(study: StudyTables, outcome: str) -> str:
    """Return the kind of interval of an attribution, for a legend."""
    found = study.attribution
    n = int(found[found["outcome"] == outcome]["n"].max())
    if n < 2:
        return "one world: no intervals"
    return f"lines: {interval_name(n, many=True)} of the mean over {n:,} worlds"


def draw_interactions(study: StudyTables, outcome: str) -> Figure:
    """Draw the pairwise interactions as a matrix of signed numbers, each pair once."""
    with house_style():
        cells = _interaction_cells(study, outcome)
        side = 0.9 + 0.5 * len(cells.rows)
        figure, (axes,) = make_panels((PAGE_WIDTH, min(7.0, max(2.6, 0.86 * side))), 1)
        mesh = plot_heat(axes, cells, "", centred=True)
        if not np.isfinite(cells.values).any():
            note_empty_panel(axes)
        unit = study.unit(outcome, difference=True)
        put_colour_bar(figure, [axes], mesh, f"interaction{f' ({unit})' if unit else ''}")
    return figure


def _draw_bars(axes: Axes, study: StudyTables, outcome: str, letters: int) -> None:
    """Draw the bars of one outcome with intervals and end markers; names have `letters` letters."""
    rows = attribution_bars(study, outcome)
    values_of_outcome = study.attribution[study.attribution["outcome"] == outcome]
    ends = {
        kind: values_of_outcome[values_of_outcome["kind"] == kind].set_index("player")["mean"]
        for kind in ("first_in", "last_in")
    }
    shares = rows["kind"] == "shapley"
    # A gap of 0.6 rows sets the sums apart from their parts.
    place = np.arange(len(rows)) + np.where(shares, 0.0, 0.6)
    colours = [_bar_colour(row) for row in rows.to_dict("records")]
    axes.barh(place, rows["mean"], 0.62, color=colours, zorder=2)
    axes.hlines(place, rows["low"], rows["high"], color=BLACK, lw=1.3, zorder=3)
    for kind, look in _END_MARKERS.items():
        values = [ends[kind].get(player, np.nan) for player in rows["player"][shares]]
        axes.plot(values, place[shares], **look)
    draw_zero_line(axes, upright=True)
    if shares.any():
        axes.axhline(int(shares.sum()) - 0.2, color=GREY, lw=0.6)
    name_rows(axes, [shorten(name, letters) for name in rows["player"]])
    axes.set_yticks(place, [shorten(name, letters) for name in rows["player"]])
    axes.set_ylim(place[-1] + 0.6 if len(place) else 0.5, -0.6)
    axes.grid(axis="y", visible=False)
    limit_ticks(axes, 7 if letters > 20 else 5)
    axes.set_xlabel(f"worth ({study.unit(outcome, difference=True)})")
    if not np.isfinite(rows["mean"]).any():
        note_empty_panel(axes)


_END_MARKERS: dict[str, dict[str, Any]] = {
    "first_in": {"ls": "none", "marker": ">", "ms": 5, "mfc": "white", "mec": BLACK, "zorder": 4},
    "last_in": {"ls": "none", "marker": "D", "ms": 4, "mfc": GREY, "mec": BLACK, "zorder": 4},
}


def _bar_colour(row: dict[str, Any]) -> str:
    """Return the colour of a bar: sums green, the fee red, players blue by sign."""
    if row["kind"] == "total":
        return VERMILLION if row["outcome"] == FEE else GREEN
    return BLUE if row["mean"] >= 0.0 else SKY


def _legend_entries() -> tuple[list[Any], list[str]]:
    """Return handles and labels of the legend."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = {"first_in": "alone (first in)", "last_in": "last to join (last in)"}
    handles: list[Any] = [Patch(color=BLUE)]
    handles += [Line2D([], [], **_END_MARKERS[kind]) for kind in marks]
    return handles, ["Shapley value", *marks.values()]


def _interaction_cells(study: StudyTables, outcome: str) -> HeatCells:
    """Return the interactions as a lower triangle of cells."""
    found = study.interactions
    found = found[found["outcome"] == outcome]
    named = list(dict.fromkeys([*found["player"], *found["other"]]))
    at = {player: nth for nth, player in enumerate(named)}
    size = max(1, len(named) - 1)
    values = np.full((size, size), np.nan)
    unsure, drawn = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for row in found.itertuples():
        upper, lower = sorted((at[row.player], at[row.other]))
        values[lower - 1, upper] = row.mean
        unsure[lower - 1, upper] = clear_sign(row.low, row.high, row.n) == 0
        drawn[lower - 1, upper] = True
    names = [shorten(player, 24) for player in named]
    return HeatCells(values, names[1:] or [""], names[:-1] or [""], unsure, drawn)
