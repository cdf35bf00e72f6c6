"""Shading against samples: closed forms if there are any, otherwise small regret."""

import numpy as np
import pytest
from counts import one_in

from sim.theory import double_auction as auction

SIZE = 4096
EVEN = (np.arange(SIZE) + 0.5) / SIZE
TYPES = np.linspace(0, 1, 65)
PRICE_RULES = [0.0, 0.1, 0.25, 0.5, 0.75, 1.0]
LEVELS = ["truthful", "level_1", "equilibrium"]


def closed_level_1(k):
    bids, asks = auction.level_1_bid(TYPES, k), auction.level_1_ask(TYPES, k)
    return TYPES - bids, asks - TYPES


def package(issues=8, seed=7):
    """Return worth, cost and their conceivable ends for a contract of many issues."""
    draws = np.random.default_rng(seed).uniform(-0.3, 0.3, (2, SIZE, issues))
    worth, cost = (5 * (1 + draws[0])).sum(1), (4 * (1 + draws[1])).sum(1)
    return worth, cost, 4 * issues * 0.7, 5 * issues * 1.3


def shapes():
    """Return distributions of many forms: worth, cost, lo, hi."""
    rng = np.random.default_rng(11)
    return {
        "uniform": (rng.random(SIZE), rng.random(SIZE), 0.0, 1.0),
        "bells": (rng.beta(2, 2, SIZE), rng.beta(2, 2, SIZE), 0.0, 1.0),
        "wide zone": (rng.beta(5, 2, SIZE), rng.beta(2, 5, SIZE), 0.0, 1.0),
        "narrow zone": (rng.beta(2, 5, SIZE), rng.beta(5, 2, SIZE), 0.0, 1.0),
        "rare trade": (0.55 * rng.random(SIZE), 0.5 + 0.5 * rng.random(SIZE), 0.0, 1.0),
        "surplus for certain": (1 + rng.random(SIZE), rng.random(SIZE), 0.0, 2.0),
        "package": package(),
        "negative costs": (rng.normal(1, 2, SIZE), rng.normal(-3, 1, SIZE), -8.0, 9.0),
    }


SHAPES = shapes()


@pytest.mark.parametrize("k", PRICE_RULES)
def test_level_1_reproduces_the_closed_form(k):
    tables = auction.shading_tables("level_1", k, EVEN, EVEN, 0.0, 1.0)
    for table, closed in zip(tables, closed_level_1(k), strict=True):
        assert table == pytest.approx(closed, abs=2e-3)
    other = closed_level_1(k + 0.05)[0]
    assert np.abs(tables.buyer - other).max() > 2e-3


@pytest.mark.parametrize("k", PRICE_RULES)
def test_level_1_from_random_draws_is_close(k):
    rng = np.random.default_rng(3)
    tables = auction.shading_tables("level_1", k, rng.random(SIZE), rng.random(SIZE), 0.0, 1.0)
    for table, closed in zip(tables, closed_level_1(k), strict=True):
        assert table == pytest.approx(closed, abs=0.03)


@pytest.mark.parametrize("name", one_in(2, SHAPES))
@pytest.mark.parametrize("k", one_in(2, [0.0, 0.5, 1.0]))
def test_level_1_is_a_best_reply(name, k):
    """No price on a grid earns any type noticeably more against the very samples."""
    worth, cost, lo, hi = SHAPES[name]
    buyer, vendor = auction.shading_tables("level_1", k, worth, cost, lo, hi)
    scale = hi - lo
    other, mirrored = (cost - lo) / scale, (hi - worth) / scale
    assert forgone(k, TYPES - buyer, other) < 4e-3
    assert forgone(1 - k, TYPES - vendor[::-1], mirrored) < 4e-3
    assert k == 0.0 or forgone(k, TYPES, other) > 0.01
    assert k == 1.0 or forgone(1 - k, TYPES, mirrored) > 0.01


