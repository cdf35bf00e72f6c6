"""How far the work is and how long it still takes, on stderr; silent for anything short."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO

QUIET = 2.0  # seconds of work that need no progress
EVERY = 5.0  # seconds between plain lines


class Progress:
    """Call it with (done, total) while the block runs.

    On a terminal a bar with the time left; elsewhere a plain line every few seconds. Nothing at all
    is shown when the block takes under two seconds. A thread draws, so that the first sign of life
    does not wait for the first block of work.
    """

    def __init__(
        self, what: str, unit: str = "worlds", stream: TextIO | None = None, *, quiet: float = QUIET
    ):
        self.what, self.unit, self.quiet = what, unit, quiet
        self.stream = sys.stderr if stream is None else stream
        self.done, self.total, self.words = 0, 0, ""
        self.shown = False
        self._start = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __call__(self, done: int, total: int, words: str = "") -> None:
        """Say how much is done, of how much, and anything else worth a look."""
        self.done, self.total, self.words = done, total, words

    def __enter__(self) -> Progress:
        self._start = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        if self._over.wait(self.quiet):
            return
        self.shown = True
        with suppress(BrokenPipeError):  # nobody reads on; the work goes on
            if self.stream.isatty():
                self._bar()
            else:
                self._lines()

    def _bar(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
        from rich.progress import Progress as Bar

        words: Any = TextColumn("{task.description}")
        left: Any = TextColumn("{task.fields[left]}")
        console = Console(file=self.stream, stderr=self.stream is sys.stderr)
        with Bar(
            words, BarColumn(), MofNCompleteColumn(), left, console=console, transient=True
        ) as bar:
            task = bar.add_task(self.what, total=None, left="")
            while True:
                total = self.total or None
                bar.update(task, completed=self.done, total=total, left=self._end())
                if self._over.wait(0.2):
                    break

    def _lines(self) -> None:
        while True:
            self._line(self._end())
            if self._over.wait(EVERY):
                break
        self._line(f"{span(time.monotonic() - self._start)} in all")

    def _line(self, end: str) -> None:
        count = f"{self.done} of {self.total} {self.unit}" if self.total else "starting"
        self.stream.write(f"{self.what}: {', '.join(p for p in (count, end) if p)}\n")
        self.stream.flush()

    def _end(self) -> str:
        """Return what stands behind the count: what was said last, and the time left."""
        return ", ".join(part for part in (self.words, self._left()) if part)

    def _left(self) -> str:
        """Return the time left at the pace so far; empty while there is no pace."""
        if not 0 < self.done < self.total:
            return ""
        pace = (time.monotonic() - self._start) / self.done
        return f"about {span(pace * (self.total - self.done))} left"


def span(seconds: float) -> str:
    """Return a duration as a person says it."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
