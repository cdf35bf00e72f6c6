"""A watch over users' code, which ends the process if that code does not end.

Compiled code cannot be stopped from Python, so a command names the rule that is running and ends the process;
what a study has finished is on disk by then. A notebook or the browser page is never ended this way.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL_SECONDS = 0.5  # between two looks at the running call
# Polls of one call before it counts as endless; not seconds, as the process may have been suspended.
MAX_POLLS = 60
EXIT_CODE = 2  # the exit code of every error that the user can correct

_ends_process = [False]


@contextmanager
def end_process_if_stuck(wanted: bool = True) -> Iterator[None]:
    """Allow the process to be ended, with one line on stderr, if a user's code hangs within the block."""
    before, _ends_process[0] = _ends_process[0], wanted
    try:
        yield
    finally:
        _ends_process[0] = before


@contextmanager
def watch(doing: Callable[[], tuple[str, float] | None]) -> Iterator[None]:
    """Watch a user's code within the block.

    `doing` returns (what is running, a counter of its calls), or None if nothing is.
    """
    if not _ends_process[0]:
        yield
        return
    over = threading.Event()
    threading.Thread(target=_poll, args=(doing, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _poll(doing: Callable[[], tuple[str, float] | None], over: threading.Event) -> None:
    last, seen = None, 0
    while not over.wait(POLL_SECONDS):
        now = doing()
        seen = seen + 1 if now is not None and now == last else 0
        last = now
        if now is not None and seen >= MAX_POLLS:
            end_process(
                f"{now[0]}: did not end within {POLL_SECONDS * MAX_POLLS:g} seconds: want code that comes to an end"
            )


def end_process(line: str) -> None:
    """End the process with one line, whatever its threads are doing."""
    sys.stdout.flush()
    os.write(2, f"{line}\n".encode(errors="replace"))
    os._exit(EXIT_CODE)
