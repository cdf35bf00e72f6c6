"""Running chunks on a Dask cluster: one at an address, or processes of this machine.

This is the only module that imports Dask. Workers may join, leave and die: a chunk whose worker died
is run by another worker, with the same bytes. So two workers may run the same chunk, and a worker may
still be busy when its session has ended. That is why a worker writes its part under a unique name and
renames it into place only while the session's token file exists: two renames of the same bytes do no
harm, and a worker of an ended session renames nothing.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any
from uuid import uuid4

from sim.errors import SimError
from sim.study.results.durable_files import disk_errors, sync, write_text
from sim.study.run.chunks import Chunk
from sim.study.run.job import ChunkResult, Job, run_chunk

LOCAL = "local"
ANSWER_TIMEOUT = 10.0  # seconds to wait for an answer of the scheduler
FIRST_WORKER_TIMEOUT = 20.0  # seconds to wait for the first worker
NEXT_WORKER_TIMEOUT = 60.0  # seconds without any worker before the session ends
COUNT_INTERVAL = 2.0  # seconds between two counts of the workers
POLL_INTERVAL = 0.02  # seconds between two looks for finished chunks: Ctrl-C is obeyed in between
LOGS = ("distributed", "distributed.client")  # loggers to which Dask gives levels of their own
NOT_ENCRYPTED = (
    '`dask="local"` without encryption: every program on this machine can reach its processes while '
    "they run; pip install cryptography closes them"
)
RESUME_HINT = "finished parts are kept: the same command resumes the study, with or without `dask`"


def why_incompatible(source: str, token: str) -> str:
    """Return why this worker process cannot run chunks of a session; an empty string if it can.

    `source` is the digest of the session's program; `token` is a file that exists as long as the
    session does.
    """
    from sim.jit import source_digest

    here = source_digest()
    if here != source:
        return (
            f"workers run another version of this program (source digest {here[:12]}, "
            f"here {source[:12]}); install the same one everywhere"
        )
    if not Path(token).exists():
        return f"workers do not see {Path(token).parent}; want a folder that all machines share"
    return ""


def run_on_worker(job: Job, chunk: Chunk, token: str) -> ChunkResult:
    """Run a chunk on a worker. Another worker may run the same chunk, or the session may have ended.

    Raises SimError if the worker is incompatible or the part cannot be written.
    """
    _check_compatible(job, token)
    prefix = f"{Path(token).name}-{uuid4().hex[:8]}-"
    result = run_chunk(job, chunk, prefix)
    if not result.error:
        part = Path(job.parts, f"{prefix}{chunk.name}.parquet")
        # Once more, as the session may have ended in the meantime and the folder be another's now.
        _check_compatible(job, token)
        with disk_errors(part):
            part.replace(part.with_name(f"{chunk.name}.parquet"))
            sync(part.parent)
    return result


def _check_compatible(job: Job, token: str) -> None:
    """Raise SimError if this worker process cannot run chunks of a session."""
    why = why_incompatible(job.source, token)
    if why:
        raise SimError(f"`dask`: {why}")


class Cluster:
    """A Dask cluster as a pool of workers.

    If a worker dies, all chunks that it held are suspects: one of them may kill every worker that
    runs it, for example by using too much memory. Dask gives up a chunk after some deaths and cannot
    tell which of its companions was to blame. Suspects are therefore run again one by one, with
    nothing else on the cluster. A chunk that kills its worker then is lethal; its point has failed.
    """

    def __init__(self, job: Job, workers: int, address: str):
        distributed = _import_distributed()
        self.job, self.address = job, address
        self.token = Path(job.parts, f".session-{uuid4().hex[:8]}")
        self._chunks: dict[str, Chunk] = {}  # chunks at the workers, by the key of their future
        self._suspects: list[Chunk] = []  # chunks that still have to run alone
        self._alone: Chunk | None = None  # the suspect that runs alone now
        self._lethal: dict[tuple[int, ...], ChunkResult] = {}  # results of points that kill workers
        self._client: Any = None
        self._local: Any = None  # the cluster, if it was started here
        self._completed: Any = None  # iterator over finished futures
        self._threads, self._counted_at, self._last_seen = workers, 0.0, time.monotonic()
        self.notes: tuple[str, ...] = ()
        self._levels = _set_log_levels([logging.CRITICAL] * len(LOGS))
        try:
            self._connect(distributed, workers)
            write_text(self.token, "")  # before the check: workers have to see it
            self._check()
        except BaseException:
            self._disconnect()
            raise

    @property
    def busy(self) -> int:
        """Return the number of chunks that are submitted and not finished, suspects included."""
        return len(self._chunks) + len(self._suspects)

    @property
    def size(self) -> int:
        """Return the number of worker threads now; 0 while a suspect runs alone, so none is added."""
        self._count()
        return max(1, self._threads) if self._alone is None else 0

    def submit(self, chunk: Chunk) -> None:
        """Queue a chunk for the next free worker, or after the suspects of its own point."""
        if any(not set(chunk.points).isdisjoint(s.points) for s in self._suspects):
            self._suspects.append(chunk)
        else:
            self._dispatch(chunk)

    def results(self) -> Iterator[ChunkResult]:
        """Yield the result of the next chunk that finishes; nothing if it has to be tried again."""
        if not self._chunks and self._suspects:
            suspect = self._suspects.pop(0)
            if suspect.points in self._lethal:
                yield self._lethal[suspect.points]._replace(chunk=suspect)
                return
            self._alone = suspect
            self._dispatch(suspect)
        while not self._completed.has_ready():
            self._check_alive()
            time.sleep(POLL_INTERVAL)
        result = self._collect(next(self._completed))
        if result is not None:
            yield result

    def close(self) -> Iterator[ChunkResult]:
        """Yield the results that are ready, then drop the rest and end the session.

        Its token is deleted, so workers that are still busy do not rename their parts into place.
        """
        try:
            while self._client.status == "running" and self._completed.has_ready():
                future, result = next(self._completed), None
                with suppress(Exception):
                    result = future.result(timeout=ANSWER_TIMEOUT)
                if result is not None:
                    yield result
        finally:
            self._chunks.clear()
            self._suspects.clear()
            self._disconnect()

    def _dispatch(self, chunk: Chunk) -> None:
        name = f"{chunk.name}-{uuid4().hex[:8]}"
        future = self._client.submit(
            run_on_worker, self.job, chunk, str(self.token), key=name, pure=False
        )
        self._chunks[future.key] = chunk
        self._completed.add(future)

    def _connect(self, distributed: Any, workers: int) -> None:
        """Connect to the scheduler, or start one here, and wait for the first worker."""
        if self.address == LOCAL:
            self._local = self._start_local(distributed, workers)
        try:
            where = self.address if self._local is None else self._local
            self._client = distributed.Client(where, timeout=ANSWER_TIMEOUT, set_as_default=False)
        except Exception as error:
            reason = str(error).splitlines()[0]
            raise SimError(f"`dask`: no scheduler answers at {self.address}: {reason}") from None
        self._completed = distributed.as_completed(loop=self._client.loop)
        try:
            self._client.wait_for_workers(1, timeout=FIRST_WORKER_TIMEOUT)
        except TimeoutError:
            want = "start some (dask worker), or wait for their jobs to begin"
            text = f"`dask`: no worker has come to {self.address} in {FIRST_WORKER_TIMEOUT:g} s; {want}"
            raise SimError(text) from None

    def _start_local(self, distributed: Any, workers: int) -> Any:
        """Start processes that listen on this machine only, and accept this session only.

        A Dask scheduler runs any code that it is sent, and other users may have programs on this
        machine. So every connection is encrypted and authenticated with a key that exists in memory
        only, and no web pages are served.
        """
        import dask

        encryption: dict[str, Any] = {}
        try:
            encryption = {"security": distributed.Security.temporary(), "protocol": "tls://"}
        except ImportError:
            self.notes = (NOT_ENCRYPTED,)
        no_pages: dict[str, Any] = {
            f"distributed.{role}.http.routes": [] for role in ("scheduler", "worker", "nanny")
        }
        try:
            with _ignore_sigint(), dask.config.set(no_pages):
                return distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, host="127.0.0.1",
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL, **encryption,
                )  # fmt: skip
        except RuntimeError as error:
            reason = str(error).splitlines()[0]
            want = 'in a script it belongs under if __name__ == "__main__":'
            text = f'`dask="local"`: its processes do not start ({reason}); {want}'
            raise SimError(text) from None

    def _check(self) -> None:
        """Raise SimError if a worker cannot run chunks of this session."""
        call = (why_incompatible, self.job.source, str(self.token))
        for answer in self._client.run(*call, on_error="return").values():
            if isinstance(answer, ImportError):
                answer = f"workers cannot import this program ({answer}); install it there"
            if isinstance(answer, str) and answer:
                raise SimError(f"`dask`: {answer}")

    def _count(self) -> None:
        """Count the workers' threads, at most once in `COUNT_INTERVAL`, as workers come and go."""
        if time.monotonic() - self._counted_at < COUNT_INTERVAL or self._client.status != "running":
            return
        with suppress(OSError, TimeoutError):
            self._threads = sum(self._client.nthreads().values())
            self._counted_at = time.monotonic()
            self._last_seen = self._counted_at if self._threads else self._last_seen

    def _check_alive(self) -> None:
        """Raise SimError if the scheduler is gone, or if there has been no worker for too long."""
        if self._client.status != "running":
            raise self._scheduler_gone()
        self._count()
        if time.monotonic() - self._last_seen > NEXT_WORKER_TIMEOUT:
            held = ", ".join(sorted(c.name for c in self._chunks.values())[:3])
            text = f"no worker is left at {self.address}, for {NEXT_WORKER_TIMEOUT:g} s; last at {held}"
            raise SimError(f"`dask`: {text}; {RESUME_HINT}")

    def _scheduler_gone(self) -> SimError:
        """Return the error that the scheduler is gone."""
        return SimError(f"`dask`: the scheduler at {self.address} is gone; {RESUME_HINT}")

    def _collect(self, future: Any) -> ChunkResult | None:
        """Return the result of a finished chunk; None if it has to be waited for, or tried, again."""
        chunk = self._chunks.pop(future.key)
        alone, self._alone = self._alone is chunk, None
        if future.status == "cancelled":
            raise self._scheduler_gone()
        try:
            if future.status in ("finished", "error"):
                return future.result(timeout=ANSWER_TIMEOUT)  # type: ignore[no-any-return]
        except SimError:
            raise
        except TimeoutError:
            pass
        except Exception as error:
            return self._failed(chunk, alone, error)
        # The result was lost with the worker that held it. Dask runs the chunk on another worker, so
        # keep waiting for the same future.
        self._check_alive()
        self._chunks[future.key], self._alone = chunk, chunk if alone else None
        self._completed.add(future)
        return None

    def _failed(self, chunk: Chunk, alone: bool, error: Exception) -> ChunkResult | None:
        """Return the result of a chunk that killed its workers, None if it is only a suspect yet.

        Raises SimError for any other error of the cluster.
        """
        if self._client.status != "running":
            raise self._scheduler_gone()
        if type(error).__name__ != "KilledWorker":
            reason = (str(error).splitlines() or [""])[0]
            raise SimError(f"`dask`: a worker could not work: {type(error).__name__}: {reason}")
        if not alone:
            self._suspects.append(chunk)
            return None
        reason = "KilledWorker: every worker that ran it died, though it ran alone"
        self._lethal[chunk.points] = ChunkResult(chunk, error=reason, trace=str(error))
        return self._lethal[chunk.points]

    def _disconnect(self) -> None:
        """Delete the token, disconnect from the cluster, and end its processes if they are ours."""
        # The token first: from then on no worker renames a part into place.
        with suppress(OSError):
            for path in self.token.parent.glob(f"*{self.token.name}*"):
                path.unlink(missing_ok=True)
        running = self._client is not None and self._client.status == "running"
        for resource in (self._client, self._local):
            if resource is not None:
                with suppress(Exception):
                    resource.close(timeout=ANSWER_TIMEOUT)
        if running:  # otherwise Dask's background tasks would still log errors
            _set_log_levels(self._levels)


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError:
        want = 'want the extra packages of: pip install -e ".[dask]"'
        raise SimError(f"`dask`: Dask is not installed; {want}") from None
    return distributed


@contextmanager
def _ignore_sigint() -> Iterator[None]:
    """Block Ctrl-C in processes that are started inside the block; this process ends them itself.

    A terminal sends Ctrl-C to all processes of a command. Workers that died of it could not finish
    their chunks. Child processes inherit the signal mask.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # if it were started later, it would unblock the signal again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _set_log_levels(levels: list[int]) -> list[int]:
    """Set the levels of Dask's loggers and return the old ones: its errors are reported by this module."""
    logs = [logging.getLogger(name) for name in LOGS]
    before = [log.level for log in logs]
    for log, level in zip(logs, levels, strict=True):
        log.setLevel(level)
    return before
