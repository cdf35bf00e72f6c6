"""Repeated play, patience, and what a relationship can carry (T29, T30)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.theory import repeated

CHANCE = st.floats(0.02, 0.98)
MEMORY = st.tuples(CHANCE, CHANCE, CHANCE, CHANCE)
TABLE = {
    "generous 1/3": (repeated.generous_tit_for_tat(1 / 3), (0.9712, 0.8750, 0.7857)),
    "generous .1": (repeated.generous_tit_for_tat(0.1), (0.9153, 0.7368, 0.6429)),
    "win-stay": (repeated.WIN_STAY, (0.9706, 0.8645, 0.7560)),
    "grim": (repeated.GRIM, (0.0149, 0.0725, 0.1400)),
    "tit for tat": (repeated.TIT_FOR_TAT, (0.5, 0.5, 0.5)),
}


@pytest.mark.parametrize("name", TABLE)
def test_published_cooperation(name):
    strategy, shares = TABLE[name]
    for error, share in zip((0.01, 0.05, 0.1), shares, strict=True):
        assert repeated.cooperation_share(strategy, strategy, error) == pytest.approx(
            share, abs=5e-5
        )


@given(st.floats(0.0, 1.0), st.floats(0.005, 0.4))
def test_generosity_in_closed_form(forgiveness, error):
    strategy = repeated.generous_tit_for_tat(forgiveness)
    closed = repeated.generous_cooperation(forgiveness, error)
    assert repeated.cooperation_share(strategy, strategy, error) == pytest.approx(closed, abs=1e-9)
    assert repeated.generous_cooperation(0.0, error) == pytest.approx(0.5)


def test_played_out_it_is_the_chain():
    draws = np.random.default_rng(2)
    one, other = (0.9, 0.2, 0.7, 0.4), (0.6, 0.3, 0.8, 0.1)
    shares = repeated.simulate_cooperation(one, other, 0.05, draws, 4_000, 200)
    error = 4 * shares.std() / len(shares) ** 0.5
    assert abs(shares.mean() - repeated.cooperation_share(one, other, 0.05)) < error
    assert abs(shares.mean() - repeated.cooperation_share(other, one, 0.05)) > error


@given(MEMORY, MEMORY, st.floats(0.01, 0.3))
def test_shares_are_shares(one, other, error):
    assert error - 1e-9 <= repeated.cooperation_share(one, other, error) <= 1.0 - error + 1e-9


@given(st.floats(0.05, 9.0), st.floats(0.05, 9.0), st.floats(0.05, 1.0))
def test_patience_by_the_worth_of_plans(temptation, forgone, detection):
    closed = repeated.patience_needed(temptation, forgone, detection)
    found = repeated.patience_by_planning(temptation, forgone, detection)
    assert found == pytest.approx(closed, abs=1e-9)


def test_no_patience_helps_if_nothing_is_lost():
    assert repeated.patience_needed(1.0, 0.0) == repeated.patience_needed(1.0, 1.0, 0.0) == 1.0
    assert repeated.patience_needed(0.0, 0.0) == 0.0
    assert repeated.patience_for_tit_for_tat((5.0, 3.0, 1.0, 0.0)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("q", "patience"), [(1.0, 32 / 37), (0.5, 64 / 69), (0.25, 128 / 133)])
def test_truth_for_the_sake_of_the_future(q, patience):
    assert repeated.patience_needed(1 / 12, 1 / 12 - 9 / 128, q) == pytest.approx(patience)
