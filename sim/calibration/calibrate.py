"""A calibration from its question to a folder: waves, populations, findings and ensembles, resumable at any moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.calibration.alternatives import SEEN, goals_of, targets_of
from sim.calibration.calibration_findings import findings
from sim.calibration.choices import ChoiceFiles
from sim.calibration.emulator import check_extra
from sim.calibration.ensembles import ensemble_stem, write_ensemble
from sim.calibration.populations import Sample, sample_rest
from sim.calibration.sealed_question import ARM, SealedQuestion, deviations
from sim.calibration.study_simulator import OnProgress, Stopped, StudySimulator
from sim.calibration.waves import History, match_history
from sim.errors import SimError
from sim.files import read_text
from sim.scenario.code import custom_texts
from sim.study.results.digest import digest_data
from sim.study.results.durable_files import disk_errors, write_text
from sim.study.results.folder import advise_on_existing, check_target, hidden_sibling, reserve
from sim.study.results.manifest import (
    ResolvedRequest,
    read_manifest,
    seal,
    start_manifest,
    write_manifest,
)
from sim.study.results.owned_folders import (
    MANIFEST,
    check_no_links,
    edited_files,
    foreign_entries,
    remove_result,
    remove_unfinished,
)
from sim.study.results.request_differences import differences_text
from sim.study.results.resume import create_folder, version_notes
from sim.study.run.run_options import RunOptions
from sim.study.run.workers import check_address

KIND, QUESTION, FOUND = "calibrate", "question.json", "calibration.json"
LIBRARIES = ("scikit-learn", "threadpoolctl")
BeforeSeal = Callable[[Path, dict[str, Any]], None]


@dataclass(frozen=True)
class CalibrationResult:
    """The result of a calibration, in the folder `out`: `found` is what `calibration.json` holds, {} if interrupted."""

    out: Path
    found: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    interrupted: bool = False


def calibrate(
    question: SealedQuestion,
    *,
    out: str | Path | None = None,
    force: bool = False,
    options: RunOptions | None = None,
    on_progress: OnProgress | None = None,
    before_seal: BeforeSeal | None = None,
) -> CalibrationResult:
    """Run a calibration, or resume the one that `out` holds, and write what it found.

    Only the arm of the question is simulated. The question is written first. An existing folder of the same question
    is resumed; of a finished one nothing is computed again. `before_seal(folder, found)` may add figures and a
    report. Raises SimError if the folder holds another question, naming what differs, or if packages are missing.
    """
    check_extra()
    options = options or RunOptions()
    check_address(options.dask)
    record = _record(question, options)
    target, lock = reserve(out, question.loaded.name)
    try:
        with disk_errors(target):
            record, notes, done = _open(target, record, question, force=force)
            if done is not None:
                return CalibrationResult(target, done, tuple(notes))
            write_text(target / QUESTION, _json({"digest": question.digest, **question.data}))
            return _run(question, target, record, notes, options, on_progress, before_seal)
    finally:
        lock.release()


def read_calibration(folder: str | Path) -> dict[str, Any]:
    """Return what a calibration found, from its folder; raises SimError if it is not finished."""
    try:
        return dict(json.loads(read_text(Path(folder) / FOUND)))
    except FileNotFoundError:
        raise SimError(
            f"{folder}: the calibration is not finished: the same command resumes it"
        ) from None
    except (OSError, ValueError) as error:
        raise SimError(f"{Path(folder) / FOUND}: cannot be read: {error}") from None


def _record(question: SealedQuestion, options: RunOptions) -> dict[str, Any]:
    """Return the manifest of a calibration that is about to run."""
    loaded = question.loaded
    request = ResolvedRequest(
        kind=KIND, loaded=loaded, regimes=(ARM,), worlds=question.rule.worlds, seed=question.seed,
        tables=(), threads=options.workers, strategies=tuple(custom_texts(loaded.resolved())),
    )  # fmt: skip
    record = start_manifest(request)
    plan = digest_data([question.digest, record["source_digest"], record["scenario"]])
    record["design"] = {"question": question.digest, "digest": plan}
    record["versions"] |= {name: version(name) for name in LIBRARIES}
    return record


def _open(
    target: Path, record: dict[str, Any], question: SealedQuestion, *, force: bool
) -> tuple[dict[str, Any], list[str], dict[str, Any] | None]:
    """Return the manifest under which to run, notes for the user, and what was found if that is there already."""
    remove_unfinished(hidden_sibling(target, "partial"))
    session = {k: record[k] for k in ("start", "command", "threads", "versions")}
    if force or not target.exists():
        check_target(target, force=force)
        fresh = {**record, "sessions": [session]}
        create_folder(target, fresh, "wave-1")
        return fresh, [], None
    if not (target / MANIFEST).is_file():
        raise SimError(f"{target}: already exists and holds no calibration; choose another `out`")
    check_no_links(target)
    there = read_manifest(target)
    if there["kind"] != KIND:
        raise SimError(
            f"{target}: holds a {there['kind']}; {advise_on_existing(target, 'replace it')}"
        )
    if there["design"].get("digest") != record["design"]["digest"]:
        raise SimError(_another(target, there, record, question))
    notes = version_notes(there, record)
    whole = there["complete"] and not next(edited_files(target), "")
    if whole and all((target / name).is_file() for name in there["files"]):
        return there, notes, read_calibration(target)
    resumed = {**there, "complete": False, "files": {}, "sessions": [*there["sessions"], session]}
    write_manifest(target, resumed)
    return resumed, notes, None


def _another(
    target: Path, there: Mapping[str, Any], record: Mapping[str, Any], question: SealedQuestion
) -> str:
    """Return the message that a folder holds another question, with what differs."""
    lines: list[str] = []
    with suppress(OSError, ValueError):
        sealed = json.loads(read_text(target / QUESTION))
        sealed.pop("digest", None)
        lines = deviations(sealed, question.data)
    if there["source_digest"] != record["source_digest"]:
        lines.append("the program itself has changed since (source digest)")
    choice = advise_on_existing(target, "start again")
    return (
        f"{target}: sealed another question; {choice}{differences_text(lines, target / QUESTION)}"
    )


def _run(
    question: SealedQuestion, target: Path, record: dict[str, Any], notes: list[str], options: RunOptions,
    on_progress: OnProgress | None, before_seal: BeforeSeal | None,
) -> CalibrationResult:  # fmt: skip
    """Run everything that is missing, write what was found, and seal the folder."""
    plan = record["design"]["digest"]
    simulator = StudySimulator(
        question, target, plan, record["source_digest"], options, on_progress
    )
    try:
        history, sample = search_and_sample(question, simulator, ChoiceFiles(target, plan))
    except Stopped:
        return CalibrationResult(target, {}, (*notes, *simulator.notes), interrupted=True)
    found = findings(question, history, sample)
    found["deviations"] = _set_aside_lines(found)
    _write(question, target, record, found, history, sample)
    leave = foreign_entries(target)
    if before_seal is not None:
        before_seal(target, found)
    seal(target, record, done=question.rule.worlds, complete=True, leave=leave)
    with suppress(SimError, OSError):
        remove_result(hidden_sibling(target, "old"))
    return CalibrationResult(target, found, (*notes, *simulator.notes))


def search_and_sample(
    question: SealedQuestion, simulator: Any, choices: Any
) -> tuple[History, Sample | None]:
    """Return what waves and populations found; no population runs if nothing is left under any alternative."""
    names = [fact.name for fact in question.facts]
    covariance = question.source.covariance(names)
    targets = targets_of(question.facts)
    goals = goals_of(question.facts, covariance, question.rule.discrepancy)
    informed = simulator.informed
    history = match_history(
        simulator, targets, goals, len(informed.keys), informed.coordinates, question.rule,
        question.seed, choices, grades=[fact.grade for fact in question.facts],
        kept=[n for n, fact in enumerate(question.facts) if fact.statistic == SEEN],
    )  # fmt: skip
    if not any(history.alive):
        return history, None
    return history, sample_rest(simulator, targets, history, question.rule, question.seed, choices)


def set_aside_of(about: Mapping[str, Any]) -> list[str]:
    """Return the names of the facts that an alternative set aside, whatever the reason."""
    conflicts = (conflict["aside"] for conflict in about["conflicts"])
    return [*about["out_of_reach"], *conflicts, *about["rare"]]


def _set_aside_lines(found: Mapping[str, Any]) -> list[str]:
    """Return how the calibration departs from using all facts that were sealed; the same is said once."""
    said: dict[str, list[str]] = {}
    for about in found["alternatives"]:
        aside = set_aside_of(about)
        if aside and about["status"] == "sampled":
            said.setdefault(", ".join(aside), []).append(about["label"])
    every = len(found["alternatives"])
    return [
        f"{'every alternative' if len(names) == every else ', '.join(names)}: set aside by the sealed rule: {aside}"
        for aside, names in said.items()
    ]


def _write(
    question: SealedQuestion, target: Path, record: Mapping[str, Any], found: Mapping[str, Any], history: History,
    sample: Sample | None,
) -> None:  # fmt: skip
    """Write findings and ensembles."""
    write_text(target / FOUND, _json(found))
    for number, about in enumerate(found["alternatives"]):
        if sample is None or about["status"] != "sampled":
            for suffix in (".json", ".parquet"):  # of a session that had been killed
                (target / f"{ensemble_stem(about['name'])}{suffix}").unlink(missing_ok=True)
            continue
        more = {
            "label": about["label"], "effective": about["effective"], "left": about["left"],
            "set_aside": set_aside_of(about),
            "source_digest": record["source_digest"], "tool": record["tool"],
        }  # fmt: skip
        write_ensemble(target, question, sample, number, about["name"], more)


def _json(data: Any) -> str:
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
