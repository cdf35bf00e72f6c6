"""Consent to run Python files. A file that is read never gives consent: only the user does.

A custom strategy is code. A user who types `path.py:Name` on a command line, or in `overrides`, consents to
that file. A user who receives a scenario, a study or a manifest that names one does not, unless they allow
all code (`allow_code`). Consent is given when a scenario is loaded, travels with it, and is checked at the one
place that runs such files, `sim.strategies.custom_code`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

HOW_TO_ALLOW = "want `allow_code=True` if you trust it"


def _write_note(line: str) -> None:
    """Write a line to the error stream, before the file runs: afterwards the file could prevent it."""
    sys.stderr.write(f"note: {line}\n")
    sys.stderr.flush()


@dataclass(frozen=True)
class Consent:
    """The files a user agreed to run: those they named, and with `everything` those that other files name.

    With `run` false, files are neither run nor refused: reading a result needs no code. `tell` is called with one
    line for each file that runs only because of `everything`; `how` says how to consent, in the error about a
    refused file.
    """

    files: frozenset[str] = frozenset()
    everything: bool = False
    run: bool = True
    tell: Callable[[str], None] | None = field(default=_write_note, compare=False)
    how: str = field(default=HOW_TO_ALLOW, compare=False)
    _told: set[str] = field(default_factory=set, compare=False, repr=False)

    def names(self, path: str) -> bool:
        """Return whether the user named a file themselves."""
        return path in self.files or _real_path(path) in {_real_path(file) for file in self.files}

    def covers(self, path: str) -> bool:
        """Return whether a file may be run."""
        return self.run and (self.everything or self.names(path))

    def announce(self, path: str, where: str) -> None:
        """Report, once and before it runs, that a file runs because another file (`where`) names it."""
        if self.tell is None or path in self._told or self.names(path) or not self.covers(path):
            return
        self._told.add(path)
        self.tell(f"runs code from {path}, named in {where}")

    def with_files(self, files: Iterable[str]) -> Consent:
        """Return this consent with more files named by the user."""
        return replace(self, files=self.files | frozenset(files))

    def without_notes(self) -> Consent:
        """Return the same consent without `tell`, as plain data that can be sent to other processes."""
        return Consent(self.files, self.everything, self.run, tell=None)


def _real_path(path: str) -> str:
    """Return a path without links, so that two spellings of one file compare as equal."""
    try:
        return os.path.realpath(path)
    except ValueError:  # not a path, e.g. with a null character
        return path


NO_FILES = Consent()
ALL_FILES = Consent(everything=True)
READ_ONLY = Consent(run=False)
