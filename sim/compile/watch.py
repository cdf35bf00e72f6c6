"""A compile under way: how far it is, who shows it, and no garbage collection while it lasts.

Nothing here needs Numba, so that the command line can ask to see compiles before it knows whether
there will be one. `sim/jit.py` says when they begin and end.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

# Shares of the time that are over with the first and the last rule, as measured. Between them rules take
# about the same time each; the rest is the kernel's own.
FIRST, LAST = 0.08, 0.62


class Compile:
    """A kernel being compiled, with all the rules it calls."""

    def __init__(self, rules: Collection[Hashable]):
        self._start, self._ends = time.monotonic(), 0.0
        self._missing, self._count = set(rules), len(rules)

    def finish(self, rule: Hashable) -> None:
        """Take note that a rule is compiled; with the last one it can be guessed when all ends."""
        if rule not in self._missing:
            return
        self._missing.remove(rule)
        if not self._missing:
            now = time.monotonic()
            self._ends = now + (now - self._start) * (1.0 - LAST) / LAST

    def share(self) -> float:
        """Return how far it is, below 1: by rules, and after the last of them by the clock.

        What the kernel itself takes is one long call that says nothing.
        """
        if self._missing or not self._count:
            done = self._count - len(self._missing)
            return FIRST + (LAST - FIRST) * done / self._count if done else 0.0
        return min(0.99, (time.monotonic() - self._start) / (self._ends - self._start))


Display = Callable[[Compile], AbstractContextManager[Any]]
_displays: list[Display] = []


@contextmanager
def shown(display: Display) -> Iterator[None]:
    """Have every compile shown that begins within the block, in whatever thread it does.

    `display` is entered when a compile begins and left when it ends.
    """
    _displays.append(display)
    try:
        yield
    finally:
        with suppress(ValueError):
            _displays.remove(display)


@contextmanager
def under_way(rules: Collection[Hashable]) -> Iterator[Compile]:
    """Show a compile, and collect no garbage until it is over.

    Numba makes some million objects that live until the end; looking through them again and again
    took a sixth of the time.
    """
    compiling, collecting = Compile(rules), gc.isenabled()
    with ExitStack() as stack:
        if collecting:
            stack.callback(gc.enable)
            gc.disable()
        for display in tuple(_displays):
            stack.enter_context(display(compiling))
        yield compiling
