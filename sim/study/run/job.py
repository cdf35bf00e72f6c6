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
from sim.study.run.cell_measures import measure_worlds
from sim.study.run.chunks import Chunk

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

CACHED_POINTS = 8  # resolved scenarios kept by each process: chunks of a few points run at once


@dataclass(frozen=True)
class Job:
    """What all chunks of a study share, as plain data that can be sent to other machines.

    `scenario` is the resolved base scenario, `parts` the folder for parts, `columns` those of a part,
    and `source` the digest of the program, so that a worker with another version can be refused.
    """

    scenario: dict[str, Any]
    name: str
    regimes: tuple[str, ...]
    seed: int
    parts: str
    columns: tuple[Column, ...]
    source: str
    consent: Consent = NO_FILES


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
    labels = (chunk.point, *chunk.labels)
    # The columns of a part begin with the point and its labels, which are the same in every row.
    constants = dict(zip((c.name for c in job.columns), labels, strict=False))
    rows = write_table(path, worlds, job.columns, extra=constants)
    took = time.perf_counter() - begun
    return ChunkResult(chunk, digest_file(path), rows, path.stat().st_size, round(took, 3))


def _measure_chunk(job: Job, chunk: Chunk) -> dict[str, Any]:
    """Return the measures of a chunk's worlds by regime, as `measure_worlds` does."""
    worlds = range(chunk.first, chunk.first + chunk.worlds)
    return measure_worlds(_load_point(job, chunk), job.regimes, worlds, job.seed)


def _load_point(job: Job, chunk: Chunk) -> LoadedScenario:
    return _load_cached(_PointKey(job, chunk))


class _PointKey:
    """A point of a study as a cache key: equal if the study's folder, program, point and values are.

    Hashing only the folder, program and point is cheap; values and scenario, which cannot be hashed,
    are compared in `__eq__`.
    """

    def __init__(self, job: Job, chunk: Chunk):
        self.job, self.values = job, chunk.values
        self.key = (job.parts, job.source, chunk.point)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _PointKey) and self._identity() == other._identity()

    def _identity(self) -> tuple[Any, ...]:
        return self.key, self.values, self.job.scenario


@lru_cache(maxsize=CACHED_POINTS)
def _load_cached(key: _PointKey) -> LoadedScenario:
    from sim.scenario.load import from_resolved

    return from_resolved(key.job.scenario, key.job.name, key.values, consent=key.job.consent)
