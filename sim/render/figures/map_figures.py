"""Figures of a map: the paired difference over two keys with its zero contour, and who is best."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.intervals import clear_sign
from sim.render.figures.comparison_figures import BLACK, canvas, styled
from sim.render.figures.panels import (
    MOST_VECTORS,
    NO_VALUE,
    PAGE,
    hatched,
    legend_below,
    lighter,
    nothing_to_draw,
    regime_style,
    runs,
    scale,
    ticks,
)
from sim.render.figures.sweep_figures import levels
from sim.render.study_tables import FactorWords, StudyTables, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LETTERS = 400


def draw_map(s: StudyTables, outcome: str, x: FactorWords, y: FactorWords) -> Figure:
    """Draw the paired difference with its zero contour, and beside it the best regime."""
    names = s.differences[:2]
    with styled():
        across = len(names) + 1
        figure, panels = canvas((PAGE, 4.0 if across < 3 else 3.4), across, sharey=True)
        every = [_grid(s, outcome, name, x, y)[0] for name in names]
        limits = np.concatenate([v.ravel() for v in every]) if every else np.zeros(1)
        for axes, name in zip(panels, names, strict=False):
            mesh = _difference(axes, s, outcome, name, x, y, limits)
            axes.set_title(f"({'ab'[names.index(name)]}) {shortened(name, 32)}")
        handles = _best(panels[-1], s, outcome, x, y)
        panels[-1].set_title(f"({'abc'[len(names)]}) best regime")
        for axes in panels:
            axes.set_xlabel(x.label)
        panels[0].set_ylabel(shortened(y.label, 44))
        if names:
            bar = figure.colorbar(mesh, ax=list(panels[:-1]), location="top", aspect=30, pad=0.03)
            unit = s.unit(outcome, difference=True)
            bar.set_label(f"difference{f' ({unit})' if unit else ''}")
            bar.outline.set_visible(False)
            handles = [*_lines(contours=x.numeric and y.numeric), *handles]
        legend_below(figure, [h for h, _ in handles], [label for _, label in handles])
    return figure


def letters(regimes: Sequence[str]) -> dict[str, str]:
    """Return one letter for every regime: its first where that is free, else the next free one."""
    found: dict[str, str] = {}
    for regime in regimes:
        wanted = [c.upper() for c in regime if c.isalnum()] + list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        found[regime] = next((c for c in wanted if c not in found.values()), "?")
    return found


def _grid(
    s: StudyTables, outcome: str, name: str, x: FactorWords, y: FactorWords
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, low and high of a difference as matrices, y growing upwards."""
    columns, rows = levels(s, x), levels(s, y)
    values = np.full((3, len(rows), len(columns)), np.nan)
    for line in s.rows(outcome, name).to_dict("records"):
        at = rows.index(line[y.key]), columns.index(line[x.key])
        values[(slice(None), *at)] = line["mean"], line["low"], line["high"]
    return values[0], values[1], values[2]


def _difference(
    axes: Axes, s: StudyTables, outcome: str, name: str, x: FactorWords, y: FactorWords,
    limits: np.ndarray,
) -> Any:  # fmt: skip
    mean, low, high = _grid(s, outcome, name, x, y)
    across, up = _centres(s, x), _centres(s, y)
    colours, least, most = scale(limits, centred=True)
    mesh = axes.pcolormesh(
        _edges(across), _edges(up), np.ma.masked_invalid(mean), cmap=colours, vmin=least,
        vmax=most, edgecolors="face", linewidth=0.3,
        rasterized=mean.size > MOST_VECTORS,
    )  # fmt: skip
    unsure = np.isfinite(mean) & (clear_sign(low, high, s.fewest) == 0)
    _hatch(axes, across, up, unsure, np.isfinite(mean))
    if min(mean.shape) > 1 and x.numeric and y.numeric:
        for values, style, wide in (
            (low, (0, (4, 2)), 1.0),
            (high, (0, (4, 2)), 1.0),
            (mean, "-", 2.0),
        ):
            _contour(axes, across, up, values, style, wide)
    _frame(axes, s, x, y)
    if not np.isfinite(mean).any():
        nothing_to_draw(axes)
    return mesh


def _contour(
    axes: Axes, across: np.ndarray, up: np.ndarray, values: np.ndarray, style: Any, wide: float
) -> None:
    """Draw where values are 0, when they are anywhere on both sides of it."""
    known = values[np.isfinite(values)]
    if known.size and known.min() < 0.0 < known.max():
        masked = np.ma.masked_invalid(values)
        axes.contour(across, up, masked, [0.0], colors=BLACK, linestyles=[style], linewidths=wide)


