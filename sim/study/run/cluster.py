"""A study's chunks on a Dask cluster: one at an address, or processes of this machine.

The only place that imports Dask. Workers may die, come and go: a chunk that a dead worker held is
made by another one and leaves the same bytes. A worker writes its part beside its final name and
renames it while the session still wants it, so that neither two workers at one chunk nor one that
was left behind by an earlier session can spoil a part.
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
from sim.study.results.store import disk_errors, sync, write_text
from sim.study.run.chunks import Chunk
from sim.study.run.job import ChunkResult, Job, run_chunk

LOCAL = "local"
ANSWER_TIMEOUT = 10.0  # seconds a scheduler has to answer
FIRST_WORKER_TIMEOUT = 20.0  # seconds until a worker is there at all
NEXT_WORKER_TIMEOUT = 60.0  # seconds without any worker before the session ends
COUNT_INTERVAL = 2.0  # seconds a count of workers is good for
POLL_INTERVAL = 0.02
LOGS = ("distributed", "distributed.client")  # those that Dask gives a level of their own
NOT_ENCRYPTED = (
    '`dask="local"` without encryption: every program on this machine can reach its processes while '
    "they run; pip install cryptography closes them"
)
RESUME_HINT = "what is finished is kept: the same command goes on, with or without `dask`"


def why_incompatible(source: str, token: str) -> str:
    """Return in words why this process cannot work for a session, or an empty string.

    `source` is the digest of the program that asks; `token` is a file of the session that is there
    as long as its parts are wanted.
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
    """Make a chunk on a worker, which may be one of two at it, or left behind by its session.

    Raises SimError where the worker is unfit, or the disk refuses.
    """
    _check_compatible(job, token)
    aside = f"{Path(token).name}-{uuid4().hex[:8]}-"
    receipt = run_chunk(job, chunk, aside)
    if not receipt.error:
        own = Path(job.parts, f"{aside}{chunk.name}.parquet")
        _check_compatible(job, token)
        with disk_errors(own):
            own.replace(own.with_name(f"{chunk.name}.parquet"))
            sync(own.parent)
    return receipt


def _check_compatible(job: Job, token: str) -> None:
    why = why_incompatible(job.source, token)
    if why:
        raise SimError(f"`dask`: {why}")


