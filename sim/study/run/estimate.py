"""What a study will take before it is started: runs, time and disk, from a short pilot."""

from __future__ import annotations

import tempfile
import time
from math import ceil
from pathlib import Path
from typing import NamedTuple

from sim.study.design.definition import Study
from sim.study.results.computed_columns import measured_columns
from sim.study.run.chunks import make_chunk, worlds_per_chunk
from sim.study.run.job import Job, run_chunk

PILOT_SECONDS = 0.5
THREAD_EFFICIENCY = 0.9  # of a second thread's time is useful work; measured in benchmarks/


class Estimate(NamedTuple):
    """The size of a study: counts, seconds and bytes; of `worlds` the most where a rule stops."""

    points: int
    chunks: int
    runs: int
    tie_months: int
    pace: float
    seconds: float
    size: int


def estimate(study: Study, workers: int, part: int | None = None) -> Estimate:
    """Return what a study will take, after running a few worlds of its middle point.

    Time and disk are scaled by tie-months and rows; a stopping rule counts with its cap. `part` is
    the number of worlds of a chunk, where it is asked for.
    """
    pace, row_bytes = _run_pilot(study)
    regimes = len(study.regimes)
    cells = [point.work * study.worlds * regimes for point in study.points]
    chunks = sum(ceil(study.worlds / worlds_per_chunk(study, p, part)) for p in study.points)
    runs = len(study.points) * study.worlds * regimes
    hands = 1.0 + THREAD_EFFICIENCY * (min(workers, chunks) - 1)
    seconds = sum(cells) / pace / hands
    return Estimate(
        len(study.points), chunks, runs, sum(cells), pace, seconds, round(runs * row_bytes)
    )


def study_job(study: Study, parts: Path, source: str) -> Job:
    """Return what every chunk of a study shares."""
    return Job(
        scenario=study.loaded.resolved(),
        name=study.loaded.name,
        regimes=study.regimes,
        seed=study.seed,
        parts=str(parts.resolve()),
        columns=measured_columns(study),
        source=source,
        consent=study.loaded.consent.quiet(),
    )


def _run_pilot(study: Study) -> tuple[float, float]:
    """Return tie-months per second of one worker and bytes per row, both measured."""
    point = study.points[len(study.points) // 2]
    worlds = 1
    with tempfile.TemporaryDirectory() as folder:
        job = study_job(study, Path(folder), "pilot")
        run_chunk(job, make_chunk(study, point, point.first, 1))  # compiles, fills caches
        while True:
            begun = time.perf_counter()
            receipt = run_chunk(job, make_chunk(study, point, point.first, worlds))
            took = time.perf_counter() - begun
            if took >= PILOT_SECONDS or worlds >= study.worlds or receipt.error:
                break
            worlds = min(study.worlds, max(2 * worlds, int(worlds * PILOT_SECONDS / took)))
    months = worlds * point.work * len(study.regimes)
    return months / took, receipt.size / max(1, receipt.rows)
