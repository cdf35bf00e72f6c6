"""The figure of an identification: held-out R² of every key, panel by panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.calibration.identification.seen_panels import Panels
from sim.calibration.identification.told import Identification
from sim.render.figures.figure_style import (
    BLUE,
    GREEN,
    ORANGE,
    VERMILLION,
    house_style,
    make_panels,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (VERMILLION, ORANGE, BLUE, GREEN)
MARKS = ("s", "^", "D", "o")
LOWEST = -0.25  # of the axis: a worse R² is drawn at its edge


def draw_told(answer: Identification, panels: Panels) -> Figure:
    """Draw R² of every key with its interval, one mark for each panel, the key that is told best on top."""
    keys = [one.key for one in answer.of_panel(panels.asked.name)]
    at = np.arange(len(keys), dtype=float)
    steps = panels.steps
    with house_style():
        figure, (axes,) = make_panels((6.6, 1.3 + 0.24 * len(keys) * (1 + 0.35 * len(steps))), 1)
        for nth, panel in enumerate(steps):
            told = {one.key: one for one in answer.of_panel(panel.name)}
            r2 = np.array([max(LOWEST, told[key].r2) for key in keys])
            low = np.array([max(LOWEST, told[key].low) for key in keys])
            high = np.array([max(LOWEST, told[key].high) for key in keys])
            ends = [np.maximum(0.0, r2 - low), np.maximum(0.0, high - r2)]
            axes.errorbar(
                r2, at + 0.6 * ((nth + 0.5) / len(steps) - 0.5), xerr=ends, linestyle="none",
                fmt=MARKS[nth % len(MARKS)], color=COLOURS[nth % len(COLOURS)], markersize=4, linewidth=1,
                label=panel.name,
            )  # fmt: skip
        axes.axvline(0.0, color="black", linewidth=0.8)
        axes.set_xlim(LOWEST - 0.02, 1.03)
        axes.set_ylim(len(keys) - 0.4, -0.6)
        axes.set_yticks(at, keys)
        axes.set_xlabel("held-out R², with its 95 % interval")
        figure.legend(loc="outside upper center", ncols=len(steps))
    return figure
