"""Work in a thread of its own that Ctrl-C, which reaches the main thread alone, can neither lose nor double."""

from __future__ import annotations

import threading
from collections.abc import Callable


class SideWork:
    """Some work, done once in another thread however often it is begun or waited for.

    An executor would not do: interrupted while it starts its thread, it forgets the thread and the work.
    """

    def __init__(self, work: Callable[[], object]):
        self._work = work
        self._once = threading.Lock()
        self._done = threading.Event()
        self._error: BaseException | None = None

    @property
    def under_way(self) -> bool:
        """Whether the work has begun, or is done."""
        return self._once.locked()

    def begin(self) -> None:
        """Begin the work, unless it has begun."""
        threading.Thread(target=self._do, name="side work").start()

    def wait(self) -> None:
        """Return when the work is done; raises what it raised."""
        self._done.wait()
        if self._error is not None:
            raise self._error

    def _do(self) -> None:
        if not self._once.acquire(blocking=False):
            return
        try:
            self._work()
        except BaseException as error:  # raised where somebody waits for it
            self._error = error
        finally:
            self._done.set()
