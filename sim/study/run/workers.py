"""Who does the work: this thread, several threads, or a Dask cluster; the numbers are the same.

A worker makes one chunk, writes its part itself and hands back a receipt, so that no result is ever
held in memory or sent around, and a chunk that is made twice leaves the same file.
"""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from sim.errors import SimError
from sim.records import Column
from sim.strategies.consent import NOTHING, Consent
from sim.study.results.manifest import digest_file
from sim.study.results.store import write_table
from sim.study.run.chunks import Chunk
from sim.study.run.measured import measure_worlds

if TYPE_CHECKING:
    from sim.scenario.load import Loaded

KEPT_POINTS = 8
_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx)://(?:\[[^\]]+\]|[^/:\s]+):\d+")
AHEAD = 2  # chunks under way per worker: nobody waits, and little is lost when the work ends early


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
    consent: Consent = NOTHING


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


def _point(job: Job, chunk: Chunk) -> Loaded:
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
def _loaded(key: _Key) -> Loaded:
    from sim.scenario.load import from_resolved

    return from_resolved(key.job.scenario, key.job.name, key.values, consent=key.job.consent)


class Crew(Protocol):
    """Workers: chunks go in one by one, receipts come out in any order.

    `notes` are for the person who asked for them.
    """

    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return how many there are."""

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""

    def receipts(self) -> Iterator[ChunkReceipt]:
        """Yield what is finished now, waiting for at least one; nothing when nothing is under way."""

    def close(self) -> Iterator[ChunkReceipt]:
        """Begin nothing more, and yield what was under way and is finished."""

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""


class Threads:
    """Threads of this process; the compiled loop runs without the interpreter's lock."""

    notes: tuple[str, ...] = ()

    def __init__(self, job: Job, size: int):
        self.job, self.size = job, size
        self._pool = ThreadPoolExecutor(size)
        self._waiting: set[Future[ChunkReceipt]] = set()

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""
        return len(self._waiting)

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""
        self._waiting.add(self._pool.submit(make, self.job, chunk))

    def receipts(self) -> Iterator[ChunkReceipt]:
        """Yield what is finished now, waiting for at least one; what nobody took is kept for `close`."""
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: f.result().chunk[:2] if not f.exception() else ()):
            self._waiting.discard(future)
            yield future.result()

    def close(self) -> Iterator[ChunkReceipt]:
        """Let what is under way end, begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future in self._waiting:
            if not future.cancelled() and future.exception() is None:
                yield future.result()
        self._waiting.clear()


def check_address(address: str | None) -> None:
    """Raise SimError unless a Dask cluster can be at an address; None is no cluster."""
    if address not in (None, "local") and not _ADDRESS.fullmatch(str(address)):
        raise SimError(f"--dask = {address!r}: want tcp://HOST:PORT, tls://HOST:PORT, or local")


def crew(job: Job, workers: int, dask: str | None = None) -> Crew:
    """Return the workers asked for: threads, or a Dask cluster by address or `local`.

    Raises SimError where Dask is not installed or there is no cluster at the address.
    """
    if dask is None:
        return Threads(job, workers)
    from sim.study.run.cluster import Cluster

    return Cluster(job, workers, dask)
