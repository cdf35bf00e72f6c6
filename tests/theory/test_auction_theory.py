"""One negotiation over one price, types U[0, 1]: what the closed forms of T01 to T06 come to.

That the engine earns these numbers is shown by the bench (`sim validate --only trade`).
"""

import numpy as np
import pytest

from sim.theory import double_auction as auction

# k: gains, chance of trade, buyer's part, vendor's part (Chatterjee & Samuelson 1983, T03).
LINEAR = {
    0.0: (0.125, 0.25, 1 / 24, 1 / 12),
    0.1: (0.130625, 0.26125, 0.04790, 0.08273),
    0.25: (0.13671875, 0.2734375, 0.05697, 0.07976),
    0.5: (9 / 64, 9 / 32, 9 / 128, 9 / 128),
    0.75: (0.13671875, 0.2734375, 0.07976, 0.05697),
    1.0: (0.125, 0.25, 1 / 12, 1 / 24),
}


def test_truthful_sides_reach_first_best():
    both = auction.expected_outcome(auction.TRUTHFUL, auction.TRUTHFUL, 0.5)
    assert both == pytest.approx((1 / 6, 1 / 2, 1 / 12, 1 / 12))
    assert both.gains == pytest.approx(auction.first_best_gains())
    assert both.gains > auction.second_best_gains() + 0.02


@pytest.mark.parametrize("k", LINEAR)
def test_linear_equilibrium(k):
    closed = auction.expected_outcome(*auction.equilibrium(k), k)
    assert closed == pytest.approx(LINEAR[k], abs=1e-5)
    assert closed.gains < auction.first_best_gains() - 0.02


def test_the_middle_price_attains_the_second_best():
    gains = [
        auction.expected_outcome(*auction.equilibrium(k), k).gains for k in np.linspace(0, 1, 101)
    ]
    assert np.argmax(gains) == 50
    assert max(gains) == pytest.approx(auction.second_best_gains())


@pytest.mark.parametrize("k", LINEAR)
def test_no_deviation_from_the_linear_equilibrium_pays(k):
    """T04: 1,000 types of each side, 1,000 other claims."""
    grid = (np.arange(1000) + 0.5) / 1000
    opponent = (np.arange(20_000) + 0.5) / 20_000
    said = np.linspace(0, 1, 1000)
    assert (
        deviation_gain(k, grid, opponent, said, auction.equilibrium_bid, auction.equilibrium_ask)
        < 5e-4
    )


@pytest.mark.parametrize("k", [0.25, 0.5, 0.75])
def test_deviations_from_level_1_do_pay(k):
    grid = (np.arange(1000) + 0.5) / 1000
    opponent = (np.arange(20_000) + 0.5) / 20_000
    said = np.linspace(0, 1, 1000)
    gain = deviation_gain(k, grid, opponent, said, auction.level_1_bid, auction.level_1_ask)
    assert gain > 10 * 5e-4


def deviation_gain(k, types, opponents, said, bid, ask):
    """Return the most that any type gains by another claim out of `said`, if all others claim `said`."""
    own, others = (bid(types, k), ask(types, k)), (bid(opponents, k), ask(opponents, k))
    return auction.deviation_gain(k, types, own, others, said)


def test_posted_price_and_random_price():
    assert auction.posted_price_gains(0.5) == pytest.approx(1 / 8)
    assert auction.posted_price_gains(0.4) == pytest.approx(0.4 * 0.6 / 2)
    assert auction.random_price_gains() == pytest.approx(1 / 12)


@pytest.mark.parametrize("k", [0.0, 1.0])
def test_take_it_or_leave_it(k):
    """The best offer is level-1 at the k at which the own claim sets the price."""
    bid, ask = auction.level_1(k)
    lines = (bid, auction.TRUTHFUL) if k else (auction.TRUTHFUL, ask)
    gains, trade, *_ = auction.expected_outcome(*lines, k)
    assert (gains, trade) == pytest.approx((1 / 8, 1 / 4))
    assert gains == pytest.approx(auction.take_it_or_leave_it_gains())


def test_level_1():
    """One side strategic 4/27, both 1/12."""
    bid, ask = auction.level_1(0.5)
    assert auction.expected_outcome(bid, auction.TRUTHFUL, 0.5)[:2] == pytest.approx(
        (4 / 27, 1 / 3)
    )
    assert auction.expected_outcome(bid, ask, 0.5)[:2] == pytest.approx((1 / 12, 1 / 8))


@pytest.mark.parametrize("k", LINEAR)
def test_nobody_gives_away_its_own_value(k):
    types = np.linspace(0, 1, 501)
    for bids in (auction.equilibrium_bid(types, k), auction.level_1_bid(types, k)):
        assert np.all(bids <= types) and np.all(np.diff(bids) > 0)
    for asks in (auction.equilibrium_ask(types, k), auction.level_1_ask(types, k)):
        assert np.all(asks >= types) and np.all(np.diff(asks) > 0)


def test_other_intervals_shift_and_scale():
    types = np.linspace(0, 1, 11)
    for say in (
        auction.equilibrium_bid,
        auction.equilibrium_ask,
        auction.level_1_bid,
        auction.level_1_ask,
    ):
        assert say(20 + 10 * types, 0.3, 20, 30) == pytest.approx(20 + 10 * say(types, 0.3))
    lines = auction.equilibrium(0.3)
    wide, unit = auction.expected_outcome(*lines, 0.3, 10.0), auction.expected_outcome(*lines, 0.3)
    assert wide.trade == unit.trade
    assert wide.gains == pytest.approx(10 * unit.gains)
    assert wide.buyer + wide.vendor == pytest.approx(wide.gains)
    assert auction.posted_price_gains(25.0, 20.0, 30.0) == auction.take_it_or_leave_it_gains(10.0)
