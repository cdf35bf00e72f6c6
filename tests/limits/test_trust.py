"""Routine evidence that wears off, and a ceiling that binds at any level of trust.

Numbers follow from the rules in closed form; encounters are months (Schweitzer, Hershey & Bradlow 2006:
after deceit trust never fully recovers, after bad conduct without deceit it does).
"""

import numpy as np
import pytest
from bare import bare

from sim.engines.batch import simulate
from sim.jit import kernel
from sim.records import allocate
from sim.relationship.work.build_trust import (
    add_evidence,
    current_trust,
    fade_memory,
    routine_weight,
    set_initial_trust,
)
from sim.scenario.load import from_resolved
from sim.state import TRUST
from sim.validation.trust_rules import BETA, EWMA, TWO_LAYER, trust_params, trust_path

LONG = 400


@kernel
def routine_months(row, p, found):
    """Follow trust over ordinary months, each as good as it was promised."""
    set_initial_trust(row, 0, p)
    for month in range(found.shape[0]):
        fade_memory(row, 0, p, 1)
        row.gain, row.loss, row.deceit = routine_weight(row, p), 0.0, 0.0
        add_evidence(row, p)
        row.now = current_trust(row, 0, p)
        found[month] = row.now


def settled(wear, memory=0.97, weight=0.25):
    p = trust_params(memory=memory, weight_routine=weight, routine_wear=wear)
    found = np.zeros(LONG)
    routine_months(allocate(TRUST, 1)[0], p, found)
    return found[-1]


def fixed_point(wear, memory=0.97, weight=0.25):
    """Return the T that solves r = w(1 − ωT)/(1 − λ) and T = (r + 1)/(r + 2), by bisection."""
    low, high = 0.5, 1.0
    for _ in range(60):
        trust = 0.5 * (low + high)
        r = weight * (1.0 - wear * trust) / (1.0 - memory)
        low, high = (trust, high) if (r + 1.0) / (r + 2.0) > trust else (low, trust)
    return trust


@pytest.mark.parametrize("wear", [0.0, 0.5, 1.0])
def test_expected_months_wear_off_to_the_known_level(wear):
    assert settled(wear) == pytest.approx(fixed_point(wear), abs=2e-4)
    assert settled(wear) != pytest.approx(fixed_point(wear + 0.1), abs=2e-3)


def test_at_the_defaults_the_levels_are_those_of_the_page():
    assert round(settled(0.0), 2) == 0.90
    assert round(settled(1.0), 2) == 0.75


def ratio(level, ceiling, recovery=0.0, rule=BETA):
    """Return trust long after one deceit over trust without it; `level` is the share of good months."""
    p = trust_params(trust_rule=rule, memory=0.9, ceiling=ceiling, ceiling_recovery=recovery)
    good = (np.arange(LONG) * level % 1.0 >= 1.0 - level - 1e-9).astype(float)
    lie = np.array([1.0] + [0.0] * (LONG - 1))
    return trust_path(p, good, lie)[-1] / trust_path(p, good)[-1]


@pytest.mark.parametrize("level", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("rule", [BETA, EWMA, TWO_LAYER])
def test_deceit_is_never_made_good_at_any_level_of_trust(level, rule):
    assert ratio(level, "multiplies", rule=rule) == pytest.approx(0.6)
    assert ratio(level, "multiplies", 0.05, rule) > 0.999  # the control: a ceiling that recovers


def test_a_ceiling_that_caps_does_not_bind_if_trust_is_low():
    assert ratio(0.2, "caps") == 1.0
    assert ratio(1.0, "caps") < 0.8


def test_bad_conduct_without_deceit_is_made_good_by_as_many_good_months():
    p = trust_params(memory=0.9, ceiling="multiplies")
    bad = np.array([0.0] * 6 + [1.0] * (LONG - 6))
    assert trust_path(p, bad)[-1] == pytest.approx(trust_path(p, np.ones(LONG))[-1], abs=1e-6)


def test_what_is_off_changes_no_bit_and_on_it_is_seen_in_a_market():
    run = {"run.months": 60, "market.needs": 8}

    def months(**keys):
        return simulate(
            bare("it_outsourcing", run | keys).regime("adversarial"), range(4), 1
        ).periods

    says_nothing = bare("it_outsourcing", run).resolved()
    del says_nothing["relationship"]["ceiling"], says_nothing["relationship"]["routine_wear"]
    default = from_resolved(says_nothing, "it_outsourcing").regime("adversarial")
    plain = simulate(default, range(4), 1).periods
    off = {"relationship.ceiling": "caps", "relationship.routine_wear": 0.0}
    same = months(**off)
    assert all(np.array_equal(same[name], plain[name]) for name in plain.dtype.names)
    worn = months(**{"relationship.routine_wear": 1.0})
    assert worn["trust_vendor"].mean() < plain["trust_vendor"].mean() - 0.03
    bound = months(**{"relationship.ceiling": "multiplies", "problems.discovery": 0.2})
    capped = months(**{"problems.discovery": 0.2})
    assert bound["trust_buyer"].mean() < capped["trust_buyer"].mean()
