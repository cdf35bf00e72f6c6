"""Figures of a calibration: keys and facts before and after, and pairs of keys of each ensemble."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calibration.ensembles import read_ensemble
from sim.render.calibration_tables import sampled_alternatives
from sim.render.figures.figure_style import BLUE, OTHER_LOOKS, house_style, make_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_PAIRED = 5  # keys of a plot of pairs: those that facts narrow most
SHOWN = 150  # parameter sets of a plot of pairs, each as often as it weighs
GREY = "#9A9A9A"
PUBLISHED = "#D8E6F0"


@dataclass(frozen=True)
class CalibrationPicture:
    """A figure that is planned but not drawn: its name, title, caption and drawing function."""

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]


def calibration_pictures(folder: Path, found: Mapping[str, Any]) -> list[CalibrationPicture]:
    """Return the figures of a calibration; none is drawn yet."""
    sampled = sampled_alternatives(found)
    pictures = [
        CalibrationPicture(
            "facts", "Facts before and after",
            "Bands: published, the central 90 % of each fact's law, as shares of the longest range shown. Grey: the prior; "
            "coloured: after calibration, one line for each alternative; dots are medians, lines the middle 90 %.",
            partial(draw_facts, found, sampled),
        )
    ]  # fmt: skip
    if sampled:
        pictures.append(
            CalibrationPicture(
                "keys", "Keys: prior against posterior",
                "Dots are medians, lines the middle 90 %, each as a share of the range that its prior allows.",
                partial(draw_keys, found, sampled),
            )
        )  # fmt: skip
    for about in sampled:
        pictures.append(
            CalibrationPicture(
                f"pairs_{about['name']}", f"Pairs of keys: {about['label']}",
                "Parameter sets of the ensemble, drawn as often as they weigh; on the diagonal the posterior (blue) and "
                "the middle 90 % of the prior (grey line).",
                partial(draw_pairs, folder, about),
            )
        )  # fmt: skip
    return pictures


def draw_facts(found: Mapping[str, Any], sampled: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the figure of facts before and after, one row for each fact."""
    with house_style():
        figure, (axes,) = make_panels((7.2, 1.0 + 0.42 * len(found["facts"])), 1)
        for n, fact in enumerate(found["facts"]):
            lines = [("prior", GREY, fact["before"])]
            lines += [
                (about["label"], colour, about["facts"][n]["after"])
                for about, colour in zip(sampled, _colours(), strict=False)
            ]
            numbers = [v for _, _, ends in lines if ends for v in ends if v is not None]
            least, most = min([*numbers, fact["low"]]), max([*numbers, fact["high"]])
            width = (most - least) or 1.0
            low, high = ((fact[end] - least) / width for end in ("low", "high"))
            axes.barh(n, high - low, left=low, height=0.8, color=PUBLISHED)
            _draw_lines(axes, n, lines, least, width, n == 0)
        _finish(axes, [fact["name"] for fact in found["facts"]], "share of the range shown")
    return figure


def draw_keys(found: Mapping[str, Any], sampled: Sequence[Mapping[str, Any]]) -> Figure:
    """Return the figure of keys before and after, one row for each key."""
    keys = found["alternatives"][0]["keys"]
    with house_style():
        figure, (axes,) = make_panels((7.2, 1.0 + 0.45 * len(keys)), 1)
        for n, key in enumerate(keys):
            lines = [("prior", GREY, key["prior"])]
            lines += [
                (about["label"], colour, about["keys"][n]["posterior"])
                for about, colour in zip(sampled, _colours(), strict=False)
            ]
            numbers = [v for _, _, ends in lines if ends for v in ends if v is not None]
            least, width = min(numbers), (max(numbers) - min(numbers)) or 1.0
            _draw_lines(axes, n, lines, least, width, n == 0)
        _finish(axes, [key["key"] for key in keys], "share of the range shown")
    return figure


def draw_pairs(folder: Path, about: Mapping[str, Any]) -> Figure:
    """Return the plot of pairs of the keys that facts narrowed most."""
    ensemble = read_ensemble(folder, about["name"])
    informed = [key for key in about["keys"] if key["informed"]]
    shown = sorted(informed, key=lambda key: -(key["narrower"] or 0.0))[:MOST_PAIRED]
    names = [key["key"] for key in shown]
    columns = [ensemble.keys.index(name) for name in names]
    places = (0.5 + np.arange(SHOWN)) / SHOWN
    at = np.searchsorted(np.cumsum(ensemble.weights), places * ensemble.weights.sum())
    rows = ensemble.values[np.minimum(at, len(ensemble.values) - 1)][:, columns]
    size = len(names)
    with house_style():
        figure, axes = make_panels((1.5 * size + 0.6, 1.5 * size + 0.4), size, rows=size)
        for i in range(size):
            for j in range(size):
                _draw_pair(axes[i * size + j], rows, i, j, shown)
                if i == size - 1:
                    axes[i * size + j].set_xlabel(names[j], fontsize=7)
                if j == 0 and i > 0:
                    axes[i * size + j].set_ylabel(names[i], fontsize=7)
    return figure


def _draw_pair(
    axes: Axes, rows: np.ndarray, i: int, j: int, shown: Sequence[Mapping[str, Any]]
) -> None:
    """Draw one panel: a histogram on the diagonal, points below it, nothing above."""
    axes.tick_params(labelsize=6)
    if j > i:
        axes.set_axis_off()
    elif i == j:
        axes.hist(rows[:, i], bins=20, color=BLUE)
        low, _, high = shown[i]["prior"]
        axes.plot([low, high], [0.0, 0.0], color=GREY, linewidth=4, solid_capstyle="butt")
        axes.set_yticks([])
    else:
        axes.plot(rows[:, j], rows[:, i], ".", color=BLUE, markersize=2, alpha=0.5)


def _colours() -> list[str]:
    return [BLUE, *(colour for colour, _ in OTHER_LOOKS)]


def _draw_lines(
    axes: Axes,
    row: int,
    lines: Sequence[tuple[str, str, Sequence[float] | None]],
    least: float,
    width: float,
    named: bool,
) -> None:
    """Draw medians and middle 90 % of one row, one line below the other."""
    step = 0.7 / max(1, len(lines))
    for k, (label, colour, ends) in enumerate(lines):
        if ends is None or ends[0] is None:
            continue
        low, middle, high = ((v - least) / width for v in ends)
        y = row - 0.35 + step * (k + 0.5)
        text = label if named else None
        axes.plot([low, high], [y, y], color=colour, linewidth=1.6, label=text)
        axes.plot([middle], [y], "o", color=colour, markersize=3.5)


def _finish(axes: Axes, names: Sequence[str], label: str) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel(label)
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=3, fontsize=7)
