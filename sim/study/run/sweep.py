"""Run a study: its chunks by any crew, each kept as it ends, resumable after any kind of end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import SimError
from sim.interrupt import mark_interrupt_answered
from sim.scenario.code import named, needs_allowing, notes_on, own_texts
from sim.study.design.definition import OWN, Point, Study
from sim.study.design.studyfile import lines, written
from sim.study.results.command import goes_on, line
from sim.study.results.digest import digest_data
from sim.study.results.folder import reserve
from sim.study.results.manifest import Asked, describe, now, seal, write_manifest
from sim.study.results.owned_folders import part_files, strangers
from sim.study.results.resume import Parts, open_sweep
from sim.study.results.resume import StoredPart as Kept
from sim.study.results.store import mending, read_table, write_table, write_text
from sim.study.run.analyses import TABLES, study_tables
from sim.study.run.chunks import Chunk, MadeBefore, chunk, chunk_worlds, gaps, pieces, pieces_again
from sim.study.run.estimate import job_of
from sim.study.run.job import ChunkReceipt
from sim.study.run.replicate import Replication
from sim.study.run.workers import AHEAD, Crew, check_address, crew

if TYPE_CHECKING:
    import pandas as pd

STUDY = "study.toml"
OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class SweepResult:
    """What a study left in `out`: how many points there are, were found whole, and failed."""

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
        """Whether every point is there."""
        return self.done == self.points

    @property
    def exit_code(self) -> int:
        """Return 0 when every point is there, 130 after Ctrl-C, 1 when points failed."""
        return 130 if self.interrupted else int(bool(self.failed))

    def table(self, name: str = "summary") -> pd.DataFrame:
        """Return a table: `summary`, `points`, or the analysis's own."""
        return read_table(self.out / f"{name}.parquet")

    def worlds(self) -> pd.DataFrame:
        """Return every finished part's rows, one per regime and world, by point and world."""
        import pandas as pd

        frame = pd.concat([read_table(p) for p in part_files(self.out)], ignore_index=True)
        order = {r: n for n, r in enumerate(self.study.regimes)}
        rank = frame["regime"].astype(str).map(order)
        frame = frame.assign(_rank=rank).sort_values(["point", "_rank", "world"], kind="stable")
        return frame.drop(columns="_rank").reset_index(drop=True)


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while a study was opened, analysed or drawn: what is finished is kept in `out`."""

    def __init__(self, out: Path):
        super().__init__(str(out))
        self.out = out


@dataclass(frozen=True)
class How:
    """How a study is run; nothing of it changes a number.

    `workers` threads, or with `dask` a cluster at that address ("local": processes here); `chunk`
    worlds a chunk holds at most; `only_failed` makes nothing but the points that failed before;
    with `again` nothing is made but what an earlier run made, in the same parts.
    """

    workers: int = 1
    dask: str | None = None
    chunk: int | None = None
    only_failed: bool = False
    again: MadeBefore | None = None


def asked_of(study: Study, how: How, kind: str = "sweep", **design: Any) -> Asked:
    """Return what a manifest says was asked for."""
    return Asked(
        kind=kind,
        loaded=study.loaded,
        regimes=study.regimes,
        worlds=study.worlds,
        seed=study.seed,
        tables=(),
        threads=how.workers,
        overrides=dict(study.overrides),
        strategies=tuple(_strategies(study)),
        design={
            "study": study.table.model_dump(mode="json"),
            "points": len(study.points),
            "drawn": digest_data([[p.values, p.first] for p in study.points]),
            **design,
        },
    )


def _strategies(study: Study) -> list[str]:
    """Return every strategy of a person's own that some point seats."""
    pairs = (pair for point in study.points for pair in point.values.items())
    return own_texts(study.loaded.resolved(), pairs)


