"""Effort of both sides, goodwill and regard, through the engine: each alone gives the textbook's result."""

import numpy as np
import pytest

from sim.contract import best_share, buyer_incentive, cooperation_gain, vendor_incentive
from sim.engines.batch import simulate
from sim.jit import plain
from sim.relationship.work.cooperate import free_effort_share
from sim.theory import incentives
from sim.validation.risk import load_contract as world


def months(loaded, regime="adversarial"):
    """Return the months of world 0."""
    return simulate(loaded.regime(regime), [0], 1).periods


def incentive_surplus(loaded, regime):
    """Return the surplus a month that effort and risk make: all but the worth of scope, 40."""
    return float(months(loaded, regime)["surplus"][-1]) - 40.0


# T32, two-sided effort: cost coefficients (vendor, buyer) → share, part of first best.
@pytest.mark.parametrize(
    ("c_v", "c_b", "share", "part"), [(1, 1, 0.5, 0.75), (1, 2, 2 / 3, 7 / 9), (1, 4, 0.8, 0.84)]
)
def test_two_sided_effort(c_v, c_b, share, part):
    kappa_v, kappa_b = 12.0 / c_v, 12.0 / c_b
    loaded = world(
        [0.0, share],
        buyers={"cooperation": kappa_b},
        vendors={"productivity": kappa_v},
    )
    best = plain(best_share)(1.0, kappa_v, 0.0, 0.0, 0.0, (kappa_b, 0.0, 0.0))
    assert best == pytest.approx(share, abs=1e-12)
    assert best == pytest.approx(incentives.two_sided_share(kappa_v, kappa_b))
    first_best = 0.5 * (kappa_v + kappa_b)
    for regime in ("planner", "adversarial"):
        assert incentive_surplus(loaded, regime) == pytest.approx(part * first_best, abs=1e-9)
    alone = world([0.0, share], vendors={"productivity": kappa_v})  # nobody to cooperate
    assert incentive_surplus(alone, "adversarial") != pytest.approx(part * first_best, abs=0.1)


@pytest.mark.parametrize(
    ("c_b", "c_v", "r_v", "r_b", "variance", "share"),
    [(1, 1, 2, 1, 0.5, 0.428571), (2, 1, 1, 3, 1.0, 0.727273)],
)
def test_two_sided_effort_of_the_risk_averse(c_b, c_v, r_v, r_b, variance, share):
    found = plain(best_share)(1.0, 1 / c_v, r_b, r_v, variance, (1 / c_b, 0.0, 0.0))
    assert found == pytest.approx(share, abs=1e-6)
    grid = np.linspace(0.0, 1.0, 4001)
    worth = [
        plain(buyer_incentive)(s, 1.0, 1 / c_v, r_b, variance)
        + plain(vendor_incentive)(s, 1 / c_v, r_v, variance)
        + plain(cooperation_gain)(0, s, 1 / c_b)
        + plain(cooperation_gain)(1, s, 1 / c_b)
        for s in grid
    ]
    assert abs(grid[int(np.argmax(worth))] - share) < 0.0003
    assert plain(best_share)(1.0, 1 / c_v, r_b, r_v, variance, (0.0, 0.0, 0.0)) > share + 0.05


def test_goodwill_works_for_nothing_and_regard_as_for_oneself():
    """At full trust g = γ; a vendor that weighs the buyer's payoff like its own gives all of κ."""
    assert plain(free_effort_share)(0.4, 0.0, 1.0) == pytest.approx(0.4)
    assert plain(free_effort_share)(0.4, 0.0, 0.5) == pytest.approx(0.2)
    assert plain(free_effort_share)(0.0, 1.0, 0.0) == 1.0
    trusting = {"prior_good": 1e6}
    for goodwill in (0.0, 0.3, 1.0):
        loaded = world(vendors={"productivity": 10.0, "goodwill": goodwill}, relationship=trusting)
        effort = 10.0 * goodwill
        expected = effort - effort**2 / 20.0
        assert incentive_surplus(loaded, "adversarial") == pytest.approx(expected, abs=1e-4)
    wary = world(vendors={"productivity": 10.0, "goodwill": 1.0}, relationship={"prior_bad": 1e6})
    assert months(wary)["effort"][0] < 1e-3


@pytest.mark.parametrize("regard", [0.0, 0.5, 1.0])
def test_best_terms_count_on_goodwill_and_regard(regard):
    """s* with everything at once maximises joint surplus on a grid of shares."""
    kappa_v, kappa_b, given, theta = 9.0, 6.0, 0.3, 1.0
    grid = np.linspace(0.0, 1.0, 4001)
    a = kappa_v * (given + (1 - given) * grid)
    b = kappa_b * (1 - grid * (1 - regard))
    risk = 0.5 * 0.8 * grid**2 + 0.5 * 0.5 * (1 - grid) ** 2
    joint = theta * a - a**2 / (2 * kappa_v) + b - b**2 / (2 * kappa_b) - risk
    found = plain(best_share)(theta, kappa_v, 0.5, 0.8, 1.0, (kappa_b, given, regard))
    assert abs(grid[int(np.argmax(joint))] - found) < 0.0003


def test_cooperation_unasked_for_is_missed():
    """Claim 42: a buyer that does not see what it should do does less, and `incentives` shows it."""
    seen = world([0.0, 0.5], buyers={"cooperation": 12.0}, vendors={"productivity": 12.0})
    blind = world(
        [0.0, 0.5],
        buyers={"cooperation": 12.0, "attention": 0.0},
        vendors={"productivity": 12.0},
        relationship={"prior_bad": 1e6},
    )
    assert months(seen)["incentives"].max() < 1e-9
    assert months(blind)["cooperation"].max() < 1e-6
    # b = 0 instead of 6 loses b - b²/2κ_b = 6 - 36/24.
    assert months(blind)["incentives"][0] == pytest.approx(4.5, abs=1e-5)


WARNED = {"functions": ["warn"], "prior_good": 1e6}


@pytest.mark.parametrize(
    ("mediator", "cooperation"),
    [
        ({**WARNED, "competence": 1.0}, 6.0),
        ({**WARNED, "competence": 0.0}, 0.0),
        ({"functions": ["warn"], "competence": 1.0, "prior_good": 0.0, "prior_bad": 1e6}, 0.0),
    ],
    ids=["able", "knows nothing", "untrusted"],
)
def test_a_mediator_can_ask_for_cooperation(mediator, cooperation):
    loaded = world(
        [0.0, 0.5],
        buyers={"cooperation": 12.0, "attention": 0.0},
        vendors={"productivity": 12.0},
        relationship={"prior_bad": 1e6},
        mediator=mediator,
    )
    assert months(loaded, "mediated")["cooperation"][0] == pytest.approx(cooperation, abs=1e-4)


def test_selling_instead_of_serving_is_lost():
    """Claim 44: of effort a the share that goes into selling more is paid for and brings nothing."""
    loaded = world([0.0, 1.0], vendors={"productivity": 10.0, "push": 0.3})
    rows = months(loaded)
    assert rows["effort"][0] == pytest.approx(10.0)
    assert rows["incentives"][0] == pytest.approx(3.0, abs=1e-9)
    assert rows["residual"].max() < 1e-9
