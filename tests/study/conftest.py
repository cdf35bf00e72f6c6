"""A market small enough to be simulated without being compiled first."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from compiled import mark
from tiny_market import TINY
from tiny_study import run

from sim.engines import batch
from sim.scenario.load import LoadedScenario, load


def interpret(patch: pytest.MonkeyPatch) -> None:
    """Let the engine run its rules interpreted, unless they have been compiled here before."""
    if mark().exists():
        return
    patch.setattr(batch, "blocks", partial(batch.blocks, compiled=False))
    patch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))


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
