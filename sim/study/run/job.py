"""One chunk made: simulated, written as a part, and handed back as a receipt."""

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

KEPT_POINTS = 8


@dataclass(frozen=True)
class Job:
    """What every chunk of a study shares, as plain data that travels to other machines."""

    scenario: dict[str, Any]
    name: str
    regimes: tuple[str, ...]
    seed: int
    parts: str
    columns: tuple[Column, ...]
    source: str
    consent: Consent = NO_FILES


class ChunkReceipt(NamedTuple):
    """What became of a chunk: a part with its digest, or the cause why there is none."""

    chunk: Chunk
    sha256: str = ""
    rows: int = 0
    size: int = 0
    seconds: float = 0.0
    error: str = ""
    trace: str = ""


def make(job: Job, chunk: Chunk, aside: str = "") -> ChunkReceipt:
    """Simulate one chunk and write its part; an error inside it is handed back, not raised.

    `aside` is put before the name of the part by who does not want it at its place yet. Raises
    SimError when the disk refuses: then no other chunk can be kept either.
    """
    begun = time.perf_counter()
    try:
        frame = _frame(job, chunk)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return ChunkReceipt(chunk, error=said, trace=traceback.format_exc())
    path = Path(job.parts, f"{aside}{chunk.name}.parquet")
    labels = (chunk.point, *chunk.labels)
    known = dict(zip((c.name for c in job.columns), labels, strict=False))
    rows = write_table(path, frame, job.columns, extra=known)
    took = time.perf_counter() - begun
    return ChunkReceipt(chunk, digest_file(path), rows, path.stat().st_size, round(took, 3))


def _frame(job: Job, chunk: Chunk) -> dict[str, Any]:
    """Return the measured worlds of a chunk by regime."""
    worlds = range(chunk.first, chunk.first + chunk.worlds)
    return measure_worlds(_point(job, chunk), job.regimes, worlds, job.seed)


def _point(job: Job, chunk: Chunk) -> LoadedScenario:
    return _loaded(_Key(job, chunk))


class _Key:
    """A point of a study as a key of the cache: equal for equal scenario, study and point."""

    def __init__(self, job: Job, chunk: Chunk):
        self.job, self.values = job, chunk.values
        self.key = (job.parts, job.source, chunk.point)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._all() == other._all()

    def _all(self) -> tuple[Any, ...]:
        return self.key, self.values, self.job.scenario


@lru_cache(maxsize=KEPT_POINTS)
def _loaded(key: _Key) -> LoadedScenario:
    from sim.scenario.load import from_resolved

    return from_resolved(key.job.scenario, key.job.name, key.values, consent=key.job.consent)
