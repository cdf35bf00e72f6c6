"""The progress of a compile and its displays; garbage collection is off until it ends.

Nothing here imports Numba, so that the command line can ask for a display of compiles before it is
known whether there will be one. `sim/jit.py` registers what reports their beginning and end.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Collection, Hashable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any

RULES_SHARE = 0.7  # of the time of a compile, as measured; the kernel itself takes the rest


class CompileProgress:
    """A kernel being compiled, with all the rules it calls."""

    def __init__(self, rules: Collection[Hashable]):
        self._start, self._ends = time.monotonic(), 0.0
        self._missing, self._count = set(rules), len(rules)

    def finish(self, rule: Hashable) -> None:
        """Count a rule as compiled; from the last one on the end is estimated by the clock."""
        if self._missing == {rule}:
            self._ends = self._start + (time.monotonic() - self._start) / RULES_SHARE
        self._missing.discard(rule)

    def share(self) -> float:
        """Return the share that is done, below 1: by rules, and after the last rule by the clock.

        The kernel itself is one long call of LLVM that reports nothing.
        """
        if self._count == 0:
            return 0.0
        if self._missing:
            return RULES_SHARE * (1.0 - len(self._missing) / self._count)
        whole = max(self._ends - self._start, 1e-6)  # seconds; never 0, if the clock is coarse
        return min(0.99, (time.monotonic() - self._start) / whole)


Display = Callable[[CompileProgress], AbstractContextManager[Any]]
_displays: list[Display] = []


@contextmanager
def show_compiles(display: Display) -> Iterator[None]:
    """Show every compile that begins within the block, in whatever thread it does.

    `display` is a context manager of a `CompileProgress`, entered when a compile begins and left
    when it ends.
    """
    _displays.append(display)
    try:
        yield
    finally:
        with suppress(ValueError):  # another block may have removed an equal display
            _displays.remove(display)


@contextmanager
def track_compile(rules: Collection[Hashable]) -> Iterator[CompileProgress]:
    """Show a compile on all displays, and collect no garbage until it is over.

    Numba creates some million objects that live until the compile ends. Scanning them repeatedly
    took a sixth of the time.
    """
    compiling, collecting = CompileProgress(rules), gc.isenabled()
    with ExitStack() as stack:
        if collecting:
            stack.callback(gc.enable)
            gc.disable()
        for display in tuple(_displays):  # a copy: another thread may add one meanwhile
            stack.enter_context(display(compiling))
        yield compiling
