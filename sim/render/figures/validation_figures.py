"""A figure per family of the validation bench: the error of every number and every control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.render.figures.figure_style import import_matplotlib
from sim.validation.check import FAMILIES, CheckResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FARTHEST_DRAWN = 1e4  # in units of the tolerance; farther points are drawn there
HOLDS_COLOUR, REFUSED_COLOUR, WRONG_COLOUR = "#0072B2", "#7A7A7A", "#D55E00"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.hashsalt": "sim",
}


def family_figures(results: Sequence[CheckResult]) -> dict[str, Figure]:
    """Return a figure for every family that has a check among the results."""
    found = {}
    with import_matplotlib().rc_context(STYLE):
        for family, title in FAMILIES.items():
            of_family = [r for r in results if r.check.family == family and not r.trouble]
            if of_family:
                found[family] = _draw_family(title, of_family)
    return found


def _draw_family(title: str, results: Sequence[CheckResult]) -> Figure:
    """Draw a row per check: its points, and those of its negative control, in units of tolerance."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 1.7 + 0.45 * len(results)), layout="constrained")
    axes = figure.subplots()
    axes.axvspan(0.0, 1.0, color="#E8F1F8", zorder=0)
    axes.axvline(1.0, color="#666666", linewidth=0.8, zorder=1)
    for row, result in enumerate(results):
        for points, up, marker, right in (
            (result.points, -0.14, "o", True),
            (result.control, 0.14, "x", False),
        ):
            places = [min(p.off, FARTHEST_DRAWN) for p in points]
            good = HOLDS_COLOUR if right else REFUSED_COLOUR
            colours = [good if p.holds is right else WRONG_COLOUR for p in points]
            axes.scatter(
                places, [row + up] * len(places), c=colours, marker=marker, s=18, linewidths=1.0
            )
    axes.set_xscale("symlog", linthresh=1.0)
    axes.set_xlim(-0.05, 2.0 * FARTHEST_DRAWN)
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.set_yticks(
        range(len(results)), [f"{r.check.id}  {_cut_end(r.check.claim)}" for r in results]
    )
    axes.set_xlabel("distance from what is expected, in tolerances plus standard error")
    axes.set_title(f"{title}\n● measured, × negative control; the shaded band holds", fontsize=9.5)
    return figure


def _cut_end(text: str, most: int = 46) -> str:
    """Return a text of at most `most` letters."""
    return text if len(text) <= most else text[: most - 1] + "…"


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG; the same figure gives the same bytes."""
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150, metadata={"Software": None})
    return buffer.getvalue()
