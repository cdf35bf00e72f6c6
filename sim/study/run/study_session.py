"""One session of a study: missing chunks are given to workers, and each result is kept at once."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.interrupt import mark_interrupt_answered
from sim.scenario.code import custom_texts, needs_consent
from sim.study.design.definition import SCENARIO_FILE, Point, Study, StudyPoints
from sim.study.results.command import (
    IDENTIFY,
    command_line,
    command_of_record,
    resume_command,
)
from sim.study.results.manifest import read_manifest, utc_now
from sim.study.results.memory import return_free_memory
from sim.study.results.parts import Parts, Range, Receipt, packed
from sim.study.run.chunks import (
    Chunk,
    chunk_of,
    points_per_chunk,
    split_range,
    uncovered_ranges,
    worlds_per_chunk,
)
from sim.study.run.estimate import study_job
from sim.study.run.job import ChunkResult
from sim.study.run.replicate import Replication
from sim.study.run.run_options import RunOptions
from sim.study.run.workers import CHUNKS_PER_WORKER, WorkerPool, start_workers

OnProgress = Callable[[int, int, str], None]  # (worlds × regimes done, in all, text for the bar)


class StudySession:
    """One session of a study: submits missing chunks to workers and records their results.

    A chunk is committed in two steps: a worker renames its part into place, then this thread appends
    the receipt. Only with its receipt does a part count. If the session dies in between, the part is
    deleted by the next session and its chunk recomputed.
    """

    def __init__(
        self, study: Study, parts: Parts, options: RunOptions, on_progress: OnProgress | None
    ):
        self.study, self.parts, self.options = study, parts, options
        self.on_progress = on_progress
        self.replication = Replication(study, parts)
        self.interrupted = False
        self.queue: deque[tuple[Range, ...]] = deque()  # the worlds of each chunk that waits
        self.together = points_per_chunk(study, options.chunk)
        self.left: Counter[int] = Counter()  # chunks that a point still waits for, by its number
        self.failed: set[int] = set()
        parts.verify()
        parts.delete_unreceipted()
        self.notes = [f"{name}: damaged on disk, recomputed" for name in parts.damaged]
        self.complete = {
            p.number for p in study.points if self.replication.completion(p) is not None
        }
        self.found, self._done = len(self.complete), 0
        self.cells = self.total = 0  # worlds × regimes: done and known to be needed
        self.tie_months = 0

    def run(self, source: str) -> None:
        """Run every missing chunk; after Ctrl-C the chunks that have finished are kept.

        `source` is the digest of this program, which workers on other machines must have too.
        """
        self._fill()
        if not self.queue:
            return
        self.begun = time.monotonic()
        job = study_job(self.study, self.parts.path("x").parent, source)
        pool = start_workers(job, self.options.workers, self.options.dask)
        self.notes += getattr(pool, "notes", ())
        try:
            self._run_chunks(pool)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            # Also after an error: chunks that finished in the meantime get their receipts.
            for result in pool.close():
                self._handle(result)
        if self.interrupted:
            mark_interrupt_answered()  # from here on Ctrl-C interrupts the analysis

    @property
    def done(self) -> int:
        """Return the number of points that are complete."""
        return self._done or len(self.complete)

    def forget(self) -> None:
        """Hold what is known of each point no longer: it has been written, and memory is needed to draw it."""
        self._done = self.done
        self.complete.clear()
        self.left.clear()
        self.replication = Replication(self.study, self.parts)
        self.parts.forget()
        if isinstance(self.study.points, StudyPoints):
            self.study.points.forget()
        return_free_memory()

    def _fill(self) -> None:
        """Queue the missing chunks, the first worlds of all points first.

        So a study that is interrupted half way has about the same number of worlds at every point.
        """
        failures = self.parts.failures()
        wanted = []  # numbers: the points themselves would take much more
        for point in self.study.points:
            if point.number in self.complete:
                if point.name in failures:
                    self.parts.clear_failure(point.name)
            elif point.name in failures or not self.options.only_failed:
                wanted.append(point.number)
        missing = self._missing(self.study.points[number] for number in wanted)
        if self.options.only_failed and not missing:
            self.notes.append("no point had failed; without `only_failed=True` the others are run")

        def order(ranges: tuple[Range, ...]) -> tuple[int, int]:
            point, first, _ = ranges[0]
            return first - self.study.points[point].first, point

        self.queue.extend(sorted(missing, key=order))

    def _missing(self, points: Iterable[Point]) -> list[tuple[Range, ...]]:
        """Return the worlds of the chunks that some points need now; a stopping rule may need more later."""
        if self.options.reproduce is not None:
            found = [tuple(ranges) for ranges in self._reproduced(list(points))]
        else:
            together: dict[int, list[Range]] = {}
            for point in points:
                together.setdefault(point.number // self.together, []).extend(self._needed(point))
            groups = [parts for parts in together.values() if parts]
            if self.together == 1:
                groups = [[part] for parts in groups for part in parts]
            found = [tuple(parts) for parts in groups]
        self.left.update(n for ranges in found for n in {r.point for r in ranges})
        self.total += sum(r.worlds for ranges in found for r in ranges) * len(self.study.regimes)
        return found

    def _chunk(self, ranges: Sequence[Range]) -> Chunk:
        """Return the chunk of some worlds, with the values of their points."""
        return chunk_of(self.study, [(self.study.points[p], first, n) for p, first, n in ranges])

    def _needed(self, point: Point) -> Iterator[Range]:
        """Yield (point, first world, number) of the worlds that a point needs now, in pieces of a chunk's size."""
        stop = self.replication.needed_until(point)
        size = worlds_per_chunk(self.study, point, self.options.chunk)
        for start, end in uncovered_ranges(self.parts.covered(point.number), point.first, stop):
            yield from (Range(point.number, *piece) for piece in split_range(start, end, size))

    def _reproduced(self, points: Sequence[Point]) -> Iterator[Sequence[Range]]:
        """Yield the worlds of each part of an earlier run that is not there yet.

        If a point failed, the worlds that it had not reached are yielded too, so that it fails again.
        """
        earlier = self.options.reproduce
        assert earlier is not None
        wanted = {point.number for point in points}
        for ranges in earlier.parts:
            if ranges[0].point in wanted and not self.parts.covered(ranges[0].point):
                yield ranges
        done: dict[int, list[tuple[int, int]]] = {}
        for r in (r for ranges in earlier.parts for r in ranges):
            done.setdefault(r.point, []).append((r.first, r.worlds))
        for point in points:
            if point.name in earlier.failed:
                stop = self.replication.needed_until(point)
                for start, end in uncovered_ranges(done.get(point.number, []), point.first, stop):
                    size = worlds_per_chunk(self.study, point, self.options.chunk)
                    yield from (
                        [Range(point.number, *piece)] for piece in split_range(start, end, size)
                    )

    def _run_chunks(self, pool: WorkerPool) -> None:
        while self.queue or pool.busy:
            while self.queue and pool.busy < CHUNKS_PER_WORKER * pool.size:
                ranges = self.queue.popleft()
                if self.failed.isdisjoint(r.point for r in ranges):
                    pool.submit(self._chunk(ranges))
            if pool.busy:
                for result in pool.results():
                    self._handle(result)

    def _handle(self, result: ChunkResult) -> None:
        """Record the result of a chunk, and queue what its point needs next."""
        chunk = result.chunk
        if result.error and len(chunk.points) > 1:
            # One of its points fails, and which one is not known: each is run alone.
            alone = [list(rows) for _, rows in groupby(chunk.ranges, lambda r: r.point)]
            self.queue.extendleft(map(tuple, reversed(alone)))
            return
        self.left.subtract(chunk.points)
        if result.error:
            self._record_failure(self.study.points[chunk.points[0]], result)
        else:
            self.parts.add(chunk.name, Receipt(packed(chunk.ranges), *result[1:5]))
            self.tie_months += chunk.months
        self._check_completion([self.study.points[n] for n in chunk.points if not self.left[n]])
        self.cells += chunk.worlds * len(self.study.regimes)
        if self.on_progress is not None:
            self.on_progress(self.cells, self.total, self._progress_text())

    def _check_completion(self, points: Sequence[Point]) -> None:
        """Mark points as complete; queue more chunks for those whose stopping rule is not satisfied yet."""
        more = []
        for point in points:
            if point.number in self.failed:
                continue
            if self.replication.completion(point) is None:
                more.append(point)
            else:
                self.complete.add(point.number)
                self.parts.clear_failure(point.name)
        if more:
            self.queue.extend(self._missing(more))

    def _record_failure(self, point: Point, result: ChunkResult) -> None:
        """Write the report of a point that failed; its queued chunks will not be run."""
        self.failed.add(point.number)
        report = {
            "point": dict(zip((n for n, _ in self.study.labels), point.labels, strict=True)),
            "error": result.error,
            "when": utc_now(),
            "again": point_command(self.study, point, self.parts.target),
            "traceback": result.trace,
        }
        self.parts.record_failure(point.name, report)

    def _progress_text(self) -> str:
        """Return the text beside the progress bar: points, pace and failures."""
        pace = self.tie_months / max(1e-9, time.monotonic() - self.begun)
        failed = f", {len(self.failed)} failed" if self.failed else ""
        points = f"{len(self.complete)} of {len(self.study.points)} points"
        return f"{points}, {pace / 1e6:.2f} M tie-months/s{failed}"


