"""What a person's code is doing now, and an end to it if it does not come to one.

Compiled code cannot be stopped from Python, so a command says which rule it is in and ends the process; what a
study has finished is on the disk by then. Who else asks, a notebook or the browser page, is not ended.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL_SECONDS = 0.5  # seconds between two looks
MAX_POLLS = 60  # at the same call, until it is said not to end; counted, since a process may have been stopped
EXIT_CODE = 2  # the exit code of what a person can mend

_ends_process = [False]


@contextmanager
def end_process_if_stuck(wanted: bool = True) -> Iterator[None]:
    """Have the process end within the block if code of a person does not, with one line on stderr."""
    before, _ends_process[0] = _ends_process[0], wanted
    try:
        yield
    finally:
        _ends_process[0] = before


@contextmanager
def watch(doing: Callable[[], tuple[str, float] | None]) -> Iterator[None]:
    """Watch a person's code within the block.

    `doing` says what it is in and which call of it this is, None if in none.
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
    """End the process with one line, whatever its threads are in."""
    sys.stdout.flush()
    os.write(2, f"{line}\n".encode(errors="replace"))
    os._exit(EXIT_CODE)
