"""A market small enough to be simulated without being compiled first, and the command on it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from compiled import mark
from counts import DEEP
from matplotlib.figure import Figure

from sim.cli.app import main
from sim.engines import batch


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine run its rules interpreted, unless they have been compiled here before."""
    interpret(monkeypatch)


EMPTY = {
    "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>',
    "png": b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    ),
}


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let figures be composed and kept, but as empty pictures: painting them is most of such a test.

    For tests that look at files, words and exit codes; `tests/render` looks at pictures, and the deep
    suite paints all of them.
    """
    leave_empty(monkeypatch)


def leave_empty(patch: pytest.MonkeyPatch) -> None:
    """Do what `undrawn` does, for fixtures of more than one test."""

    def save(figure: Figure, to: Any, *, format: str, **_: Any) -> None:
        to.write(EMPTY[format])

    if not DEEP:
        patch.setattr(Figure, "savefig", save)


def interpret(patch: pytest.MonkeyPatch) -> None:
    """Do what `interpreted` does, for fixtures of more than one test."""
    if mark().exists():
        return
    patch.setattr(batch, "run_blocks", partial(batch.run_blocks, compiled=False))
    patch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def sim(here: Path, interpreted: None) -> Callable[..., Result]:
    """Return the command: `sim("run", "one_tie")` in an empty folder gives its Result."""

    def call(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), catch_exceptions=False)

    return call


def context_of(command: click.Command, **settings: Any) -> click.Context:
    """Return a context of a command as `sim` makes it.

    click keeps the help option that a command's first context asks for: one without the settings of
    `sim` would leave the command without -h for the rest of the process.
    """
    return click.Context(command, **main.context_settings, **settings)
