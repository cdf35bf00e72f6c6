"""Each stage alone reduces to its published case; the rules run interpreted, as compiled.

Closed forms come from `sim.theory`, which imports nothing of the simulation. Every check has a
negative control.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare
from counts import count

from sim.contract import best_share, buyer_incentive, vendor_incentive
from sim.engines.batch import simulate
from sim.jit import plain
from sim.records import allocate
from sim.relationship.work.build_trust import (
    add_evidence,
    current_trust,
    fade_memory,
    set_initial_trust,
)
from sim.relationship.work.disclose import cost_of_hiding, cost_of_telling
from sim.relationship.work.resolve import chance_on_merits, is_fought
from sim.state import TRUST
from sim.theory import disclosure_game, incentives, trust
from sim.words import Ceiling, TrustRule


def rules(**keys):
    """Return parameters of the remember stage: pure rules, no ceilings, prior (1, 1)."""
    base = {
        "trust_rule": int(TrustRule.BETA), "memory": 1.0, "prior_good": 1.0, "prior_bad": 1.0,
        "negativity": 1.0, "deceit_cut": 0.4, "ceiling_recovery": 0.0, "rise": 0.1, "fall": 0.3,
        "damage_rise": 0.6, "damage_decay": 0.03, "ceiling": int(Ceiling.CAPS),
    }  # fmt: skip
    return SimpleNamespace(**{f"relationship_{k}": v for k, v in (base | keys).items()})


def live(p, months):
    """Return trust after each month of a list of (gain, loss, deceit)."""
    row = allocate(TRUST, 1)[0]
    plain(set_initial_trust)(row, 0, p)
    path = []
    for gain, loss, deceit in months:
        plain(fade_memory)(row, 0, p, 1)
        row.gain, row.loss, row.deceit = gain, loss, deceit
        plain(add_evidence)(row, p)
        path.append(plain(current_trust)(row, 0, p))
    return np.array(path)


def coin(p, n, seed=1):
    """Return n months, each good with chance p."""
    good = np.random.default_rng(seed).random(n) < p
    return [(1.0, 0.0, 0.0) if g else (0.0, 1.0, 0.0) for g in good]


MONTHS = count(6_000, 30_000)
# Bands are for 30,000 months; fewer widen them as they widen errors.
LESS = math.sqrt(30_000 / MONTHS)


@pytest.mark.parametrize(
    ("p", "memory"),
    [
        (0.9, 0.9),
        pytest.param(0.7, 0.95, marks=pytest.mark.deep),
        pytest.param(0.8, 0.8, marks=pytest.mark.deep),
    ],
)
def test_beta_trust_settles_where_theory_says(p, memory):
    """T35 (Jøsang & Ismail 2002)."""
    path = live(rules(memory=memory), coin(p, MONTHS))[200:]
    expected = trust.beta_moments(p, memory)
    assert abs(path.mean() - expected.mean) < 0.003 * LESS
    assert abs(path.std() - expected.sd) < 0.003 * LESS
    assert abs(path.mean() - trust.beta_moments(p - 0.05, memory).mean) > 0.01


@pytest.mark.parametrize(
    ("p", "rise", "fall"), [(0.9, 0.1, 0.3), pytest.param(0.8, 0.1, 0.1, marks=pytest.mark.deep)]
)
def test_ewma_trust_settles_where_theory_says(p, rise, fall):
    """T36: at three to one, 75 % reliability is half trusted."""
    p_rule = rules(trust_rule=int(TrustRule.EWMA), rise=rise, fall=fall)
    path = live(p_rule, coin(p, MONTHS))[200:]
    expected = trust.ewma_moments(p, rise, fall)
    assert abs(path.mean() - expected.mean) < 0.004 * LESS
    assert abs(path.std() - expected.sd) < 0.004 * LESS
    assert abs(path.mean() - trust.ewma_moments(p, rise, fall + 0.1).mean) > 0.01


def test_two_layer_trust_recovers_as_published():
    """T37: one violation from 0.5, then only good months."""
    p_rule = rules(trust_rule=int(TrustRule.TWO_LAYER))
    path = live(p_rule, [(0.0, 1.0, 0.0), *[(1.0, 0.0, 0.0)] * 60])
    for months, level in ((0, 0.35), (10, 0.45), (35, 0.718), (60, 0.867)):
        assert abs(path[months] - level) < 0.001
    assert abs(live(p_rule, [(1.0, 0.0, 0.0)] * 61)[60] - 0.867) > 0.1


@pytest.mark.parametrize("rule", list(TrustRule))
def test_deceit_leaves_a_deficit_that_a_shortfall_does_not(rule):
    """T38 (Schweitzer, Hershey & Bradlow 2006), with a ceiling that does not recover."""
    p_rule = rules(trust_rule=int(rule), memory=0.9 if rule == TrustRule.BETA else 1.0)
    good = [(1.0, 0.0, 0.0)] * 400
    never = live(p_rule, [(1.0, 0.0, 0.0), *good])[-1]
    shortfall = live(p_rule, [(0.0, 1.0, 0.0), *good])[-1]
    deceit = live(p_rule, [(0.0, 1.0, 1.0), *good])[-1]
    assert abs(never - shortfall) < 1e-3
    assert deceit <= 0.6 < never - 0.2


@pytest.mark.parametrize("months", [0, 1, 7, 40])
@pytest.mark.parametrize("growth", [0.0, 0.05, 1 / (0.99 * 0.9) - 1])
def test_hiding_costs_what_the_sum_over_months_says(months, growth):
    """H in closed form against a sum, also if the geometric ratio is one."""
    keys = SimpleNamespace(
        problems_discovery=0.1, relationship_discount=0.99, problems_growth=growth,
        problems_enforcement=0.7, problems_fix=0.6, buyers_blame=1.5,
    )  # fmt: skip
    problem = disclosure_game.HiddenProblem(12.0, 0.6, 1.5, growth, 0.1, 0.7 * 2.0)
    hiding = plain(cost_of_hiding)(12.0, 2.0, 30.0, months, keys)
    assert hiding == pytest.approx(
        disclosure_game.cost_of_hiding(problem, 30.0, months, 0.99), abs=1e-9
    )
    telling = plain(cost_of_telling)(12.0, 2.0, 1.0 - 0.4, keys)
    assert telling == pytest.approx(disclosure_game.cost_of_reporting(problem, 0.4), abs=1e-9)
    if months:
        threshold = disclosure_game.trust_threshold(problem, 30.0, months, 0.99)
        for trusting, tells in ((threshold + 1e-6, True), (threshold - 1e-6, False)):
            assert (plain(cost_of_telling)(12.0, 2.0, 1 - trusting, keys) <= hiding) is tells


def test_disputes_are_fought_by_landes_and_gould():
    for p_b, p_v, stake, cost in (
        (0.8, 0.5, 100.0, 29.0),
        (0.8, 0.5, 100.0, 31.0),
        (0.4, 0.5, 9.0, 0.0),
    ):
        fought = disclosure_game.is_fought(p_b, p_v, stake, cost / 2, cost / 2)
        assert plain(is_fought)(p_b, p_v, stake, cost) is fought
    assert plain(chance_on_merits)(0.7, 0.7, 0.1, 0) == 0.5
    assert plain(chance_on_merits)(0.7, 0.7, 0.1, 1) == 0.75
    assert plain(chance_on_merits)(0.7, 0.6, 0.0, 0) == 1.0


@pytest.mark.parametrize(("kappa", "theta", "r_b", "r_v", "sigma"), [
    (1.0, 1.0, 0.0, 2.0, math.sqrt(0.5)), (2.0, 1.0, 0.0, 4.0, 0.5), (1.0, 1.0, 1.0, 2.0, math.sqrt(0.5)),
    (16.0, 0.8, 0.01, 0.02, 8.0), (5.0, 0.6, 0.0, 0.0, 3.0), (0.0, 1.0, 1.0, 2.0, 1.0),
])  # fmt: skip
def test_the_best_risk_share_is_the_textbooks(kappa, theta, r_b, r_v, sigma):
    """T32: Holmström–Milgrom, both averse, Baker (s* = θ), Borch."""
    share = plain(best_share)(theta, kappa, r_b, r_v, sigma**2, (0.0, 0.0, 0.0))
    assert share == pytest.approx(
        incentives.optimal_share(kappa, theta, r_b, r_v, sigma), abs=1e-12
    )
    grid = np.linspace(0.0, 1.0, 2001)
    worth = [
        plain(buyer_incentive)(s, theta, kappa, r_b, sigma**2)
        + plain(vendor_incentive)(s, kappa, r_v, sigma**2)
        for s in grid
    ]
    assert abs(grid[int(np.argmax(worth))] - share) <= 0.0005
    assert worth[700] == pytest.approx(incentives.surplus(0.35, kappa, theta, r_b, r_v, sigma))


CALM = {
    "problems.rate": 0.0, "disputes.threshold": 0.0, "run.months": 400, "delivery.quality_noise": 0.1,
}  # fmt: skip


@pytest.mark.parametrize("regime", ["adversarial", "partnership", "mediated"])
def test_buyers_learn_true_capability_under_every_regime(regime):
    """The normal–normal rule: after n months the error is of order σ_q/√n, whoever talks."""
    ties = simulate(bare("one_tie", CALM).regime(regime), range(60), 1).ties
    error = (ties["expected_capability"] - ties["capability"])[ties["months"] > 300]
    assert len(error) > 50
    assert abs(error.mean()) < 4 * 0.1 / math.sqrt(394 * len(error)) + 6 * 0.15 / 400
    short = simulate(bare("one_tie", CALM | {"run.months": 6}).regime(regime), range(60), 1).ties
    early = short["expected_capability"] - short["capability"]
    assert early.std() > 3 * error.std()
