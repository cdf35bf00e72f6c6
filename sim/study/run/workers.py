"""Who does the work: this thread, several threads, or a Dask cluster; the numbers are the same.

A worker makes one chunk, writes its part itself and hands back a receipt, so that no result is ever
held in memory or sent around, and a chunk that is made twice leaves the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Protocol

from sim.errors import SimError
from sim.study.run.chunks import Chunk
from sim.study.run.job import ChunkResult, Job, run_chunk

if TYPE_CHECKING:
    pass

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx)://(?:\[[^\]]+\]|[^/:\s]+):\d+")
CHUNKS_PER_WORKER = (
    2  # chunks under way per worker: nobody waits, and little is lost when the work ends early
)


class WorkerPool(Protocol):
    """Workers: chunks go in one by one, receipts come out in any order.

    `notes` are for the person who asked for them.
    """

    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return how many there are."""

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""

    def results(self) -> Iterator[ChunkResult]:
        """Yield what is finished now, waiting for at least one; nothing when nothing is under way."""

    def close(self) -> Iterator[ChunkResult]:
        """Begin nothing more, and yield what was under way and is finished."""

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""


class ThreadWorkers:
    """Threads of this process; the compiled loop runs without the interpreter's lock."""

    notes: tuple[str, ...] = ()

    def __init__(self, job: Job, size: int):
        self.job, self.size = job, size
        self._pool = ThreadPoolExecutor(size)
        self._waiting: set[Future[ChunkResult]] = set()

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""
        return len(self._waiting)

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next."""
        self._waiting.add(self._pool.submit(run_chunk, self.job, chunk))

    def results(self) -> Iterator[ChunkResult]:
        """Yield what is finished now, waiting for at least one; what nobody took is kept for `close`."""
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: f.result().chunk[:2] if not f.exception() else ()):
            self._waiting.discard(future)
            yield future.result()

    def close(self) -> Iterator[ChunkResult]:
        """Let what is under way end, begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future in self._waiting:
            if not future.cancelled() and future.exception() is None:
                yield future.result()
        self._waiting.clear()


def check_address(address: str | None) -> None:
    """Raise SimError unless a Dask cluster can be at an address; None is no cluster."""
    if address not in (None, "local") and not _ADDRESS.fullmatch(str(address)):
        raise SimError(f"`dask` = {address!r}: want tcp://HOST:PORT, tls://HOST:PORT, or local")


def start_workers(job: Job, workers: int, dask: str | None = None) -> WorkerPool:
    """Return the workers asked for: threads, or a Dask cluster by address or `local`.

    Raises SimError where Dask is not installed or there is no cluster at the address.
    """
    if dask is None:
        return ThreadWorkers(job, workers)
    from sim.study.run.cluster import Cluster

    return Cluster(job, workers, dask)
