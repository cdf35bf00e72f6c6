"""Running one chunk: simulate it, write its part, and return a small result about it."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.records import Column
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.results.digest import digest_file
from sim.study.results.store import write_table
from sim.study.run.cell_measures import measure_points
from sim.study.run.chunks import Chunk

if TYPE_CHECKING:
    from sim.scenario.parameters.varied import VariedScenario

CACHED_JOBS = 2  # scenarios kept by each process: a worker may serve two studies in turn


@dataclass(frozen=True)
class Job:
    """What all chunks of a study share, as plain data that can be sent to other machines.

    `scenario` is the resolved base scenario, `parts` the folder for parts, `points` the number of points of the
    study, `columns` those of a part, and `source` the digest of the program, so that a worker with another
    version can be refused.
    """

    scenario: dict[str, Any]
    name: str
    regimes: tuple[str, ...]
    seed: int
    parts: str
    points: int
    columns: tuple[Column, ...]
    source: str
    consent: Consent = NO_FILES
    statistics: tuple[str, ...] = ()  # kept instead of measures


class ChunkResult(NamedTuple):
    """The result of a chunk: the digest and size of its part, or the error that prevented it.

    `size` is in bytes, `seconds` is the time it took; `error` is one line, `trace` the traceback.
    """

    chunk: Chunk
    sha256: str = ""
    rows: int = 0
    size: int = 0
    seconds: float = 0.0
    error: str = ""
    trace: str = ""


def run_chunk(job: Job, chunk: Chunk, prefix: str = "") -> ChunkResult:
    """Simulate one chunk, write its part, and return its digest and cost.

    `prefix` is prepended to the file name, so that the caller can rename the file into place later.
    An error of the simulation is returned in the result, as other points may still succeed. Raises
    SimError if the part cannot be written, as no other part could be written either.
    """
    begun = time.perf_counter()
    try:
        worlds = _measure_chunk(job, chunk)
    except Exception as error:
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        return ChunkResult(chunk, error=line, trace=traceback.format_exc())
    path = Path(job.parts, f"{prefix}{chunk.name}.parquet")
    # The columns of a part begin with the point and its labels, which are the same in all rows of a point.
    names = [c.name for c in job.columns]
    extra = {
        name: _repeated([(piece.point, *piece.labels)[place] for piece in chunk.pieces], chunk)
        for place, name in enumerate(names[: 1 + len(chunk.pieces[0].labels)])
    }
    rows = write_table(path, worlds, job.columns, extra=extra)
    took = time.perf_counter() - begun
    return ChunkResult(chunk, digest_file(path), rows, path.stat().st_size, round(took, 3))


def _repeated(values: list[Any], chunk: Chunk) -> Any:
    """Return the value of each piece once for each of its worlds; a single value if all pieces have the same."""
    if all(value == values[0] for value in values[1:]):
        return values[0]
    return [v for v, piece in zip(values, chunk.pieces, strict=True) for _ in range(piece.worlds)]


def _measure_chunk(job: Job, chunk: Chunk) -> dict[str, Any]:
    """Return the measures of a chunk's worlds by regime, as `measure_points` does."""
    varied = _varied_cached(_JobKey(job))
    points = [
        (varied.point(piece.values), range(piece.first, piece.first + piece.worlds))
        for piece in chunk.pieces
    ]
    if job.statistics:
        return measure_points(points, job.regimes, job.seed, job.statistics)
    return measure_points(points, job.regimes, job.seed)


class _JobKey:
    """A job as a cache key: equal if the study's folder, program, regimes and scenario are.

    Hashing only the folder and program is cheap; the scenario, which cannot be hashed, is compared in `__eq__`.
    """

    def __init__(self, job: Job):
        self.job, self.key = job, (job.parts, job.source, job.regimes)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _JobKey) and self._identity() == other._identity()

    def _identity(self) -> tuple[Any, ...]:
        return self.key, self.job.consent, self.job.scenario


@lru_cache(maxsize=CACHED_JOBS)
def _varied_cached(key: _JobKey) -> VariedScenario:
    from sim.scenario.load import from_resolved
    from sim.scenario.parameters.varied import VariedScenario

    loaded = from_resolved(key.job.scenario, key.job.name, consent=key.job.consent)
    return VariedScenario(loaded, key.job.regimes, key.job.points)
