"""Telling or hiding, fighting or settling: sums over months against formulas and fixed draws."""

import itertools
import math

import numpy as np
import pytest

from sim.theory import disclosure_game
from sim.theory.disclosure_game import HiddenProblem

PROBLEM = HiddenProblem(severity=10.0, fix=0.5, blame=1.0, growth=0.1, discovery=0.2, penalty=0.3)
CASES = list(itertools.product([0.0, 0.1, 0.25], [0.05, 0.2, 1.0], [1, 6, 36], [0.9, 0.99]))


def geometric(problem, loss, months, discount):
    """Return the cost of hiding in closed form."""
    y = discount * (1 - problem.discovery)
    x = y * (1 + problem.growth)
    penalty = problem.penalty * problem.severity * discount * (1 + problem.growth)
    lost = loss * discount * (1 - y**months) / (1 - y)
    return problem.discovery * (penalty * (1 - x**months) / (1 - x) + lost)


@pytest.mark.parametrize(("growth", "discovery", "months", "discount"), CASES)
def test_sum_over_months_is_the_geometric_series(growth, discovery, months, discount):
    problem = PROBLEM._replace(growth=growth, discovery=discovery)
    hiding = disclosure_game.cost_of_hiding(problem, 7.0, months, discount)
    assert hiding == pytest.approx(geometric(problem, 7.0, months, discount), rel=1e-9)
    assert hiding != pytest.approx(geometric(problem, 7.0, months + 1, discount), rel=1e-9) or (
        discovery == 1.0 or months == 36
    )


def test_sum_holds_if_the_closed_form_divides_by_zero():
    """Growth that just offsets discount and discovery: every month weighs the same."""
    problem = PROBLEM._replace(growth=1.0, discovery=0.5)
    assert disclosure_game.cost_of_hiding(problem, 0.0, 12, 1.0) == pytest.approx(
        12 * 0.5 * problem.penalty * problem.severity * 2
    )


def test_hiding_by_fixed_draws():
    """Draw the month of discovery; four standard errors, and a control without the growth."""
    months, discount, loss = 24, 0.98, 7.0
    found = np.random.default_rng(8).geometric(PROBLEM.discovery, 400_000)
    harm = PROBLEM.severity * (1 + PROBLEM.growth) ** found
    cost = (found <= months) * discount**found * (PROBLEM.penalty * harm + loss)
    error = cost.std() / np.sqrt(len(cost))
    hiding = disclosure_game.cost_of_hiding(PROBLEM, loss, months, discount)
    assert abs(cost.mean() - hiding) <= 4 * error
    still = disclosure_game.cost_of_hiding(PROBLEM._replace(growth=0.0), loss, months, discount)
    assert abs(cost.mean() - still) > 4 * error


@pytest.mark.parametrize("loss", [0.0, 5.0, 20.0, 60.0])
def test_the_vendor_reports_from_the_threshold_on(loss):
    threshold = disclosure_game.trust_threshold(PROBLEM, loss, 24, 0.98)
    hiding = disclosure_game.cost_of_hiding(PROBLEM, loss, 24, 0.98)
    assert disclosure_game.cost_of_reporting(PROBLEM, threshold) == pytest.approx(hiding)
    assert disclosure_game.is_reported(PROBLEM, threshold + 1e-9, loss, 24, 0.98)
    assert not disclosure_game.is_reported(PROBLEM, threshold - 1e-9, loss, 24, 0.98)


def test_more_to_lose_means_less_trust_needed():
    thresholds = [disclosure_game.trust_threshold(PROBLEM, x, 24, 0.98) for x in (0, 5, 10, 20)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert thresholds[0] > thresholds[-1]


def test_without_blame_trust_plays_no_part():
    cheap = PROBLEM._replace(blame=0.0)
    assert disclosure_game.trust_threshold(cheap, 1000.0, 24, 0.98) == -math.inf
    assert disclosure_game.trust_threshold(cheap, 0.0, 1, 0.98) == math.inf
    assert disclosure_game.is_reported(cheap, 0.0, 1000.0, 24, 0.98)
    assert not disclosure_game.is_reported(cheap, 1.0, 0.0, 1, 0.98)


def test_nothing_left_to_lose_hides_everything():
    assert disclosure_game.cost_of_hiding(PROBLEM, 50.0, 0, 0.98) == 0.0
    assert not disclosure_game.is_reported(PROBLEM, 1.0, 50.0, 0, 0.98)


@pytest.mark.parametrize("p_b", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("p_v", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("costs", [(0.0, 0.0), (10.0, 5.0), (40.0, 40.0)])
def test_disputes_are_fought_when_beliefs_differ_by_more_than_they_cost(p_b, p_v, costs):
    """Landes & Gould: p_b − p_v > (C_b + C_v) / stake."""
    stake = 100.0
    assert disclosure_game.is_fought(p_b, p_v, stake, *costs) == (p_b - p_v > sum(costs) / stake)


def test_settlements_suit_both():
    least, most = disclosure_game.settlement_range(0.6, 0.5, 100.0, 10.0, 5.0)
    assert (least, most) == pytest.approx((50.0, 55.0))
