"""The tiny sweep in a process of its own, interpreted, with a fault where one is asked for.

`python sweep_process.py PROGRAM FAULT WORDS…` runs `sim WORDS…`. PROGRAM is the source digest of who
asks: others may edit the source while the tests run. FAULT is none, fsync:N (SIGKILL instead of the
N-th fsync) or size:BYTES (no file may become larger).
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

SET = ("run.months=1", "run.worlds=3", "negotiation.deadline=4")
WORDS = (
    "sweep", "one_tie", *(word for text in SET for word in ("--set", text)),
    "--vary", "mediator.competence=0:1:3", "--vary", "negotiation.level=truthful",
    "--regimes", "adversarial,mediated", "--chunk", "1",
)  # fmt: skip


def killed_at(number: int) -> Callable[[int], None]:
    """Return an fsync that ends its process instead, when it is called for the n-th time."""
    plain, calls = os.fsync, iter(range(1, 1_000_000))

    def fsync(handle: int) -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal.SIGKILL)
        plain(handle)

    return fsync


def prepare(program: str) -> Any:
    """Load everything, and let the engine run its rules interpreted; return the command."""
    import scipy.stats  # noqa: F401

    from sim import jit
    from sim.engines import batch
    from sim.faces import studies
    from sim.faces.cli import main

    batch.blocks = partial(batch.blocks, compiled=False)
    jit.source_digest = lambda: program
    studies.draw = lambda *_: None
    return main


if __name__ == "__main__":
    command = prepare(sys.argv[1])
    kind, _, amount = sys.argv[2].partition(":")
    print("begun", flush=True)
    if kind == "fsync":
        os.fsync = killed_at(int(amount))
    if kind == "size":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(amount), int(amount)))
    command(sys.argv[3:])
