"""The workers of a study: threads of this process, or a Dask cluster; the numbers are the same.

A worker runs one chunk at a time, writes the part itself and returns only a small `ChunkResult`. So no
table is sent between processes, and a chunk that happens to run twice leaves the same file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from sim.errors import SimError
from sim.study.run.chunks import Chunk
from sim.study.run.job import ChunkResult, Job, run_chunk

_ADDRESS = re.compile(r"(?:tcp|tls|ws|wss|ucx)://(?:\[[^\]]+\]|[^/:\s]+):\d+")
# Chunks submitted at a time for each worker: enough that no worker waits, few enough that little is
# lost if the session ends early.
CHUNKS_PER_WORKER = 2


class WorkerPool(Protocol):
    """A pool of workers: chunks are submitted one by one, results are returned in any order.

    `notes` are lines for the user, about how the pool was started.
    """

    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Return the number of workers."""

    def submit(self, chunk: Chunk) -> None:
        """Queue a chunk for the next free worker."""

    def results(self) -> Iterator[ChunkResult]:
        """Yield the results of finished chunks, after waiting until there is at least one.

        It may yield nothing if a chunk has to be tried again; the caller calls it again then.
        """

    def close(self) -> Iterator[ChunkResult]:
        """Start no more chunks, release the workers, and yield the results of chunks that finished."""

    @property
    def busy(self) -> int:
        """Return the number of chunks that are submitted and not finished."""


class ThreadWorkers:
    """Threads of this process; the compiled loop releases the interpreter's lock, so they run in parallel."""

    notes: tuple[str, ...] = ()

    def __init__(self, job: Job, size: int):
        self.job, self.size = job, size
        self._pool = ThreadPoolExecutor(size)
        self._waiting: set[Future[ChunkResult]] = set()

    @property
    def busy(self) -> int:
        """Return the number of chunks that are submitted and not yet returned."""
        return len(self._waiting)

    def submit(self, chunk: Chunk) -> None:
        """Queue a chunk for the next free thread."""
        self._waiting.add(self._pool.submit(run_chunk, self.job, chunk))

    def results(self) -> Iterator[ChunkResult]:
        """Yield the results of finished chunks, after waiting for at least one.

        A result leaves the pool only when it is yielded: if Ctrl-C ends the loop, `close` has the rest.
        """
        done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=lambda f: f.result().chunk[:2] if not f.exception() else ()):
            self._waiting.discard(future)
            yield future.result()

    def close(self) -> Iterator[ChunkResult]:
        """Wait for chunks that are running, cancel the others, and yield what finished."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for future in self._waiting:
            if not future.cancelled() and future.exception() is None:
                yield future.result()
        self._waiting.clear()


def check_address(address: str | None) -> None:
    """Raise SimError unless an address is None (no cluster), "local", or the form of a Dask scheduler's."""
    if address not in (None, "local") and not _ADDRESS.fullmatch(str(address)):
        raise SimError(f"`dask` = {address!r}: want tcp://HOST:PORT, tls://HOST:PORT, or local")


def start_workers(job: Job, workers: int, dask: str | None = None) -> WorkerPool:
    """Return a pool of threads or, if `dask` is given, a Dask cluster at that address or "local".

    Raises SimError if Dask is not installed or no cluster answers at the address.
    """
    if dask is None:
        return ThreadWorkers(job, workers)
    from sim.study.run.cluster import Cluster

    return Cluster(job, workers, dask)
