"""The engine in the one-shot limit: price only, one meeting, worth and cost uniform on [0, 1].

This is the setting of Chatterjee & Samuelson (1983) and Myerson & Satterthwaite (1983), so that
means over meetings of the engine can be compared with closed forms.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sim.engines.batch import simulate
from sim.scenario.load import LoadedScenario, load
from sim.scenario.schema import Scenario
from sim.validation.check import CheckPoint

NEEDS = 4_000  # meetings in a world, whose mean is one independent draw
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
    """Means over meetings, each with its standard error: (mean, error).

    `gains` are the gains from trade, `trade` is the share of meetings with a contract, `buyer` and
    `vendor` are the two parts of the gains. Money is in units of the largest worth.
    """

    gains: tuple[float, float]
    trade: tuple[float, float]
    buyer: tuple[float, float]
    vendor: tuple[float, float]

    def point(self, column: str, what: str, expected: float, tolerance: float) -> CheckPoint:
        """Return the point of one column: the expected number beside the measured mean."""
        mean, error = getattr(self, column)
        return CheckPoint(f"{what}: {column}", float(expected), mean, tolerance, error)


def one_shot_scenario(changes: dict[str, Any] | None = None) -> LoadedScenario:
    """Return the one-shot scenario with some dotted keys changed."""
    return load(Scenario.model_validate(ONE_SHOT), changes or {})


def run_meetings(
    changes: dict[str, Any], meetings: int, seed: int, regime: str = "adversarial"
) -> Meetings:
    """Return the means over many meetings; a run with the same arguments is not repeated.

    `meetings` is rounded down to whole worlds of NEEDS meetings; `changes` are dotted keys.
    """
    return _run_meetings(json.dumps(changes, sort_keys=True), meetings // NEEDS, seed, regime)


@cache
def _run_meetings(changes: str, worlds: int, seed: int, regime: str) -> Meetings:
    resolved = one_shot_scenario(json.loads(changes)).regime(regime)
    rows = simulate(resolved, range(worlds), seed, threads=THREADS, tables=("periods",)).periods
    found = []
    for column in ("surplus", "signed", "buyer", "vendor"):
        mean = rows[column] / NEEDS
        found.append((float(mean.mean()), float(mean.std(ddof=1) / worlds**0.5)))
    return Meetings(*found)


@cache
def _meeting_gains(changes: str, worlds: int, seed: int, regime: str) -> np.ndarray:
    resolved = one_shot_scenario(json.loads(changes)).regime(regime)
    rows = simulate(
        resolved, range(worlds), seed, threads=THREADS, tables=("periods", "need_months")
    ).need_months
    return np.asarray(rows["surplus"])


def gains_by_meeting(changes: dict[str, Any], meetings: int, seed: int) -> np.ndarray:
    """Return the gains of every meeting, in an order that does not depend on `changes`.

    Two results with the same seed can therefore be subtracted meeting by meeting.
    """
    return _meeting_gains(
        json.dumps(changes, sort_keys=True), meetings // NEEDS, seed, "adversarial"
    )
