"""Means over worlds with 95 % intervals, alone and paired: bootstrap percentiles from 50 worlds on.

The unit that is drawn again is always the world, never the month: months of one world are not
independent. One set of draws serves every column, so quantities that are compared are resampled
together. The estimator is that of `scipy.stats.bootstrap(..., method="percentile")`, done as one
matrix product so that a hundred measures cost no more than one and worlds without a value
(a rate with nothing to count) can be left out column by column. With fewer worlds its intervals are
too narrow, and they are Student's t; below 20 an interval is shown and decides nothing (`clear_sign`).

A mean of shares whose whole differs from world to world is no share: `weights` are the wholes, and
the mean is the share of the sum, Σ w x / Σ w, as are those of the draws.

Rounding is not evidence: what differs by less than its terms are rounded to does not differ.

Shares have intervals of another kind beside it: where an event was seen in no world, or in all, every
draw of the bootstrap says so again, and its interval has no width. Wilson's does not take the silence
for certainty. Where a world's share is itself a mean over many needs and months, a world counts as as
many trials as its small variance is worth.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist
from typing import Any, NamedTuple

import numpy as np

LEVEL = 0.95
TAILS = [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0]
RESAMPLES = 2000
SEED = 20_240_229
BLOCK_ENTRIES = 2_000_000
FEWEST_TO_CONCLUDE = 20  # worlds below which no interval says raised, lowered, best
FEWEST_FOR_BOOTSTRAP = 50  # worlds from which on the bootstrap is drawn
ROUNDING = 1e-12  # of the size of its terms: some thousand roundings of a double


class Summary(NamedTuple):
    """Column-wise summary of values by world: each field has one entry per column.

    `low` and `high` are NaN where fewer than two worlds have a value, and equal to the mean where
    every world has the same value, rounding apart.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    n: np.ndarray


class PairedSummary(NamedTuple):
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


