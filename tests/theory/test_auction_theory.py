"""One negotiation over one price, types U[0, 1]: closed forms against fixed draws (T01–T06).

Every expectation is held within four standard errors of a million draws; every test also shows a
neighbouring number that the same band refuses.
"""

import numpy as np
import pytest

from sim.theory import double_auction as auction

DRAWS = 1_000_000
GENERATOR = np.random.default_rng(20_260_105)
WORTH, COST = GENERATOR.random(DRAWS), GENERATOR.random(DRAWS)
PRICE = GENERATOR.random(DRAWS)

# k: gains, chance of trade, buyer's part, vendor's part (Chatterjee & Samuelson 1983, T03).
LINEAR = {
    0.0: (0.125, 0.25, 1 / 24, 1 / 12),
    0.1: (0.130625, 0.26125, 0.04790, 0.08273),
    0.25: (0.13671875, 0.2734375, 0.05697, 0.07976),
    0.5: (9 / 64, 9 / 32, 9 / 128, 9 / 128),
    0.75: (0.13671875, 0.2734375, 0.07976, 0.05697),
    1.0: (0.125, 0.25, 1 / 12, 1 / 24),
}


def agrees(sample, expected):
    """Say whether `expected` lies within four standard errors of the sample's mean."""
    error = sample.std() / np.sqrt(len(sample))
    return abs(sample.mean() - expected) <= 4 * error


def play(bids, asks, k):
    """Return gains, trade, buyer's and vendor's payoff per draw."""
    met = bids >= asks
    price = k * bids + (1 - k) * asks
    return (WORTH - COST) * met, met.astype(float), (WORTH - price) * met, (price - COST) * met


def test_truthful_sides_reach_first_best():
    """T01."""
    gains, met, *_ = play(WORTH, COST, 0.5)
    assert agrees(gains, auction.first_best()) and agrees(gains, 1 / 6)
    assert agrees(met, 1 / 2)
    assert auction.outcome(auction.TRUTHFUL, auction.TRUTHFUL, 0.5) == pytest.approx(
        (1 / 6, 1 / 2, 1 / 12, 1 / 12)
    )
    assert not agrees(gains, auction.second_best())


@pytest.mark.parametrize("k", LINEAR)
def test_linear_equilibrium(k):
    """T02, T03."""
    played = play(auction.bid(WORTH, k), auction.ask(COST, k), k)
    closed = auction.outcome(*auction.equilibrium(k), k)
    assert closed == pytest.approx(LINEAR[k], abs=1e-5)
    assert all(agrees(sample, value) for sample, value in zip(played, closed, strict=True))
    assert not agrees(played[0], auction.first_best())
    assert not agrees(played[2], closed.buyer + 0.001)


def test_the_middle_price_attains_the_second_best():
    gains = [auction.outcome(*auction.equilibrium(k), k).gains for k in np.linspace(0, 1, 101)]
    assert np.argmax(gains) == 50
    assert max(gains) == pytest.approx(auction.second_best())


@pytest.mark.parametrize("k", LINEAR)
def test_no_deviation_from_the_linear_equilibrium_pays(k):
    """T04: 1,000 types of each side, 1,000 other things to say."""
    grid = (np.arange(1000) + 0.5) / 1000
    opponent = (np.arange(20_000) + 0.5) / 20_000
    said = np.linspace(0, 1, 1000)
    assert deviation_gain(k, grid, opponent, said, auction.bid, auction.ask) < 5e-4


@pytest.mark.parametrize("k", [0.25, 0.5, 0.75])
def test_deviations_from_level_1_do_pay(k):
    grid = (np.arange(1000) + 0.5) / 1000
    opponent = (np.arange(20_000) + 0.5) / 20_000
    said = np.linspace(0, 1, 1000)
    gain = deviation_gain(k, grid, opponent, said, auction.level_1_bid, auction.level_1_ask)
    assert gain > 10 * 5e-4


