"""Risk shares and effort: closed forms against a numerical optimum and fixed draws (T32, T33)."""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from sim.theory import incentives

CASES = list(itertools.product([0.5, 2.0], [0.6, 1.0], [0.0, 1.0], [0.0, 3.0], [0.3, 1.5]))


def best_share(total):
    return minimize_scalar(lambda s: -total(s), bounds=(0, 1), method="bounded").x


@pytest.mark.parametrize("case", CASES)
def test_optimal_share_maximises_surplus(case):
    share = incentives.optimal_share(*case)
    assert 0 <= share <= 1
    assert share == pytest.approx(best_share(lambda s: incentives.surplus(s, *case)), abs=1e-4)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("s", [0.0, 0.2, 0.7, 1.0])
def test_loss_is_the_surplus_forgone(case, s):
    best = incentives.surplus(incentives.optimal_share(*case), *case)
    assert incentives.share_loss(s, *case) == pytest.approx(best - incentives.surplus(s, *case))


# Holmström & Milgrom: r_v, cost of effort 1/κ, σ² → share, surplus.
@pytest.mark.parametrize(
    ("r", "c", "variance", "share", "total"),
    [(2, 1, 0.5, 0.5, 0.25), (4, 0.5, 0.25, 2 / 3, 2 / 3)],
)
def test_risk_neutral_buyer(r, c, variance, share, total):
    sigma = variance**0.5
    assert incentives.holmstrom_milgrom_share(1 / c, r, sigma) == pytest.approx(share)
    assert incentives.holmstrom_milgrom_surplus(1 / c, r, sigma) == pytest.approx(total)
    assert incentives.optimal_share(1 / c, 1.0, 0.0, r, sigma) == pytest.approx(share)
    assert incentives.surplus(share, 1 / c, 1.0, 0.0, r, sigma) == pytest.approx(total)


@pytest.mark.parametrize(
    ("r_v", "r_b", "variance", "share", "total"),
    [(2, 1, 0.5, 0.6, 0.20), (1, 1, 1.0, 2 / 3, 1 / 6)],
)
def test_both_averse(r_v, r_b, variance, share, total):
    case = (1.0, 1.0, r_b, r_v, variance**0.5)
    assert incentives.optimal_share(*case) == pytest.approx(share)
    assert incentives.surplus(share, *case) == pytest.approx(total)


def test_pure_risk_is_shared_by_aversion():
    """Borch: no effort at stake."""
    assert incentives.borch_share(1.0, 2.0) == pytest.approx(1 / 3)
    assert incentives.optimal_share(0.0, 1.0, 1.0, 2.0, 0.7) == pytest.approx(1 / 3)
    premium = -incentives.surplus(1 / 3, 0.0, 1.0, 1.0, 2.0, 0.7)
    assert premium == pytest.approx(incentives.borch_premium(1.0, 2.0, 0.7))
    assert -incentives.surplus(1.0, 0.0, 1.0, 1.0, 2.0, 0.7) == pytest.approx(3 * premium)


@pytest.mark.parametrize("theta", [0.3, 0.8, 1.0])
def test_a_crooked_measure_is_paid_by_its_worth(theta):
    """Baker: no risk."""
    case = (2.0, theta, 0.0, 0.0, 0.0)
    assert incentives.optimal_share(*case) == pytest.approx(theta)
    assert incentives.surplus(theta, *case) == pytest.approx(incentives.baker_surplus(2.0, theta))


def test_nothing_at_stake():
    assert incentives.optimal_share(0.0, 1.0, 0.0, 0.0, 0.0) == 0.0
    assert incentives.share_loss(0.7, 0.0, 1.0, 0.0, 0.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("cost_b", "cost_v", "r_v", "r_b", "variance", "share"),
    [(1, 1, 2, 1, 0.5, 0.428571), (2, 1, 1, 3, 1.0, 0.727273)],
)
def test_two_sided_effort(cost_b, cost_v, r_v, r_b, variance, share):
    kappa_b, kappa_v, sigma = 1 / cost_b, 1 / cost_v, variance**0.5

    def total(s):
        buyer = (1 - s) * kappa_b - (1 - s) ** 2 * kappa_b / 2
        return buyer + incentives.surplus(s, kappa_v, 1.0, r_b, r_v, sigma)

    found = incentives.two_sided_share(kappa_v, kappa_b, r_b, r_v, sigma)
    assert found == pytest.approx(share, abs=1e-6)
    assert found == pytest.approx(best_share(total), abs=1e-4)


@pytest.mark.parametrize(("ratio", "efficiency"), [(1, 0.75), (2, 7 / 9), (4, 0.84)])
def test_two_sided_effort_falls_short(ratio, efficiency):
    assert incentives.two_sided_efficiency(ratio, 1.0) == pytest.approx(efficiency)
    share = incentives.two_sided_share(ratio, 1.0)
    reached = share * ratio - share**2 * ratio / 2 + (1 - share) - (1 - share) ** 2 / 2
    assert reached / ((ratio + 1) / 2) == pytest.approx(efficiency)


def test_certainty_equivalent_of_a_normal_income():
    """T33: N(2, 1.44), r = 1.5; antithetic draws, four standard errors by the delta method."""
    half = np.random.default_rng(5).standard_normal(500_000)
    income = 2 + 1.2 * np.concatenate((half, -half))
    utility = np.exp(-1.5 * income)
    found = -np.log(utility.mean()) / 1.5
    error = utility.std() / utility.mean() / 1.5 / np.sqrt(len(income))
    assert abs(found - incentives.certainty_equivalent(2, 1.5, 1.2)) <= 4 * error
    assert abs(found - incentives.certainty_equivalent(2, 1.4, 1.2)) > 4 * error
