"""The figure of a negotiation: outcomes, Pareto frontier, solutions, and the path of offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.outcomes.domains.domain import SIDES
from sim.outcomes.sessions.summary import SessionSummary
from sim.render.figures.figure_style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    VERMILLION,
    house_style,
    to_png,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_DOTS = 20_000  # outcomes drawn; every one of a large domain would make a huge SVG
GREY = "#B8B8B8"
SOLUTION_LOOKS: dict[str, tuple[str, Any]] = {
    "Nash": (PURPLE, "D"),
    "Kalai–Smorodinsky": (GREEN, "s"),
    "egalitarian": (ORANGE, "^"),
    "maximum welfare": (BLACK, "P"),
}
SPEAKER_LOOKS = {"buyer": (BLUE, "o"), "vendor": (VERMILLION, "v"), "mediator": (PURPLE, "o")}


def negotiation_image(summary: SessionSummary, suffix: str) -> bytes:
    """Return the figure as bytes of PNG or SVG, by the suffix of its file."""
    figure = draw_outcome_space(summary)
    return to_png(figure) if suffix == ".png" else to_svg(figure, "negotiation").encode()


def draw_outcome_space(summary: SessionSummary) -> Figure:
    """Draw the utilities of outcomes, the frontier, solutions, offers and the agreement."""
    with house_style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.4, 5.6), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _draw_outcomes(axes, summary)
        _draw_frontier(axes, summary)
        _draw_solutions(axes, summary)
        _draw_offers(axes, summary)
        _draw_agreement(axes, summary)
        axes.set_xlabel("utility of the buyer")
        axes.set_ylabel("utility of the vendor")
        axes.set_title(
            f"{summary.session.domain.name}: {summary.session.plays[0]} and {summary.session.plays[1]}"
        )
        figure.legend(loc="outside right upper", fontsize=8)
    return figure


def _draw_outcomes(axes: Axes, summary: SessionSummary) -> None:
    """Draw outcomes as dots, every nth one if there are more than `MOST_DOTS`."""
    domain = summary.session.domain
    step = max(1, domain.count // MOST_DOTS)
    numbers = range(0, domain.count, step)
    points = np.array([[domain.utility(side, n) for side in (0, 1)] for n in numbers])
    label = "outcomes" if step == 1 else f"outcomes, one of {step:,}"
    axes.scatter(points[:, 0], points[:, 1], s=7, color=GREY, linewidths=0, label=label, zorder=1)


def _draw_frontier(axes: Axes, summary: SessionSummary) -> None:
    """Draw the Pareto frontier and the reservation values."""
    utilities = summary.solutions.frontier.utilities
    axes.plot(
        utilities[:, 0],
        utilities[:, 1],
        color=BLACK,
        lw=0.9,
        marker="o",
        ms=2.5,
        label="Pareto frontier",
    )
    for value, line in zip(
        summary.solutions.disagreement, (axes.axvline, axes.axhline), strict=True
    ):
        if value > 0.0:
            line(value, color=BLACK, lw=0.8, ls=(0, (2, 2)))
    if any(summary.solutions.disagreement):
        axes.plot([], [], color=BLACK, lw=0.8, ls=(0, (2, 2)), label="reservation values")


def _draw_solutions(axes: Axes, summary: SessionSummary) -> None:
    """Mark the bargaining solutions."""
    for d in summary.distances:
        colour, marker = SOLUTION_LOOKS[d.name]
        axes.plot(
            [d.buyer], [d.vendor], marker, ms=9, mfc="none", mec=colour, mew=1.6, label=d.name,
            zorder=3,
        )  # fmt: skip


def _draw_offers(axes: Axes, summary: SessionSummary) -> None:
    """Draw the offers of each speaker in their order."""
    for speaker in (*SIDES, "mediator"):
        points = [(x.buyer, x.vendor) for x in summary.session.utterances if x.speaker == speaker]
        if not points:
            continue
        colour, marker = SPEAKER_LOOKS[speaker]
        u, v = zip(*points, strict=True)
        name = "texts put to the vote" if speaker == "mediator" else f"offers of the {speaker}"
        line = "none" if speaker == "mediator" else "-"
        axes.plot(
            u, v, color=colour, lw=0.9, ls=line, marker=marker, ms=3.5, alpha=0.8, label=name,
            zorder=2,
        )  # fmt: skip


def _draw_agreement(axes: Axes, summary: SessionSummary) -> None:
    """Mark the agreement, if there is one."""
    if summary.session.agreed:
        u, v = summary.session.utilities
        axes.plot([u], [v], "*", ms=16, mfc="#F0E442", mec=BLACK, label="agreement", zorder=4)
