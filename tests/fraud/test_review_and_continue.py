"""What `review` and `continue` may not do: help without knowing or being believed; never do harm."""

import numpy as np
import pytest
from paired import KNOWS_NOTHING, UNTRUSTED, totals

LEAVING = {"turnover.buyer": 0.04, "turnover.vendor": 0.04, "turnover.loss": 0.9}
CASES = {"review": {"reviews.every": 6}, "continue": LEAVING}
FREE = {"mediator.fee.retainer": 0.0, "mediator.fee.success": 0.0}
ABLE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6}


def changes(function, scenario, worlds, keys):
    """Return the change by one function alone in every world, per need and month."""
    world = CASES[function] | {"run.months": 60}
    with_it, size = totals(
        scenario, "mediated", worlds, world | FREE | keys | {"mediator.functions": [function]}
    )
    without, _ = totals(scenario, "adversarial", worlds, world)
    return (with_it["surplus"] - without["surplus"]).sum(1) / size


def gain(function, scenario, worlds, keys):
    """Return (mean, standard error) of the paired gain per need and month of one function alone."""
    change = changes(function, scenario, worlds, keys)
    return float(change.mean()), float(change.std(ddof=1) / np.sqrt(worlds))


@pytest.mark.parametrize("function", CASES)
@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_without_knowledge_or_trust_it_moves_nobody(function, handicap):
    assert np.abs(changes(function, "it_outsourcing", 10, handicap)).mean() < 1e-3


@pytest.mark.parametrize("function", CASES)
def test_the_check_above_can_fail(function):
    assert np.abs(changes(function, "it_outsourcing", 10, ABLE)).mean() > 0.05


def test_a_wrong_record_does_harm():
    """Believed and wrong: a record kept by one side's advocate."""
    advocate = {"mediator.competence": 0.7, "mediator.bias": -1.0}
    mean, error = gain("continue", "wrong_estimates", 60, advocate)
    assert mean < -3 * error < 0.0
