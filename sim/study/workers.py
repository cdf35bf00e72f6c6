"""Who does the work: this thread, several threads, or a Dask cluster; the numbers are the same.

A worker makes one chunk, writes its part itself and hands back a receipt, so that no result is ever
held in memory or sent around, and a chunk that is made twice leaves the same file. The only place
that imports Dask.
"""

from __future__ import annotations

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
from sim.study.chunks import Chunk
from sim.study.manifest import digest_file
from sim.study.measured import measure_worlds
from sim.study.store import write_table

if TYPE_CHECKING:
    from sim.scenario.load import Loaded

KEPT_POINTS = 8
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


class Receipt(NamedTuple):
    """What became of a chunk: a part with its digest, or the cause why there is none."""

    chunk: Chunk
    sha256: str = ""
    rows: int = 0
    size: int = 0
    seconds: float = 0.0
    error: str = ""
    trace: str = ""


def make(job: Job, chunk: Chunk) -> Receipt:
    """Simulate one chunk and write its part; an error inside it is handed back, not raised.

    Raises SimError when the disk refuses: then no other chunk can be kept either.
    """
    begun = time.perf_counter()
    try:
        frame = _frame(job, chunk)
    except Exception as error:
        said = f"{type(error).__name__}: {error}".splitlines()[0]
        return Receipt(chunk, error=said, trace=traceback.format_exc())
    path = Path(job.parts, f"{chunk.name}.parquet")
    rows = write_table(path, frame, job.columns)
    took = time.perf_counter() - begun
    return Receipt(chunk, digest_file(path), rows, path.stat().st_size, round(took, 3))


def _frame(job: Job, chunk: Chunk) -> Any:
    loaded = _point(job, chunk)
    worlds = range(chunk.first, chunk.first + chunk.worlds)
    frame = measure_worlds(loaded, job.regimes, worlds, job.seed)
    labels = (chunk.point, *chunk.labels)
    for column, value in reversed(list(zip(job.columns, labels, strict=False))):
        frame.insert(0, column.name, value)
    return frame


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
        return isinstance(other, _Key) and self.key == other.key and self.values == other.values


@lru_cache(maxsize=KEPT_POINTS)
def _loaded(key: _Key) -> Loaded:
    from sim.scenario.load import from_resolved

    return from_resolved(key.job.scenario, key.job.name, key.values)


class Crew(Protocol):
    """Workers: `size` of them; chunks go in one by one, receipts come out in any order."""

    size: int

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""

    def receipts(self) -> Iterator[Receipt]:
        """Yield what is finished now, waiting for at least one; nothing when nothing is under way."""

    def close(self) -> Iterator[Receipt]:
        """Begin nothing more, and yield what was under way and is finished."""

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""


class Threads:
    """Threads of this process; the compiled loop runs without the interpreter's lock."""

    def __init__(self, job: Job, size: int):
        self.job, self.size = job, size
        self._pool = ThreadPoolExecutor(size)
        self._waiting: set[Future[Receipt]] = set()

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""
        return len(self._waiting)

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""
        self._waiting.add(self._pool.submit(make, self.job, chunk))

    def receipts(self) -> Iterator[Receipt]:
        """Yield what is finished now, waiting for at least one; what nobody took is kept for `close`."""
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: f.result().chunk[:2] if not f.exception() else ()):
            self._waiting.discard(future)
            yield future.result()

    def close(self) -> Iterator[Receipt]:
        """Let what is under way end, begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future in self._waiting:
            if not future.cancelled() and future.exception() is None:
                yield future.result()
        self._waiting.clear()


def crew(job: Job, workers: int, dask: str | None = None) -> Crew:
    """Return the workers asked for: threads, or a Dask cluster by address or `local`.

    Raises SimError where Dask is not installed or there is no cluster at the address.
    """
    return Threads(job, workers) if dask is None else Cluster(job, workers, dask)


class Cluster:
    """A Dask cluster: at an address, or processes of this machine (`local`)."""

    def __init__(self, job: Job, workers: int, address: str):
        try:
            from distributed import Client, LocalCluster, as_completed
        except ImportError:
            want = 'want the extra packages of: pip install -e ".[dask]"'
            raise SimError(f"--dask: Dask is not installed; {want}") from None
        self.job = job
        self._own = None
        if address == "local":
            self._own = LocalCluster(  # type: ignore[no-untyped-call]
                n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
            )
        try:
            where = address if self._own is None else self._own
            self._client: Any = Client(where, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError) as error:
            raise SimError(f"--dask: no scheduler answers at {address}: {error}") from None
        self._check()
        self.size = max(1, sum(self._client.nthreads().values())) or workers
        self._kept: Any = self._client.scatter(job, broadcast=True)
        self._done: Any = as_completed()
        self._chunks: dict[str, Chunk] = {}

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""
        return len(self._chunks)

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next; one that a dead worker held is made again."""
        future = self._client.submit(make, self._kept, chunk, pure=False)
        self._chunks[future.key] = chunk
        self._done.add(future)

    def receipts(self) -> Iterator[Receipt]:
        """Yield what is finished next."""
        yield self._read(next(self._done))

    def close(self) -> Iterator[Receipt]:
        """Drop what is under way: it leaves a part without a receipt, which is made again."""
        self._client.close()
        if self._own is not None:
            self._own.close()
        self._chunks.clear()
        yield from ()

    def _read(self, future: Any) -> Receipt:
        chunk = self._chunks.pop(future.key)
        if future.status == "finished":
            return future.result()  # type: ignore[no-any-return]
        error = future.exception()
        if isinstance(error, SimError):
            raise error
        kind = type(error).__name__
        said = "the worker died, again and again" if kind == "KilledWorker" else str(error)
        return Receipt(chunk, error=f"{kind}: {said}".splitlines()[0], trace=str(error))

    def _check(self) -> None:
        """Raise SimError where a worker runs another version of this program."""
        from sim.jit import source_digest

        others = {d for d in self._client.run(source_digest).values() if d != self.job.source}
        if others:
            list(self.close())
            theirs = ", ".join(d[:12] for d in sorted(others))
            raise SimError(
                f"--dask: workers run another version of this program (source digest {theirs}, "
                f"here {self.job.source[:12]}); install the same one everywhere"
            )
