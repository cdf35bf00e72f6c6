"""Figures of an attribution: what every function is worth, and which pairs work together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.comparison_figures import (
    BLACK,
    BLUE,
    GREEN,
    SKY,
    VERMILLION,
    canvas,
    styled,
)
from sim.render.figures.panels import (
    GREY,
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
from sim.render.numbers import intervals_over
from sim.render.study_tables import StudyTables, shortened
from sim.scenario.key_kinds import FUNCTIONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GROSS, FEE, NET = "surplus_gross", "mediator", "surplus"
TRUSTS = ("trust_buyer_end", "trust_vendor_end")
SUM = "all together"


def valued(s: StudyTables) -> list[str]:
    """Return the outcomes that switches are valued by: gross of the fee, trust, then others."""
    found = s.attribution
    there = list(dict.fromkeys(found["outcome"])) if len(found) else []
    rest = [o for o in there if o != FEE and not (o == NET and GROSS in there)]
    return [o for o in dict.fromkeys((GROSS, *TRUSTS, *rest)) if o in there]


def players(s: StudyTables) -> str:
    """Return what is valued, in one word: functions of the mediator, or any switches."""
    found = set(s.attribution["player"]) - {"all"} if len(s.attribution) else set()
    return "function" if found <= set(FUNCTIONS) else "switch"


def draw_shares(s: StudyTables, outcomes: Sequence[str]) -> Figure:
    """Draw Shapley values as bars, one panel per outcome, with the sum of all beneath them."""
    lines = [len(bars(s, outcome)) for outcome in outcomes]
    with styled():
        height = 1.25 + 0.235 * max(lines)
        figure, panels = canvas((PAGE, height), len(outcomes))
        for axes, outcome in zip(panels, outcomes, strict=True):
            _shares(axes, s, outcome, 28 if len(outcomes) == 1 else 18)
            if len(outcomes) > 1:
                axes.set_title(s.label(outcome))
        legend_below(figure, *_keys(), title=band(s, outcomes[0]))
    return figure


def bars(s: StudyTables, outcome: str) -> pd.DataFrame:
    """Return the bars of one outcome from the top down: players by size, then sums.

    The sum before the fee is followed by the fee, as a loss, and by what is left.
    """
    import pandas as pd

    found = s.attribution
    own = found[found["outcome"] == outcome]
    shares = own[own["kind"] == "shapley"].sort_values("mean", ascending=False, kind="stable")
    totals = [own[own["kind"] == "total"].assign(player=SUM)]
    if outcome == GROSS:
        fee = found[(found["outcome"] == FEE) & (found["kind"] == "total")]
        flipped = {"mean": -fee["mean"], "low": -fee["high"], "high": -fee["low"]}
        totals.append(fee.assign(player="− mediator's fee", **flipped))
        net = found[(found["outcome"] == NET) & (found["kind"] == "total")]
        totals.append(net.assign(player="= net of the fee"))
    return pd.concat([shares, *totals], ignore_index=True)


def band(s: StudyTables, outcome: str) -> str:
    """Return what the intervals of an attribution are."""
    found = s.attribution
    n = int(found[found["outcome"] == outcome]["n"].max())
    if n < 2:
        return "one world: no intervals"
    return f"lines: {intervals_over(n, many=True)} of the mean over {n:,} worlds"


def draw_interactions(s: StudyTables, outcome: str) -> Figure:
    """Draw the pairwise interactions as a matrix of signed numbers, each pair once."""
    with styled():
        cells = _pairs(s, outcome)
        side = 0.9 + 0.5 * len(cells.rows)
        figure, (axes,) = canvas((PAGE, min(7.0, max(2.6, 0.86 * side))), 1)
        mesh = heat(axes, cells, "", centred=True)
        if not np.isfinite(cells.values).any():
            nothing_to_draw(axes)
        unit = s.unit(outcome, difference=True)
        colour_bar(figure, [axes], mesh, f"interaction{f' ({unit})' if unit else ''}")
    return figure


def _shares(axes: Axes, s: StudyTables, outcome: str, letters: int) -> None:
    rows = bars(s, outcome)
    own = s.attribution[s.attribution["outcome"] == outcome]
    ends = {
        kind: own[own["kind"] == kind].set_index("player")["mean"]
        for kind in ("first_in", "last_in")
    }
    shares = rows["kind"] == "shapley"
    # A gap of one row sets the sums apart from their parts.
    place = np.arange(len(rows)) + np.where(shares, 0.0, 0.6)
    colours = [_colour(row) for row in rows.to_dict("records")]
    axes.barh(place, rows["mean"], 0.62, color=colours, zorder=2)
    axes.hlines(place, rows["low"], rows["high"], color=BLACK, lw=1.3, zorder=3)
    for kind, look in _ENDS.items():
        values = [ends[kind].get(player, np.nan) for player in rows["player"][shares]]
        axes.plot(values, place[shares], **look)
    zero_line(axes, upright=True)
    if shares.any():
        axes.axhline(int(shares.sum()) - 0.2, color=GREY, lw=0.6)
    named_rows(axes, [shortened(name, letters) for name in rows["player"]])
    axes.set_yticks(place, [shortened(name, letters) for name in rows["player"]])
    axes.set_ylim(place[-1] + 0.6 if len(place) else 0.5, -0.6)
    axes.grid(axis="y", visible=False)
    few_ticks(axes, 7 if letters > 20 else 5)
    axes.set_xlabel(f"worth ({s.unit(outcome, difference=True)})")
    if not np.isfinite(rows["mean"]).any():
        nothing_to_draw(axes)


_ENDS: dict[str, dict[str, Any]] = {
    "first_in": {"ls": "none", "marker": ">", "ms": 5, "mfc": "white", "mec": BLACK, "zorder": 4},
    "last_in": {"ls": "none", "marker": "D", "ms": 4, "mfc": GREY, "mec": BLACK, "zorder": 4},
}


def _colour(row: dict[str, Any]) -> str:
    if row["kind"] == "total":
        return VERMILLION if row["outcome"] == FEE else GREEN
    return BLUE if row["mean"] >= 0.0 else SKY


def _keys() -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = {"first_in": "alone (first in)", "last_in": "last to join (last in)"}
    handles: list[Any] = [Patch(color=BLUE)]
    handles += [Line2D([], [], **_ENDS[kind]) for kind in marks]
    return handles, ["Shapley value", *marks.values()]


def _pairs(s: StudyTables, outcome: str) -> Cells:
    found = s.interactions
    found = found[found["outcome"] == outcome]
    named = list(dict.fromkeys([*found["player"], *found["other"]]))
    at = {player: nth for nth, player in enumerate(named)}
    size = max(1, len(named) - 1)
    values = np.full((size, size), np.nan)
    unsure, there = np.zeros((size, size), bool), np.zeros((size, size), bool)
    for row in found.itertuples():
        upper, lower = sorted((at[row.player], at[row.other]))
        values[lower - 1, upper] = row.mean
        unsure[lower - 1, upper] = clear_sign(row.low, row.high, row.n) == 0
        there[lower - 1, upper] = True
    names = [shortened(player, 24) for player in named]
    return Cells(values, names[1:] or [""], names[:-1] or [""], unsure, there)
