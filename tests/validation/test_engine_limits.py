"""The engine in its limits at drawn parameters, against the closed forms with which the bench compares it."""

import numpy as np
import pytest
from counts import one_in

from sim.theory import double_auction as auction
from sim.theory import honesty, trust
from sim.validation.check import Effort
from sim.validation.one_shot import NEEDS, gains_by_meeting, one_shot_scenario, run_meetings
from sim.validation.relations import load_pair
from sim.validation.talks_in_limits import build_domain
from sim.validation.trade import EQUILIBRIUM_KEYS, TRUTHFUL_KEYS, honest_mix
from sim.validation.trust_rules import trust_params, trust_path

MEETINGS = 80_000


def agrees(found, expected):
    mean, error = found
    return abs(mean - expected) <= 4.5 * error


@pytest.mark.parametrize("k", one_in(2, Effort().draws("limits").uniform(0.0, 1.0, 4).round(3)))
@pytest.mark.parametrize("level", ["equilibrium", "level_1"])
def test_any_price_rule(level, k):
    lines = auction.equilibrium(k) if level == "equilibrium" else auction.level_1(k)
    found = run_meetings({"negotiation.level": level, "negotiation.k": float(k)}, MEETINGS, 7)
    for column, expected in zip(found, auction.expected_outcome(*lines, k), strict=True):
        assert agrees(column, expected)
    assert not agrees(found.gains, auction.first_best_gains())


@pytest.mark.parametrize("share", [0.2, 0.55, 0.8])
def test_any_share_of_honest_sides(share):
    found = run_meetings(honest_mix(share), MEETINGS, 7)
    assert agrees(found.gains, honesty.gains_at_honesty(share))
    assert not agrees(found.gains, honesty.gains_at_honesty(share + 0.1))


def test_meetings_keep_their_luck():
    truth, linear = (gains_by_meeting(x, 2 * NEEDS, 7) for x in (TRUTHFUL_KEYS, EQUILIBRIUM_KEYS))
    assert truth.shape == (2 * NEEDS,)
    assert ((linear == truth) | (linear == 0.0)).all()
    assert truth.mean() == pytest.approx(run_meetings(TRUTHFUL_KEYS, 2 * NEEDS, 7).gains[0])
    assert one_shot_scenario({"negotiation.k": 0.3}).scenario.negotiation.k == 0.3


@pytest.mark.parametrize("seed", [1, 2])
def test_the_compiled_rule_of_trust_follows_the_recursion(seed):
    draws = np.random.default_rng(seed)
    good = draws.random(60) < 0.7
    memory, a, b = 0.8, *draws.uniform(0.5, 3.0, 2)
    found = trust_path(trust_params(memory=memory, prior_good=float(a), prior_bad=float(b)), good)
    r = u = 0.0
    for month, fine in enumerate(good):
        r, u = memory * r + fine, memory * u + (not fine)
        assert found[month] == pytest.approx((r + a) / (r + u + a + b), abs=1e-12)
    start = float(a / (a + b))
    lone = trust_path(
        trust_params(trust_rule="two_layer", prior_good=float(a), prior_bad=float(b)),
        np.array([0, 1, 1]),
    )
    assert lone[2] == pytest.approx(trust.two_layer_response(start, 2), abs=1e-12)


def test_a_table_becomes_a_domain_with_its_payoffs():
    payoffs = np.array([[0.0, 2.0, 4.0], [1.0, 0.0, 0.5]])
    given = build_domain(payoffs, payoffs[:, ::-1], (0.1, 0.2))
    assert [p.reservation for p in given.profiles] == [0.1, 0.2]
    for number in range(9):
        worth = payoffs[0, number // 3] + payoffs[1, number % 3]
        assert given.utility(0, number) * 5.0 == pytest.approx(worth)


def test_the_pair_has_no_other_friction():
    assert load_pair(growth={"rate": 0.5}).scenario.growth.rate == 0.5
    assert load_pair().scenario.growth.notice == 1.0
