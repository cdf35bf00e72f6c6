"""Each function, alone and in able hands, moves the quantity it acts on, in a minimal world."""

import numpy as np
import pytest
from paired import totals

ABLE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6, "mediator.discretion": 1.0}
HOT = {
    "disputes.threshold": 3.0,
    "disputes.cost_buyer": 0.5,
    "disputes.cost_vendor": 0.5,
    "buyers.optimism": 1.0,
    "vendors.optimism": 1.0,
    "vendors.oversell": 0.8,
}
CASES = {
    # function: (column, direction, further keys of the minimal world)
    "broker": ("misfit", -1, {}),
    "align": ("grievance", -1, {"vendors.oversell": 0.8, "relationship.prior_good": 20.0}),
    "warn": ("problems_reported", +1, {"buyers.blame": 2.0, "problems.fault": 0.0, "relationship.prior_bad": 5.0}),
    "resolve": ("fought", -1, HOT),
}  # fmt: skip


def change(function, switched_on, handicap):
    """Return the mean change of the function's own column and its standard error."""
    column, direction, world = CASES[function]
    overrides = {
        **ABLE,
        **world,
        **handicap,
        "mediator.functions": [function] if switched_on else [],
    }
    after, _ = totals("one_tie", "mediated", 200, overrides)
    before, _ = totals("one_tie", "adversarial", 200, overrides)
    paired = direction * (after[column].astype(float) - before[column]).sum(1)
    return paired.mean(), paired.std(ddof=1) / np.sqrt(len(paired))


@pytest.mark.parametrize("function", CASES)
def test_it_moves_its_own_quantity(function):
    mean, error = change(function, True, {})
    assert mean > 3 * error > 0.0


@pytest.mark.parametrize("function", CASES)
def test_switched_off_it_moves_nothing(function):
    mean, error = change(function, False, {})
    assert mean == error == 0.0
