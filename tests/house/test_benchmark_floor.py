"""The floor of a tie-month is counted from the scenario itself."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

import floor

from sim.engines.batch import simulate
from sim.scenario.load import load

MONTHS = 12
SMALL = {"run.months": MONTHS, "run.in_force": 0.0}


def test_draws_are_counted_once_each() -> None:
    """Without a mediator quantiles are the two noises of delivery of every month under a contract."""
    regime = load("one_tie", SMALL).regime("adversarial")
    periods = simulate(regime, range(3), 1, compiled=False).periods
    active = [int(periods["active"][periods["world"] == world].sum()) for world in range(3)]
    blocks, quantiles = floor.count_draws(regime, 3)
    assert 0 < sum(active) < 3 * MONTHS
    assert quantiles == 2 * sum(active)
    # Of blocks there is one for them, and one a month that says whether a problem arises.
    assert blocks >= 3 * MONTHS + sum(active)
    mediated = load("one_tie", SMALL).regime("mediated")
    assert floor.count_draws(mediated, 3)[1] > quantiles  # a mediator's errors are normal too