def _best(
    axes: Axes, s: StudyTables, outcome: str, x: FactorWords, y: FactorWords
) -> list[tuple[Any, str]]:
    """Colour every cell by its best regime and write its letter; return the keys of a legend."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    columns, rows = levels(s, x), levels(s, y)
    across, up = _centres(s, x), _centres(s, y)
    code = np.full((len(rows), len(columns)), np.nan)
    unsure = np.zeros(code.shape, bool)
    for line in _leads(s, outcome).to_dict("records"):
        at = rows.index(line[y.key]), columns.index(line[x.key])
        code[at], unsure[at] = s.regimes.index(line["best"]), not line["certain"]
    faces = [lighter(regime_style(r, s.regimes)[0]) for r in s.regimes]
    axes.pcolormesh(
        _edges(across), _edges(up), np.ma.masked_invalid(code), cmap=ListedColormap(faces),
        vmin=-0.5, vmax=len(faces) - 0.5, edgecolors="white",
        linewidth=0.4 if code.size <= MOST_LETTERS else 0.0,
        rasterized=code.size > MOST_VECTORS,
    )  # fmt: skip
    letter = letters(s.regimes)
    for row, column in np.argwhere(np.isfinite(code)) if code.size <= MOST_LETTERS else ():
        best = int(code[row, column])
        axes.annotate(
            letter[s.regimes[best]], (across[column], up[row]), ha="center", va="center", zorder=4,
            fontsize=7.5 if len(across) < 14 else 5.5,
            bbox={"boxstyle": "round,pad=0.1", "fc": faces[best], "ec": "none"},
        )  # fmt: skip
    _hatch(axes, across, up, unsure, np.isfinite(code))
    _frame(axes, s, x, y)
    seen = [k for k in range(len(faces)) if (code == k).any()]
    return [
        (Patch(fc=faces[k], ec="none"), f"{letter[s.regimes[k]]}: {s.regimes[k]} is best")
        for k in seen
    ]


def _leads(s: StudyTables, outcome: str) -> Any:
    """Return the cells of a map in which one regime leads at all."""
    found = s.tables["map"]
    return found[(found["outcome"] == outcome) & np.isfinite(found["lead"])]


def _hatch(
    axes: Axes, across: np.ndarray, up: np.ndarray, unsure: np.ndarray, there: np.ndarray
) -> None:
    wide, tall = _edges(across), _edges(up)
    for marked, look in ((unsure & there, {}), (~there, NO_VALUE)):
        for row, first, last in runs(marked):
            size = wide[last] - wide[first], tall[row + 1] - tall[row]
            hatched(axes, wide[first], tall[row], *size, **look)


def _centres(s: StudyTables, factor: FactorWords) -> np.ndarray:
    """Return where the values of a factor lie: at themselves, or words side by side."""
    found = levels(s, factor)
    return np.array(found, float) if factor.numeric else np.arange(len(found)) + 0.5


def _edges(centres: np.ndarray) -> np.ndarray:
    """Return the edges of cells around their centres."""
    if len(centres) < 2:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    between = (centres[1:] + centres[:-1]) / 2.0
    first, last = 2.0 * centres[0] - between[0], 2.0 * centres[-1] - between[-1]
    return np.concatenate([[first], between, [last]])


def _frame(axes: Axes, s: StudyTables, x: FactorWords, y: FactorWords) -> None:
    axes.grid(visible=False)
    axes.set_xlim(*_edges(_centres(s, x))[[0, -1]])
    axes.set_ylim(*_edges(_centres(s, y))[[0, -1]])
    for side, factor in (("x", x), ("y", y)):
        if not factor.numeric:
            ticks(axes, side, [shortened(str(v), 18) for v in levels(s, factor)])


def _lines(*, contours: bool) -> list[tuple[Any, str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    lines: list[tuple[Any, str]] = [
        (Line2D([], [], color=BLACK, lw=2.0), "difference is 0"),
        (Line2D([], [], color=BLACK, lw=1.0, ls=(0, (4, 2))), "an end of its 95 % interval is 0"),
    ]
    unsure = (Patch(fc="white", ec="#6B6B6B", hatch="////", lw=0), "interval contains 0")
    return [*(lines if contours else ()), unsure]
