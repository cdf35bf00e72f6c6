"""Solutions by their axioms, and offers by turns (T14–T17), at drawn parameters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theory import alternating
from sim.theory import solutions as so

PATIENCE = st.floats(0.05, 0.97)
EXPONENT = st.floats(1.2, 6.0)


def scaled(frontier, factor):
    return so.UtilityFrontier(
        lambda u: factor * frontier.of(u), lambda u: frontier.back(u / factor), frontier.most
    )


def test_published_points():
    arc = so.power_frontier(2.0)
    assert so.nash(arc) == pytest.approx((3**-0.5, 2 / 3), abs=1e-7)
    assert so.kalai_smorodinsky(arc)[0] == pytest.approx(0.618034, abs=1e-6)
    assert so.egalitarian(arc)[0] == pytest.approx(0.618034, abs=1e-6)
    assert so.utilitarian(arc) == pytest.approx((0.5, 0.75), abs=1e-6)
    assert so.nash(arc, (0.0, 0.25))[0] == pytest.approx(0.5, abs=1e-6)
    assert so.kalai_smorodinsky(arc, (0.0, 0.25))[0] == pytest.approx(0.535233, abs=1e-6)
    assert so.split_money(10.0, (1.0, 3.0), 0.25) == (2.5, 7.5)


@given(st.floats(0.15, 1.0))
def test_the_averse_get_less(aversion):
    """Nash gives ρ/(1 + ρ) of a dollar to a side of utility x^ρ."""
    taken = so.nash(so.risk_averse_frontier(aversion))[0] ** (1 / aversion)
    assert taken == pytest.approx(aversion / (1 + aversion), abs=1e-5)


@given(EXPONENT, st.floats(0.2, 5.0))
def test_who_minds_the_scale(exponent, factor):
    frontier = so.power_frontier(exponent)
    other = scaled(frontier, factor)
    for solve in (so.nash, so.kalai_smorodinsky):
        assert solve(other)[0] == pytest.approx(solve(frontier)[0], abs=1e-5)
    if abs(factor - 1.0) > 0.1:
        assert abs(so.egalitarian(other)[0] - so.egalitarian(frontier)[0]) > 1e-3


@given(EXPONENT, st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_everybody_gets_at_least_disagreement(exponent, one, two):
    frontier = so.power_frontier(exponent)
    if one >= frontier.back(two) - 1e-3:
        return
    for solve in (so.nash, so.kalai_smorodinsky, so.egalitarian, so.utilitarian):
        first, second = solve(frontier, (one, two))
        assert first >= one - 1e-9 and second >= two - 1e-6
        assert second == pytest.approx(frontier.of(first))


@given(PATIENCE, PATIENCE)
def test_backward_induction_settles_at_rubinstein(one, two):
    rounds = alternating.rounds_until_negligible(max(one, two), 1e-10)
    found = alternating.first_share(rounds, (one, two))
    assert found == pytest.approx(alternating.stationary_share((one, two)), abs=1e-8)


@given(st.integers(1, 80), PATIENCE)
def test_with_a_last_round(rounds, discount):
    found = alternating.first_share(rounds, (discount, discount))
    assert found == pytest.approx(alternating.finite_share(rounds, discount), abs=1e-12)
    other = alternating.finite_share(rounds + 1, discount)
    assert abs(found - other) > 1e-9 or discount**rounds < 1e-7


def test_the_end_is_felt_for_long():
    assert alternating.first_share(200, (0.99, 0.99)) == pytest.approx(0.4352, abs=1e-4)
    assert alternating.stationary_share((0.99, 0.99)) == pytest.approx(0.5025, abs=1e-4)


@pytest.mark.parametrize(("period", "share"), [(1, 0.68319), (0.1, 0.66833), (0.01, 0.66683)])
def test_ever_shorter_periods(period, share):
    assert alternating.share_at_rates((0.05, 0.10), period) == pytest.approx(share, abs=1e-5)
    assert alternating.share_at_rates((0.05, 0.10)) == pytest.approx(2 / 3)


@given(PATIENCE, st.floats(0.01, 0.95))
def test_an_outside_option_counts_if_it_binds(discount, outside):
    rounds = alternating.rounds_until_negligible(discount, 1e-10)
    found = alternating.first_share(rounds, (discount, discount), (0.0, outside))
    assert found == pytest.approx(alternating.deal_me_out(discount, outside), abs=1e-8)
    assert found > alternating.split_the_difference(outside)


def test_options_worth_more_than_the_pie_are_taken():
    assert alternating.first_share(1, (0.9, 0.9), (0.7, 0.8)) == 0.7
