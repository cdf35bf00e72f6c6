"""A mediator's words on the measure and the terms: able ones help, without knowledge or trust they do nothing,
wrong ones do harm. All in a minimal world in which nothing else goes wrong.
"""

import numpy as np
import pytest

from sim.engines.batch import simulate
from sim.scenario.load import load
from sim.scenario.schema import Scenario

MONTHS, NEEDS, WORLDS = 13, 8, 100
WORLD = {
    "run": {"months": MONTHS, "worlds": 1},
    "market": {"needs": NEEDS, "vendors": NEEDS, "candidates": 1},
    "issues": [
        {"name": "work", "levels": ["no", "yes"], "worth": [0.0, 40.0], "cost": [0.0, 10.0]},
        {"name": "risk share", "kind": "risk_share", "levels": [0.0, 0.25, 0.5, 0.75, 1.0]},
        {"name": "penalty", "kind": "penalty", "levels": [0.0, 1.0, 2.0]},
        {"name": "exit fee", "kind": "liability", "levels": [0.0, 1.0]},
    ],
    "buyers": {"fear": 4.0, "risk_aversion": 0.02},
    "vendors": {
        "fear": 4.0, "productivity": 20.0, "productivity_spread": 0.9, "risk_aversion": 0.02,
    },
    "delivery": {"noise": 20.0, "dimensions": 3, "dimension_spread": 1.0},
    "problems": {"rate": 0.2, "severity": 5.0, "fix": 0.5},
    "protection": {"deadweight": 1.0, "exit_fee": 20.0, "break_rate": 0.05},
    "negotiation": {"offer_cost": 0.1, "deadline": 8},
}  # fmt: skip
FAMOUS = {"mediator.prior_good": 1e6}
ABLE = {"mediator.competence": 1.0, **FAMOUS}
UNTRUSTED = {"mediator.prior_good": 0.0, "mediator.prior_bad": 1e6}
KNOWS_NOTHING = {"mediator.competence": 0.0, **FAMOUS}
FEARLESS = {"buyers.fear": 0.0, "vendors.fear": 0.0}


def months(regime, overrides):
    """Return the periods table, one row of months per world."""
    loaded = load(Scenario.model_validate(WORLD), overrides)
    rows = simulate(loaded.regime(regime), range(WORLDS), 1, threads=2).periods
    assert rows["residual"].max() < 1e-9
    return rows.reshape(WORLDS, -1)


def change(function, column, overrides):
    """Return the paired change of a column by one function, per world; surplus gross of fee."""
    after = months("mediated", {"mediator.functions": [function], **overrides})
    before = months("adversarial", overrides)
    paired = after[column].astype(float) - before[column]
    if column == "surplus":
        paired = paired + after["mediator"]
    return paired.sum(1)


def mean_and_error(paired):
    return paired.mean(), paired.std(ddof=1) / np.sqrt(len(paired))


@pytest.mark.parametrize("function", ["metrics", "terms"])
@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_without_knowledge_or_trust_only_the_note_is_paid_for(function, handicap):
    """One note per pair, at what an offer costs both sides; nothing else moves by a bit."""
    paired = change(function, "surplus", handicap)
    assert paired == pytest.approx(-2.0 * 0.1 * NEEDS)
    for column in ("incentives", "protection", "problems", "no_deal", "misfit", "disputes"):
        assert (change(function, column, handicap) == 0.0).all()


@pytest.mark.parametrize(
    ("function", "column"),
    [("metrics", "incentives"), ("terms", "incentives"), ("terms", "protection")],
)
def test_in_able_hands_it_lowers_its_own_cause(function, column):
    mean, error = mean_and_error(change(function, column, ABLE))
    assert mean < -3 * error < 0.0
    gain, error = mean_and_error(change(function, "surplus", ABLE))
    assert gain > 3 * error


def test_metrics_leave_protection_alone_and_terms_the_measure():
    """The negative control: each function moves its own cause, not every cause."""
    assert abs(change("terms", "alignment", ABLE).mean()) < 1e-9
    moved = change("metrics", "protection", ABLE | FEARLESS)
    assert (moved == 0.0).all()


def test_wrong_terms_do_harm():
    """Nobody can tell a vendor its own productivity, but the buyer may be told a wrong one."""
    world = {"mediator.competence": 0.2, **FEARLESS, **FAMOUS}
    mean, error = mean_and_error(change("terms", "incentives", world))
    assert mean > 3 * error > 0.0
    gain, error = mean_and_error(change("terms", "surplus", world))
    assert gain < -3 * error


def test_a_measure_proposed_by_one_who_reads_little_does_none():
    """What it proposes moves as far as its reading is worth: incentives are no worse than before."""
    mean, error = mean_and_error(
        change("metrics", "incentives", {"mediator.competence": 0.1, **FAMOUS})
    )
    assert mean <= 3 * error
