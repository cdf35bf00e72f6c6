"""The figure of adaptive replication: worlds used per point, and the width reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.render.figures.figure_style import BLACK, BLUE, ORANGE, house_style, make_panels
from sim.render.figures.panels import PAGE_WIDTH, note_empty_panel, put_legend_below
from sim.render.study_tables import StudyTables
from sim.study.run.replicate import CAP

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_worlds(study: StudyTables) -> Figure:
    """Draw the worlds used, point by point, and the width of the interval against them."""
    stop = study.definition.get("stop") or {}
    outcome = str(stop.get("outcome", ""))
    with house_style():
        figure, (left, right) = make_panels((PAGE_WIDTH, 3.2), 2)
        share = 100.0 if study.unit(outcome) == "%" else 1.0
        found = study.complete.sort_values("worlds", kind="stable").reset_index(drop=True)
        found["width"] *= share
        for capped, look in _LOOKS.items():
            part = found[found["rule"].str.startswith(CAP) == capped]
            left.plot(part.index + 1, part["worlds"], **look)
            right.plot(part["worlds"], part["width"], **look)
        left.set_xlabel("points, by worlds used")
        left.set_ylabel("worlds used")
        left.set_ylim(0, None)
        right.set_xlabel("worlds used")
        unit = study.unit(outcome, difference=True) if outcome else ""
        right.set_ylabel(f"width of the interval\n({unit})" if unit else "width of the interval")
        if not np.isfinite(found["width"]).any():
            note_empty_panel(right)
        handles, labels = left.get_legend_handles_labels()
        if "width" in stop:
            requested = right.axhline(
                share * float(stop["width"]), color=BLACK, lw=1.1, ls=(0, (4, 2))
            )
            handles, labels = [*handles, requested], [*labels, "width asked for"]
        right.set_ylim(0, None)
        put_legend_below(figure, handles, labels)
    return figure


_LOOKS: dict[bool, dict[str, Any]] = {
    False: {"ls": "none", "marker": "o", "ms": 4, "color": BLUE, "label": "narrow enough"},
    True: {"ls": "none", "marker": "^", "ms": 5, "color": ORANGE, "mec": BLACK, "mew": 0.5,
           "label": "stopped at the most worlds allowed"},
}  # fmt: skip