def bootstrap_counts(n: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """Yield blocks of rows, `resamples` in all: how often each of `n` worlds is drawn."""
    if n * resamples <= BLOCK_ENTRIES:
        yield _cached_counts(n, resamples, seed)
        return
    yield from _generate_counts(n, resamples, seed)


@lru_cache(maxsize=4)
def _cached_counts(n: int, resamples: int, seed: int) -> np.ndarray:
    block = np.concatenate(list(_generate_counts(n, resamples, seed)))
    block.setflags(write=False)
    return block


def _generate_counts(n: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.Generator(np.random.Philox(seed))
    left = resamples
    while left > 0:
        rows = min(left, max(1, BLOCK_ENTRIES // n))
        picked = generator.integers(n, size=(rows, n))
        picked += np.arange(rows)[:, None] * n
        yield np.bincount(picked.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        left -= rows


def clear_sign(low: Any, high: Any, n: Any) -> Any:
    """Return +1 where worlds enough put an interval above 0, −1 where they put it below, else 0."""
    enough = np.asarray(n) >= FEWEST_TO_CONCLUDE
    sign = np.where(np.asarray(low) > 0.0, 1, np.where(np.asarray(high) < 0.0, -1, 0))
    return np.where(enough, sign, 0)[()]


def interval_kind(n: int) -> str:
    """Return by which rule an interval over so many worlds is found: "Student's t" or "bootstrap"."""
    return "bootstrap" if n >= FEWEST_FOR_BOOTSTRAP else "Student's t"


def warn_few_worlds(n: int) -> str:
    """Return a sentence on what intervals over so many worlds are worth; nothing where all is well."""
    if n < 2 or n >= FEWEST_FOR_BOOTSTRAP:
        return ""
    said = f"With {n} worlds intervals are Student's t."
    if n < FEWEST_TO_CONCLUDE:
        said += f" So few say nothing for certain: {FEWEST_TO_CONCLUDE} is the least, 50 or more are better."
    return said


def without_rounding(difference: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return differences, exactly 0 where they are below the rounding of terms of some size."""
    return np.where(np.abs(difference) <= ROUNDING * np.asarray(size, float), 0.0, difference)


def differences(values: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Return values − baseline world by world, less what rounding alone makes them differ by.

    The size of a term is its own, or what is usual in its column: what should be 0 may come as the
    rounding of larger terms. `values` has the worlds along its first axis.
    """
    one, other = np.asarray(values, float), np.asarray(baseline, float)
    size = np.fmax(np.abs(one), np.abs(other))
    seen = np.isfinite(size).sum(axis=0)
    usual = np.nan_to_num(size).sum(axis=0) / np.maximum(seen, 1)
    return without_rounding(one - other, np.fmax(size, usual))


def summarise(
    values: np.ndarray, *, weights: np.ndarray | None = None, resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Summary:  # fmt: skip
    """Return mean, 95 % interval, sd and count of each column.

    `values` has shape (worlds,) or (worlds, columns), one row per world; NaN means "no value".
    With `weights` of the same shape the mean is Σ w x / Σ w, and sd that of each world's part in it.
    """
    table = np.asarray(values, float)
    if weights is not None:
        return _summarise_weighted([table], [np.asarray(weights, float)], resamples, seed)
    table = table[:, None] if table.ndim == 1 else table
    present = np.isfinite(table)
    n = present.sum(axis=0)
    mean, sd = _mean_sd(table, present, n)
    low, high = _student_limits(mean, sd, n)
    drawn = np.flatnonzero((n >= FEWEST_FOR_BOOTSTRAP) & (sd > 0.0))
    if drawn.size:
        low[drawn], high[drawn] = _percentiles(table[:, drawn], present[:, drawn], resamples, seed)
    return Summary(mean, low, high, sd, n)


def summarise_paired(
    values: np.ndarray, baseline: np.ndarray, *,
    weights: tuple[np.ndarray, np.ndarray] | None = None, resamples: int = RESAMPLES,
    seed: int = SEED,
) -> PairedSummary:  # fmt: skip
    """Return the summary of `values - baseline`, both with one row per world, the same worlds.

    `weights` are those of both; then the mean is the difference of two weighted means.
    """
    apart = differences(values, baseline)
    apart = apart[:, None] if apart.ndim == 1 else apart
    if weights is None:
        whole = summarise(apart, resamples=resamples, seed=seed)
    else:
        there = np.isfinite(apart)
        tables = [np.asarray(v, float).reshape(apart.shape) for v in (values, baseline)]
        heavy = [np.where(there, np.asarray(w, float).reshape(apart.shape), 0.0) for w in weights]
        whole = _summarise_weighted(tables, heavy, resamples, seed)
        whole = whole._replace(mean=np.where((apart == 0.0).all(axis=0), 0.0, whole.mean))
    effect = _ratio(whole.mean, np.where(whole.sd > 0.0, whole.sd, 0.0))
    opposite = (np.sign(apart) * np.sign(whole.mean) < 0.0).sum(axis=0)
    return PairedSummary(*whole, effect, _ratio(opposite.astype(float), whole.n.astype(float)))


def summarise_unpaired(
    values: np.ndarray, baseline: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Summary:
    """Return the difference of two means over worlds, each over those worlds that have a value.

    For what does not meet the same occasions in both, so that no world gives a difference of its
    own. The same worlds are drawn again on both sides; `n` is the smaller count, `sd` is NaN.
    """
    tables = [np.asarray(v, float).reshape(len(v), -1) for v in (values, baseline)]
    found = _summarise_weighted(
        tables, [np.isfinite(t).astype(float) for t in tables], resamples, seed
    )
    return found._replace(sd=np.full_like(found.mean, np.nan))


def wilson_interval(
    share: np.ndarray | float, n: np.ndarray | float, level: float = LEVEL
) -> tuple[np.ndarray, np.ndarray]:
    """Return the Wilson score interval of a mean share seen in `n` trials; NaN where `n` is 0.

    Works entry by entry. A trial is a yes or no; of worlds whose values lie between, `n` is what
    `effective_trials` says.
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


def effective_trials(values: np.ndarray) -> np.ndarray:
    """Return how many trials, each yes or no, tell as much of a mean share as these worlds do.

    `values` has shape (worlds,) or (worlds, columns), each from 0 to 1, NaN where a world has none.
    With n worlds, mean p and variance s² between worlds it is n · p(1 − p) / s², made smaller by
    (z / t)² because s² is known from n − 1 worlds only: n where a world is a yes or no, far more where
    it is a mean over many needs and months. Never fewer than n, and n while nothing has varied, since
    then nothing is known of s².
    Source: Kish (1965), the design effect; Korn & Graubard (1998), Survey Methodology 24, 193.
    """
    share, n, variance = _share_moments(np.asarray(values, float))
    return (n / _design_effect(share, n, variance))[()]


def share_difference_interval(
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
        _share_moments(np.where(there, side, np.nan)) for side in (first, second)
    )
    trials_p, trials_q = n / _design_effect(p, n, var_p), n / _design_effect(q, n, var_q)
    common = np.where(there, (first - p) * (second - q), 0.0).sum(axis=0)
    r = _ratio(common, (n - 1.0) * np.sqrt(var_p * var_q))
    half = _ratio(np.full_like(n, 0.5), np.sqrt(trials_p * trials_q * p * (1 - p) * q * (1 - q)))
    r = np.nan_to_num(np.where(r > 0.0, np.maximum(r - half, 0.0), r))
    (low_p, high_p), (low_q, high_q) = (
        wilson_interval(p, trials_p, level),
        wilson_interval(q, trials_q, level),
    )
    down = _combined_distance(p - low_p, high_q - q, r)
    up = _combined_distance(high_p - p, q - low_q, r)
    return (p - q - down)[()], (p - q + up)[()]


def _summarise_weighted(
    tables: list[np.ndarray], weights: list[np.ndarray], resamples: int, seed: int
) -> Summary:
    """Return the weighted mean of one table, or its difference to that of another.

    A world's part in a weighted mean m is w (x − m) N / Σ w: what the mean would lose without it.
    """
    size = len(tables[0])
    flat = [t.reshape(size, -1) for t in tables]
    heavy = [
        np.where(np.isfinite(t), w.reshape(size, -1), 0.0)
        for t, w in zip(flat, weights, strict=True)
    ]
    sums = [w * np.where(w > 0.0, t, 0.0) for t, w in zip(flat, heavy, strict=True)]
    means = [_ratio(x.sum(axis=0), w.sum(axis=0)) for x, w in zip(sums, heavy, strict=True)]
    mean = _first_less_second(means)
    n = np.min([(w > 0.0).sum(axis=0) for w in heavy], axis=0)
    part = size * _first_less_second(
        [
            _ratio(x - w * m, np.broadcast_to(w.sum(axis=0), w.shape))
            for x, w, m in zip(sums, heavy, means, strict=True)
        ]
    )
    scale = np.max([np.abs(m) for m in means], axis=0)
    spread = np.sqrt((part**2).sum(axis=0) / max(1, size - 1))
    # In units of the worlds that have a value, so that sd / √n is the standard error of the mean.
    sd = np.where(spread <= ROUNDING * scale, 0.0, spread * np.sqrt(n / size))
    sd = np.where(n >= 2, sd, np.nan)
    low, high = _student_limits(mean, sd, n)
    drawn = np.flatnonzero((n >= FEWEST_FOR_BOOTSTRAP) & (sd > 0.0))
    if drawn.size:
        blocks = [
            _first_less_second(
                [
                    _ratio(counts @ x[:, drawn], counts @ w[:, drawn])
                    for x, w in zip(sums, heavy, strict=True)
                ]
            )
            for counts in bootstrap_counts(size, resamples, seed)
        ]
        low[drawn], high[drawn] = np.nanquantile(np.concatenate(blocks), TAILS, axis=0)
    return Summary(mean, low, high, sd, n)


def _first_less_second(parts: list[np.ndarray]) -> np.ndarray:
    """Return the first of one or two, less the second where there is one."""
    return parts[0] if len(parts) == 1 else parts[0] - parts[1]


def _student_limits(
    mean: np.ndarray, sd: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return Student's limits of means: NaN below two worlds, no width where nothing varies."""
    from scipy.special import stdtrit

    reach = stdtrit(np.maximum(n - 1.0, 1.0), TAILS[1]) * sd / np.sqrt(np.maximum(n, 1))
    reach = np.where(n >= 2, reach, np.nan)
    return mean - reach, mean + reach


def _share_moments(table: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the mean of the worlds that have a value, their number, and the variance between them."""
    flat = table.reshape(len(table), -1)
    there = np.isfinite(flat)
    n = there.sum(axis=0)
    mean, sd = _mean_sd(flat, there, n)
    shape = table.shape[1:]
    return mean.reshape(shape), n.astype(float).reshape(shape), (sd**2).reshape(shape)


def _design_effect(share: np.ndarray, n: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the design effect, at most 1: a share's variance between worlds over that of yes or no."""
    from scipy.special import ndtri, stdtrit

    unsure = (stdtrit(np.maximum(n - 1.0, 1.0), TAILS[1]) / ndtri(TAILS[1])) ** 2
    effect = _ratio(variance, share * (1.0 - share)) * unsure
    return np.where(effect > 0.0, np.minimum(effect, 1.0), 1.0)


def _combined_distance(one: np.ndarray, other: np.ndarray, correlation: np.ndarray) -> np.ndarray:
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
    sd = np.sqrt(_ratio(squares, np.where(n >= 2, n - 1.0, 0.0)))
    return mean, np.where(sd <= ROUNDING * np.abs(filled).max(axis=0, initial=0.0), 0.0 * sd, sd)


def _percentiles(
    table: np.ndarray, present: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    filled, weight = np.where(present, table, 0.0), present.astype(float)
    whole = bool(present.all())
    blocks = []
    for counts in bootstrap_counts(len(table), resamples, seed):
        blocks.append(
            counts @ filled / len(table) if whole else _ratio(counts @ filled, counts @ weight)
        )
    means = np.concatenate(blocks)
    low, high = (np.quantile if whole else np.nanquantile)(means, TAILS, axis=0)
    return low, high


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=np.asarray(bottom) > 0.0)
