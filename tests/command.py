"""A market small enough to be simulated without being compiled first, and the command on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from compiled import mark

from sim.cli.app import main
from sim.engines import batch


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine run its rules interpreted, unless they have been compiled here before."""
    if mark().exists():
        return
    monkeypatch.setattr(batch, "run_blocks", partial(batch.run_blocks, compiled=False))
    monkeypatch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))


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
