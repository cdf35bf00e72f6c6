"""Honest types, audits, a bank: closed forms and their neighbours (T07, T11, T13)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theory import double_auction as auction
from sim.theory import honesty

SHARE = st.floats(0.0, 1.0)


@pytest.mark.parametrize(
    ("share", "gains"),
    [(0, 0.08333), (0.25, 0.11285), (0.5, 0.13657), (0.75, 0.15451), (0.9, 0.16250), (1, 0.16667)],
)
def test_gains_at_a_share_of_honest_sides(share, gains):
    assert honesty.gains_at_honesty(share) == pytest.approx(gains, abs=1e-5)
    assert honesty.gains_at_honesty(share) != pytest.approx(gains + 1e-4, abs=1e-5)


def test_second_best_is_passed_at_eleven_twentieths():
    assert honesty.honesty_needed() == pytest.approx(11 / 20, abs=1e-12)
    assert honesty.honesty_needed(0.98 / 6) == pytest.approx(0.918, abs=1e-3)


@given(SHARE, st.floats(0.05, 0.95))
def test_more_honesty_is_never_worse(share, k):
    less, more = honesty.gains_at_honesty(share * 0.9, k), honesty.gains_at_honesty(share, k)
    assert less <= more + 1e-12
    assert honesty.gains_at_honesty(1.0, k) == pytest.approx(1 / 6)


@given(st.floats(0.01, 1.0), st.floats(0.01, 0.99))
def test_the_best_lie_is_worth_what_the_formula_says(worth, k):
    bids = np.linspace(0.0, worth, 4001)
    payoff = bids * (worth - k * bids - (1 - k) * bids / 2)
    assert payoff.max() - payoff[-1] == pytest.approx(honesty.gain_of_lying(worth, k), abs=1e-6)


def test_the_fine_that_makes_everybody_tell():
    assert honesty.fine_for_truth() == pytest.approx(1 / 12)
    assert honesty.fine_for_truth(0.8) > 1 / 12  # whoever sets the price has more to gain
    assert honesty.highest_honest_worth(1 / 12) == 1.0
    assert honesty.highest_honest_worth(0.02) == pytest.approx((12 * 0.02) ** 0.5)
    assert (
        honesty.highest_honest_worth(0.0, 0.0) == 1.0
    )  # at k = 0 a buyer's bid never sets the price


@pytest.mark.parametrize(
    ("fine", "gains"),
    [(0.0, 0.0833), (0.02, 0.0964), (0.04, 0.1389), (0.06, 0.1522), (1 / 12, 0.1667)],
)
def test_gains_under_an_audit(fine, gains):
    assert honesty.audited_gains(fine) == pytest.approx(gains, abs=4e-4)
    if 0.0 < fine < 0.08:
        assert honesty.audited_gains(fine / 2) < gains - 0.01


@given(st.floats(0.05, 0.95))
def test_audits_span_level_1_and_first_best(k):
    none = auction.expected_outcome(*auction.level_1(k), k).gains
    assert honesty.audited_gains(0.0, k) == pytest.approx(none, abs=2e-3)
    assert honesty.audited_gains(honesty.fine_for_truth(k), k) == pytest.approx(1 / 6, abs=2e-3)


def test_what_a_bank_pays_in():
    draws = np.random.default_rng(4)
    gains = np.maximum(0.0, draws.random(10**6) - draws.random(10**6))
    mean, spread = honesty.bank_moments(gains)
    assert mean == pytest.approx(1 / 6, abs=1e-3) and spread == pytest.approx(0.2357, abs=1e-3)
    assert honesty.bank_moments(gains, 100)[1] == pytest.approx(2.357, abs=0.01)
