"""Which Python files may be run. A file that is read never decides it: the person who asks does.

A strategy of one's own is code. Who writes `path.py:Name` on a command line, or in `overrides`, has
agreed to that file; who is handed a scenario, a study or a manifest that names one has not, unless
they say so for everything they are handed (`allow_code`). Consent is given at the door, travels
with what is loaded, and is asked for at the one place that runs such files, `sim.strategies.custom_strategy`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

HOW_TO_ALLOW = "want `allow_code=True` if you trust it"


def _write_note(line: str) -> None:
    """Say it on the error stream, before the file runs: afterwards the file could have its way."""
    sys.stderr.write(f"note: {line}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Consent:
    """The files a person agreed to run: those they named, with `everything` those named to them too.

    Where nothing is `run`, files are neither run nor refused: who only reads a result needs no code.
    `tell` is given one line for each file that runs because of `everything`; else nobody is.
    """

    files: frozenset[str] = frozenset()
    everything: bool = False
    run: bool = True
    tell: Callable[[str], None] | None = field(default=_write_note, compare=False)
    how: str = field(default=HOW_TO_ALLOW, compare=False)  # what is wanted where a file is refused
    _told: set[str] = field(default_factory=set, compare=False, repr=False)

    def names(self, path: str) -> bool:
        """Say whether the person named a file themselves."""
        return path in self.files or _real_path(path) in {_real_path(file) for file in self.files}

    def covers(self, path: str) -> bool:
        """Say whether a file may be run."""
        return self.run and (self.everything or self.names(path))

    def announce(self, path: str, where: str) -> None:
        """Say, once and before it runs, that a file is run that somebody else's file names."""
        if self.tell is None or path in self._told or self.names(path) or not self.covers(path):
            return
        self._told.add(path)
        self.tell(f"runs code from {path}, named in {where}")

    def also(self, files: Iterable[str]) -> Consent:
        """Return this consent with more files named."""
        return replace(self, files=self.files | frozenset(files))

    def quiet(self) -> Consent:
        """Return the same consent as plain data, which can travel to other processes."""
        return Consent(self.files, self.everything, self.run, tell=None)


def _real_path(path: str) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # no path at all
        return path


NO_FILES = Consent()
ALL_FILES = Consent(everything=True)
READ_ONLY = Consent(run=False)
