"""The figures of a map: a paired difference over two keys, and the best regime of each cell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.figure_style import BLACK, house_style, make_panels
from sim.render.figures.panels import (
    MOST_VECTORS,
    NO_VALUE,
    PAGE_WIDTH,
    colour_scale,
    hatch_cell,
    lighten,
    marked_runs,
    name_cells,
    note_empty_panel,
    put_legend_below,
    regime_style,
)
from sim.render.figures.sweep_figures import factor_values
from sim.render.study_tables import FactorLabel, StudyTables, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LETTERS = 400  # cells; above that regimes are shown by colour alone


def draw_map(
    study: StudyTables, outcome: str, x_factor: FactorLabel, y_factor: FactorLabel
) -> Figure:
    """Draw the paired differences with their zero contour, and beside them the best regime."""
    names = study.differences[:2]
    with house_style():
        across = len(names) + 1
        figure, panels = make_panels((PAGE_WIDTH, 4.0 if across < 3 else 3.4), across, sharey=True)
        every = [
            _difference_matrices(study, outcome, name, x_factor, y_factor)[0] for name in names
        ]
        limits = np.concatenate([v.ravel() for v in every]) if every else np.zeros(1)
        for axes, name in zip(panels, names, strict=False):
            mesh = _draw_difference(axes, study, outcome, name, x_factor, y_factor, limits)
            axes.set_title(f"({'ab'[names.index(name)]}) {shorten(name, 32)}")
        handles = _draw_best_regime(panels[-1], study, outcome, x_factor, y_factor)
        panels[-1].set_title(f"({'abc'[len(names)]}) best regime")
        for axes in panels:
            axes.set_xlabel(x_factor.label)
        panels[0].set_ylabel(shorten(y_factor.label, 44))
        if names:
            bar = figure.colorbar(mesh, ax=list(panels[:-1]), location="top", aspect=30, pad=0.03)
            unit = study.unit(outcome, difference=True)
            bar.set_label(f"difference{f' ({unit})' if unit else ''}")
            bar.outline.set_visible(False)
            handles = [*_legend_lines(contours=x_factor.numeric and y_factor.numeric), *handles]
        put_legend_below(figure, [h for h, _ in handles], [label for _, label in handles])
    return figure


def regime_letters(regimes: Sequence[str]) -> dict[str, str]:
    """Return a distinct letter for every regime: its first one if free, else the next free."""
    found: dict[str, str] = {}
    for regime in regimes:
        preferred = [c.upper() for c in regime if c.isalnum()] + list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        found[regime] = next((c for c in preferred if c not in found.values()), "?")
    return found


def _difference_matrices(
    study: StudyTables, outcome: str, name: str, x_factor: FactorLabel, y_factor: FactorLabel
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, low and high of a difference as matrices, rows from low to high y."""
    columns, rows = factor_values(study, x_factor), factor_values(study, y_factor)
    values = np.full((3, len(rows), len(columns)), np.nan)
    for line in study.rows(outcome, name).to_dict("records"):
        at = rows.index(line[y_factor.key]), columns.index(line[x_factor.key])
        values[(slice(None), *at)] = line["mean"], line["low"], line["high"]
    return values[0], values[1], values[2]


def _draw_difference(
    axes: Axes, study: StudyTables, outcome: str, name: str, x_factor: FactorLabel, y_factor: FactorLabel,
    limits: np.ndarray,
) -> Any:  # fmt: skip
    """Draw one difference as coloured cells with contours; return the mesh."""
    mean, low, high = _difference_matrices(study, outcome, name, x_factor, y_factor)
    across, up = _cell_centres(study, x_factor), _cell_centres(study, y_factor)
    colours, least, most = colour_scale(limits, centred=True)
    mesh = axes.pcolormesh(
        _cell_edges(across), _cell_edges(up), np.ma.masked_invalid(mean), cmap=colours, vmin=least,
        vmax=most, edgecolors="face", linewidth=0.3,
        rasterized=mean.size > MOST_VECTORS,
    )  # fmt: skip
    unsure = np.isfinite(mean) & (clear_sign(low, high, study.fewest_worlds) == 0)
    _hatch_cells(axes, across, up, unsure, np.isfinite(mean))
    if min(mean.shape) > 1 and x_factor.numeric and y_factor.numeric:
        for values, style, wide in (
            (low, (0, (4, 2)), 1.0),
            (high, (0, (4, 2)), 1.0),
            (mean, "-", 2.0),
        ):
            _draw_zero_contour(axes, across, up, values, style, wide)
    _frame_panel(axes, study, x_factor, y_factor)
    if not np.isfinite(mean).any():
        note_empty_panel(axes)
    return mesh


def _draw_zero_contour(
    axes: Axes, across: np.ndarray, up: np.ndarray, values: np.ndarray, style: Any, wide: float
) -> None:
    """Draw the line on which values are 0, if they have both signs."""
    known = values[np.isfinite(values)]
    if known.size and known.min() < 0.0 < known.max():
        masked = np.ma.masked_invalid(values)
        axes.contour(across, up, masked, [0.0], colors=BLACK, linestyles=[style], linewidths=wide)