def run_study(
    study: Study,
    *,
    out: str | Path | None = None,
    force: bool = False,
    how: How | None = None,
    on_progress: OnProgress | None = None,
    asked: Asked | None = None,
    after: Callable[[Path, dict[str, Any]], None] | None = None,
) -> SweepResult:
    """Run every chunk that is not already whole in `out`, and analyse what is there.

    `on_progress(done, total, words)` counts worlds × regimes. A failing point is recorded and the
    others run; Ctrl-C keeps the finished chunks, and raises Interrupted where it left no time to
    analyse them. `after(folder, manifest)` adds files of its own before the manifest is sealed.
    Raises ScenarioError or SimError, with nothing lost.
    """
    how = how or How()
    check_address(how.dask)
    record = {**describe(asked or asked_of(study, how)), "analysis": study.analysis.name}
    target, lock = reserve(out, study.loaded.name)
    try:
        with mending(target):
            if how.only_failed and not target.exists():
                raise SimError(f"{target}: no study is there, so nothing of it failed")
            record, notes = open_sweep(target, record, force=force)
            write_text(target / STUDY, written(study.table))
            if study.table.scenario == OWN:
                write_text(target / OWN, lines(study.loaded.resolved()))
            parts = Parts(target, record["design"]["digest"])
            drive = _Drive(study, parts, how, on_progress)
            drive.run(record["source_digest"])
            _finish(drive, record, after)
    except KeyboardInterrupt:
        raise Interrupted(target) from None
    finally:
        lock.release()
    failed = {n: str(r.get("error", "")) for n, r in parts.failures().items()}
    fine = (t for t in _strategies(study) if not any(named(t) in why for why in failed.values()))
    return SweepResult(
        study=study,
        out=target,
        points=len(study.points),
        done=len(drive.complete),
        found=drive.found,
        failed=failed,
        notes=(*notes, *notes_on(fine), *drive.notes),
        interrupted=drive.interrupted,
    )


class _Drive:
    """One session of a study: what is still to do, handed out and taken back."""

    def __init__(self, study: Study, parts: Parts, how: How, on_progress: OnProgress | None):
        self.study, self.parts, self.how = study, parts, how
        self.on_progress = on_progress
        self.replication = Replication(study, parts)
        self.interrupted = False
        self.queue: deque[Chunk] = deque()
        self.left: dict[int, int] = {}
        self.failed: set[int] = set()
        parts.read()
        parts.tidy()
        self.notes = [f"{name}: damaged on disk, made again" for name in parts.damaged]
        self.complete = {p.number for p in study.points if self.replication.done(p) is not None}
        self.found = len(self.complete)
        self.cells = self.total = self.months = 0

    def run(self, source: str) -> None:
        """Make every missing chunk; Ctrl-C ends the session with what is finished kept."""
        self._fill()
        if not self.queue:
            return
        self.begun = time.monotonic()
        job = job_of(self.study, self.parts.path("x").parent, source)
        hands = crew(job, self.how.workers, self.how.dask)
        self.notes += getattr(hands, "notes", ())
        try:
            self._work(hands)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            for receipt in hands.close():
                self._take(receipt)
        if self.interrupted:
            mark_interrupt_answered()

    def _fill(self) -> None:
        """Queue what is missing, first worlds of all points first, so that half a study is balanced."""
        failures = self.parts.failures()
        made = []
        for point in self.study.points:
            if point.number in self.complete:
                self.parts.mend(point.name)
            elif point.name in failures or not self.how.only_failed:
                made += self._missing(point)
        if self.how.only_failed and not made:
            self.notes.append("nothing had failed; without `only_failed=True` the rest goes on")
        self.queue.extend(sorted(made, key=lambda c: (c.first - self._start(c), c.point)))

    def _start(self, one: Chunk) -> int:
        return self.study.points[one.point].first

    def _missing(self, point: Point) -> list[Chunk]:
        """Return the chunks a point still needs now; a stopping rule may ask for more later."""
        wanted = self.replication.wanted(point)
        found = [
            chunk(self.study, point, first, count)
            for start, stop in gaps(self.parts.covered(point.number), point.first, wanted)
            for first, count in self._pieces(point, start, stop)
        ]
        self.left[point.number] = len(found)
        self.total += sum(c.worlds for c in found) * len(self.study.regimes)
        return found

    def _pieces(self, point: Point, start: int, stop: int) -> Iterator[tuple[int, int]]:
        size = chunk_worlds(self.study, point, self.how.chunk)
        if self.how.again is None:
            return pieces(start, stop, size)
        return pieces_again(self.how.again, point, start, stop, size)

    def _work(self, hands: Crew) -> None:
        while self.queue or hands.busy:
            while self.queue and hands.busy < AHEAD * hands.size:
                one = self.queue.popleft()
                if one.point not in self.failed:
                    hands.submit(one)
            if hands.busy:
                for receipt in hands.receipts():
                    self._take(receipt)

    def _take(self, receipt: ChunkReceipt) -> None:
        """Keep what became of a chunk, and queue what its point needs next."""
        one = receipt.chunk
        point = self.study.points[one.point]
        if receipt.error:
            self._fail(point, receipt)
        else:
            self.parts.keep(one.name, Kept(one.point, one.first, one.worlds, *receipt[1:5]))
            self.left[one.point] -= 1
            self.months += one.months
            if not self.left[one.point]:
                self._settle(point)
        self.cells += one.worlds * len(self.study.regimes)
        if self.on_progress is not None:
            self.on_progress(self.cells, self.total, self._words())

    def _settle(self, point: Point) -> None:
        if self.replication.done(point) is None:
            self.queue.extend(self._missing(point))
        else:
            self.complete.add(point.number)
            self.parts.mend(point.name)

    def _fail(self, point: Point, receipt: ChunkReceipt) -> None:
        """Write down why a point could not be made; its other chunks are not begun."""
        self.failed.add(point.number)
        report = {
            "point": dict(zip((n for n, _ in self.study.labels), point.labels, strict=True)),
            "error": receipt.error,
            "when": now(),
            "again": command(self.study, point, self.parts.target),
            "traceback": receipt.trace,
        }
        self.parts.fail(point.name, report)

    def _words(self) -> str:
        """Return the state of the study beside its bar."""
        pace = self.months / max(1e-9, time.monotonic() - self.begun)
        failed = f", {len(self.failed)} failed" if self.failed else ""
        points = f"{len(self.complete)} of {len(self.study.points)} points"
        return f"{points}, {pace / 1e6:.2f} M tie-months/s{failed}"


