"""Conformance: what every strategy of the catalogue claims about itself is true."""

import numpy as np
import pytest

from sim.jit import plain
from sim.strategies.aspiration import accepts, aspiration
from sim.strategies.catalogue import CATALOGUE, HARDLINER, TIME_DEPENDENT, TIT_FOR_TAT

CLOCK = np.linspace(0.0, 1.0, 41)
ask = plain(aspiration)


def path(strategy, floor=2.0, opening=10.0, gifts=None):
    """Return the asks of a talk; `gifts` is what the other side gives before each own turn."""
    asks, last = [], opening
    for turn, clock in enumerate(CLOCK):
        gift = 0.0 if gifts is None else gifts[turn]
        last = ask(strategy.family, strategy.exponent, clock, floor, opening, last, gift, turn)
        asks.append(last)
    return np.array(asks)


@pytest.mark.parametrize("strategy", CATALOGUE, ids=lambda s: s.name)
def test_everybody_opens_with_the_claim_and_stays_between_it_and_the_floor(strategy):
    asks = path(strategy)
    assert asks[0] == 10.0
    assert (np.diff(asks) <= 0.0).all()
    assert asks.min() >= 2.0
    assert strategy.source


@pytest.mark.parametrize(
    "strategy", [s for s in CATALOGUE if s.family == TIME_DEPENDENT], ids=lambda s: s.name
)
def test_time_dependent_strategies_follow_their_polynomial(strategy):
    expected = 2.0 + 8.0 * (1.0 - CLOCK**strategy.exponent)
    assert np.allclose(path(strategy), expected, atol=1e-12)
    assert path(strategy)[-1] == 2.0
    assert np.array_equal(path(strategy), path(strategy, gifts=np.ones(41)))


def test_hold_outs_hold_out_longer_than_yielders():
    by_name = {s.name: path(s) for s in CATALOGUE}
    inside = slice(1, -1)
    assert (by_name["boulware"][inside] > by_name["linear"][inside]).all()
    assert (by_name["linear"][inside] > by_name["conceder"][inside]).all()


def test_tit_for_tat_gives_what_it_got():
    (strategy,) = (s for s in CATALOGUE if s.family == TIT_FOR_TAT)
    gifts = np.where(np.arange(41) >= 2, 0.1, 0.0)
    assert np.allclose(-np.diff(path(strategy, gifts=gifts))[1:], 0.1)
    assert (np.diff(path(strategy))[1:] == 0.0).all()


def test_a_hardliner_never_moves_not_even_at_the_end():
    (strategy,) = (s for s in CATALOGUE if s.family == HARDLINER)
    assert (path(strategy, gifts=np.ones(41)) == 10.0).all()
    take = plain(accepts)
    assert not take(9.9, 10.0, 2.0, True, HARDLINER)
    assert take(2.0, 10.0, 2.0, True, TIME_DEPENDENT)
    assert not take(1.9, 10.0, 2.0, True, TIME_DEPENDENT)
