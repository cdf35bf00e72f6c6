"""Means over worlds with bootstrap percentile intervals, alone and paired.

The unit that is drawn again is always the world, never the month: months of one world are not
independent. One set of draws serves every column, so quantities that are compared are resampled
together. The estimator is that of `scipy.stats.bootstrap(..., method="percentile")`, done as one
matrix product so that a hundred measures cost no more than one and worlds without a value
(a rate with nothing to count) can be left out column by column.

Shares have intervals of another kind beside it: where an event was seen in no world, or in all, every
draw of the bootstrap says so again, and its interval has no width. Wilson's does not take the silence
for certainty. Where a world's share is itself a mean over many needs and months, a world counts as as
many trials as its small variance is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

LEVEL = 0.95
TAILS = [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0]
RESAMPLES = 2000
SEED = 20_240_229
CHUNK = 2_000_000


class Summary(NamedTuple):
    """Column-wise summary of values by world: each field has one entry per column.

    `low` and `high` are NaN where fewer than two worlds have a value, and equal to the mean where
    every world has the same value.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    n: np.ndarray


class Paired(NamedTuple):
    """Column-wise summary of differences by world; `effect` is d_z = mean / sd of the differences.

    `share_opposite` is the share of worlds whose difference has the sign opposite to the mean's.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    effect: np.ndarray
    share_opposite: np.ndarray


def draws(n: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """Yield blocks of rows, `resamples` in all: how often each of `n` worlds is drawn."""
    if n * resamples <= CHUNK:
        yield _drawn(n, resamples, seed)
        return
    yield from _fresh(n, resamples, seed)


@lru_cache(maxsize=4)
def _drawn(n: int, resamples: int, seed: int) -> np.ndarray:
    block = np.concatenate(list(_fresh(n, resamples, seed)))
    block.setflags(write=False)
    return block


def _fresh(n: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.Generator(np.random.Philox(seed))
    left = resamples
    while left > 0:
        rows = min(left, max(1, CHUNK // n))
        picked = generator.integers(n, size=(rows, n))
        picked += np.arange(rows)[:, None] * n
        yield np.bincount(picked.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        left -= rows


def summarise(values: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED) -> Summary:
    """Return mean, 95 % bootstrap interval, sd and count of each column.

    `values` has shape (worlds,) or (worlds, columns), one row per world; NaN means "no value".
    """
    table = np.asarray(values, float)
    table = table[:, None] if table.ndim == 1 else table
    present = np.isfinite(table)
    n = present.sum(axis=0)
    mean, sd = _mean_sd(table, present, n)
    low, high = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    same = (n >= 2) & (sd == 0.0)
    low[same] = high[same] = mean[same]
    vary = np.flatnonzero((n >= 2) & (sd > 0.0))
    if vary.size:
        low[vary], high[vary] = _percentiles(table[:, vary], present[:, vary], resamples, seed)
    return Summary(mean, low, high, sd, n)


def paired(
    values: np.ndarray, baseline: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Paired:
    """Return the summary of `values - baseline`, both with one row per world, the same worlds."""
    difference = np.asarray(values, float) - np.asarray(baseline, float)
    difference = difference[:, None] if difference.ndim == 1 else difference
    whole = summarise(difference, resamples=resamples, seed=seed)
    effect = _ratio(whole.mean, np.where(whole.sd > 0.0, whole.sd, 0.0))
    opposite = (np.sign(difference) * np.sign(whole.mean) < 0.0).sum(axis=0)
    return Paired(*whole, effect, _ratio(opposite.astype(float), whole.n.astype(float)))


def unpaired(
    values: np.ndarray, baseline: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Summary:
    """Return the difference of two means over worlds, each over those worlds that have a value.

    For what does not meet the same occasions in both, so that no world gives a difference of its
    own. The same worlds are drawn again on both sides; `n` is the smaller count, `sd` is NaN.
    """
    tables = [np.asarray(v, float).reshape(len(v), -1) for v in (values, baseline)]
    present = [np.isfinite(table) for table in tables]
    n = np.minimum(*(p.sum(axis=0) for p in present))
    mean = np.subtract(
        *(_mean_sd(t, p, p.sum(axis=0))[0] for t, p in zip(tables, present, strict=True))
    )
    blocks = []
    for counts in draws(len(tables[0]), resamples, seed):
        first, second = (
            _ratio(counts @ np.where(p, t, 0.0), counts @ p.astype(float))
            for t, p in zip(tables, present, strict=True)
        )
        blocks.append(first - second)
    low, high = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    enough = n >= 2
    if enough.any():
        low[enough], high[enough] = np.nanquantile(np.concatenate(blocks)[:, enough], TAILS, axis=0)
    return Summary(mean, low, high, np.full_like(mean, np.nan), n)


def wilson(
    share: np.ndarray | float, n: np.ndarray | float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Wilson score interval of a mean share seen in `n` trials; NaN where `n` is 0.

    Works entry by entry. A trial is a yes or no; of worlds whose values lie between, `n` is what
    `trials_worth` says.
    Source: Wilson (1927); Newcombe (1998), Statistics in Medicine 17, 857, method 3.
    """
    p, trials = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    middle = _ratio(trials * p + z * z / 2.0, np.where(trials > 0.0, trials + z * z, 0.0))
    spread = np.sqrt(trials * p * (1.0 - p) + z * z / 4.0)
    half = _ratio(z * spread, np.where(trials > 0.0, trials + z * z, 0.0))
    # Both ends lie on their side of the share; rounding may step past it where it is 0 or 1.
    low, high = np.minimum(middle - half, p), np.maximum(middle + half, p)
    return np.maximum(low, 0.0)[()], np.minimum(high, 1.0)[()]


