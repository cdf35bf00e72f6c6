"""The figure of a tournament: the payoff of every strategy against every other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.measure.standings import Standings
from sim.outcomes.many.tournament import Tournament
from sim.render.figures.figure_style import house_style, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_NAME = 28  # letters of a strategy


def payoff_heat_map(tournament: Tournament, standings: Standings) -> str:
    """Return the payoff matrix as an SVG heat map, best strategy first."""
    return to_svg(_draw_payoffs(tournament, standings), "tournament")


def _draw_payoffs(tournament: Tournament, standings: Standings) -> Figure:
    """Draw the payoff matrix, rows against columns, with its numbers."""
    order = [tournament.names.index(row.strategy) for row in standings.rows]
    payoff = standings.payoff[np.ix_(order, order)]
    names = [_cut_front(row.strategy) for row in standings.rows]
    side = 3.2 + 0.42 * len(names)
    with house_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(side + 1.0, side), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        image = axes.imshow(payoff, cmap="cividis")
        axes.grid(visible=False)
        axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
        axes.set_yticks(range(len(names)), names)
        axes.set_xlabel("against")
        middle = (payoff.min() + payoff.max()) / 2.0
        for (i, j), value in np.ndenumerate(payoff):
            colour = "black" if value > middle else "white"
            axes.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=7, color=colour)
        axes.set_title("What a strategy is paid, mean over domains, sides and who opens")
        figure.colorbar(image, ax=axes, shrink=0.8, label="utility after discount")
    return figure


def _cut_front(name: str) -> str:
    """Return a name cut at its front, since settings at its end tell strategies apart."""
    return name if len(name) <= LONGEST_NAME else "…" + name[1 - LONGEST_NAME :]
