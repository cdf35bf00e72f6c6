"""Symmetric equilibria of games whose equilibria are known, and of games drawn at random."""

import itertools

import numpy as np
import pytest

from sim.theory import symmetric
from sim.theory.symmetric import regret, symmetric_equilibrium

DILEMMA = np.array([[3.0, 0.0], [5.0, 1.0]])
HAWK_DOVE = np.array([[-1.0, 2.0], [0.0, 1.0]])  # V = 2, C = 4: half of them hawks
SCISSORS = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
STAG_HUNT = np.array([[4.0, 0.0], [3.0, 3.0]])


@pytest.mark.parametrize(
    ("game", "shares", "payoff"),
    [
        (DILEMMA, [0.0, 1.0], 1.0),
        (HAWK_DOVE, [0.5, 0.5], 0.5),
        (SCISSORS, [1 / 3, 1 / 3, 1 / 3], 0.0),
        (STAG_HUNT, [1.0, 0.0], 4.0),  # of three equilibria the one that pays most
        (np.full((3, 3), 2.0), [1 / 3, 1 / 3, 1 / 3], 2.0),
    ],
)
def test_known_games(game, shares, payoff):
    found = symmetric_equilibrium(game)
    assert np.allclose(found.shares, shares, atol=1e-9)
    assert abs(found.payoff - payoff) < 1e-9
    assert found.regret < 1e-9


def test_what_is_no_equilibrium_has_regret():
    """The negative control: cooperation, and a mixture that is even although it should not be."""
    assert regret(DILEMMA, np.array([1.0, 0.0])) == 2.0
    assert regret(DILEMMA, np.array([0.5, 0.5])) > 0.5
    assert regret(SCISSORS, np.array([0.4, 0.3, 0.3])) > 0.05


@pytest.mark.deep
def test_a_dominated_strategy_gets_nothing():
    luck = np.random.default_rng(4)
    for _ in range(20):
        game = luck.random((5, 5))
        game[2] = game[3] - 0.05
        assert symmetric_equilibrium(game).shares[2] == 0.0
        game[2] = game.max(axis=0) + 0.05  # the control: dominant, it gets all
        assert symmetric_equilibrium(game).shares[2] == 1.0


def enumerated(game):
    """Return the highest payoff of a symmetric equilibrium, support by support."""
    count, best = len(game), -np.inf
    for size in range(1, count + 1):
        for support in map(list, itertools.combinations(range(count), size)):
            rows = np.block(
                [[game[np.ix_(support, support)], -np.ones((size, 1))], [np.ones((1, size)), 0.0]]
            )
            if abs(np.linalg.det(rows)) < 1e-9:
                continue
            solved = np.linalg.solve(rows, [*np.zeros(size), 1.0])
            shares = np.zeros(count)
            shares[support] = solved[:-1]
            if shares.min() >= 0.0 and regret(game, shares) < 1e-9:
                best = max(best, solved[-1])
    return best


def test_the_programme_agrees_with_enumeration_of_supports():
    luck = np.random.default_rng(7)
    for count in (2, 3, 4, 6):
        for _ in range(10):
            game = luck.normal(size=(count, count))
            found = symmetric_equilibrium(game)
            assert found.regret < 1e-7
            assert abs(found.payoff - enumerated(game)) < 1e-6


def test_a_search_that_is_cut_short_says_so(monkeypatch):
    monkeypatch.setattr(symmetric, "MOST_PROGRAMMES", 2)
    with pytest.raises(ArithmeticError, match="no symmetric equilibrium"):
        symmetric_equilibrium(SCISSORS)
