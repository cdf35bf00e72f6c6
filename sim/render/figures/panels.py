"""Parts shared by figures of studies: dots, heat maps, hatching, legends, ticks.

Signs are shown by colour and by a line, a number or hatching, so that they survive grey print.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.figure_style import (
    BLACK,
    BLUE,
    PURPLE,
    VERMILLION,
    legend_columns,
    look_among_regimes,
)
from sim.render.numbers import decimals_needed, format_number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

PAGE_WIDTH = 6.9  # inches
GREY = "#7A7A7A"
NO_VALUE: dict[str, Any] = {"face": "#D9D9D9", "hatch": "xx"}
MARKERS = {"adversarial": "s", "partnership": "D", "mediated": "o"}
OTHER_MARKERS = "^vPX<>ph"
MOST_NUMBERS = 200  # cells; above that no numbers are written in them
MOST_TICKS = 12  # numbers under a panel
SMALLEST_FONT = 4.8  # in points, of a number in a cell
MOST_VECTORS = 1000  # marks; above that they become a bitmap inside the SVG


@dataclass(frozen=True)
class HeatCells:
    """The matrix of a heat map: `values[row, column]` and the names of rows and columns.

    `unsure` marks cells whose interval contains 0; `there` is false for cells that are not drawn, as
    opposed to cells without a value.
    """

    values: np.ndarray
    rows: Sequence[str]
    columns: Sequence[str]
    unsure: np.ndarray
    there: np.ndarray

    @property
    def written(self) -> bool:
        """Whether there is room for a number in each cell."""
        return self.values.size <= MOST_NUMBERS and self.values.shape[1] <= 14


def regime_style(regime: str, regimes: Sequence[str]) -> tuple[str, Any, str]:
    """Return colour, line style and marker of a regime."""
    colour, style = look_among_regimes(regime, regimes)
    strangers = [r for r in regimes if r not in MARKERS]
    if regime in MARKERS:
        return colour, style, MARKERS[regime]
    nth = strangers.index(regime) if regime in strangers else 0
    return colour, style, OTHER_MARKERS[nth % len(OTHER_MARKERS)]


def name_style(name: str, regimes: Sequence[str]) -> tuple[str, Any, str]:
    """Return the style of a regime, or of a difference: that of its first regime.

    A difference from another baseline than the first regime has a style of its own.
    """
    first, _, baseline = name.partition(" − ")
    colour, style, marker = regime_style(first, regimes)
    other = bool(baseline) and baseline != regimes[0]
    return (PURPLE, (0, (1, 1.2)), marker) if other else (colour, style, marker)


def draw_zero_line(axes: Axes, *, upright: bool = False) -> None:
    """Draw the line of no difference, vertical if `upright`."""
    (axes.axvline if upright else axes.axhline)(0.0, color=BLACK, lw=0.9, zorder=1.5)


def plot_dots(
    axes: Axes, place: np.ndarray, frame: Any, style: tuple[str, Any, str], *, label: str = ""
) -> None:
    """Draw means as dots at the heights `place`, each with its interval."""
    colour, _, marker = style
    axes.hlines(place, frame["low"], frame["high"], color=colour, lw=1.5, zorder=2.5)
    axes.plot(
        frame["mean"], place, ls="none", marker=marker, ms=5, color=colour, mec="white", mew=0.5,
        label=label, zorder=3,
    )  # fmt: skip


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name rows from the top down, with a light line for each."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color="#F0F0F0")


def limit_ticks(axes: Axes, most: int = 5) -> None:
    """Limit the ticks under a narrow panel, so that their numbers stay apart."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))


def note_empty_panel(axes: Axes, why: str = "no value") -> None:
    """Write in an empty panel why it is empty."""
    axes.annotate(
        why, (0.5, 0.62), xycoords="axes fraction", ha="center", va="center", color=GREY,
        style="italic",
    )  # fmt: skip


def put_legend_below(
    figure: Figure, handles: Sequence[Artist], labels: Sequence[str], title: str = ""
) -> None:
    """Put a legend under the panels; its title says what the intervals are."""
    if not handles:
        return
    found = figure.legend(
        handles, labels, loc="outside lower center", ncols=legend_columns(labels), fontsize=8.5,
        title=title or None, title_fontsize=8.5, columnspacing=1.6, borderaxespad=0.0,
    )  # fmt: skip
    found.get_title().set_color("#444444")


def diverging_colours() -> Colormap:
    """Return the colour map for values of both signs: orange below 0, blue above."""
    from matplotlib.colors import LinearSegmentedColormap

    stops = ["#8A3300", VERMILLION, "#F6C7A6", "#FFFFFF", "#A9CFE6", BLUE, "#003C5F"]
    return LinearSegmentedColormap.from_list("orange_blue", stops)


