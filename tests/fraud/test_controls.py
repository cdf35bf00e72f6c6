"""Worlds in which one function of a mediator has nothing to do: there its contribution is nothing.

Each `control_<function>` scenario names one function and takes away what it works on; the paired gain gross
of the fee is 0 in every world, to rounding. The positive control puts it back, and the same function in
able hands matters.
"""

import numpy as np
import pytest
from paired import totals

from sim.scenario.load import load

ABLE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6, "mediator.discretion": 1.0}
WORLDS = 200

OPPOSED = {
    "issues.good name.cost": [0.0, 6.0],
    "issues.good name.cost_spread": 0.9,
    "issues.good name.worth_spread": 0.9,
}
AFRAID = {
    "run.months": 48,
    "problems.rate": 0.1,
    "problems.discovery": 0.05,
    "problems.stake_of_deceit": 0.05,
    "problems.severity": 6.0,
    "problems.fault": 0.0,
    "buyers.blame": 2.0,
    "relationship.prior_bad": 5.0,
}
LEAVING = {  # a vendor that earns its buyer's trust, so that there is something to remember
    "turnover.buyer": 0.06,
    "turnover.vendor": 0.06,
    "turnover.loss": 0.9,
    "vendors.oversell": 0.0,
    "problems.rate": 0.0,
    "disputes.threshold": 0.0,
}
DRIFTING = {
    "run.months": 48,
    "drift.rate": 0.05,
    "drift.size": 0.6,
    "drift.notice": 0.05,
    "beliefs.known": 0.0,
}
MATTERS = {
    # function: (column of periods that moves, keys that give it something to do)
    "broker": ("misfit", OPPOSED),
    "warn": ("problems", AFRAID),
    "continue": ("trust_buyer", LEAVING),
    "grow": ("opportunities", {"growth.rate": 0.1, "growth.notice": 0.01}),
    "review": ("needs_error", DRIFTING),
}


def paired(function, column, overrides):
    """Return world by world what the function adds to a column, and its gain gross of the fee."""
    with_it, size = totals(f"control_{function}", "mediated", WORLDS, overrides)
    without, _ = totals(f"control_{function}", "adversarial", WORLDS, overrides)
    gain = with_it["surplus"] + with_it["mediator"] - without["surplus"]
    moved = with_it[column].astype(float) - without[column]
    return moved.sum(1) / size, gain.sum(1) / size


@pytest.mark.parametrize("function", MATTERS)
def test_only_the_function_in_question_is_in_force(function):
    loaded = load(f"control_{function}")
    assert loaded.scenario.mediator.functions == [function]
    assert loaded.scenario.mediator.fee.retainer > 0.0


@pytest.mark.parametrize("able", [{}, ABLE], ids=["as it is", "able"])
@pytest.mark.parametrize("function", MATTERS)
def test_with_nothing_to_do_it_adds_nothing(function, able):
    moved, gain = paired(function, MATTERS[function][0], able)
    assert np.abs(gain).max() < 1e-9
    assert np.abs(moved).max() < 1e-9


@pytest.mark.parametrize("function", MATTERS)
def test_with_something_to_do_it_does_it(function):
    """The positive control: the same function, given back what it works on."""
    column, world = MATTERS[function]
    moved, gain = paired(function, column, ABLE | world)
    better = 1.0 if column.startswith("trust") else -1.0
    assert (better * moved).mean() > 3 * moved.std(ddof=1) / np.sqrt(WORLDS) > 0.0
    assert np.abs(gain).max() > 1e-6
