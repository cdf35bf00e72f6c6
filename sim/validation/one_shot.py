"""The engine in the one-shot limit: price only, one meeting, worth and cost uniform on [0, 1]."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sim.engines.batch import simulate
from sim.scenario.load import LoadedScenario, load
from sim.scenario.schema import Scenario
from sim.validation.check import CheckPoint

NEEDS = 4_000
THREADS = 2
ONE_SHOT: dict[str, Any] = {
    "run": {"months": 1, "worlds": 1},
    "market": {"needs": NEEDS, "vendors": NEEDS, "candidates": 1},
    "issues": [
        {
            "name": "the good",
            "levels": ["no", "yes"],
            "worth": [0.0, 0.5],
            "worth_spread": 1.0,
            "cost": [0.0, 0.5],
            "cost_spread": 1.0,
        }
    ],
    "negotiation": {"protocol": "sealed_bid", "level": "truthful", "k": 0.5},
    "beliefs": {"fixed_pie": 0.0},
}
COLUMNS = ("gains", "trade", "buyer", "vendor")


class Meetings(NamedTuple):
    """Means over meetings, each with its standard error."""

    gains: tuple[float, float]
    trade: tuple[float, float]
    buyer: tuple[float, float]
    vendor: tuple[float, float]

    def point(self, column: str, what: str, expected: float, tolerance: float) -> CheckPoint:
        """Return what was expected of one column beside what was measured."""
        mean, error = getattr(self, column)
        return CheckPoint(f"{what}: {column}", float(expected), mean, tolerance, error)


def one_shot(changes: dict[str, Any] | None = None) -> LoadedScenario:
    """Return the benchmark with dotted keys changed."""
    return load(Scenario.model_validate(ONE_SHOT), changes or {})


def meet(
    changes: dict[str, Any], meetings: int, seed: int, regime: str = "adversarial"
) -> Meetings:
    """Return what many meetings came to. The same run is not made twice."""
    return _meet(json.dumps(changes, sort_keys=True), meetings // NEEDS, seed, regime)


@cache
def _meet(changes: str, worlds: int, seed: int, regime: str) -> Meetings:
    resolved = one_shot(json.loads(changes)).regime(regime)
    rows = simulate(resolved, range(worlds), seed, threads=THREADS, tables=("periods",)).periods
    found = []
    for column in ("surplus", "signed", "buyer", "vendor"):
        mean = rows[column] / NEEDS
        found.append((float(mean.mean()), float(mean.std(ddof=1) / worlds**0.5)))
    return Meetings(*found)


@cache
def _meeting_gains(changes: str, worlds: int, seed: int, regime: str) -> np.ndarray:
    resolved = one_shot(json.loads(changes)).regime(regime)
    rows = simulate(
        resolved, range(worlds), seed, threads=THREADS, tables=("periods", "need_months")
    ).need_months
    return np.asarray(rows["surplus"])


def gains_by_meeting(changes: dict[str, Any], meetings: int, seed: int) -> np.ndarray:
    """Return the gains of every meeting, in an order that does not depend on the changes."""
    return _meeting_gains(
        json.dumps(changes, sort_keys=True), meetings // NEEDS, seed, "adversarial"
    )