def sequential_colours() -> Colormap:
    """Return the colour map for values of one sign: from nearly white to dark blue."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blues", ["#F7FAFC", "#A9CFE6", BLUE, "#003C5F"])


def colour_scale(values: np.ndarray, *, centred: bool) -> tuple[Colormap, float, float]:
    """Return colour map and limits for values; `centred` puts 0 in the middle."""
    finite = values[np.isfinite(values)]
    if centred:
        far = float(np.abs(finite).max()) if finite.size else 0.0
        return diverging_colours(), -(far or 1.0), far or 1.0
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return sequential_colours(), low, high if high > low else low + (abs(low) or 1.0)


def plot_heat(
    axes: Axes, cells: HeatCells, unit: str, *, centred: bool, limits: np.ndarray | None = None
) -> Any:
    """Draw a heat map with its numbers if there is room, and hatch what is unsure.

    `limits` are the values that set the colour scale, so that panels share one; return the mesh.
    """
    values = np.ma.masked_invalid(cells.values)
    colours, low, high = colour_scale(cells.values if limits is None else limits, centred=centred)
    mesh = axes.pcolormesh(
        values, cmap=colours, vmin=low, vmax=high, edgecolors="white", linewidth=0.6,
        rasterized=values.size > MOST_VECTORS,
    )  # fmt: skip
    rows, columns = cells.values.shape
    known = np.isfinite(cells.values)
    for marked, look in ((cells.unsure & known, {}), (cells.there & ~known, NO_VALUE)):
        for row, first, last in marked_runs(marked):
            hatch_cell(axes, first, row, last - first, 1.0, **look)
    if cells.written:
        _write_numbers(axes, cells, unit, mesh, signed=centred)
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    name_cells(axes, "x", cells.columns)
    name_cells(axes, "y", cells.rows)
    return mesh


def hatch_cell(
    axes: Axes, left: float, top: float, width: float, height: float, *, face: str = "none",
    hatch: str = "////",
) -> None:  # fmt: skip
    """Hatch one cell; a `face` colour marks a cell without a value."""
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle(
            (left, top), width, height, facecolor=face, edgecolor="#6B6B6B", hatch=hatch, lw=0,
            zorder=2,
        )
    )  # fmt: skip


def marked_runs(marked: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Yield row, first and end column of every unbroken run of marked cells."""
    for row, line in enumerate(marked):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(int), [0]])))
        for first, last in edges.reshape(-1, 2):
            yield row, int(first), int(last)


def break_label(text: str, most: int = 42) -> str:
    """Return a label broken into lines of at most `most` letters, its unit on a line of its own."""
    if len(text) <= most:
        return text
    return "\n".join(textwrap.fill(part, most) for part in text.replace(" (", "\n(", 1).split("\n"))


def put_colour_bar(figure: Figure, panels: Sequence[Axes], mesh: Any, label: str) -> None:
    """Put a colour bar to the right of panels."""
    bar = figure.colorbar(mesh, ax=list(panels), shrink=0.9, aspect=24)
    bar.set_label(break_label(label, 30))
    bar.outline.set_visible(False)


def name_cells(axes: Axes, side: str, names: Sequence[str]) -> None:
    """Name the cells along one side: every word, but at most `MOST_TICKS` numbers."""
    words = any(c.isalpha() for name in names for c in name)
    step = max(1, math.ceil(len(names) / (26 if words or side == "y" else MOST_TICKS)))
    places = [k + 0.5 for k in range(0, len(names), step)]
    shown = [names[k] for k in range(0, len(names), step)]
    if side == "y":
        axes.set_yticks(places, shown)
        return
    name_places(axes, places, shown)


def name_places(axes: Axes, at: Sequence[float], words: Sequence[str]) -> None:
    """Name places under a panel, slanted if the names would overlap."""
    crowded = sum(map(len, words)) + 2 * len(words) > 13 * axes_width(axes)
    turned: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
    axes.set_xticks(at, words, **(turned if crowded else {}))


def lighten(colour: str, white: float = 0.55) -> tuple[float, ...]:
    """Return a colour mixed with a share of white."""
    from matplotlib.colors import to_rgb

    return tuple(white + (1.0 - white) * part for part in to_rgb(colour))


def axes_width(axes: Axes) -> float:
    """Return the approximate width of a panel in inches."""
    spec = axes.get_subplotspec()
    across = spec.get_gridspec().ncols if spec is not None else 1
    return 0.72 * PAGE_WIDTH / across


def _write_numbers(axes: Axes, cells: HeatCells, unit: str, mesh: Any, *, signed: bool) -> None:
    """Write the number of each cell in a size that fits it; none below `SMALLEST_FONT`."""
    finite = cells.values[np.isfinite(cells.values)]
    if not finite.size:
        return
    places = min(decimals_needed(unit, float(np.abs(finite).max())), 3)
    longest = max(len(format_number(float(v), "", places, signed=signed)) for v in finite)
    room = 72.0 * axes_width(axes) / cells.values.shape[1]
    size = min(8.0, room / (0.68 * longest))
    if size < SMALLEST_FONT:
        return
    for row, column in zip(*np.nonzero(np.isfinite(cells.values)), strict=True):
        value = float(cells.values[row, column])
        behind = mesh.cmap(mesh.norm(value))
        red, green, blue, _ = behind
        dark = 0.3 * red + 0.59 * green + 0.11 * blue < 0.5
        axes.annotate(
            format_number(value, "", places, signed=signed), (column + 0.5, row + 0.5), ha="center",
            va="center", fontsize=size, color="white" if dark else BLACK, zorder=4,
            bbox={"boxstyle": "round,pad=0.12", "fc": behind, "ec": "none"}
            if cells.unsure[row, column]
            else None,
        )  # fmt: skip
