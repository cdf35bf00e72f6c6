"""Running a study: its chunks on any workers, each kept as soon as it is finished, and resumable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.scenario.code import compile_notes, without_settings
from sim.study.design.definition import SCENARIO_FILE, Study, drawn_in_brief
from sim.study.design.studyfile import study_toml, toml_lines
from sim.study.results.durable_files import disk_errors, write_text
from sim.study.results.folder import reserve
from sim.study.results.manifest import (
    ResolvedRequest,
    seal,
    start_manifest,
    write_manifest,
)
from sim.study.results.memory import return_free_memory
from sim.study.results.owned_folders import foreign_entries, part_files
from sim.study.results.parts import Parts
from sim.study.results.resume import STUDY_FILE, finished_notes, is_drawn, open_sweep
from sim.study.results.store import read_table, write_table
from sim.study.run.analyses import TABLES, study_tables
from sim.study.run.run_options import RunOptions
from sim.study.run.study_session import OnProgress, StudySession, custom_strategies
from sim.study.run.workers import check_address

if TYPE_CHECKING:
    import pandas as pd

BeforeSeal = Callable[[Path, dict[str, Any]], None]  # (folder, manifest so far)


@dataclass(frozen=True)
class SweepResult:
    """The result of running a study, whose tables are in the folder `out`.

    `points` is the number of points, `done` of those that are complete now, and `found` of those that
    were complete already. `failed` are the errors of points by name, `notes` are lines for the user.
    """

    study: Study
    out: Path
    points: int
    done: int
    found: int
    failed: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether every point is complete."""
        return self.done == self.points

    @property
    def exit_code(self) -> int:
        """Return 0 if no point failed, 1 if some did, and 130 after Ctrl-C."""
        return 130 if self.interrupted else int(bool(self.failed))

    def table(self, name: str = "summary") -> pd.DataFrame:
        """Return a table: `summary`, `points`, or one of the analysis's own."""
        return read_table(self.out / f"{name}.parquet")

    def worlds(self) -> pd.DataFrame:
        """Return the rows of all parts, one for each regime and world, ordered by point, regime, world."""
        import pandas as pd

        frame = pd.concat([read_table(p) for p in part_files(self.out)], ignore_index=True)
        order = {r: n for n, r in enumerate(self.study.regimes)}
        rank = frame["regime"].astype(str).map(order)
        frame = frame.assign(_rank=rank).sort_values(["point", "_rank", "world"], kind="stable")
        return frame.drop(columns="_rank").reset_index(drop=True)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a study was opened, analysed or drawn; finished parts are kept in `out`."""

    def __init__(self, out: Path):
        super().__init__(str(out))
        self.out = out


def study_request(
    study: Study, options: RunOptions, kind: str = "sweep", **design: Any
) -> ResolvedRequest:
    """Return the request that a study's manifest records; `design` is added to its design."""
    drawn = drawn_in_brief(study.points)
    return ResolvedRequest(
        kind=kind,
        loaded=study.loaded,
        regimes=study.regimes,
        worlds=study.worlds,
        seed=study.seed,
        tables=(),
        threads=options.workers,
        overrides=dict(study.overrides),
        strategies=tuple(custom_strategies(study)),
        design={
            "study": study.table.model_dump(mode="json"),
            "points": drawn.number,
            "drawn": drawn.digest,
            **design,
        },
    )


def run_study(
    study: Study,
    *,
    out: str | Path | None = None,
    force: bool = False,
    options: RunOptions | None = None,
    on_progress: OnProgress | None = None,
    request: ResolvedRequest | None = None,
    before_seal: BeforeSeal | None = None,
) -> SweepResult:
    """Run every chunk of a study that has no complete part in `out`, and analyse the complete points.

    An existing folder of the same study is resumed; with `force`, an earlier result is replaced once
    the study is complete. `on_progress(done, total, text)` counts worlds × regimes. If a point fails,
    its error is recorded and the others run. After Ctrl-C, finished chunks are kept and analysed; a
    second Ctrl-C during the analysis raises Interrupted. `before_seal(folder, manifest)` may add files
    before the manifest is sealed. A folder that holds this very study, complete and undamaged, is left as it is:
    nothing is computed, analysed or drawn again. Raises ScenarioError or SimError; finished parts are never lost.
    """
    options = options or RunOptions()
    check_address(options.dask)
    record = {
        **start_manifest(request or study_request(study, options)),
        "analysis": study.analysis.name,
    }
    # Nobody else may write to the folder from the moment it is looked at until its manifest is sealed.
    target, lock = reserve(out, study.loaded.name)
    try:
        with disk_errors(target):
            if options.only_failed and not target.exists():
                raise SimError(f"{target}: no study is there, so no point of it has failed")
            finished = None if force else finished_notes(target, record)
            if finished is not None and (before_seal is None or is_drawn(target)):
                points = len(study.points)
                return SweepResult(study, target, points, points, points, notes=tuple(finished))
            record, notes = open_sweep(target, record, force=force)
            write_text(target / STUDY_FILE, study_toml(study.table))
            if study.table.scenario == SCENARIO_FILE:
                write_text(target / SCENARIO_FILE, toml_lines(study.loaded.resolved()))
            parts = Parts(target, record["design"]["digest"])
            session = StudySession(study, parts, options, on_progress)
            session.run(record["source_digest"])
            _finish(session, record, before_seal)
    except KeyboardInterrupt:
        raise Interrupted(target) from None
    finally:
        lock.release()
    failed = {n: str(r.get("error", "")) for n, r in parts.failures().items()}
    working = (
        t
        for t in custom_strategies(study)
        if not any(without_settings(t) in why for why in failed.values())
    )
    return SweepResult(
        study=study,
        out=target,
        points=len(study.points),
        done=session.done,
        found=session.found,
        failed=failed,
        notes=(*notes, *compile_notes(working), *session.notes),
        interrupted=session.interrupted,
    )


def _finish(session: StudySession, record: dict[str, Any], before_seal: BeforeSeal | None) -> None:
    """Analyse the complete points, delete tables that this analysis no longer writes, and seal.

    The order matters: the manifest lists the digests of all files, so it is sealed last, and an
    earlier result that `force` set aside is deleted only after that, if the study is complete.
    """
    study, parts = session.study, session.parts
    parts.delete_unreceipted()
    stale = {*TABLES}
    for name, rows, columns in study_tables(study, parts, session.replication):
        write_table(parts.target / f"{name}.parquet", rows, columns)
        stale.discard(name)
    for name in stale:
        (parts.target / f"{name}.parquet").unlink(missing_ok=True)
    failed = {name: str(r.get("error", "")) for name, r in parts.failures().items()}
    points = {"asked": len(study.points), "done": session.done, "failed": failed}
    complete = session.done == len(study.points)
    record = {**record, "points": points, "complete": complete}
    # Foreign files are found before figures and report are added, and are not listed as ours.
    leave = foreign_entries(parts.target)
    if before_seal is not None:
        write_manifest(parts.target, {**record, "files": {}, "end": None})
        session.forget()
        before_seal(parts.target, record)
        return_free_memory()
    done = study.worlds if session.done else 0
    seal(parts.target, record, done=done, complete=complete, leave=leave)
    if complete:
        parts.discard_replaced()
