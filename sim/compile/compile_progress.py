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

RULES_SHARE = 0.7  # share of the time that is over with the last rule, as measured; the rest is the kernel's own


class CompileProgress:
    """A kernel being compiled, with all the rules it calls."""

    def __init__(self, rules: Collection[Hashable]):
        self._start, self._ends = time.monotonic(), 0.0
        self._missing, self._count = set(rules), len(rules)

    def finish(self, rule: Hashable) -> None:
        """Take note that a rule is compiled; with the last one it can be guessed when all ends."""
        if self._missing == {rule}:
            self._ends = self._start + (time.monotonic() - self._start) / RULES_SHARE
        self._missing.discard(rule)

    def share(self) -> float:
        """Return how far it is, below 1: by rules, and after the last of them by the clock.

        What the kernel itself takes is one long call that says nothing.
        """
        if self._count == 0:
            return 0.0
        if self._missing:
            return RULES_SHARE * (1.0 - len(self._missing) / self._count)
        whole = max(self._ends - self._start, 1e-6)
        return min(0.99, (time.monotonic() - self._start) / whole)


Display = Callable[[CompileProgress], AbstractContextManager[Any]]
_displays: list[Display] = []


@contextmanager
def show_compiles(display: Display) -> Iterator[None]:
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
def track_compile(rules: Collection[Hashable]) -> Iterator[CompileProgress]:
    """Show a compile, and collect no garbage until it is over.

    Numba makes some million objects that live until the end; looking through them again and again
    took a sixth of the time.
    """
    compiling, collecting = CompileProgress(rules), gc.isenabled()
    with ExitStack() as stack:
        if collecting:
            stack.callback(gc.enable)
            gc.disable()
        for display in tuple(_displays):
            stack.enter_context(display(compiling))
        yield compiling
