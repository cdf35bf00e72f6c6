"""A market small enough to be simulated without being compiled first."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from tiny_market import TINY

from sim.engines import batch
from sim.scenario.load import Loaded, load


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Return one tie for two months; the engine runs its rules interpreted."""
    monkeypatch.setattr(batch, "blocks", partial(batch.blocks, compiled=False))
    monkeypatch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))
    return load("one_tie", TINY)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a place that is not there yet."""
    return tmp_path / "out"
