"""Identification, from a request to a folder: points from priors, their worlds, and what a panel tells of the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calibration.identification.answer_tables import delete_answer, read_answer, write_answer
from sim.calibration.identification.key_study import (
    NO_FILE,
    POINTS,
    check_keys,
    factors_of,
    find_priors,
    observe,
    study_keys,
    worlds_per_point,
)
from sim.calibration.identification.seen_panels import Panels, find_panels, panels_of_data
from sim.calibration.identification.told import FEWEST_POINTS, Identification, identify
from sim.errors import Argument, Problem, ScenarioError
from sim.lab.drawn_identification import draw_identification
from sim.lab.studies import build_study
from sim.scenario.code import consent_to
from sim.study.results.command import IDENTIFY
from sim.study.results.manifest import damage_errors, read_manifest
from sim.study.results.owned_folders import MANIFEST
from sim.study.results.parts import Parts
from sim.study.run.replicate import Replication
from sim.study.run.restore import is_result_folder, restore_study
from sim.study.run.study_session import OnProgress
from sim.study.run.sweep import SweepResult, run_study, study_request

if TYPE_CHECKING:
    from sim.calibration.priors import Priors
    from sim.lab.requested import Request
    from sim.study.design.definition import Study

# Shows (what is done, its unit) while the block runs; what it returns is called with (done, in all).
Watch = Callable[[str, str], AbstractContextManager[Callable[[int, int], None]]]
ONLY_FOR_NEW = ("prior", "points", "worlds", "seed", "overrides")  # what a folder has decided


@dataclass(frozen=True)
class KeyQuestion:
    """A question with nothing left open: the study, the panels, and what the manifest records of it.

    `folder` is that of the study if there is one already, and `note` says where priors come from if not from a
    file.
    """

    study: Study
    panels: Panels
    record: Mapping[str, Any]
    folder: Path | None = None
    note: str = ""


@dataclass(frozen=True)
class Answered:
    """What was asked and what was found; the answer is None while too few points are complete."""

    question: KeyQuestion
    sweep: SweepResult
    answer: Identification | None


def resolve_identification(request: Request) -> KeyQuestion:
    """Return the question of a request about a scenario, or about the folder of an earlier identification.

    Raises ScenarioError with every problem, before anything runs.
    """
    source = request.scenario
    if isinstance(source, str | Path) and is_result_folder(source):
        return _question_of_folder(request, Path(source))
    loaded = request.load()
    panels = find_panels(request.panel, loaded)
    priors, note = find_priors(request.prior, loaded)
    check_keys(priors, panels)
    points = _check_points(request.points or POINTS)
    seed = loaded.scenario.run.seed if request.seed is None else request.seed
    worlds = request.worlds or worlds_per_point(panels, loaded.scenario.market.needs)
    keys = {**study_keys(panels, worlds), "seed": seed}
    consent = consent_to(request.overrides, request.allow_code)
    study = build_study(source, factors_of(priors, points, seed), request.overrides, keys, consent)
    return KeyQuestion(study, panels, {**panels.data(), "priors": _priors_data(priors)}, None, note)


def _check_points(points: int) -> int:
    """Return the number of points; raises ScenarioError if no answer could come of so few."""
    if points < FEWEST_POINTS:
        want = f"want at least {FEWEST_POINTS}, so that some can be held out"
        raise ScenarioError([Problem(Argument("arguments"), Argument("points"), str(points), want)])
    return points


def _priors_data(priors: Priors) -> dict[str, Any]:
    """Return what a manifest stores of priors."""
    file = "" if priors.path == NO_FILE else str(priors.path)
    return {"file": file, **priors.table.model_dump(mode="json")}


def _question_of_folder(request: Request, folder: Path) -> KeyQuestion:
    """Return the question of a folder, or another panel's about the points that it has."""
    record = read_manifest(folder)
    if record["kind"] != IDENTIFY:
        want = f"is the folder of a {record['kind']}; want a scenario, or the folder of an identification"
        raise ScenarioError([Problem(Argument("arguments"), str(folder), "", want)])
    given = [name for name in ONLY_FOR_NEW if getattr(request, name) not in (None, {}, ())]
    if given:
        want = "the points of a folder are those it has: want another panel of them at most"
        raise ScenarioError(
            [Problem(Argument("arguments"), Argument(name), "", want) for name in given]
        )
    consent = consent_to({}, request.allow_code)
    study = restore_study(record, folder / MANIFEST, consent)
    with damage_errors(folder / MANIFEST):
        stored = record["design"]["identification"]
        panels = panels_of_data(stored, folder / MANIFEST)
    if request.panel is not None:
        panels = find_panels(request.panel, study.loaded)
        lacking = [regime for regime in panels.regimes if regime not in study.regimes]
        if lacking:
            want = f"its points ran under {', '.join(study.regimes)}; want panels of these"
            where = Argument("arguments")
            raise ScenarioError([Problem(where, Argument("panel"), ", ".join(lacking), want)])
    return KeyQuestion(study, panels, {**panels.data(), "priors": stored["priors"]}, folder)


def run_identification(
    request: Request, question: KeyQuestion, watch: Watch, on_progress: OnProgress | None = None
) -> Answered:
    """Run the study of a question, write its answer, figure and report into its folder, and return it.

    `watch` shows progress of the analysis. After Ctrl-C what is finished is kept. Raises SimError.
    """
    study, options = question.study, request.run_options()

    def answer_and_draw(folder: Path, record: dict[str, Any]) -> None:
        delete_answer(folder)
        if _is_ready(record):
            found = _answer(folder, record, question, watch)
            write_answer(folder, found)
        draw_identification(folder, record)

    record = study_request(study, options, IDENTIFY, identification=dict(question.record))
    done = run_study(
        study, out=request.out or question.folder, force=request.force, options=options,
        on_progress=on_progress, request=record, before_seal=answer_and_draw,
    )  # fmt: skip
    return Answered(question, done, read_answer(done.out))


def _is_ready(record: Mapping[str, Any]) -> bool:
    """Return whether every point is complete or has failed, and enough are complete."""
    points = record["points"]
    enough = int(points["done"]) >= FEWEST_POINTS
    return enough and points["done"] + len(points["failed"]) == points["asked"]


def _answer(
    folder: Path, record: Mapping[str, Any], question: KeyQuestion, watch: Watch
) -> Identification:
    """Return what the panels of a question tell of the keys, from the parts in a folder."""
    parts = Parts(folder, record["design"]["digest"])
    parts.verify()
    observed = observe(question.study, Replication(question.study, parts), question.panels)
    with watch("analysing", "fits") as count:
        return identify(observed, question.panels, count)
