"""Intervals of shares, also if nothing has varied yet: Wilson's for one, Newcombe's for a difference.

If an event occurs in no world or in all, every resample agrees and the bootstrap's percentile
interval has zero width; Wilson's does not (Wilson 1927). If a world's share is itself a mean over
many needs and months, the world counts as as many yes-or-no trials as its small variance is worth
(`effective_trials`).
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from sim.measure.intervals import LEVEL, TAILS, mean_and_sd
from sim.measure.view import ratio


def wilson_interval(
    share: np.ndarray | float, n: np.ndarray | float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Wilson score interval of a mean share observed in `n` trials; NaN if `n` is 0.

    Works entry by entry and returns (low, high), both from 0 to 1. A trial is a yes or a no; for
    worlds whose values lie between, pass `effective_trials` as `n`.
    Source: Wilson (1927); Newcombe (1998), Statistics in Medicine 17, 857, method 3.

    Example:
        >>> low, high = wilson_interval(0.0, 10)
        >>> float(low), round(float(high), 4)
        (0.0, 0.2775)
    """
    p, trials = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    middle = ratio(trials * p + z * z / 2.0, np.where(trials > 0.0, trials + z * z, 0.0))
    spread = np.sqrt(trials * p * (1.0 - p) + z * z / 4.0)
    half = ratio(z * spread, np.where(trials > 0.0, trials + z * z, 0.0))
    # Each limit lies on its side of the share; rounding may step past it if the share is 0 or 1.
    low, high = np.minimum(middle - half, p), np.maximum(middle + half, p)
    return np.maximum(low, 0.0)[()], np.minimum(high, 1.0)[()]


def effective_trials(values: np.ndarray) -> np.ndarray:
    """Return the number of yes-or-no trials that say as much about a mean share as these worlds.

    `values` has shape (worlds,) or (worlds, columns), each from 0 to 1, NaN if a world has none.
    With n worlds, mean p and variance s² between worlds the number is n · p(1 − p) / s², reduced by
    (z / t)² because s² is itself estimated from n − 1 degrees of freedom: n if each world is a yes
    or a no, far more if it is a mean over many needs and months. It is never fewer than n, and it
    is n while nothing has varied, since then nothing is known about s².
    Source: Kish (1965), the design effect; Korn & Graubard (1998), Survey Methodology 24, 193.

    Example:
        >>> import numpy as np
        >>> float(effective_trials(np.array([0.0, 1.0, 1.0, 0.0])))
        4.0
    """
    share, n, variance = _share_moments(np.asarray(values, float))
    trials: np.ndarray = (n / _design_effect(share, n, variance))[()]
    return trials


def share_difference_interval(
    values: np.ndarray, baseline: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of mean(values) − mean(baseline), two shares observed in the same worlds.

    Both have shape (worlds,) or (worlds, columns) and values from 0 to 1; a world without a value
    on one side is left out. The distances from each share to its Wilson limits, at its effective
    number of trials, are combined as squares less twice their product times the correlation of the
    two shares. The correlation is 0 if one of them has not varied, and is reduced by half a trial
    if it is positive (continuity correction). Returns (low, high), from −1 to 1.
    Source: Newcombe (1998), Statistics in Medicine 17, 2635, method 10; Zou & Donner (2008).
    """
    first, second = np.asarray(values, float), np.asarray(baseline, float)
    present = np.isfinite(first) & np.isfinite(second)
    (p, n, var_p), (q, _, var_q) = (
        _share_moments(np.where(present, side, np.nan)) for side in (first, second)
    )
    trials_p, trials_q = n / _design_effect(p, n, var_p), n / _design_effect(q, n, var_q)
    common = np.where(present, (first - p) * (second - q), 0.0).sum(axis=0)
    r = ratio(common, (n - 1.0) * np.sqrt(var_p * var_q))
    half = ratio(np.full_like(n, 0.5), np.sqrt(trials_p * trials_q * p * (1 - p) * q * (1 - q)))
    r = np.nan_to_num(np.where(r > 0.0, np.maximum(r - half, 0.0), r))
    low_p, high_p = wilson_interval(p, trials_p, level)
    low_q, high_q = wilson_interval(q, trials_q, level)
    down = _combined_distance(p - low_p, high_q - q, r)
    up = _combined_distance(high_p - p, q - low_q, r)
    return (p - q - down)[()], (p - q + up)[()]


def _share_moments(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return mean, count and variance between worlds of each column, over worlds with a value."""
    flat = table.reshape(len(table), -1)
    present = np.isfinite(flat)
    n = present.sum(axis=0)
    mean, sd = mean_and_sd(flat, present, n)
    shape = table.shape[1:]
    return mean.reshape(shape), n.astype(float).reshape(shape), (sd**2).reshape(shape)


def _design_effect(share: np.ndarray, n: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the design effect, at most 1: the variance between worlds over that of yes or no.

    Multiplied by (t / z)² for the n − 1 degrees of freedom from which the variance is estimated.
    """
    from scipy.special import ndtri, stdtrit

    inflation = (stdtrit(np.maximum(n - 1.0, 1.0), TAILS[1]) / ndtri(TAILS[1])) ** 2
    effect = ratio(variance, share * (1.0 - share)) * inflation
    return np.where(effect > 0.0, np.minimum(effect, 1.0), 1.0)


def _combined_distance(
    first: np.ndarray, second: np.ndarray, correlation: np.ndarray
) -> np.ndarray:
    """Return the distance from a difference to its limit, given those of its two terms."""
    square = first**2 + second**2 - 2.0 * correlation * first * second
    distance: np.ndarray = np.sqrt(np.maximum(square, 0.0))
    return distance
