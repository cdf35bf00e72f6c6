"""Opponent models learn from offers what those offers can tell, and no more."""

import numpy as np
import pytest
from drawn_domains import drawn

from sim.outcomes.domains.domain import Domain, DomainIssue, Profile
from sim.outcomes.sessions.learned import learning_accuracy
from sim.outcomes.sessions.models import BayesianModel, FrequencyModel, accuracy
from sim.outcomes.sessions.session import negotiate


def ladder(sizes, weights) -> Domain:
    """Return a domain whose vendor likes high places and whose buyer likes low ones."""
    issues = tuple(DomainIssue(f"i{k}", tuple(map(str, range(n)))) for k, n in enumerate(sizes))
    up = tuple(tuple(((np.arange(n) + 1.0) / n).tolist()) for n in sizes)
    down = tuple(values[::-1] for values in up)
    buyer = Profile("buyer", tuple(reversed(weights)), down)
    return Domain("ladder", issues, (buyer, Profile("vendor", tuple(weights), up)))


def test_frequency_counts_by_hand():
    """Three offers: weights grow if the value stays, evaluations are counts over the largest."""
    model = FrequencyModel((2, 3), growth=0.1)
    for places in ((0, 0), (0, 1), (0, 1)):
        model.observe(places)
    first = np.array([0.6, 0.5]) / 1.1
    second = (first + 0.1) / (first + 0.1).sum()
    assert model.weights == pytest.approx(second)
    assert model.utility((0, 1)) == pytest.approx(1.0)
    assert model.utility((1, 0)) == pytest.approx(second[0] / 4.0 + second[1] * 2.0 / 3.0)


def test_beliefs_by_hand():
    """One issue of two values: the shape that fits the first offer is e^(½/σ²) times as likely."""
    model = BayesianModel((2,), spread=1.0)
    model.observe((1,), time=0.0)
    rising = 1.0 / (1.0 + np.exp(-0.5))
    assert model.shape_chance[0] == pytest.approx([rising, 1.0 - rising])
    assert model.utility((1,)) == pytest.approx(rising)


def believed(domain: Domain, strategy: str) -> float:
    """Return how well beliefs fit the vendor, given the pace of a linear one."""
    model = BayesianModel(domain.sizes, pace=1.0 - domain.profiles[1].worst)
    ended = negotiate(domain, "hardliner", strategy, rounds=60)
    for said in ended.utterances:
        if said.speaker == "vendor":
            model.observe(domain.places(said.number), (said.turn + 1.0) / 61.0)
    estimate = [model.utility(domain.places(n)) for n in range(domain.count)]
    return accuracy(np.array(estimate), domain.utilities(1))


@pytest.mark.parametrize("weights", [(0.5, 0.3, 0.2), (0.34, 0.33, 0.33)])
def test_beliefs_learn_a_ladder_from_one_who_concedes_as_they_assume(weights):
    """And only from such a one: a conceder's early gifts are taken for what it likes."""
    domain = ladder((5, 4, 4), weights)
    assert believed(domain, "linear") > 0.9
    assert believed(domain, "conceder") < 0.5


def test_nothing_is_learned_from_a_side_that_never_moves():
    """The negative control: one outcome repeated shows what is best and nothing about the rest."""
    gains = []
    for seed in range(25):
        domain = drawn(np.random.default_rng(seed), (5, 4, 3))
        moving = learning_accuracy(negotiate(domain, "hardliner", "linear", rounds=60))["buyer"]
        still = learning_accuracy(negotiate(domain, "hardliner", "hardliner", rounds=60))["buyer"]
        gains.append([moving[name] - still[name] for name in ("frequency", "Bayesian")])
    mean = np.mean(gains, axis=0)
    error = np.std(gains, axis=0) / 5.0
    assert (mean > 2 * error).any() and (mean > -2 * error).all()


def test_more_issues_than_orders_are_still_estimated():
    domain = ladder((2,) * 10, (0.1,) * 10)
    model = BayesianModel(domain.sizes)
    for turn in range(5):
        model.observe((1,) * 10, turn / 6.0)
    assert len(model.orders) == 10
    assert model.utility((1,) * 10) > model.utility((0,) * 10)


def test_accuracy_is_a_correlation():
    truth = np.array([0.1, 0.5, 0.9])
    assert accuracy(truth * 2.0 + 1.0, truth) == pytest.approx(1.0)
    assert accuracy(-truth, truth) == pytest.approx(-1.0)
    assert accuracy(np.ones(3), truth) == 0.0


def test_a_model_never_sees_a_profile():
    """Same offers, other vendor: the estimate is the same, and only its accuracy changes."""
    domain = drawn(np.random.default_rng(1), (4, 3))
    model, other = FrequencyModel(domain.sizes), FrequencyModel(domain.swapped().sizes)
    for number in (3, 5, 5, 7):
        model.observe(domain.places(number))
        other.observe(domain.swapped().places(number))
    assert [model.utility(domain.places(n)) for n in range(12)] == [
        other.utility(domain.places(n)) for n in range(12)
    ]
