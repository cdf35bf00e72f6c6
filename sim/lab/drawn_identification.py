"""Figure and report of an identification, written when it ends and again by `sim report`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.calibration.identification.answer_tables import read_answer
from sim.calibration.identification.seen_panels import panels_of_data
from sim.study.results.durable_files import write_text
from sim.study.results.manifest import damage_errors
from sim.study.results.owned_folders import FIGURES, MANIFEST, REPORT


def draw_identification(folder: Path, record: Mapping[str, Any]) -> None:
    """Write figure and report into the folder of an identification; `record` is its manifest so far."""
    from sim.render.figures.figure_style import to_svg
    from sim.render.figures.identification_figure import draw_told
    from sim.render.report.identification_report import identification_report

    answer = read_answer(folder)
    (folder / FIGURES).mkdir(exist_ok=True)
    with damage_errors(folder / MANIFEST):
        panels = panels_of_data(record["design"]["identification"], folder / MANIFEST)
    drawn = "" if answer is None else to_svg(draw_told(answer, panels), "told")
    if drawn:
        write_text(folder / FIGURES / "told.svg", drawn)
    write_text(folder / REPORT, identification_report(folder, record, panels, answer, drawn))
