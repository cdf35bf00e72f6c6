"""Trust in the long run, by running each recursion on fixed draws (T35–T37)."""

import math

import numpy as np
import pytest

from sim.theory import trust

CHAINS, MONTHS = 40_000, 160


def run(p, step, start, seed):
    """Return the trust of independent chains after many periods."""
    rng = np.random.default_rng(seed)
    state = start
    for _ in range(MONTHS):
        state = step(state, rng.random(CHAINS) < p)
    return state


def agrees(sample, moments):
    """Say whether mean and variance lie within four standard errors of the sample's."""
    deviation = sample - sample.mean()
    mean_error = sample.std() / math.sqrt(CHAINS)
    spread_error = (deviation**2).std() / math.sqrt(CHAINS)
    return (
        abs(sample.mean() - moments.mean) <= 4 * mean_error
        and abs(sample.var() - moments.sd**2) <= 4 * spread_error
    )


BETA = [(0.9, 0.9, 0.83333, 0.05735), (0.7, 0.95, 0.68182, 0.06671), (0.8, 0.8, 0.71429, 0.09524)]


def beta_chains(p, memory, good, bad, seed=1):
    def step(state, fine):
        return memory * state[0] + fine, memory * state[1] + ~fine

    r, u = run(p, step, (np.zeros(CHAINS), np.zeros(CHAINS)), seed)
    return (r + good) / (r + u + good + bad)


@pytest.mark.parametrize(("p", "memory", "mean", "sd"), BETA)
def test_beta_moments(p, memory, mean, sd):
    """T35."""
    moments = trust.beta_moments(p, memory)
    assert moments == pytest.approx((mean, sd), abs=6e-6)
    # After 160 periods a memory of 0.95 still lacks λ^160 = 3e-4 of its evidence.
    sample = beta_chains(p, memory, 1.0, 1.0)
    assert agrees(sample, moments)
    assert not agrees(sample, trust.beta_moments(p, memory - 0.05))
    assert not agrees(sample, trust.beta_moments(p - 0.02, memory))


def test_beta_moments_with_other_priors():
    sample = beta_chains(0.85, 0.9, 2.0, 0.5)
    assert agrees(sample, trust.beta_moments(0.85, 0.9, 2.0, 0.5))
    assert not agrees(sample, trust.beta_moments(0.85, 0.9))


def test_one_bad_period_is_forgotten_at_the_rate_of_memory():
    memory, settled = 0.9, 10.0
    r, u = memory * settled, 1.0
    full = (settled + 1) / (settled + 2)
    for n in range(30):
        missing = full - (r + 1) / (r + u + 2)
        assert missing == pytest.approx(trust.beta_deficit(memory, n))
        r, u = memory * r + 1, memory * u
    assert trust.beta_deficit(memory) == pytest.approx(1 / 12)


def test_trust_without_forgetting():
    r = u = 0
    for fine in (1, 1, 0, 1, 1):
        r, u = r + fine, u + 1 - fine
    assert trust.beta_without_forgetting(4, 5) == (r + 1) / (r + u + 2)


EWMA = [
    (0.9, 0.1, 0.3, 0.75, 0.1592),
    (0.75, 0.1, 0.3, 0.5, 0.1667),
    (0.8, 0.1, 0.1, 0.8, 0.0918),
    (0.95, 0.05, 0.5, 0.6552, 0.2083),
]


@pytest.mark.parametrize(("p", "rise", "fall", "mean", "sd"), EWMA)
def test_ewma_moments(p, rise, fall, mean, sd):
    """T36."""

    def step(state, fine):
        return np.where(fine, state + rise * (1 - state), state - fall * state)

    moments = trust.ewma_moments(p, rise, fall)
    assert moments == pytest.approx((mean, sd), abs=6e-5)
    sample = run(p, step, np.full(CHAINS, 0.5), 2)
    assert agrees(sample, moments)
    assert not agrees(sample, trust.ewma_moments(p, rise, 1.2 * fall))


def test_ewma_recovery():
    assert trust.ewma_recovery(0.8, 0.1, 0.3) == pytest.approx(7.48, abs=0.005)
    level, periods = 0.8 * (1 - 0.3), 0
    while level < 0.8:
        level, periods = level + 0.1 * (1 - level), periods + 1
    assert periods == math.ceil(trust.ewma_recovery(0.8, 0.1, 0.3)) == 8


def two_layer(start, periods, rise, fall, damage_rise, damage_decay):
    """Run the rule: one full violation, then good periods; damage moves before trust."""
    damage = damage_rise
    level = start - fall * start
    for _ in range(periods):
        damage -= damage_decay * damage
        level += rise * (1 - damage - level)
    return level


@pytest.mark.parametrize(("periods", "level"), [(0, 0.35), (10, 0.45), (35, 0.718), (60, 0.867)])
def test_two_layer_response(periods, level):
    """T37."""
    assert trust.two_layer_response(0.5, periods) == pytest.approx(level, abs=1e-3)
    assert trust.two_layer_response(0.5, periods) == pytest.approx(
        two_layer(0.5, periods, 0.10, 0.30, 0.60, 0.03), abs=1e-12
    )


@pytest.mark.parametrize("rates", [(0.2, 0.5, 0.4, 0.1), (0.1, 0.3, 0.6, 0.1), (0.05, 0.1, 1, 0)])
def test_two_layer_response_at_other_rates(rates):
    for periods in (0, 1, 7, 40):
        assert trust.two_layer_response(0.7, periods, *rates) == pytest.approx(
            two_layer(0.7, periods, *rates), abs=1e-12
        )


def test_the_damage_outlasts_the_violation():
    """T38's sign: the ceiling keeps trust below where it would have been."""
    assert trust.two_layer_unharmed(0.5, 36) == pytest.approx(0.989, abs=1e-3)
    assert trust.two_layer_response(0.5, 35) < trust.two_layer_unharmed(0.5, 36) - 0.2
    healed = trust.two_layer_response(0.5, 35, damage_rise=0.0)
    assert healed == pytest.approx(trust.two_layer_unharmed(0.35, 35))
