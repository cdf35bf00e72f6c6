"""A market small enough to be simulated without being compiled first."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sim.engines import batch
from sim.scenario.load import Loaded, load

TINY = {"run.months": 5, "run.worlds": 3, "negotiation.deadline": 4}


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """Return one tie for five months; the engine runs its rules interpreted, bit for bit the same."""
    monkeypatch.setattr(batch, "blocks", partial(batch.blocks, compiled=False))
    monkeypatch.setattr(batch, "simulate", partial(batch.simulate, compiled=False))
    return load("one_tie", TINY)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Return a place that is not there yet."""
    return tmp_path / "out"