def custom_strategies(study: Study) -> list[str]:
    """Return every custom strategy, `path.py:Name`, of the scenario, of any factor or of any row.

    Points name no others, and are not made for it.
    """
    declared = [(f.key, value) for f in study.factors for value in f.values]
    declared += [pair for row in study.table.rows for pair in row.overrides.items()]
    return custom_texts(study.loaded.resolved(), _unlike_numbers(declared))


def _unlike_numbers(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield the values that may name a file: numbers, of which there may be hundreds of thousands, do not."""
    return (pair for pair in pairs if not isinstance(pair[1], int | float))


def point_command(study: Study, point: Point, folder: Path) -> str:
    """Return the command that runs one point alone, as a comparison.

    If a comparison cannot run it, because it has worlds of its own, a stopping rule or a scenario
    without a file, it is the command that runs all failed points of the study.
    """
    if point.first > 0 or study.stop is not None or study.table.scenario == SCENARIO_FILE:
        return resume_study_command(study, folder, only_failed=True)
    sets = {**study.overrides, **point.values}
    return command_line(
        "compare", study.table.scenario, regimes=study.regimes, worlds=study.worlds, seed=study.seed,
        set=sets, allow_code=needs_consent(study.loaded.resolved(), sets),
    )  # fmt: skip


def resume_study_command(study: Study, folder: Path, *, only_failed: bool = False) -> str:
    """Return the command that resumes a study in its folder."""
    with suppress(
        SimError
    ):  # no manifest yet, or a damaged one: the folder's study is resumed by sweep
        record = read_manifest(folder)
        if record["kind"] == IDENTIFY:
            return command_of_record(folder, record)
    return resume_command(
        folder, allow_code=bool(custom_strategies(study)), only_failed=only_failed
    )