def trials_worth(values: np.ndarray) -> np.ndarray:
    """Return how many trials, each yes or no, tell as much of a mean share as these worlds do.

    `values` has shape (worlds,) or (worlds, columns), each from 0 to 1, NaN where a world has none.
    With n worlds, mean p and variance s² between worlds it is n · p(1 − p) / s², made smaller by
    (z / t)² because s² is known from n − 1 worlds only: n where a world is a yes or no, far more where
    it is a mean over many needs and months. Never fewer than n, and n while nothing has varied, since
    then nothing is known of s².
    Source: Kish (1965), the design effect; Korn & Graubard (1998), Survey Methodology 24, 193.
    """
    share, n, variance = _shares(np.asarray(values, float))
    return (n / _narrowing(share, n, variance))[()]


def share_difference(
    a: np.ndarray, b: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of mean(a) − mean(b), two shares seen in the same worlds.

    `a` and `b` have shape (worlds,) or (worlds, columns) and values from 0 to 1; a world without a
    value on one side is left out. The distances from each share to its Wilson limits, with the trials
    its worlds are worth, are squared and added, less what the two have in common: their correlation,
    0 where one of them has not varied, and made smaller by half a trial where it is positive.
    Source: Newcombe (1998), Statistics in Medicine 17, 2635, method 10; Zou & Donner (2008).
    """
    first, second = np.asarray(a, float), np.asarray(b, float)
    there = np.isfinite(first) & np.isfinite(second)
    (p, n, var_p), (q, _, var_q) = (
        _shares(np.where(there, side, np.nan)) for side in (first, second)
    )
    trials_p, trials_q = n / _narrowing(p, n, var_p), n / _narrowing(q, n, var_q)
    common = np.where(there, (first - p) * (second - q), 0.0).sum(axis=0)
    r = _ratio(common, (n - 1.0) * np.sqrt(var_p * var_q))
    half = _ratio(np.full_like(n, 0.5), np.sqrt(trials_p * trials_q * p * (1 - p) * q * (1 - q)))
    r = np.nan_to_num(np.where(r > 0.0, np.maximum(r - half, 0.0), r))
    (low_p, high_p), (low_q, high_q) = wilson(p, trials_p, level), wilson(q, trials_q, level)
    down = _added(p - low_p, high_q - q, r)
    up = _added(high_p - p, q - low_q, r)
    return (p - q - down)[()], (p - q + up)[()]


def _shares(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of the worlds that have a value, their number, and the variance between them."""
    flat = table.reshape(len(table), -1)
    there = np.isfinite(flat)
    n = there.sum(axis=0)
    mean, sd = _mean_sd(flat, there, n)
    shape = table.shape[1:]
    return mean.reshape(shape), n.astype(float).reshape(shape), (sd**2).reshape(shape)


def _narrowing(share: np.ndarray, n: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the design effect, at most 1: a share's variance between worlds over that of yes or no."""
    from scipy.special import ndtri, stdtrit

    unsure = (stdtrit(np.maximum(n - 1.0, 1.0), TAILS[1]) / ndtri(TAILS[1])) ** 2
    effect = _ratio(variance, share * (1.0 - share)) * unsure
    return np.where(effect > 0.0, np.minimum(effect, 1.0), 1.0)


def _added(one: np.ndarray, other: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return the distance of a limit of a difference, from those of its two terms."""
    return np.sqrt(np.maximum(one**2 + other**2 - 2.0 * correlation * one * other, 0.0))


def _mean_sd(
    table: np.ndarray, present: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    filled = np.where(present, table, 0.0)
    mean = _ratio(filled.sum(axis=0), n.astype(float))
    first = table[np.argmax(present, axis=0), np.arange(table.shape[1])]
    constant = np.all(~present | (table == first), axis=0) & (n > 0)
    mean = np.where(constant, first, mean)  # a sum of equal numbers may miss by one ulp
    squares = np.where(present, (table - mean) ** 2, 0.0).sum(axis=0)
    return mean, np.sqrt(_ratio(squares, np.where(n >= 2, n - 1.0, 0.0)))


def _percentiles(
    table: np.ndarray, present: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    filled, weight = np.where(present, table, 0.0), present.astype(float)
    whole = bool(present.all())
    blocks = []
    for counts in draws(len(table), resamples, seed):
        blocks.append(
            counts @ filled / len(table) if whole else _ratio(counts @ filled, counts @ weight)
        )
    means = np.concatenate(blocks)
    low, high = (np.quantile if whole else np.nanquantile)(means, TAILS, axis=0)
    return low, high


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=np.asarray(bottom) > 0.0)
