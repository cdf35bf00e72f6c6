"""Restoring a study from its folder, in order to resume it, show its progress or report on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.scenario.load import from_resolved
from sim.scenario.strict_tables import Place
from sim.strategies.code_consent import READ_ONLY, Consent
from sim.study.design.definition import Study
from sim.study.design.plan import FindDrawn, plan
from sim.study.design.studyfile import check_study
from sim.study.results.command import command_of_record
from sim.study.results.grown_study import grown_table
from sim.study.results.manifest import damage_errors, read_manifest
from sim.study.results.owned_folders import MANIFEST
from sim.study.results.parts import Parts
from sim.study.results.resume import check_plan
from sim.study.run.replicate import Completion, Replication

STUDY_KINDS = ("sweep", "experiment", "identify")


def is_result_folder(source: str | Path) -> bool:
    """Return whether a path is the folder of a result."""
    try:
        return (Path(source) / MANIFEST).is_file()
    except OSError:  # for example, if the name is too long
        return False


def restore_study(
    record: Mapping[str, Any],
    path: Path | str = MANIFEST,
    consent: Consent = READ_ONLY,
    points: int | None = None,
    find_drawn: FindDrawn | None = None,
) -> Study:
    """Return the study of a manifest, with every point checked.

    `record` is the manifest and `path` its place for messages. Without another `consent`, the study
    can only be read: custom code that it names is not run. With `points` it is the study grown to
    that number. `find_drawn` is that of `plan`. Raises SimError or ScenarioError.
    """
    if record["kind"] not in STUDY_KINDS:
        raise SimError(f"{path}: a {record['kind']} is no study: it has no points")
    check_plan(record, path)
    name, place = record["scenario_name"], Place(option=str(path))
    with damage_errors(path):
        loaded = from_resolved(record["scenario"], name, consent=consent, where=str(path))
        table = grown_table(check_study(record["design"]["study"], place), points)
    return plan(table, place, loaded=loaded, find_drawn=find_drawn)


def part_warnings(folder: str | Path) -> list[str]:
    """Return a warning for every part of a study that is damaged or missing; [] for other folders."""
    path = Path(folder)
    if not is_result_folder(path):
        return []
    record = read_manifest(path)
    if record["kind"] not in STUDY_KINDS:
        return []
    with damage_errors(path / MANIFEST):
        parts = Parts(path, record["design"]["digest"])
        parts.verify()
    command = command_of_record(path, record)
    return [
        *(
            f"{part} is damaged but still counted; {command} recomputes it"
            for part in parts.damaged
        ),
        *(f"{part} is missing; {command} recomputes it" for part in parts.missing),
    ]


@dataclass(frozen=True)
class StudyStatus:
    """The progress of a study.

    `complete` and `partly` count points, `worlds` and `tie_months` what complete parts hold, `asked`
    the worlds in all, and `seconds` the work so far. `failed` are the errors of points by name,
    `damaged` the parts to be recomputed, and `too_wide` the points that reached the most worlds before
    their interval was narrow enough.
    """

    record: Mapping[str, Any]
    study: Study
    complete: int
    partly: int
    failed: dict[str, str]
    worlds: int
    asked: int
    tie_months: int
    seconds: float
    damaged: tuple[str, ...]
    too_wide: dict[str, Completion] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Return the number of points without any complete part."""
        return len(self.study.points) - self.complete - self.partly - len(self.failed)


def study_status(folder: str | Path) -> StudyStatus:
    """Return the progress of the study in a folder, with the digest of every part checked.

    Changes nothing, so it may be called while the study runs. Raises SimError or ScenarioError.
    """
    record = read_manifest(folder)
    study = restore_study(record, Path(folder, MANIFEST))
    parts = Parts(Path(folder), record["design"]["digest"])
    parts.verify()
    replication = Replication(study, parts)
    failed = {name: str(r.get("error", "")) for name, r in parts.failures().items()}
    ends = {p.number: end for p in study.points if (end := replication.completion(p)) is not None}
    failed = {
        p.name: failed[p.name] for p in study.points if p.name in failed and p.number not in ends
    }
    begun = [p for p in study.points if parts.covered(p.number)]
    months = {p.number: p.work for p in study.points}
    regimes = len(study.regimes)
    # A session that began after the manifest was read may have grown the study.
    kept = [r for r in parts.receipts.values() if all(x.point in months for x in r.ranges)]
    return StudyStatus(
        record=record,
        study=study,
        complete=len(ends),
        partly=len([p for p in begun if p.number not in ends and p.name not in failed]),
        failed=failed,
        worlds=sum(r.worlds for r in kept),
        asked=study.worlds * len(study.points),
        tie_months=sum(x.worlds * months[x.point] * regimes for r in kept for x in r.ranges),
        seconds=sum(r.seconds for r in kept),
        damaged=parts.damaged,
        too_wide={study.points[n].name: end for n, end in ends.items() if end.is_cut_off},
    )
