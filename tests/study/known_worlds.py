"""Worlds with known answers: a study in which only what a world yields is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from sim.measure.metrics import MEASURES
from sim.scenario.load import LoadedScenario
from sim.study.run import job

Known = Callable[[LoadedScenario, str, np.ndarray], np.ndarray]


def known(patch: pytest.MonkeyPatch, function: Known) -> None:
    """Replace a world's surplus by a function of scenario, regime and worlds."""

    def measure(
        loaded: LoadedScenario, regimes: Sequence[str], worlds: Sequence[int], seed: int
    ) -> dict[str, np.ndarray]:
        numbers = np.asarray(worlds)
        made = {}
        for regime in regimes:
            rows = np.zeros(len(numbers), [("world", "i8"), *((m.name, "f8") for m in MEASURES)])
            rows["world"], rows["surplus"] = numbers, function(loaded, regime, numbers)
            rows["surplus_gross"] = rows["surplus"]
            made[regime] = rows
        return made

    patch.setattr(job, "measure_worlds", measure)


def luck(worlds: np.ndarray, *key: int) -> np.ndarray:
    """Return standard normal luck, a function of the world's number and of nothing else but `key`."""
    return np.array([np.random.default_rng([*key, int(w)]).normal() for w in worlds])
