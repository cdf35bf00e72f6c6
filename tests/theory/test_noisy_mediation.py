"""Reputational bargaining and the noisy mediator, against numbers worked out independently.

Abreu & Gul 2000 for the war of attrition; Fanning 2021 for why a mediator must sometimes be silent.
"""

import numpy as np
import pytest

from sim.theory import noisy_mediation as theory

TABLE = {
    # demand: chance of a stubborn type → (m*, payoff of rational types)
    0.6: {
        0.01: (0.9855, 0.4976), 0.05: (0.9243, 0.4878), 0.1: (0.8402, 0.4756),
        0.2: (0.6404, 0.4512), 0.3: (0.3835, 0.4268), 0.4: (0.0410, 0.4025),
    },
    0.7: {
        0.01: (0.9916, 0.4963), 0.05: (0.9563, 0.4817), 0.1: (0.9078, 0.4634),
        0.2: (0.7926, 0.4268), 0.3: (0.6444, 0.3902), 0.4: (0.4468, 0.3536),
    },
    0.8: {
        0.01: (0.9955, 0.4956), 0.05: (0.9765, 0.4783), 0.1: (0.9504, 0.4566),
        0.2: (0.8884, 0.4132), 0.3: (0.8087, 0.3698), 0.4: (0.7025, 0.3264),
    },
}  # fmt: skip


@pytest.mark.parametrize("demand", TABLE)
def test_the_noise_a_mediator_needs(demand):
    for z, (most, payoff) in TABLE[demand].items():
        found = theory.highest_announcement_chance(demand, z)
        assert abs(found - most) < 1e-3
        assert abs(theory.payoff_of_accepting(found, demand, z) - payoff) < 1e-3
        assert theory.payoff_of_accepting(found + 0.01, demand, z) < theory.payoff_of_refusing(
            found + 0.01, demand, z
        )


@pytest.mark.parametrize("demand", TABLE)
@pytest.mark.parametrize("z", [0.001, 0.1, 0.5, 0.9])
def test_without_noise_refusing_always_pays(demand, z):
    assert theory.payoff_of_accepting(1.0, demand, z) < theory.payoff_of_refusing(1.0, demand, z)
    limit = theory.payoff_of_refusing(1.0 - 1e-10, demand, z)
    assert limit == pytest.approx(theory.payoff_of_refusing(1.0, demand, z), abs=1e-4)


@pytest.mark.parametrize(("demand", "z"), [(0.6, 0.410), (0.7, 0.547), (0.8, 0.691)])
def test_beyond_some_stubbornness_no_noise_helps(demand, z):
    assert theory.highest_announcement_chance(demand, z + 0.005) == 0.0
    assert theory.highest_announcement_chance(demand, z - 0.005) > 0.0


@pytest.mark.parametrize(
    ("demands", "priors", "rates", "payoffs"),
    [
        ((0.6, 0.6), (0.1, 0.1), (1.0, 1.0), (0.4000, 0.4000)),
        ((0.7, 0.6), (0.1, 0.1), (1.0, 1.0), (0.4000, 0.4313)),
        ((0.7, 0.7), (0.05, 0.2), (1.0, 1.0), (0.3000, 0.6000)),
        ((0.75, 0.6), (0.1, 0.1), (1.0, 2.0), (0.5292, 0.2500)),
    ],
)
def test_the_war_of_attrition_without_a_mediator(demands, priors, rates, payoffs):
    assert theory.attrition_payoffs(demands, priors, rates) == pytest.approx(payoffs, abs=1e-4)


def test_a_mediator_with_the_right_noise_is_worth_its_place():
    """From 0.80 to 0.951 of the pie, at a demand of 0.6 and one stubborn side in ten."""
    alone = sum(theory.attrition_payoffs((0.6, 0.6), (0.1, 0.1), (1.0, 1.0)))
    most = theory.highest_announcement_chance(0.6, 0.1)
    assert alone == pytest.approx(0.8, abs=1e-9)
    assert 2.0 * theory.payoff_of_accepting(most, 0.6, 0.1) == pytest.approx(0.951, abs=1e-3)


def test_wars_played_out_pay_what_the_closed_form_says():
    """T22, and a formula that confuses the weaker side with the stronger is rejected."""
    draws = np.random.default_rng(6)
    case = ((0.72, 0.63), (0.08, 0.17), (0.7, 1.3))
    times = theory.draw_concession_times(draws, 400_000, *case)
    for side, z in enumerate(case[1]):
        assert np.isinf(times[side]).mean() == pytest.approx(z, abs=3e-3)
    worth = theory.payoffs_at_times(times, case[0], case[2])
    closed = theory.attrition_payoffs(*case)
    for side in (0, 1):
        found = worth[side][np.isfinite(times[side])]
        error = 4 * found.std() / len(found) ** 0.5
        assert abs(found.mean() - closed[side]) < error < abs(found.mean() - closed[1 - side])


@pytest.mark.parametrize(("demand", "z"), [(0.6, 0.1), (0.75, 0.2)])
def test_played_out_accepting_and_refusing_are_level_at_the_right_noise(demand, z):
    """T23."""
    draws = np.random.default_rng(7)
    most = theory.highest_announcement_chance(demand, z)
    accepted, refused = theory.draw_mediated_payoffs(draws, 200_000, most, demand, z)
    assert accepted.mean() == pytest.approx(theory.payoff_of_accepting(most, demand, z), abs=2e-3)
    assert refused.mean() == pytest.approx(accepted.mean(), abs=3e-3)
    loud = theory.draw_mediated_payoffs(draws, 200_000, most + 0.1 * (1 - most) + 0.02, demand, z)
    assert loud[1].mean() > loud[0].mean() + 3e-3