def _draw_best_regime(
    axes: Axes, study: StudyTables, outcome: str, x_factor: FactorLabel, y_factor: FactorLabel
) -> list[tuple[Any, str]]:
    """Colour and letter every cell by its best regime; return the legend entries."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    columns, rows = factor_values(study, x_factor), factor_values(study, y_factor)
    across, up = _cell_centres(study, x_factor), _cell_centres(study, y_factor)
    code = np.full((len(rows), len(columns)), np.nan)
    unsure = np.zeros(code.shape, bool)
    for line in _led_cells(study, outcome).to_dict("records"):
        at = rows.index(line[y_factor.key]), columns.index(line[x_factor.key])
        code[at], unsure[at] = study.regimes.index(line["best"]), not line["certain"]
    faces = [lighten(regime_style(r, study.regimes)[0]) for r in study.regimes]
    axes.pcolormesh(
        _cell_edges(across), _cell_edges(up), np.ma.masked_invalid(code), cmap=ListedColormap(faces),
        vmin=-0.5, vmax=len(faces) - 0.5, edgecolors="white",
        linewidth=0.4 if code.size <= MOST_LETTERS else 0.0,
        rasterized=code.size > MOST_VECTORS,
    )  # fmt: skip
    letter = regime_letters(study.regimes)
    for row, column in np.argwhere(np.isfinite(code)) if code.size <= MOST_LETTERS else ():
        best = int(code[row, column])
        axes.annotate(
            letter[study.regimes[best]], (across[column], up[row]), ha="center", va="center", zorder=4,
            fontsize=7.5 if len(across) < 14 else 5.5,
            bbox={"boxstyle": "round,pad=0.1", "fc": faces[best], "ec": "none"},
        )  # fmt: skip
    _hatch_cells(axes, across, up, unsure, np.isfinite(code))
    _frame_panel(axes, study, x_factor, y_factor)
    seen = [k for k in range(len(faces)) if (code == k).any()]
    return [
        (Patch(fc=faces[k], ec="none"), f"{letter[study.regimes[k]]}: {study.regimes[k]} is best")
        for k in seen
    ]


def _led_cells(study: StudyTables, outcome: str) -> Any:
    """Return the cells of a map in which some regime leads."""
    found = study.tables["map"]
    return found[(found["outcome"] == outcome) & np.isfinite(found["lead"])]


def _hatch_cells(
    axes: Axes, across: np.ndarray, up: np.ndarray, unsure: np.ndarray, known: np.ndarray
) -> None:
    """Hatch cells whose sign is unsure, and those without a value."""
    wide, tall = _cell_edges(across), _cell_edges(up)
    for marked, look in ((unsure & known, {}), (~known, NO_VALUE)):
        for row, first, last in marked_runs(marked):
            size = wide[last] - wide[first], tall[row + 1] - tall[row]
            hatch_cell(axes, wide[first], tall[row], *size, **look)


def _cell_centres(study: StudyTables, factor: FactorLabel) -> np.ndarray:
    """Return the positions of a factor's values: numbers at themselves, words side by side."""
    found = factor_values(study, factor)
    return np.array(found, float) if factor.numeric else np.arange(len(found)) + 0.5


def _cell_edges(centres: np.ndarray) -> np.ndarray:
    """Return the edges of cells around their centres."""
    if len(centres) < 2:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    between = (centres[1:] + centres[:-1]) / 2.0
    first, last = 2.0 * centres[0] - between[0], 2.0 * centres[-1] - between[-1]
    return np.concatenate([[first], between, [last]])


def _frame_panel(
    axes: Axes, study: StudyTables, x_factor: FactorLabel, y_factor: FactorLabel
) -> None:
    """Set limits and names of both axes of a map."""
    axes.grid(visible=False)
    axes.set_xlim(*_cell_edges(_cell_centres(study, x_factor))[[0, -1]])
    axes.set_ylim(*_cell_edges(_cell_centres(study, y_factor))[[0, -1]])
    for side, factor in (("x", x_factor), ("y", y_factor)):
        if not factor.numeric:
            name_cells(axes, side, [shorten(str(v), 18) for v in factor_values(study, factor)])


def _legend_lines(*, contours: bool) -> list[tuple[Any, str]]:
    """Return the legend entries of contours and hatching."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    lines: list[tuple[Any, str]] = [
        (Line2D([], [], color=BLACK, lw=2.0), "difference is 0"),
        (Line2D([], [], color=BLACK, lw=1.0, ls=(0, (4, 2))), "an end of its 95 % interval is 0"),
    ]
    unsure = (Patch(fc="white", ec="#6B6B6B", hatch="////", lw=0), "interval contains 0")
    return [*(lines if contours else ()), unsure]
