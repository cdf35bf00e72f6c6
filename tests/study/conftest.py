"""A market small enough to be simulated without being compiled first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from command import here, interpret, interpreted, undrawn
from tiny_market import TINY
from tiny_study import run

from sim.scenario.load import LoadedScenario, load

__all__ = ["here", "interpreted", "undrawn"]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> LoadedScenario:
    """Return one tie for two months; the engine runs its rules interpreted."""
    interpret(monkeypatch)
    return load("one_tie", TINY)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a place that is not there yet."""
    return tmp_path / "out"


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder of the tiny study run at one go; read, copied, never changed."""
    place = tmp_path_factory.mktemp("whole") / "out"
    with pytest.MonkeyPatch.context() as patch:
        interpret(patch)
        run(place)
    yield place
