"""War of attrition between sides that may be stubborn, and a mediator who must sometimes be silent.

Each side demands α > ½ of a pie of 1 and is with chance z of a type that never yields (Abreu & Gul
2000). A mediator asks both in confidence whether they would accept one half each. If both would, it
announces so with chance m only. At m = 1 its silence reveals a refusal, so that refusing pays more
than accepting; with noise, accepting is a best reply up to some m* (after Fanning 2021).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def attrition_payoffs(
    demands: tuple[float, float], priors: tuple[float, float], rates: tuple[float, float]
) -> tuple[float, float]:
    """Return the expected payoffs of rational types of both sides in the war of attrition.

    A side concedes at the rate that makes the other indifferent. The side whose reputation would be
    complete later concedes at once with the chance that lets both be complete at the same time
    (Abreu & Gul 2000). `demands` are α, `priors` z and `rates` discount rates, a pair for the two
    sides.
    """
    _, late = _concession_rates(demands, priors, rates)
    first = (1.0 - late[1]) * demands[0] + late[1] * (1.0 - demands[1])
    second = (1.0 - late[0]) * demands[1] + late[0] * (1.0 - demands[0])
    return float(first), float(second)


def _concession_rates(
    demands: tuple[float, float], priors: tuple[float, float], rates: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return both sides' rates λ of conceding, and c in F(t) = 1 − c e^{−λt}."""
    excess = demands[0] + demands[1] - 1.0
    concede = (rates[1] * (1.0 - demands[0]) / excess, rates[0] * (1.0 - demands[1]) / excess)
    end = min(-np.log(z) / rate for z, rate in zip(priors, concede, strict=True))
    late = [float(z * np.exp(rate * end)) for z, rate in zip(priors, concede, strict=True)]
    return concede, (late[0], late[1])


def draw_concession_times(
    draws: np.random.Generator,
    count: int,
    demands: tuple[float, float],
    priors: tuple[float, float],
    rates: tuple[float, float],
) -> tuple[Array, Array]:
    """Return the times at which sides yield in `count` wars of attrition; ∞ if never.

    Each side is stubborn with the chance `priors` gives.
    """
    concede, late = _concession_rates(demands, priors, rates)
    times = []
    for rate, c in zip(concede, late, strict=True):
        u = draws.random(count)
        times.append(np.where(u <= 1.0 - c, 0.0, -np.log((1.0 - u) / c) / rate))
    for side, z in enumerate(priors):
        # A share z of the distribution is left at its end: those are the stubborn types.
        concede_by = -np.log(z / late[side]) / concede[side]
        times[side] = np.where(times[side] >= concede_by, np.inf, times[side])
    return times[0], times[1]


def payoffs_at_times(
    times: tuple[Array, Array], demands: tuple[float, float], rates: tuple[float, float]
) -> tuple[Array, Array]:
    """Return both sides' discounted payoffs, one for each pair of times.

    The first to yield gets 1 less the other's demand. If both stay for ever, both get nothing.
    """
    first, second = times
    end = np.minimum(first, second)
    yields = first <= second
    # If both stay for ever, both get nothing; 1e300 keeps ∞ out of the exponential.
    weights = [np.where(np.isfinite(end), np.exp(-r * np.minimum(end, 1e300)), 0.0) for r in rates]
    first_gets = np.where(yields, 1.0 - demands[1], demands[0])
    second_gets = np.where(yields, demands[1], 1.0 - demands[0])
    return weights[0] * first_gets, weights[1] * second_gets


def belief_after_silence(m: float, z: float) -> float:
    """Return z′ = z/(z + (1 − z)(1 − m)), the belief after silence that the other is stubborn."""
    return z / (z + (1.0 - z) * (1.0 - m))


def payoff_of_accepting(m: float, demand: float, z: float) -> float:
    """Return the payoff of a rational side that accepts one half, (1 − z) m (α − ½) + 1 − α."""
    return (1.0 - z) * m * (demand - 0.5) + (1.0 - demand)


def payoff_of_refusing(m: float, demand: float, z: float) -> float:
    """Return the best payoff of a side that refuses in confidence and waits for the other to yield.

    `m` is the chance of announcing, `demand` α and `z` the prior chance of a stubborn side.
    """
    if m == 1.0:
        return (1.0 - z) * demand + z * (1.0 - demand)
    after = belief_after_silence(m, z)
    odds = demand / (1.0 - demand)
    waiting = (1.0 - z) / (1.0 - after) * (1.0 - after**odds)
    stubborn = z * after ** ((2.0 * demand - 1.0) / (1.0 - demand))
    return float((1.0 - demand) * (waiting + stubborn))


def highest_announcement_chance(demand: float, z: float) -> float:
    """Return m*, the highest chance of announcing at which accepting is a best reply, or 0."""
    from scipy.optimize import brentq

    def slack(m: float) -> float:
        return payoff_of_accepting(m, demand, z) - payoff_of_refusing(m, demand, z)

    # The highest m of the grid at which accepting pays brackets m* from below.
    grid = np.linspace(0.0, 1.0, 2_002)[1:-1]
    fine = [m for m in grid if slack(m) > 0.0]
    if not fine:
        return 0.0
    return float(brentq(slack, fine[-1], 1.0 - 1e-12))


def draw_mediated_payoffs(
    draws: np.random.Generator, count: int, m: float, demand: float, z: float
) -> tuple[Array, Array]:
    """Return `count` payoffs of a rational side that accepts, and of one that refuses in secret.

    The other side accepts if it is rational. After silence both believe the other stubborn with z′
    and fight the war of attrition. A side that refused knows that it learnt nothing from the
    silence, and waits as long as pays best. Discount rates do not matter here; both are 1.
    """
    after = belief_after_silence(m, z)
    war = (demand, demand), (after, after), (1.0, 1.0)
    (rate, _), _ = _concession_rates(*war)

    def yields() -> Array:
        return np.asarray(-np.log1p(-draws.random(count) * (1.0 - after)) / rate)

    rational = draws.random(count) >= z
    partner = np.where(rational, yields(), np.inf)
    announced = rational & (draws.random(count) < m)
    stays = payoffs_at_times((yields(), partner), war[0], war[2])[0]
    accepted = np.where(announced, 0.5, stays)
    best = np.zeros(count)
    for wait in np.linspace(0.0, -np.log(after) / rate, 41):
        tried = payoffs_at_times((np.full(count, wait), partner), war[0], war[2])[0]
        best = tried if tried.mean() > best.mean() else best
    return accepted, best
