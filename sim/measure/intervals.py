"""Means over worlds with 95 % intervals, alone and as paired differences.

The unit of resampling is the world, never the month, because the months of one world are not
independent. From 50 worlds on, intervals are bootstrap percentiles (Efron 1979); below that they
would be too narrow, so they are Student's t (Student 1908). Below 20 worlds an interval is shown
but decides nothing (`clear_sign`). The estimator is that of `scipy.stats.bootstrap(...,
method="percentile")`, computed as one matrix product: a hundred measures cost little more than one,
and worlds without a value (a rate with nothing to count) are left out column by column. All columns
share one set of resamples, so quantities that are compared are resampled together.

The mean of shares is not the share of the total if the totals differ between worlds. Pass the
totals as `weights`: the mean is then the ratio estimator Σ w x / Σ w (Cochran 1977, chapter 6), in
the sample and in every resample.

Floating-point rounding is not evidence: a difference smaller than the rounding of its terms is set
to 0. Intervals of shares that may never have varied are in `sim/measure/share_intervals.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from sim.measure.view import ratio

LEVEL = 0.95
TAILS = [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0]
RESAMPLES = 2000  # a limit then varies by some 0.06 standard errors from seed to seed
SEED = 20_240_229  # of the resampling alone: fixed, so that the same data have the same interval
BLOCK_ENTRIES = 2_000_000  # of the matrix resamples × worlds held at a time: 16 MB
SHARED_ENTRIES = 100_000_000  # of counts kept as bytes: those of 50,000 worlds
FEWEST_TO_CONCLUDE = 20  # worlds below which no interval says raised, lowered, best
FEWEST_FOR_BOOTSTRAP = 50  # worlds from which on the bootstrap is used
ROUNDING = 1e-12  # relative to the size of the terms: some thousand roundings of a double


class Summary(NamedTuple):
    """Mean over worlds with its 95 % interval, one entry per column.

    `sd` is the standard deviation between worlds (n − 1 in the denominator), so that sd / √n is the
    standard error of the mean; `n` counts the worlds with a value. `low` and `high` are NaN if
    fewer than two worlds have a value, and equal to the mean if all have the same value, rounding
    apart.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    n: np.ndarray


class PairedSummary(NamedTuple):
    """Mean difference world by world with its 95 % interval, one entry per column.

    As `Summary`, and further `effect`, the standardised effect d_z = mean / sd of the differences
    (Cohen 1988), and `share_opposite`, the share of worlds whose difference has the sign opposite
    to the mean's.
    """

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sd: np.ndarray
    n: np.ndarray
    effect: np.ndarray
    share_opposite: np.ndarray


def bootstrap_counts(n: int, resamples: int = RESAMPLES, seed: int = SEED) -> Iterator[np.ndarray]:
    """Yield how often each of `n` worlds is in each resample, in blocks of rows.

    Each block has shape (rows, n) and rows that sum to n; the blocks have `resamples` rows in all.
    A resampled mean of `values` is a block @ values / n. The same arguments yield the same counts.
    """
    if n * resamples <= BLOCK_ENTRIES:
        yield _cached_counts(n, resamples, seed)
    elif n * resamples <= SHARED_ENTRIES:
        for block in _small_counts(n, resamples, seed):
            yield block.astype(float)
    else:
        yield from _generate_counts(n, resamples, seed)


@lru_cache(maxsize=1)
def _small_counts(n: int, resamples: int, seed: int) -> list[np.ndarray]:
    """Return the blocks of counts in as few bytes as they fit in; all measures share them.

    A comparison resamples forty times, and drawing takes ten times as long as making floats of these.
    """
    blocks = _generate_counts(n, resamples, seed)
    return [block.astype(np.uint8 if block.max() < 256 else np.uint32) for block in blocks]


@lru_cache(maxsize=4)
def _cached_counts(n: int, resamples: int, seed: int) -> np.ndarray:
    """Return all counts as one read-only block, which callers share."""
    block = np.concatenate(list(_generate_counts(n, resamples, seed)))
    block.setflags(write=False)
    return block


