"""Long-run levels and recovery of three rules of trust: closed forms.

Each period is good with chance p, independently of the others. Trust is a share from 0 to 1.
"""

import math
from typing import NamedTuple

from sim.summation import ordered_sum


class Moments(NamedTuple):
    """Mean and standard deviation of trust in the long run."""

    mean: float
    sd: float


def beta_moments(
    p: float, memory: float, prior_good: float = 1.0, prior_bad: float = 1.0
) -> Moments:
    """Return the long-run moments of beta trust, T = (r + a₀)/(r + u + a₀ + b₀).

    Evidence is updated by r ← λr + x, u ← λu + 1 − x, where x is 1 after a good period. `memory` is
    λ < 1, `prior_good` and `prior_bad` a₀ and b₀. In the long run W = 1/(1−λ) of evidence is held.
    Source: Jøsang & Ismail (2002).
    """
    evidence = 1 / (1 - memory)
    weight = evidence + prior_good + prior_bad
    spread = p * (1 - p) * (1 - memory) / (1 + memory)
    return Moments((p * evidence + prior_good) / weight, math.sqrt(spread) * evidence / weight)


def beta_deficit(memory: float, periods: int = 0) -> float:
    """Return the trust missing after one bad period in unbroken good conduct, prior 1 and 1.

    It drops by 1/(W + 2), of which the share λⁿ is left after n = `periods` good periods.
    """
    return memory**periods / (1 / (1 - memory) + 2)


def evidence_under_turnover(memory: float, turnover: float, loss: float) -> float:
    """Return the mean of r + u if contacts leave with chance q and take the share l of it along.

    Evidence of one a period survives a period with λ(1 − q l) on average: 1/(1 − λ(1 − q l)).
    """
    return 1 / (1 - memory * (1 - turnover * loss))


def beta_mean_under_turnover(
    p: float, memory: float, turnover: float, prior_good: float = 1.0, prior_bad: float = 1.0
) -> float:
    """Return the long-run mean of beta trust if a contact that leaves takes all evidence along.

    The number of months since the last turnover is geometric; after k months the evidence is (1 −
    λᵏ)/(1 − λ). The sum stops once the remaining chance is below 1e-12.
    """
    mean, chance, k = 0.0, 1.0, 0
    while chance > 1e-12:
        k += 1
        held = (1 - memory**k) / (1 - memory)
        mean += chance * turnover * (p * held + prior_good) / (held + prior_good + prior_bad)
        chance *= 1 - turnover
    return mean


def beta_without_forgetting(good: int, periods: int) -> float:
    """Return trust after `good` of `periods` at λ = 1, prior 1 and 1: Laplace's rule.

    Example:
        >>> beta_without_forgetting(3, 3)
        0.8
    """
    return (good + 1) / (periods + 2)


def ewma_moments(p: float, rise: float, fall: float) -> Moments:
    """Return the long-run moments of T ← T + a⁺(1 − T) after good, T ← T − a⁻T after bad.

    `rise` is a⁺ and `fall` a⁻, both from 0 to 1.
    """
    mean = p * rise / (p * rise + (1 - p) * fall)
    numerator = 2 * p * rise * (1 - rise) * mean + p * rise**2
    second = numerator / (1 - p * (1 - rise) ** 2 - (1 - p) * (1 - fall) ** 2)
    return Moments(mean, math.sqrt(max(second - mean**2, 0.0)))


def ewma_recovery(trust: float, rise: float, fall: float) -> float:
    """Return the good periods needed to regain `trust` after a bad one; round up to count them."""
    return math.log((1 - trust) / (1 - trust * (1 - fall))) / math.log(1 - rise)


def two_layer_response(
    start: float,
    periods: int,
    rise: float = 0.10,
    fall: float = 0.30,
    damage_rise: float = 0.60,
    damage_decay: float = 0.03,
) -> float:
    """Return trust after one full violation at `start`, undamaged, and then `periods` good periods.

    The violation cuts trust by λ⁻ of itself and leaves damage R = μ_R. In each good period R decays
    by δ_R, and trust then moves by λ⁺ towards the ceiling 1 − R (Pant & Yu 2025).
    """
    keep, heal = 1 - rise, 1 - damage_decay
    mix = ordered_sum(keep ** (periods - j) * heal**j for j in range(1, periods + 1))
    if keep != heal:
        mix = heal * (keep**periods - heal**periods) / (keep - heal)
    return 1 - (1 - start * (1 - fall)) * keep**periods - rise * damage_rise * mix


def two_layer_unharmed(start: float, periods: int, rise: float = 0.10) -> float:
    """Return trust after `periods` good periods without a violation."""
    return 1 - (1 - start) * (1 - rise) ** periods
