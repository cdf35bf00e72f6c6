"""The tiny sweep in separate processes, with a fault if one is asked for.

`python sweep_process.py PROGRAM` loads everything once and forks for every line it reads, a JSON list
[FAULT, FILE, WORD, …]: the child becomes the leader of a process group, runs `sim WORD …` and writes
its standard error to FILE. Two lines answer: its process id when it begins, its exit code when it has
ended. PROGRAM is the caller's source digest: somebody may edit the source while the tests run. FAULT
is none, fsync:N (SIGKILL instead of the N-th fsync), stop:N (stopped before it) or size:BYTES (no file may become larger).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

SIGNALS = {"fsync": signal.SIGKILL, "stop": signal.SIGSTOP}
SET = ("run.months=1", "run.worlds=3", "negotiation.deadline=4")
WORDS = (
    "sweep", "one_tie", *(word for text in SET for word in ("--set", text)),
    "--vary", "mediator.competence=0:1:3", "--vary", "negotiation.level=truthful",
    "--regimes", "adversarial,mediated", "--chunk", "1",
)  # fmt: skip


def signalled_at(number: int, signal_number: int) -> Callable[[int], None]:
    """Return an fsync that first sends its own process a signal, when it is called for the n-th time."""
    plain, calls = os.fsync, iter(range(1, 1_000_000))

    def fsync(handle: int) -> None:
        if next(calls) == number:
            os.kill(os.getpid(), signal_number)
        plain(handle)

    return fsync


def prepare(program: str) -> Any:
    """Load everything, and the kernel if it has been compiled before; return the command."""
    sys.path.append(str(Path(__file__).resolve().parents[1]))
    import scipy.stats  # noqa: F401
    from compiled import mark

    from sim import jit
    from sim.cli.app import main
    from sim.engines import batch
    from sim.lab import comparisons, studies
    from sim.measure import attribute, compare, metrics, sensitivity  # noqa: F401
    from sim.render.text import study_text  # noqa: F401
    from sim.scenario.load import load
    from sim.study.experiments import experiment  # noqa: F401
    from sim.study.results import block_store

    if not mark().exists():
        plain = batch.run_block
        batch.run_block = lambda *given: plain(*given[:-1], False)
    # Once here, so that every child has it: the kernel, if there is one, and late imports.
    batch.simulate(load("one_tie", {"run.months": 1}).regime("mediated"), [0], 1)
    # Comparisons of some worlds are kept as those of a hundred thousand.
    block_store.HELD_BYTES, block_store.SECONDS_BETWEEN_RECEIPTS, compare.BLOCK = 0, 0.0, 2
    jit.source_digest = lambda: program
    studies.draw_study = comparisons.write_report = lambda *_: None
    comparisons.draw_figures = lambda *_: {}
    return main


def become(command: Any, fault: str, file: str, words: list[str]) -> None:
    """Run a command with a fault and end this process; never returns."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), 2)
    kind, _, amount = fault.partition(":")
    if kind in SIGNALS:
        os.fsync = signalled_at(int(amount), SIGNALS[kind])
    if kind == "size":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(amount), int(amount)))
    code = 70
    try:
        command(words)
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        import traceback

        Path(f"{file}.trace").write_text(traceback.format_exc())
    sys.stderr.flush()
    os._exit(code)


def serve(program: str) -> None:
    """Fork for every line until there are no more."""
    command = prepare(program)
    for line in sys.stdin:
        fault, file, *words = json.loads(line)
        child = os.fork()
        if child == 0:
            become(command, fault, file, words)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