class Cluster:
    """A Dask cluster as a crew: chunks go in one by one, receipts come out in any order."""

    def __init__(self, job: Job, workers: int, address: str):
        distributed = _import_distributed()
        self.job, self.address = job, address
        self.token = Path(job.parts, f".session-{uuid4().hex[:8]}")
        self._chunks: dict[str, Chunk] = {}
        self._suspects: list[Chunk] = []
        self._alone: Chunk | None = None
        self._lethal: dict[int, ChunkResult] = {}
        self._client: Any = None
        self._own: Any = None
        self._done: Any = None
        self._hands, self._counted, self._seen = workers, 0.0, time.monotonic()
        self.notes: tuple[str, ...] = ()
        self._levels = _set_log_levels([logging.CRITICAL] * len(LOGS))
        try:
            self._connect(distributed, workers)
            write_text(self.token, "")
            self._check()
        except BaseException:
            self._shut()
            raise

    @property
    def busy(self) -> int:
        """Return how many chunks are under way."""
        return len(self._chunks) + len(self._suspects)

    @property
    def size(self) -> int:
        """Return how many workers there are now; 0 while a suspect chunk has to run alone."""
        self._count()
        return max(1, self._hands) if self._alone is None else 0

    def submit(self, chunk: Chunk) -> None:
        """Give a chunk to whoever is free next; one that a dead worker held is made again."""
        if any(suspect.point == chunk.point for suspect in self._suspects):
            self._suspects.append(chunk)
        else:
            self._send(chunk)

    def results(self) -> Iterator[ChunkResult]:
        """Yield what is finished next; nothing when that is a chunk to be tried once more."""
        if not self._chunks and self._suspects:
            suspect = self._suspects.pop(0)
            if suspect.point in self._lethal:
                yield self._lethal[suspect.point]._replace(chunk=suspect)
                return
            self._alone = suspect
            self._send(suspect)
        while not self._done.has_ready():
            self._watch()
            time.sleep(POLL_INTERVAL)
        receipt = self._read(next(self._done))
        if receipt is not None:
            yield receipt

    def close(self) -> Iterator[ChunkResult]:
        """Yield what is finished and drop the rest, whose parts are then no longer wanted."""
        try:
            while self._client.status == "running" and self._done.has_ready():
                future, receipt = next(self._done), None
                with suppress(Exception):
                    receipt = future.result(timeout=ANSWER_TIMEOUT)
                if receipt is not None:
                    yield receipt
        finally:
            self._chunks.clear()
            self._suspects.clear()
            self._shut()

    def _send(self, chunk: Chunk) -> None:
        name = f"{chunk.name}-{uuid4().hex[:8]}"
        future = self._client.submit(
            run_on_worker, self.job, chunk, str(self.token), key=name, pure=False
        )
        self._chunks[future.key] = chunk
        self._done.add(future)

    def _connect(self, distributed: Any, workers: int) -> None:
        """Reach the scheduler, or begin one here, and wait for the first worker."""
        if self.address == LOCAL:
            self._own = self._begin(distributed, workers)
        try:
            where = self.address if self._own is None else self._own
            self._client = distributed.Client(where, timeout=ANSWER_TIMEOUT, set_as_default=False)
        except Exception as error:
            said = str(error).splitlines()[0]
            raise SimError(f"`dask`: no scheduler answers at {self.address}: {said}") from None
        self._done = distributed.as_completed(loop=self._client.loop)
        try:
            self._client.wait_for_workers(1, timeout=FIRST_WORKER_TIMEOUT)
        except TimeoutError:
            want = "start some (dask worker), or wait for their jobs to begin"
            text = f"`dask`: no worker has come to {self.address} in {FIRST_WORKER_TIMEOUT:g} s; {want}"
            raise SimError(text) from None

    def _begin(self, distributed: Any, workers: int) -> Any:
        """Begin processes here that listen on this machine alone, and to this session alone.

        Dask runs whatever reaches it, and other people may have programs on this machine: so every
        connection is encrypted with a key that is in memory only. Nothing is served to browsers.
        """
        import dask

        own: dict[str, Any] = {}
        try:
            own = {"security": distributed.Security.temporary(), "protocol": "tls://"}
        except ImportError:
            self.notes = (NOT_ENCRYPTED,)
        served: dict[str, Any] = {
            f"distributed.{who}.http.routes": [] for who in ("scheduler", "worker", "nanny")
        }
        try:
            with _ignore_sigint(), dask.config.set(served):
                return distributed.LocalCluster(
                    n_workers=workers, threads_per_worker=1, host="127.0.0.1",
                    scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL, **own,
                )  # fmt: skip
        except RuntimeError as error:
            said = str(error).splitlines()[0]
            want = 'in a script it belongs under if __name__ == "__main__":'
            raise SimError(f'`dask="local"`: its processes do not start ({said}); {want}') from None

    def _check(self) -> None:
        """Raise SimError where a worker cannot work for this session."""
        asked = (why_incompatible, self.job.source, str(self.token))
        for said in self._client.run(*asked, on_error="return").values():
            if isinstance(said, ImportError):
                said = f"workers cannot import this program ({said}); install it there"
            if isinstance(said, str) and said:
                raise SimError(f"`dask`: {said}")

    def _count(self) -> None:
        """Count the workers' threads now and then, as they come and go."""
        if time.monotonic() - self._counted < COUNT_INTERVAL or self._client.status != "running":
            return
        with suppress(OSError, TimeoutError):
            self._hands = sum(self._client.nthreads().values())
            self._counted = time.monotonic()
            self._seen = self._counted if self._hands else self._seen

    def _watch(self) -> None:
        """Raise SimError where nothing can be finished any more."""
        if self._client.status != "running":
            raise self._gone()
        self._count()
        if time.monotonic() - self._seen > NEXT_WORKER_TIMEOUT:
            held = ", ".join(sorted(c.name for c in self._chunks.values())[:3])
            text = f"no worker is left at {self.address}, for {NEXT_WORKER_TIMEOUT:g} s; last at {held}"
            raise SimError(f"`dask`: {text}; {RESUME_HINT}")

    def _gone(self) -> SimError:
        return SimError(f"`dask`: the scheduler at {self.address} is gone; {RESUME_HINT}")

    def _read(self, future: Any) -> ChunkResult | None:
        """Return what became of a chunk; None where it is to be waited for, or tried, once more."""
        chunk = self._chunks.pop(future.key)
        alone, self._alone = self._alone is chunk, None
        if future.status == "cancelled":
            raise self._gone()
        try:
            if future.status in ("finished", "error"):
                return future.result(timeout=ANSWER_TIMEOUT)  # type: ignore[no-any-return]
        except SimError:
            raise
        except TimeoutError:
            pass
        except Exception as error:
            return self._failed(chunk, alone, error)
        # Its receipt was lost with the worker that held it: it is made again, by another worker.
        self._watch()
        self._chunks[future.key], self._alone = chunk, chunk if alone else None
        self._done.add(future)
        return None

    def _failed(self, chunk: Chunk, alone: bool, error: Exception) -> ChunkResult | None:
        """Return the receipt of a chunk that killed its workers; raises SimError for anything else."""
        if self._client.status != "running":
            raise self._gone()
        if type(error).__name__ != "KilledWorker":
            said = (str(error).splitlines() or [""])[0]
            raise SimError(f"`dask`: a worker could not work: {type(error).__name__}: {said}")
        if not alone:
            # All chunks that a dead worker held come under suspicion; which one kills shows alone.
            self._suspects.append(chunk)
            return None
        said = "KilledWorker: every worker that tried it died, with nothing else to do"
        self._lethal[chunk.point] = ChunkResult(chunk, error=said, trace=str(error))
        return self._lethal[chunk.point]

    def _shut(self) -> None:
        """Let go of the cluster, end its processes if they are ours, and take the token away."""
        with suppress(OSError):
            for path in self.token.parent.glob(f"*{self.token.name}*"):
                path.unlink(missing_ok=True)
        whole = self._client is not None and self._client.status == "running"
        for thing in (self._client, self._own):
            if thing is not None:
                with suppress(Exception):
                    thing.close(timeout=ANSWER_TIMEOUT)
        if whole:  # else complaints still come, from what goes on in the background
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
    """Let processes begun here, now or later, not hear a Ctrl-C: they are ended by who began them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # starting later it would unblock what is blocked here
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _set_log_levels(levels: list[int]) -> list[int]:
    """Set what Dask itself may print here, and return what it was: we say it in our own words."""
    logs = [logging.getLogger(name) for name in LOGS]
    before = [log.level for log in logs]
    for log, level in zip(logs, levels, strict=True):
        log.setLevel(level)
    return before
