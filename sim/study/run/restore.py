"""A study taken back from its folder: to go on with it, to say how far it is, to report on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.scenario.load import from_resolved
from sim.strategies.code_consent import READ_ONLY, Consent
from sim.study.design.definition import Study
from sim.study.design.plan import plan
from sim.study.design.studyfile import Place, check
from sim.study.results.command import goes_on
from sim.study.results.manifest import read_manifest, reading
from sim.study.results.owned_folders import MANIFEST
from sim.study.results.resume import Parts, check_plan
from sim.study.run.replicate import Enough, Replication

KINDS = ("sweep", "experiment")


def is_folder(source: str | Path) -> bool:
    """Whether a path is the folder of a result."""
    try:
        return (Path(source) / MANIFEST).is_file()
    except OSError:  # a name too long, say
        return False


def restore(
    record: Mapping[str, Any], path: Path | str = MANIFEST, consent: Consent = READ_ONLY
) -> Study:
    """Return the study the manifest at `path` holds, every point checked; raises SimError, ScenarioError.

    Unless there is a consent it can only be read: no file it names is run.
    """
    if record["kind"] not in KINDS:
        raise SimError(f"{path}: a {record['kind']} is no study: it has no points")
    check_plan(record, path)
    name, place = record["scenario_name"], Place(option=str(path))
    with reading(path):
        loaded = from_resolved(record["scenario"], name, consent=consent, where=str(path))
        table = check(record["design"]["study"], place)
    return plan(table, place, loaded=loaded)


def doubts(folder: str | Path) -> list[str]:
    """Return a line for every part of a study that is not what it was when it was kept."""
    path = Path(folder)
    if not is_folder(path):
        return []
    record = read_manifest(path)
    if record["kind"] not in KINDS:
        return []
    with reading(path / MANIFEST):
        parts = Parts(path, record["design"]["digest"])
        parts.read()
    name, brings = record["design"].get("experiment") or "", bool(record.get("strategies"))
    again = f"{goes_on(path, experiment=str(name), allow_code=brings)} makes it again"
    return [
        *(f"{name} is damaged and counts as it is; {again}" for name in parts.damaged),
        *(f"{name} is missing; {again}" for name in parts.absent),
    ]


@dataclass(frozen=True)
class Status:
    """How far a study is: points by state, worlds, time, sessions, failures by name.

    `too_wide` are the points that reached the most worlds before the width that was asked for.
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
    too_wide: dict[str, Enough] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Return how many points have not been begun."""
        return len(self.study.points) - self.complete - self.partly - len(self.failed)


def status(folder: str | Path) -> Status:
    """Return how far the study in a folder is, every part checked by its digest; changes nothing."""
    record = read_manifest(folder)
    study = restore(record, Path(folder, MANIFEST))
    parts = Parts(Path(folder), record["design"]["digest"])
    parts.read()
    replication = Replication(study, parts)
    failed = {name: str(r.get("error", "")) for name, r in parts.failures().items()}
    ends = {p.number: end for p in study.points if (end := replication.done(p)) is not None}
    failed = {
        p.name: failed[p.name] for p in study.points if p.name in failed and p.number not in ends
    }
    begun = [p for p in study.points if parts.covered(p.number)]
    months = {p.number: p.work for p in study.points}
    regimes = len(study.regimes)
    kept = parts.whole.values()
    return Status(
        record=record,
        study=study,
        complete=len(ends),
        partly=len([p for p in begun if p.number not in ends and p.name not in failed]),
        failed=failed,
        worlds=sum(r.worlds for r in kept),
        asked=study.worlds * len(study.points),
        tie_months=sum(r.worlds * months[r.point] * regimes for r in kept),
        seconds=sum(r.seconds for r in kept),
        damaged=parts.damaged,
        too_wide={study.points[n].name: end for n, end in ends.items() if end.is_cut_off},
    )