def forgone(k, bids, asks):
    """Return the most a type of TYPES loses by its bid, asks given as samples."""
    asks = np.sort(asks)
    sums = np.concatenate(([0.0], np.cumsum(asks)))

    def payoff(said):
        met = np.searchsorted(asks, said + 1e-12, side="right")
        return (met * (TYPES[:, None] - k * said) - (1 - k) * sums[met]) / len(asks)

    grid = np.linspace(0, 1, 501)[None, :]
    return (payoff(grid).max(axis=1) - payoff(bids[:, None])[:, 0]).max()


def check(tables):
    """Shades are finite and never negative, and claims rise with the type."""
    for shade in tables:
        assert shade.shape == TYPES.shape
        assert np.all(np.isfinite(shade)) and np.all(shade >= 0)
    assert np.all(np.diff(TYPES - tables.buyer) >= -1e-12)
    assert np.all(np.diff(TYPES + tables.vendor) >= -1e-12)


@pytest.mark.parametrize("name", one_in(2, SHAPES))
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("k", one_in(2, [0.0, 0.3, 1.0]))
def test_words_rise_with_the_type(name, level, k):
    check(auction.shading_tables(level, k, *SHAPES[name]))


@pytest.mark.parametrize("name", one_in(2, SHAPES))
def test_offers_rise_with_the_type(name):
    check(auction.posted_offer_tables(*SHAPES[name]))


@pytest.mark.parametrize("name", one_in(2, SHAPES))
@pytest.mark.parametrize("k", one_in(2, [0.0, 0.5, 1.0]))
def test_adaptive_equilibrium_leaves_nobody_one_percent(name, k):
    worth, cost, lo, hi = SHAPES[name]
    found = auction.adaptive_equilibrium(k, worth, cost, lo, hi)
    assert found.regret <= 0.01
    buyer, vendor = mean_payoffs(k, worth, cost, lo, hi, found.buyer, found.vendor)
    assert buyer + vendor > 0
    for other in (0.0, 0.2, 0.4, 0.6):
        # Half of the tolerance again, for quantiles instead of all samples.
        assert mean_payoffs(k, worth, cost, lo, hi, other, found.vendor)[0] <= 1.015 * buyer
        assert mean_payoffs(k, worth, cost, lo, hi, found.buyer, other)[1] <= 1.015 * vendor


def mean_payoffs(k, worth, cost, lo, hi, buyer_shade, vendor_shade):
    """Return mean payoffs by comparing pairs of samples, every eighth of each side."""
    worth, cost = worth[::8, None], cost[None, ::8]
    bids, asks = worth - buyer_shade * (worth - lo), cost + vendor_shade * (hi - cost)
    price = k * bids + (1 - k) * asks
    met = bids >= asks
    return ((worth - price) * met).mean(), ((price - cost) * met).mean()


def test_truth_is_not_an_equilibrium():
    """The negative control of the test above."""
    worth, cost, lo, hi = SHAPES["bells"]
    honest = mean_payoffs(0.5, worth, cost, lo, hi, 0.0, 0.0)[0]
    assert mean_payoffs(0.5, worth, cost, lo, hi, 0.2, 0.0)[0] > 1.1 * honest


def test_adaptive_equilibrium_finds_the_ultimatum():
    """At k = 0 the vendor's best linear shade is half the distance, and the buyer is truthful."""
    found = auction.adaptive_equilibrium(0.0, EVEN, EVEN, 0.0, 1.0)
    assert found == pytest.approx((0.0, 0.5, 0.0), abs=1e-3)
    found = auction.adaptive_equilibrium(1.0, EVEN, EVEN, 0.0, 1.0)
    assert found == pytest.approx((0.5, 0.0, 0.0), abs=1e-3)


def test_adaptive_equilibrium_treats_equal_sides_equally():
    found = auction.adaptive_equilibrium(0.5, EVEN, EVEN, 0.0, 1.0)
    assert found.buyer == found.vendor
    buyer, vendor = auction.shading_tables("equilibrium", 0.5, EVEN, EVEN, 0.0, 1.0)
    assert buyer == pytest.approx(vendor[::-1])


