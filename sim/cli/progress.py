"""Progress on stderr: how much work is done and how long the rest takes; nothing for short work."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from sim.interrupt import count_answered_interrupts, is_interrupt_pending
from sim.measure.amounts import format_duration

if TYPE_CHECKING:
    from sim.compile.compile_progress import CompileProgress

QUIET = 2.0  # seconds: shorter work shows no progress
EVERY = 5.0  # seconds between plain lines, so that a log stays short
REDRAW = 0.2  # seconds between two states of the bar; also how soon its end is noticed
COMPILING = "compiling the rules, once for this version"

_open: list[Progress] = []  # only the last one is shown: the others wait for it
_lock = threading.Lock()


class Progress:
    """A context that shows progress; call it with (done, total) while the block runs.

    On a terminal it is a bar with the time left, elsewhere a plain line every few seconds. If the
    block takes less than `quiet` seconds, nothing is shown. A thread draws, so that the first sign of
    life does not wait for the first block of work. Another `Progress` inside the block, such as that
    of a compile, is shown instead while it lasts, and its time does not count. The total time is
    printed only if the work was not cut short by Ctrl-C or an error.

    `share` returns the share of the work that is done, from 0 to 1, if there is nothing to count.
    """

    def __init__(
        self,
        what: str,
        unit: str = "worlds",
        stream: TextIO | None = None,
        *,
        quiet: float = QUIET,
        share: Callable[[], float] | None = None,
    ):
        self.what, self.unit, self.quiet, self.share = what, unit, quiet, share
        self.stream = sys.stderr if stream is None else stream
        self.done, self.total, self.words = 0, 0, ""
        self.shown, self._last = False, ""
        self._start, self._stops, self._cut = 0.0, 0, False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """Set how much is done, of how much in total, and a remark to show with it."""
        self.done, self.total, self.words = done, total, words

    def __enter__(self) -> Progress:
        self._start, self._stops = time.monotonic(), count_answered_interrupts()
        with _lock:
            _open.append(self)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _lock:
            place = _open.index(self)
            for waited in _open[:place]:
                waited._start += time.monotonic() - self._start
            del _open[place]
        # Neither a compile nor a run that keeps finished work raises at Ctrl-C: ask for it as well.
        self._cut = (
            kind is not None or is_interrupt_pending() or count_answered_interrupts() != self._stops
        )
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        """Show progress, in a thread, from the first moment that there may be something to show."""
        with suppress(BrokenPipeError):  # nobody reads stderr any more; the work continues
            while not self._over.wait(self._seconds_of_silence()):
                if self._seconds_of_silence() > 0.0:
                    continue
                self.shown = True
                if self.stream.isatty():
                    self._bar()
                else:
                    self._lines()
            if self.shown and not self._cut and not self.stream.isatty():
                self._line(f"{format_duration(time.monotonic() - self._start)} in all")

    def _seconds_of_silence(self) -> float:
        """Return the seconds until there may be something to show; 0 if there is."""
        if self._is_covered():
            return 0.1
        return max(0.0, self._start + self.quiet - time.monotonic())

    def _is_covered(self) -> bool:
        """Return whether another Progress, begun later, is shown instead."""
        with _lock:
            return _open[-1:] != [self] and self in _open

    def _bar(self) -> None:
        """Show a progress bar on a terminal until the work is over."""
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        words: Any = TextColumn("{task.description}")
        left: Any = TextColumn("{task.fields[left]}")
        count: Any = TextColumn("{task.fields[count]}")
        console = Console(file=self.stream, stderr=self.stream is sys.stderr)
        with Bar(words, BarColumn(), count, left, console=console, transient=True) as bar:
            task = bar.add_task(self.what, total=None, left="", count="")
            while not self._is_covered():
                self._update_share()
                count, end = f"{self.done}/{self.total or '?'}", self._end()
                if self.share is not None:
                    count = f"{self.done} %"
                bar.update(
                    task, completed=self.done, total=self.total or None, left=end, count=count
                )
                if self._over.wait(REDRAW):
                    break

    def _lines(self) -> None:
        printed = 0.0
        while not self._is_covered():
            if time.monotonic() - printed >= EVERY:
                printed = time.monotonic()
                self._update_share()
                self._line(self._end())
            if self._over.wait(min(EVERY, REDRAW)):
                break

    def _update_share(self) -> None:
        """Update the count from `share`, if there is one."""
        if self.share is not None:
            self.done, self.total = int(100 * self.share()), 100

    def _line(self, end: str) -> None:
        count = f"{self.done} of {self.total} {self.unit}" if self.total else "starting"
        if self.share is not None:
            count = "" if end.endswith("in all") else f"{self.done} %"
        line = f"{self.what}: {', '.join(p for p in (count, end) if p)}\n"
        if line != self._last:  # no line twice in a row
            self.stream.write(line)
            self.stream.flush()
        self._last = line

    def _end(self) -> str:
        """Return the words after the count: the last remark and the time left."""
        return ", ".join(part for part in (self.words, self._left()) if part)

    def _left(self) -> str:
        """Return the time left at the average pace so far, or an empty string before there is one."""
        if not 0 < self.done < self.total:
            return ""
        pace = (time.monotonic() - self._start) / self.done
        return f"about {format_duration(pace * (self.total - self.done))} left"


def compile_display(under_way: CompileProgress) -> Progress:
    """Return the progress of a compile, which is needed once until the rules are edited."""
    return Progress(COMPILING, share=under_way.share)
