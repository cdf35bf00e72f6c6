"""Worlds with known answers: a study in which only what a world yields is replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from sim.measure.metrics import MEASURES
from sim.scenario.parameters.varied import VariedPoint
from sim.scenario.regimes import ResolvedRegime
from sim.study.run import job
from sim.study.run.cell_measures import PointWorlds

Known = Callable[[ResolvedRegime, str, np.ndarray], np.ndarray]


def known(patch: pytest.MonkeyPatch, function: Known) -> None:
    """Replace a world's surplus by a function of a regime of its point, the regime's name, and worlds."""

    def of_one(point: VariedPoint, regime: str, worlds: Sequence[int]) -> np.ndarray:
        numbers = np.asarray(worlds)
        rows = np.zeros(len(numbers), [("world", "i8"), *((m.name, "f8") for m in MEASURES)])
        rows["world"], rows["surplus"] = numbers, function(point.regime(regime), regime, numbers)
        rows["surplus_gross"] = rows["surplus"]
        return rows

    def measure(
        points: Sequence[PointWorlds], regimes: Sequence[str], seed: int
    ) -> dict[str, np.ndarray]:
        return {
            name: np.concatenate([of_one(point, name, worlds) for point, worlds in points])
            for name in regimes
        }

    patch.setattr(job, "measure_points", measure)


def luck(worlds: np.ndarray, *key: int) -> np.ndarray:
    """Return standard normal luck, a function of the world's number and of nothing else but `key`."""
    return np.array([np.random.default_rng([*key, int(w)]).normal() for w in worlds])
