"""The cost of a study before it is started: runs, time and disk, measured by a short pilot run."""

from __future__ import annotations

import tempfile
import time
from math import ceil
from pathlib import Path
from typing import NamedTuple

from sim.study.design.definition import Study
from sim.study.results.computed_columns import measured_columns
from sim.study.run.chunks import Chunk, chunk_of, make_chunk, points_per_chunk, worlds_per_chunk
from sim.study.run.job import Job, run_chunk

PILOT_SECONDS = 0.5  # the least duration of a pilot: a shorter one is not worth extrapolating
THREAD_EFFICIENCY = 0.9  # share of each further thread's time that is useful work (see benchmarks/)


class Estimate(NamedTuple):
    """The size of a study; with a stopping rule, an upper bound, as if it needed the most worlds.

    `runs` are worlds × regimes over all points, `pace` is tie-months per second of one worker,
    `seconds` the whole duration with all workers, and `size` the bytes of all parts.
    """

    points: int
    chunks: int
    runs: int
    tie_months: int
    pace: float
    seconds: float
    size: int


def estimate(study: Study, workers: int, part: int | None = None) -> Estimate:
    """Return the expected cost of a study, after running a few worlds of its middle point.

    Time is extrapolated by tie-months, disk space by rows. `part` is the number of worlds in a chunk,
    if the user chose it.
    """
    together = points_per_chunk(study, part)
    pace, row_bytes = _run_pilot(study, together)
    regimes = len(study.regimes)
    tie_months = [point.work * study.worlds * regimes for point in study.points]
    chunks = ceil(len(study.points) / together)
    if together == 1:
        chunks = sum(ceil(study.worlds / worlds_per_chunk(study, p, part)) for p in study.points)
    runs = len(study.points) * study.worlds * regimes
    speedup = 1.0 + THREAD_EFFICIENCY * (min(workers, chunks) - 1)
    seconds = sum(tie_months) / pace / speedup
    return Estimate(
        len(study.points), chunks, runs, sum(tie_months), pace, seconds, round(runs * row_bytes)
    )


def study_job(study: Study, parts: Path, source: str) -> Job:
    """Return the job that all chunks of a study share; `parts` is the folder, `source` the program's digest."""
    return Job(
        scenario=study.loaded.resolved(),
        name=study.loaded.name,
        regimes=study.regimes,
        seed=study.seed,
        parts=str(parts.resolve()),
        points=len(study.points),
        columns=measured_columns(study),
        source=source,
        consent=study.loaded.consent.without_notes(),
        statistics=study.statistics,
    )


def _run_pilot(study: Study, together: int) -> tuple[float, float]:
    """Return the measured tie-months per second of one worker, and the bytes per row of a part.

    Of points that share a chunk, as many as make up `together` are run.
    """
    middle = len(study.points) // 2
    points = study.points[middle : middle + together]
    size, most = 1, len(points) * study.worlds if together > 1 else study.worlds

    def chunk_of_size() -> Chunk:
        if together == 1:
            return make_chunk(study, points[0], points[0].first, size)
        whole = points[: ceil(size / study.worlds)]
        return chunk_of(study, [(p, p.first, study.worlds) for p in whole])

    with tempfile.TemporaryDirectory() as folder:
        job = study_job(study, Path(folder), "pilot")
        run_chunk(job, chunk_of_size())  # compile and fill caches first
        while True:
            begun = time.perf_counter()
            result = run_chunk(job, chunk_of_size())
            took = time.perf_counter() - begun
            if took >= PILOT_SECONDS or size >= most or result.error:
                break
            size = min(most, max(2 * size, int(size * PILOT_SECONDS / took)))
    return result.chunk.months / took, result.size / max(1, result.rows)
