"""Means over worlds with bootstrap percentile intervals, alone and paired.

The unit that is drawn again is always the world, never the month: months of one world are not
independent. One set of draws serves every column, so quantities that are compared are resampled
together. The estimator is that of `scipy.stats.bootstrap(..., method="percentile")`, done as one
matrix product so that a hundred measures cost no more than one and worlds without a value
(a rate with nothing to count) can be left out column by column.

Shares have intervals of another kind beside it: where an event was seen in no world, or in all, every
draw of the bootstrap says so again, and its interval has no width. Wilson's does not take the silence
for certainty.
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
    share: np.ndarray | float, n: np.ndarray | int, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Wilson score interval of a mean share seen in `n` worlds; NaN where `n` is 0.

    Works entry by entry. A world may itself be a share (half of its problems were reported): such
    values vary less than yes or no with the same mean, so the interval is then wider than it need be.
    Source: Wilson (1927); Newcombe (1998), Statistics in Medicine 17, 857, method 3.
    """
    p, worlds = np.broadcast_arrays(np.asarray(share, float), np.asarray(n, float))
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    middle = _ratio(worlds * p + z * z / 2.0, np.where(worlds > 0.0, worlds + z * z, 0.0))
    spread = np.sqrt(worlds * p * (1.0 - p) + z * z / 4.0)
    half = _ratio(z * spread, np.where(worlds > 0.0, worlds + z * z, 0.0))
    # Both ends lie on their side of the share; rounding may step past it where it is 0 or 1.
    low, high = np.minimum(middle - half, p), np.maximum(middle + half, p)
    return np.maximum(low, 0.0)[()], np.minimum(high, 1.0)[()]


def share_difference(
    a: np.ndarray, b: np.ndarray, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of mean(a) − mean(b), two shares seen in the same worlds.

    `a` and `b` have shape (worlds,) or (worlds, columns) and values from 0 to 1; a world without a
    value on one side is left out. The distances from each share to its Wilson limits are squared and
    added, less what the two have in common: their correlation, 0 where one of them is 0 or 1
    throughout, and made smaller by half a world where it is positive. Values between 0 and 1 have
    their covariance divided by that of yes or no, which leaves the interval wide enough.
    Source: Newcombe (1998), Statistics in Medicine 17, 2635, method 10; Zou & Donner (2008).
    """
    first, second = np.asarray(a, float), np.asarray(b, float)
    there = np.isfinite(first) & np.isfinite(second)
    n = there.sum(axis=0)
    worlds = np.asarray(n, float)
    p, q = (_ratio(np.where(there, v, 0.0).sum(axis=0), worlds) for v in (first, second))
    common = _ratio(np.where(there, (first - p) * (second - q), 0.0).sum(axis=0), worlds)
    common = np.where(common > 0.0, np.maximum(common - 0.5 / np.maximum(n, 1), 0.0), common)
    r = np.nan_to_num(_ratio(common, np.sqrt(np.maximum(p * (1.0 - p) * q * (1.0 - q), 0.0))))
    (low_p, high_p), (low_q, high_q) = wilson(p, n, level), wilson(q, n, level)
    down = _added(p - low_p, high_q - q, r)
    up = _added(high_p - p, q - low_q, r)
    return (p - q - down)[()], (p - q + up)[()]


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
