"""Second best twice: a programme over any types, a multiplier for regular densities (T08, T09)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from sim.theory import second_best as best

FLAT = best.uniform_density()


def even(n):
    return best.discretise(FLAT, n)


# Types of equal chance: the grid flatters, at 5 types so far that information costs nothing.
@pytest.mark.parametrize(("n", "share"), [(5, 1.0), (10, 0.9164), (20, 0.8831), (40, 0.8641)])
def test_grids_of_uniform_types(n, share):
    found = best.second_best_by_programme(even(n), even(n)) / best.efficient_gains(even(n), even(n))
    assert found == pytest.approx(share, abs=1e-4)


def test_the_limit_of_the_grids_is_nine_sixty_fourths():
    coarse, fine = (best.second_best_by_programme(even(n), even(n)) for n in (40, 80))
    assert best.extrapolate(coarse, fine) == pytest.approx(9 / 64, abs=3e-4)
    assert abs(fine - 9 / 64) > 3e-4


@pytest.mark.parametrize(("low", "share"), [(0.4, 1.0), (0.2, 0.9524)])
def test_two_types_of_each_side(low, share):
    half = np.array([0.5, 0.5])
    worth, cost = (
        best.DiscreteTypes(np.array([low, 1.0]), half),
        best.DiscreteTypes(np.array([0.0, 1 - low]), half),
    )
    found = best.second_best_by_programme(worth, cost) / best.efficient_gains(worth, cost)
    assert found == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(
    ("worth", "cost", "share"),
    [
        ((2, 2), (2, 2), 0.8582),
        ((5, 2), (2, 5), 0.9492),
        ((2, 5), (5, 2), 0.8224),
        ((0.5, 0.5), (0.5, 0.5), 0.8572),  # not regular
    ],
)
def test_beta_types_on_eighty_cells(worth, cost, share):
    buyers, sellers = (
        best.discretise(best.beta_density(*worth), 80),
        best.discretise(best.beta_density(*cost), 80),
    )
    found = best.second_best_by_programme(buyers, sellers) / best.efficient_gains(buyers, sellers)
    assert found == pytest.approx(share, abs=1e-4)


# v ~ U[s, 1 + s], c ~ U[0, 1]: gap, first best, second best over it.
SHIFTED = {
    -0.5: (0.125, 0.02083, 0.8438),
    0.0: (0.25, 0.16667, 0.8438),
    0.1: (0.275, 0.22150, 0.8450),
    0.25: (0.3125, 0.32031, 0.8575),
    1 / 3: (0.3333, 0.38272, 0.8710),
    0.5: (0.3593, 0.52083, 0.9083),
    0.75: (0.3326, 0.75260, 0.9653),
    0.9: (0.2499, 0.90017, 0.9908),
    1.0: (0.0, 1.0, 1.0),
}


@pytest.mark.parametrize("shift", SHIFTED)
def test_shifted_supports(shift):
    gap, first, share = SHIFTED[shift]
    assert best.least_gap(shift) == pytest.approx(gap, abs=1e-4)
    assert best.gains_above(0.0, shift) == pytest.approx(first, abs=1e-5)
    found = best.gains_above(best.least_gap(shift), shift) / best.gains_above(0.0, shift)
    assert found == pytest.approx(share, abs=1e-4)
    bound = best.second_best_by_multiplier(best.uniform_density(shift, 1.0 + shift), FLAT)
    assert bound.gains / bound.first_best == pytest.approx(share, abs=1e-4)
    assert bound.gains <= bound.first_best + 1e-12


def test_a_wide_zone_costs_nothing_and_the_weight_is_zero():
    assert best.second_best_by_multiplier(best.uniform_density(2.0, 3.0), FLAT).weight == 0.0
    assert best.second_best_by_multiplier(FLAT, FLAT).weight == pytest.approx(1 / 3, abs=1e-6)


def test_virtual_values_that_fall_are_refused():
    with pytest.raises(ValueError, match="not regular"):
        best.second_best_by_multiplier(best.beta_density(0.5, 0.5), FLAT)


@pytest.mark.deep
@given(st.tuples(*[st.floats(1.2, 4.0)] * 4))
def test_programme_and_multiplier_agree_everywhere(shape):
    agree(shape)


@pytest.mark.parametrize("seed", range(6))
def test_programme_and_multiplier_agree(seed):
    agree(np.random.default_rng(seed).uniform(1.2, 4.0, 4))


def agree(shape):
    worth, cost = best.beta_density(*shape[:2]), best.beta_density(*shape[2:])
    bound = best.second_best_by_multiplier(worth, cost)
    sums = [
        best.second_best_by_programme(best.discretise(worth, n), best.discretise(cost, n))
        for n in (20, 40)
    ]
    assert best.extrapolate(*sums) == pytest.approx(bound.gains, abs=1.5e-3)
    assert bound.gains <= bound.first_best


CHANCES = st.lists(st.floats(0.05, 1.0), min_size=2, max_size=5)


@given(CHANCES, CHANCES, st.integers(0, 2**32 - 1))
def test_any_discrete_types(of_worth, of_cost, seed):
    """At least one half of first best, for every distribution; neighbours are enough for the truth."""
    draws = np.random.default_rng(seed)
    types = []
    for chances in (of_worth, of_cost):
        values = np.sort(draws.random(len(chances)))
        types.append(best.DiscreteTypes(values, np.array(chances) / np.sum(chances)))
    found, first = best.second_best_by_programme(*types), best.efficient_gains(*types)
    assert 0.5 * first - 1e-9 <= found <= first + 1e-9
    assert found == pytest.approx(everybody_tells(*types), abs=1e-7)


def everybody_tells(worth, cost):
    """Return the bound with every lie forbidden, not only the next one."""
    n, m = len(worth.values), len(cost.values)
    rows = []
    for i in range(n):
        for lie in range(n):
            row = np.zeros(n * m + n + m)
            row[lie * m : (lie + 1) * m] = (worth.values[i] - worth.values[lie]) * cost.chances
            row[n * m + lie] += 1.0
            row[n * m + i] -= 1.0
            rows.append(row)
    for j in range(m):
        for lie in range(m):
            row = np.zeros(n * m + n + m)
            row[lie : n * m : m] = (cost.values[lie] - cost.values[j]) * worth.chances
            row[n * m + n + lie] += 1.0
            row[n * m + n + j] -= 1.0
            rows.append(row)
    weight = np.outer(worth.chances, cost.chances)
    gains = (weight * np.subtract.outer(worth.values, cost.values)).ravel()
    rows.append(np.concatenate([-gains, worth.chances, cost.chances]))
    bounds = [(0, 1)] * (n * m) + [(0, None)] * (n + m)
    objective = np.concatenate([-gains, np.zeros(n + m)])
    return -linprog(objective, A_ub=np.array(rows), b_ub=np.zeros(len(rows)), bounds=bounds).fun