def deviation_gain(k, types, opponents, said, bid, ask):
    """Return the most a type gains by saying one thing of `said` instead, all saying so."""
    own, others = (bid(types, k), ask(types, k)), (bid(opponents, k), ask(opponents, k))
    return auction.deviation_gain(k, types, own, others, said)


def test_posted_price_ultimatum_and_random_price():
    """T05."""
    posted = (WORTH - COST) * (WORTH >= 0.5) * (COST <= 0.5)
    assert agrees(posted, auction.posted_price(0.5)) and agrees(posted, 1 / 8)
    assert not agrees(posted, auction.posted_price(0.4))
    assert agrees((WORTH - COST) * (WORTH >= 0.4) * (COST <= 0.4), auction.posted_price(0.4))
    drawn = (WORTH - COST) * (WORTH >= PRICE) * (COST <= PRICE)
    assert agrees(drawn, auction.random_price()) and agrees(drawn, 1 / 12)
    assert not agrees(drawn, auction.take_it_or_leave_it())


@pytest.mark.parametrize("proposer", ["buyer", "vendor"])
def test_take_it_or_leave_it(proposer):
    """T05: the best offer is level-1 at the k where the own word sets the price."""
    if proposer == "buyer":
        k, bids, asks = 1.0, auction.level_1_bid(WORTH, 1.0), COST
    else:
        k, bids, asks = 0.0, WORTH, auction.level_1_ask(COST, 0.0)
    gains, met, *_ = play(bids, asks, k)
    assert agrees(gains, auction.take_it_or_leave_it()) and agrees(gains, 1 / 8)
    assert agrees(met, 1 / 4)
    assert not agrees(gains, auction.second_best())


def test_level_1():
    """T06: one side strategic 4/27, both 1/12."""
    bid_line, ask_line = auction.level_1(0.5)
    bids, asks = auction.level_1_bid(WORTH, 0.5), auction.level_1_ask(COST, 0.5)
    one_sided = auction.outcome(bid_line, auction.TRUTHFUL, 0.5)
    assert one_sided[:2] == pytest.approx((4 / 27, 1 / 3))
    both = auction.outcome(bid_line, ask_line, 0.5)
    assert both[:2] == pytest.approx((1 / 12, 1 / 8))
    for played, closed in ((play(bids, COST, 0.5), one_sided), (play(bids, asks, 0.5), both)):
        assert all(agrees(sample, value) for sample, value in zip(played, closed, strict=True))
        assert not agrees(played[0], auction.second_best())


@pytest.mark.parametrize("k", LINEAR)
def test_level_1_of_any_price_rule(k):
    played = play(auction.level_1_bid(WORTH, k), auction.level_1_ask(COST, k), k)
    closed = auction.outcome(*auction.level_1(k), k)
    assert all(agrees(sample, value) for sample, value in zip(played, closed, strict=True))


@pytest.mark.parametrize("k", LINEAR)
def test_nobody_gives_away_its_own_value(k):
    types = np.linspace(0, 1, 501)
    for bids in (auction.bid(types, k), auction.level_1_bid(types, k)):
        assert np.all(bids <= types) and np.all(np.diff(bids) > 0)
    for asks in (auction.ask(types, k), auction.level_1_ask(types, k)):
        assert np.all(asks >= types) and np.all(np.diff(asks) > 0)


def test_other_intervals_shift_and_scale():
    types = np.linspace(0, 1, 11)
    for say in (auction.bid, auction.ask, auction.level_1_bid, auction.level_1_ask):
        assert say(20 + 10 * types, 0.3, 20, 30) == pytest.approx(20 + 10 * say(types, 0.3))
    lines = auction.equilibrium(0.3)
    wide, unit = auction.outcome(*lines, 0.3, 10.0), auction.outcome(*lines, 0.3)
    assert wide.trade == unit.trade
    assert wide.gains == pytest.approx(10 * unit.gains)
    assert wide.buyer + wide.vendor == pytest.approx(wide.gains)
    assert auction.posted_price(25.0, 20.0, 30.0) == auction.take_it_or_leave_it(10.0)