@pytest.mark.parametrize("k", PRICE_RULES)
def test_uniform_tables_are_the_closed_forms(k):
    buyer, vendor = auction.shading_tables("equilibrium", k, EVEN, EVEN, 0.0, 1.0, uniform=True)
    assert TYPES - buyer == pytest.approx(auction.equilibrium_bid(TYPES, k))
    assert TYPES + vendor == pytest.approx(auction.equilibrium_ask(TYPES, k))
    tables = auction.shading_tables("level_1", k, EVEN, EVEN, 0.0, 1.0, uniform=True)
    for table, closed in zip(tables, closed_level_1(k), strict=True):
        assert table == pytest.approx(closed)


@pytest.mark.parametrize("uniform", [True, False])
def test_best_offers(uniform):
    buyer, vendor = auction.posted_offer_tables(EVEN, EVEN, 0.0, 1.0, uniform=uniform)
    assert buyer == pytest.approx(TYPES / 2, abs=2e-3)
    assert vendor == pytest.approx((1 - TYPES) / 2, abs=2e-3)


@pytest.mark.parametrize("level", LEVELS)
def test_money_scales_and_shifts_without_a_trace(level):
    worth, cost, lo, hi = package()
    tables = auction.shading_tables(level, 0.5, worth, cost, lo, hi)
    moved = (8 * x - 64 for x in (worth, cost, lo, hi))
    for table, other in zip(tables, auction.shading_tables(level, 0.5, *moved), strict=True):
        assert table == pytest.approx(other, abs=1e-3)


@pytest.mark.parametrize("level", LEVELS)
def test_same_samples_same_tables(level):
    first = auction.shading_tables(level, 0.5, *SHAPES["bells"])
    again = auction.shading_tables(level, 0.5, *SHAPES["bells"])
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_known_cost_is_bid_exactly():
    buyer, vendor = auction.shading_tables(
        "level_1", 0.5, np.full(SIZE, 0.7), np.full(SIZE, 0.3), 0.0, 1.0
    )
    assert buyer == pytest.approx(np.maximum(TYPES - 0.3, 0))
    assert vendor == pytest.approx(np.maximum(0.7 - TYPES, 0))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("uniform", [True, False])
@pytest.mark.parametrize(
    ("worth", "cost", "lo", "hi"),
    [
        (np.full(64, 5.0), np.full(64, 5.0), 5.0, 5.0),
        (np.full(64, 4.0), np.full(64, 5.0), 5.0, 4.0),
        (np.full(64, 1.0), np.full(64, 0.0), 0.0, 1.0),
        (0.3 * EVEN, 0.7 + 0.3 * EVEN, 0.0, 1.0),
        (np.zeros(64), np.zeros(64), 0.0, 1.0),
        (EVEN, np.full(SIZE, 0.5), 0.0, 1.0),
    ],
    ids=["a point", "no zone", "constants", "no trade", "zeros", "one known side"],
)
def test_degenerate_worlds_give_plain_numbers(level, uniform, worth, cost, lo, hi):
    for k in (0.0, 0.5, 1.0):
        tables = auction.shading_tables(level, k, worth, cost, lo, hi, 33, uniform=uniform)
        offers = auction.posted_offer_tables(worth, cost, lo, hi, 33, uniform=uniform)
        for table in (*tables, *offers):
            assert table.shape == (33,)
            assert np.all(np.isfinite(table)) and np.all(table >= 0) and np.all(table <= 1)


def test_nobody_shades_if_nothing_can_be_traded():
    for level in LEVELS:
        worth, cost = 0.3 * EVEN, 0.7 + 0.3 * EVEN
        buyer, vendor = auction.shading_tables(level, 0.5, worth, cost, 0.0, 1.0)
        assert np.all(buyer[TYPES < 0.7] == 0) and np.all(vendor[TYPES > 0.3] == 0)


def test_unknown_levels_are_refused():
    with pytest.raises(ValueError, match="level_2"):
        auction.shading_tables("level_2", 0.5, EVEN, EVEN, 0.0, 1.0)
