"""The look of all figures: colours, fonts, panels, and writers to SVG and PNG.

The same figure gives the same bytes every time.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backend_bases import FigureCanvasBase
    from matplotlib.figure import Figure

# Okabe & Ito (2008), safe for the common kinds of colour blindness.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
KNOWN_LOOKS: dict[str, tuple[str, Any]] = {
    "adversarial": (VERMILLION, (0, (5, 2))),
    "partnership": (BLUE, (0, (6, 2, 1.5, 2))),
    "mediated": (GREEN, "solid"),
}
OTHER_LOOKS: tuple[tuple[str, Any], ...] = (
    (PURPLE, (0, (3, 1, 1, 1, 1, 1))),
    (ORANGE, (0, (8, 2))),
    (SKY, (0, (2, 1))),
    ("#7A7A7A", (0, (4, 1, 1, 1))),
    ("#882255", (0, (5, 1))),
    ("#8A6100", (0, (1, 1))),
    ("#332288", (0, (7, 1, 2, 1))),
    ("#117733", (0, (10, 3))),
)
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "hatch.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "sim",
    "text.parse_math": False,  # a name with dollar signs is a name
}

_styled = [False]  # whether the style is set, as it is for the whole process
PNG_EFFORT = (
    4  # of zlib, 1 to 9; with matplotlib's 6 a picture takes a sixth longer and is 1 % smaller
)
SVG_DPI = 72  # what matplotlib's writer of SVG sets, whatever a figure has


def to_svg(figure: Figure, name: str = "figure") -> str:
    """Return a figure as SVG; every id in it begins with `name`, so that figures share a page."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    with house_style(), _laid_out(figure, FigureCanvasSVG, SVG_DPI):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\n *<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", text)


def to_png(figure: Figure, dpi: int = 160) -> bytes:
    """Return a figure as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    out = io.BytesIO()
    with house_style(), _laid_out(figure, FigureCanvasAgg, dpi):
        effort = {"compress_level": PNG_EFFORT}
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs=effort)
    return out.getvalue()


@contextmanager
def _laid_out(figure: Figure, canvas: type[FigureCanvasBase], dpi: float) -> Iterator[None]:
    """Lay a figure out for one writer, so that `savefig` within the block draws it only once.

    `savefig` would first draw a figure with a layout engine in full, to no other end. Bits are the same.
    """
    engine, before, own_dpi = figure.get_layout_engine(), figure.canvas, figure.dpi
    if engine is None:
        yield
        return
    try:
        canvas(figure)
        figure.dpi = dpi  # text is not as wide, in inches, in every resolution
        engine.execute(figure)
        figure.dpi = own_dpi
        figure.set_layout_engine(None)
        yield
    finally:
        figure.set_layout_engine(engine)
        figure.dpi = own_dpi
        figure.set_canvas(before)


def import_matplotlib() -> Any:
    """Return matplotlib, imported whatever MPLBACKEND names: figures are drawn by Agg."""
    # A name that matplotlib does not know would end its import.
    chosen = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if chosen is not None:
            os.environ["MPLBACKEND"] = chosen
    return mpl


def import_writers() -> None:
    """Import all of matplotlib that drawing takes, before it is needed."""
    import_matplotlib()
    import matplotlib.backends.backend_agg
    import matplotlib.backends.backend_svg
    import matplotlib.figure  # noqa: F401


@contextmanager
def house_style() -> Iterator[None]:
    """Set the style of figures within a `with` block, whatever the user's settings are.

    A block within another leaves all as it is: setting 300 keys takes as long as drawing a small figure.
    """
    mpl = import_matplotlib()
    if _styled[0]:
        yield
        return
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        _styled[0] = True
        try:
            yield
        finally:
            _styled[0] = False


def look_among_regimes(regime: str, regimes: Sequence[str]) -> tuple[str, Any]:
    """Return colour and line style of a regime drawn beside `regimes`.

    Built-in regimes have fixed looks; others get one in their order.
    """
    if regime in KNOWN_LOOKS:
        return KNOWN_LOOKS[regime]
    strangers = [r for r in regimes if r not in KNOWN_LOOKS]
    if regime not in strangers:
        return BLACK, ":"
    return OTHER_LOOKS[strangers.index(regime) % len(OTHER_LOOKS)]


def make_panels(
    size: tuple[float, float], panels: int, *, rows: int = 1, sharey: bool = False
) -> tuple[Figure, Sequence[Axes]]:
    """Return a figure with `rows` rows of `panels` panels, and its axes in reading order.

    `size` is width and height in inches.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=size, layout=ConstrainedLayoutEngine(w_pad=0.09, h_pad=0.045))
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, panels, sharey=sharey, squeeze=False)
    return figure, list(grid.ravel())


def legend_columns(labels: Sequence[str]) -> int:
    """Return how many labels fit side by side under a figure of page width."""
    longest = max(map(len, labels))
    return max(1, min(len(labels), int(104 / (longest + 9))))
