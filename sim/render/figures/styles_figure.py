"""The figure of mediation styles: the worth of each, split into procedure and mediator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.figure_style import house_style, make_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from sim.measure.style_worth import StyleWorth

PROCEDURE, MEDIATOR = "#9aa5b1", "#2b6cb0"
MOST_ACROSS = 4


def draw_styles(found: Mapping[str, Sequence[StyleWorth]]) -> Figure:
    """Draw every style as a bar of two parts with the interval of the whole, a panel per scenario."""
    down = -(-len(found) // MOST_ACROSS)
    with house_style():
        figure, panels = make_panels(
            (3.1 * MOST_ACROSS, 3.4 * down), MOST_ACROSS, rows=down, sharey=True
        )
        for axes in panels[len(found) :]:
            axes.set_axis_off()
        for axes, (name, worths) in zip(panels, found.items(), strict=False):
            _draw_scenario(axes, name, worths)
        panels[0].invert_yaxis()
        figure.supxlabel("joint surplus against direct talks, money per need and month", fontsize=9)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return figure


def _draw_scenario(panel: Any, name: str, worths: Sequence[StyleWorth]) -> None:
    """Draw one scenario: parts of one sign are stacked, of two signs drawn to both sides of 0."""
    at = np.arange(len(worths))
    parts = [
        np.array([float(getattr(w, part).mean[0]) for w in worths])
        for part in ("procedure", "mediator")
    ]
    same = np.sign(parts[0]) == np.sign(parts[1])
    panel.barh(at, parts[0], color=PROCEDURE, label="procedure")
    panel.barh(at, parts[1], left=np.where(same, parts[0], 0.0), color=MEDIATOR, label="mediator")
    whole, low, high = (
        np.array([float(getattr(w.whole, field)[0]) for w in worths])
        for field in ("mean", "low", "high")
    )
    panel.errorbar(
        whole, at, xerr=[whole - low, high - whole], fmt="o", color="black", markersize=3, linewidth=1,
        label="whole, 95 % interval",
    )  # fmt: skip
    panel.axvline(0.0, color="black", linewidth=0.6)
    panel.set_yticks(at, [w.style or "no style" for w in worths])
    panel.set_title(name)
