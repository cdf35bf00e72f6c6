"""Calibrations, from a request to a folder with ensembles, figures and report; for commands and API."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.calibration.calibrate import (
    CalibrationResult,
    calibrate,
    read_calibration,
)
from sim.calibration.priors import read_priors
from sim.calibration.sealed_question import SealedQuestion, ask
from sim.calibration.study_simulator import OnProgress
from sim.errors import SimError
from sim.lab.requested import Request
from sim.study.results.durable_files import write_text
from sim.study.results.manifest import read_manifest
from sim.study.results.owned_folders import FIGURES, REPORT


def resolve_question(
    request: Request,
    *,
    waves: int,
    facts: str | Path | None = None,
    prior: str | Path | None = None,
    without: Sequence[str] = (),
) -> SealedQuestion:
    """Return the question of a request, with nothing left open, before anything is simulated.

    `facts` and `prior` are files, the shipped ones by default; `without` names facts to leave out. Raises SimError
    or ScenarioError if a file is wrong, a scenario has no priors, or no fact counts for it.
    """
    from sim.field.facts_file import read_facts

    loaded = request.load()
    priors = read_priors(loaded.name if prior is None else Path(prior), loaded)
    seed = loaded.scenario.run.seed if request.seed is None else request.seed
    return ask(
        loaded, read_facts(None if facts is None else Path(facts)), priors, waves=waves, seed=seed,
        worlds=request.worlds, points=request.points, left_out=without,
    )  # fmt: skip


def run_and_store_calibration(
    request: Request, question: SealedQuestion, on_progress: OnProgress | None = None
) -> CalibrationResult:
    """Run a calibration and write its folder: ensembles, findings, figures, report and manifest; raises SimError."""
    return calibrate(
        question, out=request.out, force=request.force, options=request.run_options(),
        on_progress=on_progress, before_seal=draw_calibration if request.drawings else None,
    )  # fmt: skip


def draw_calibration(folder: Path, found: dict[str, Any]) -> None:
    """Write figures and report into a calibration's folder."""
    from sim.render.figures.calibration_figures import calibration_pictures
    from sim.render.figures.figure_style import to_svg
    from sim.render.report.calibration_report import calibration_report

    (folder / FIGURES).mkdir(exist_ok=True)
    pictures = calibration_pictures(folder, found)
    drawn = {picture.name: to_svg(picture.draw(), picture.name) for picture in pictures}
    for name, text in drawn.items():
        write_text(folder / FIGURES / f"{name}.svg", text)
    write_text(folder / REPORT, calibration_report(found, read_manifest(folder), pictures, drawn))


def redraw_calibration(folder: Path) -> None:
    """Rewrite figures and report of a finished calibration; raises SimError if it is not finished."""
    found = read_calibration(folder)
    if not found.get("alternatives"):
        raise SimError(f"{folder}: damaged: it says nothing of any alternative")
    draw_calibration(folder, found)