def _finish(
    drive: _Drive, record: dict[str, Any], after: Callable[[Path, dict[str, Any]], None] | None
) -> None:
    """Analyse the complete points and seal the manifest; a table of an earlier session does not stay."""
    study, parts = drive.study, drive.parts
    parts.tidy()
    stale = {*TABLES}
    for name, rows, columns in study_tables(study, parts, drive.replication):
        write_table(parts.target / f"{name}.parquet", rows, columns)
        stale.discard(name)
    for name in stale:
        (parts.target / f"{name}.parquet").unlink(missing_ok=True)
    failed = {name: str(r.get("error", "")) for name, r in parts.failures().items()}
    points = {"asked": len(study.points), "done": len(drive.complete), "failed": failed}
    complete = len(drive.complete) == len(study.points)
    whole = {**record, "points": points, "complete": complete}
    leave = strangers(parts.target)
    if after is not None:
        write_manifest(parts.target, {**whole, "files": {}, "end": None})
        after(parts.target, whole)
    seal(
        parts.target,
        whole,
        done=study.worlds if drive.complete else 0,
        complete=complete,
        leave=leave,
    )
    if complete:
        parts.drop_replaced()


def command(study: Study, point: Point, folder: Path) -> str:
    """Return the command that runs one point alone, or what failed where it has worlds of its own."""
    if point.first > 0 or study.stop is not None or study.table.scenario == OWN:
        return go_on(study, folder, only_failed=True)
    sets = {**study.overrides, **point.values}
    return line(
        "compare", study.table.scenario, regimes=study.regimes, worlds=study.worlds, seed=study.seed,
        set=sets, allow_code=needs_allowing(study.loaded.resolved(), sets),
    )  # fmt: skip


def go_on(study: Study, folder: Path, *, only_failed: bool = False) -> str:
    """Return the command that goes on with a study by its folder alone."""
    return goes_on(folder, allow_code=bool(_strategies(study)), only_failed=only_failed)
