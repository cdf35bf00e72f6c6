"""A Dask cluster of real processes over loopback: a scheduler, workers, and ways to harm them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
SOON = 600.0  # seconds: enough for a busy machine, never reached if all is well

# Runs in every worker: a chunk of a point named in `lethal` kills it, and chunks take as long as
# `slow` says, so that a kill meets work under way.
HARM = """
import os, signal, time
from pathlib import Path
from sim.study.run import job
place = Path({place!r})
def harming(real):
    def frame(job, chunk):
        lethal, slow = place / "lethal", place / "slow"
        if lethal.exists() and str(chunk.point) in lethal.read_text().split():
            os.kill(os.getpid(), signal.SIGKILL)
        if slow.exists():
            time.sleep(float(slow.read_text()))
        return real(job, chunk)
    return frame
if job._measure_chunk.__name__ == "_measure_chunk":  # Dask may load this twice
    job._measure_chunk = harming(job._measure_chunk)
"""


class Processes:
    """A scheduler and its workers, each a separate process group; `place` holds modules that harm them."""

    def __init__(self, place: Path, allowed_failures: int = 3):
        self.place = place
        (place / "harm.py").write_text(HARM.format(place=str(place)))
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(allowed_failures),
        }
        self.file = place / "scheduler.json"
        self.workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
            "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(self.file),
        )  # fmt: skip

    def ready(self) -> None:
        """Wait until the scheduler has written down its address."""
        until(lambda: self.file.exists() and self.file.read_text().rstrip().endswith("}"))
        self.address = str(json.loads(self.file.read_text())["address"])

    def add_worker(self, *more: str) -> None:
        """Start a worker of one thread; by default with a nanny, which restarts it."""
        options = ["--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
        preload = ["--preload", str(self.place / "harm.py")]
        folder = ["--local-directory", str(self.place)]
        self.workers.append(self._start("worker", self.address, *options, *preload, *folder, *more))

    def end(self) -> None:
        """End everything that was started, workers' own children too."""
        for process in (*self.workers, self.scheduler):
            kill_group(process)

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        with (self.place / "log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, *options],
                env=self.environment, cwd=self.place, start_new_session=True,
                stdout=subprocess.DEVNULL, stderr=log,
            )  # fmt: skip


@contextmanager
def cluster(place: Path, workers: int = 2, *options: str, **more: Any) -> Iterator[Processes]:
    """Give a cluster of so many workers, gone at the end."""
    processes = Processes(place, **more)
    try:
        processes.ready()
        for _ in range(workers):
            processes.add_worker(*options)
        yield processes
    finally:
        processes.end()


def kill_group(process: subprocess.Popen[Any]) -> None:
    """End a process group by SIGKILL, if it is still there."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(ready: Callable[[], object], patience: float = SOON) -> None:
    """Wait until something is so; AssertionError when it never is."""
    end = time.monotonic() + patience
    while not ready():
        assert time.monotonic() < end, f"still not so after {patience} s"
        time.sleep(0.02)


def kept(out: Path) -> int:
    """Return how many parts of a study are vouched for."""
    path = out / "receipts.jsonl"
    return len(path.read_text().splitlines()) if path.exists() else 0