def _generate_counts(n: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    generator = np.random.Generator(np.random.Philox(seed))
    left = resamples
    while left > 0:
        rows = min(left, max(1, BLOCK_ENTRIES // n))
        picked = generator.integers(n, size=(rows, n))
        # Each row counts in a range of its own, so that one bincount serves all rows.
        picked += np.arange(rows)[:, None] * n
        yield np.bincount(picked.ravel(), minlength=rows * n).reshape(rows, n).astype(float)
        left -= rows


def clear_sign(low: Any, high: Any, n: Any) -> Any:
    """Return the sign that an interval establishes: +1, −1, or 0 if it establishes none.

    +1 if the interval lies above 0, −1 if below, and 0 if it includes 0 or rests on fewer than
    FEWEST_TO_CONCLUDE worlds. Works entry by entry; scalars give a scalar.

    Example:
        >>> [int(clear_sign(0.1, 0.4, n)) for n in (19, 20)]
        [0, 1]
    """
    enough = np.asarray(n) >= FEWEST_TO_CONCLUDE
    sign = np.where(np.asarray(low) > 0.0, 1, np.where(np.asarray(high) < 0.0, -1, 0))
    return np.where(enough, sign, 0)[()]


def interval_kind(n: int) -> str:
    """Return the name of the method for so many worlds: "Student's t" or "bootstrap"."""
    return "bootstrap" if n >= FEWEST_FOR_BOOTSTRAP else "Student's t"


def warn_few_worlds(n: int) -> str:
    """Return a sentence about intervals over few worlds; empty for one world or from 50 on."""
    if n < 2 or n >= FEWEST_FOR_BOOTSTRAP:
        return ""
    sentence = f"With {n} worlds intervals are Student's t."
    if n < FEWEST_TO_CONCLUDE:
        sentence += f" So few say nothing for certain: {FEWEST_TO_CONCLUDE} is the least, 50 or more are better."
    return sentence


def without_rounding(difference: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return differences, exactly 0 if below the rounding of terms of the given size.

    Both have the same unit; `size` is the magnitude of the terms subtracted, of a shape that broadcasts.
    """
    return _drop_rounding(np.array(difference, float), np.array(size, float))


def _drop_rounding(difference: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Set differences below the rounding of terms of the given size to 0, and return them; `size` is lost.

    In place: columns of 100,000 worlds are large.
    """
    difference[np.abs(difference) <= np.multiply(size, ROUNDING, out=size)] = 0.0
    return difference


def differences(values: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """Return values − baseline world by world, exactly 0 if only rounding tells them apart.

    Both have the shape (worlds,) or (…, worlds, columns). The size of a term is its own or the mean size of
    its column, whichever is larger, since a result that should be 0 may carry the rounding of larger
    terms.
    """
    first, second = np.asarray(values, float), np.asarray(baseline, float)
    size = np.asarray(np.abs(first))
    np.fmax(size, np.abs(second), out=size)
    worlds = max(-2, -size.ndim)
    seen = np.isfinite(size).sum(axis=worlds, keepdims=True)
    usual = np.nan_to_num(size).sum(axis=worlds, keepdims=True) / np.maximum(seen, 1)
    np.fmax(size, usual, out=size)
    return _drop_rounding(np.asarray(first - second), size)


def summarise(
    values: np.ndarray, *, weights: np.ndarray | None = None, resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Summary:  # fmt: skip
    """Return mean, 95 % interval, standard deviation and count of each column.

    `values` has shape (worlds,) or (worlds, columns), one row per world; NaN means "no value", and
    such a world is left out of that column. Below FEWEST_FOR_BOOTSTRAP worlds it may also be
    (…, worlds, columns): many tables at once, with the same bits as one by one. With `weights` of the
    same shape the mean is Σ w x / Σ w, and `sd` is that of each world's influence on it. `resamples` and
    `seed` are those of the bootstrap. Results are arrays with one entry per column.

    Example:
        >>> import numpy as np
        >>> summary = summarise(np.array([1.0, 2.0, 3.0, np.nan]))
        >>> float(summary.mean[0]), float(summary.sd[0]), int(summary.n[0])
        (2.0, 1.0, 3)
    """
    table = np.asarray(values, float)
    if weights is not None:
        return _summarise_weighted([table], [np.asarray(weights, float)], resamples, seed)
    table = table[:, None] if table.ndim == 1 else table
    present = np.isfinite(table)
    n = present.sum(axis=-2)
    mean, sd = mean_and_sd(table, present, n)
    low, high = _student_limits(mean, sd, n)
    resampled = np.flatnonzero((n >= FEWEST_FOR_BOOTSTRAP) & (sd > 0.0))
    if resampled.size:
        assert table.ndim == 2, "want one table at a time for the bootstrap"
        chosen, present = table[:, resampled], present[:, resampled]
        del values, table  # 100,000 worlds are large
        low[resampled], high[resampled] = _percentiles(chosen, present, resamples, seed)
    return Summary(mean, low, high, sd, n)


def summarise_paired(
    values: np.ndarray, baseline: np.ndarray, *,
    weights: tuple[np.ndarray, np.ndarray] | None = None, resamples: int = RESAMPLES,
    seed: int = SEED,
) -> PairedSummary:  # fmt: skip
    """Return the summary of `values - baseline`, paired world by world.

    Both have a shape that `summarise` takes, with the same world in the same row. A world
    counts for a column if it has a value on both sides. `weights` are those of `values` and of
    `baseline`; the mean is then the difference of two weighted means over the same worlds.

    Example:
        >>> import numpy as np
        >>> found = summarise_paired(np.array([3.0, 5.0, 1.0]), np.array([1.0, 1.0, 1.0]))
        >>> float(found.mean[0]), float(found.effect[0])
        (2.0, 1.0)
    """
    gaps = differences(values, baseline)
    gaps = gaps[:, None] if gaps.ndim == 1 else gaps
    if weights is None:
        del values, baseline  # 100,000 worlds are large
        summary = summarise(gaps, resamples=resamples, seed=seed)
    else:
        present = np.isfinite(gaps)
        tables = [np.asarray(v, float).reshape(gaps.shape) for v in (values, baseline)]
        weighted = [
            np.where(present, np.asarray(w, float).reshape(gaps.shape), 0.0) for w in weights
        ]
        summary = _summarise_weighted(tables, weighted, resamples, seed)
        # Weighted means of equal values may differ by rounding; their difference must not.
        summary = summary._replace(mean=np.where((gaps == 0.0).all(axis=-2), 0.0, summary.mean))
    effect = ratio(summary.mean, np.where(summary.sd > 0.0, summary.sd, 0.0))
    opposite = (np.sign(gaps) * np.sign(summary.mean)[..., None, :] < 0.0).sum(axis=-2)
    return PairedSummary(*summary, effect, ratio(opposite.astype(float), summary.n.astype(float)))


def summarise_unpaired(
    values: np.ndarray, baseline: np.ndarray, *, resamples: int = RESAMPLES, seed: int = SEED
) -> Summary:
    """Return the difference of two means, each over the worlds with a value on its side.

    For quantities that are not observed on the same occasions on both sides, so that no world has a
    difference of its own. A resample draws the same worlds on both sides; `n` is the smaller count,
    and `sd` is NaN.
    """
    tables = [np.asarray(v, float).reshape(len(v), -1) for v in (values, baseline)]
    weights = [np.isfinite(t).astype(float) for t in tables]
    found = _summarise_weighted(tables, weights, resamples, seed)
    return found._replace(sd=np.full_like(found.mean, np.nan))


def mean_and_sd(
    table: np.ndarray, present: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column over the worlds that have a value.

    `table` and `present` have shape (…, worlds, columns), `n` counts the True entries of each column
    of `present`. The standard deviation is NaN below two worlds, and 0 if only rounding varies.
    """
    filled = np.where(present, table, 0.0)
    mean = ratio(filled.sum(axis=-2), n.astype(float))
    seen = np.argmax(present, axis=-2)[..., None, :]
    first = np.take_along_axis(table, seen, axis=-2)
    constant = np.all(~present | (table == first), axis=-2) & (n > 0)
    # A sum of equal numbers may miss by one ulp.
    mean = np.where(constant, first[..., 0, :], mean)
    largest = np.abs(filled, out=filled).max(axis=-2, initial=0.0)
    squares = np.subtract(
        table, mean[..., None, :], out=filled
    )  # in place: 100,000 worlds are large
    np.square(squares, out=squares)
    squares[~present] = 0.0
    sd = np.sqrt(ratio(squares.sum(axis=-2), np.where(n >= 2, n - 1.0, 0.0)))
    return mean, np.where(sd <= ROUNDING * largest, 0.0 * sd, sd)


def _summarise_weighted(
    tables: list[np.ndarray], weights: list[np.ndarray], resamples: int, seed: int
) -> Summary:
    """Return the summary of a weighted mean, or of the difference of two.

    The influence of a world on a weighted mean m is w (x − m) N / Σ w, with N worlds: its standard
    deviation over √N is the linearised standard error of the ratio (Cochran 1977).
    """
    flat = [t[:, None] if t.ndim == 1 else t for t in tables]
    size = flat[0].shape[-2]
    weighted = [
        np.where(np.isfinite(t), w.reshape(t.shape), 0.0)
        for t, w in zip(flat, weights, strict=True)
    ]
    sums = [w * np.where(w > 0.0, t, 0.0) for t, w in zip(flat, weighted, strict=True)]
    means = [ratio(x.sum(axis=-2), w.sum(axis=-2)) for x, w in zip(sums, weighted, strict=True)]
    mean = _first_less_second(means)
    n = np.min([(w > 0.0).sum(axis=-2) for w in weighted], axis=0)
    influence = size * _first_less_second(
        [
            ratio(x - w * m[..., None, :], np.broadcast_to(w.sum(axis=-2, keepdims=True), w.shape))
            for x, w, m in zip(sums, weighted, means, strict=True)
        ]
    )
    scale = np.max([np.abs(m) for m in means], axis=0)
    spread = np.sqrt((influence**2).sum(axis=-2) / max(1, size - 1))
    # In units of the worlds that have a value, so that sd / √n is the standard error of the mean.
    sd = np.where(spread <= ROUNDING * scale, 0.0, spread * np.sqrt(n / size))
    sd = np.where(n >= 2, sd, np.nan)
    low, high = _student_limits(mean, sd, n)
    resampled = np.flatnonzero((n >= FEWEST_FOR_BOOTSTRAP) & (sd > 0.0))
    if resampled.size:
        blocks = [
            _first_less_second(
                [
                    ratio(counts @ x[:, resampled], counts @ w[:, resampled])
                    for x, w in zip(sums, weighted, strict=True)
                ]
            )
            for counts in bootstrap_counts(size, resamples, seed)
        ]
        limits = np.nanquantile(np.concatenate(blocks), TAILS, axis=0)
        low[resampled], high[resampled] = limits
    return Summary(mean, low, high, sd, n)


def import_quantiles() -> None:
    """Import what Student's t is computed with, before it is needed."""
    import scipy.special  # noqa: F401


def _first_less_second(terms: list[np.ndarray]) -> np.ndarray:
    """Return the only term, or the first minus the second."""
    return terms[0] if len(terms) == 1 else terms[0] - terms[1]


def _student_limits(
    mean: np.ndarray, sd: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits mean ∓ t sd / √n with n − 1 degrees of freedom; NaN below two worlds."""
    from scipy.special import stdtrit

    reach = stdtrit(np.maximum(n - 1.0, 1.0), TAILS[1]) * sd / np.sqrt(np.maximum(n, 1))
    reach = np.where(n >= 2, reach, np.nan)
    return mean - reach, mean + reach


def _percentiles(
    table: np.ndarray, present: np.ndarray, resamples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 2.5 % and 97.5 % quantiles of the resampled means of each column; `table` is overwritten.

    In a column with missing values a resample may hold none of the present ones; it is left out.
    """
    complete = bool(present.all())
    filled = table
    filled[~present] = 0.0  # in place: it is the caller's copy
    weight = np.zeros(0) if complete else present.astype(float)  # as large as the table
    blocks = []
    for counts in bootstrap_counts(len(table), resamples, seed):
        blocks.append(
            counts @ filled / len(table) if complete else ratio(counts @ filled, counts @ weight)
        )
    means = np.concatenate(blocks)
    low, high = (np.quantile if complete else np.nanquantile)(means, TAILS, axis=0)
    return low, high
