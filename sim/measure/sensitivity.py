"""Global sensitivity analysis: Morris screening and Sobol indices, with the share due to luck.

The only module that calls SALib. Designs are rows in the unit cube, in blocks: a trajectory (Morris
1991; Campolongo, Cariboni & Saltelli 2007 for mu*), or a base row with its neighbours (Saltelli
2002; Saltelli et al. 2010). The rows of one block must share their luck, and different blocks must
not. A row then differs from its neighbour only by the factor that was moved, and a factor without
effect has an index of exactly 0; with separate luck for every run, no number of runs removes the
noise from its total index.

What is decomposed is the variance of the row means over worlds, luck included. All indices are
therefore shares of a variance that luck is part of. `luck_share` estimates that part, and more
worlds per row reduce it. If a factor changes the effect of luck, that interaction counts as the
factor's. Intervals are SALib's, value ∓ its bootstrap half-width, and are not clipped: the lower
limit of an index near 0 may be below 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from sim.measure.intervals import LEVEL, RESAMPLES, SEED, TAILS, bootstrap_counts

METHODS = {"morris": "morris", "saltelli": "sobol"}
INDEX_RESAMPLES = 200  # a half-width is then known to 5 %; SALib holds all resamples in memory
ROUNDING = 1e-12  # relative to the outcome: what varies by less does not vary
COUNTS, NOISE, MEAN, SQUARE = range(4)  # columns of `_luck_parts`


class SensitivityIndex(NamedTuple):
    """An index of every factor, or for S2 of every pair of factors, with its 95 % interval.

    Arrays of shape (factors,), or (factors, factors) for S2, whose entries above the diagonal
    count. NaN if an index has no interval or is not defined: S2 off pairs, and every Sobol index if
    the outcome does not vary.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class SensitivityDesign(NamedTuple):
    """The design of an analysis: `kind` is "morris" or "saltelli".

    `rows` has shape (rows, factors) and lies in the unit cube; `seed` is that of the sample.
    """

    kind: str
    rows: np.ndarray
    factors: tuple[str, ...]
    seed: int
    second_order: bool = True


def morris_rows(k: int, trajectories: int, seed: int, levels: int = 4) -> np.ndarray:
    """Return the rows of a Morris design, shape (trajectories × (k + 1), k), in the unit cube.

    Values lie on a grid of `levels`. Within a trajectory each row differs from the one before in
    one of the `k` factors, by levels / (2 (levels − 1)) of its range. Raises ValueError if there
    are fewer than two trajectories, or if the number of levels is odd. Source: Morris (1991).
    """
    from SALib.sample import morris

    if trajectories < 2 or levels < 2 or levels % 2:
        got = f"{trajectories} trajectories, {levels} levels"
        raise ValueError(f"{got}: want at least 2 trajectories and an even number of levels")
    rows: np.ndarray = morris.sample(
        _salib_problem(k), trajectories, num_levels=levels, seed=_generator(seed)
    )
    return rows


def saltelli_rows(k: int, n: int, seed: int, second_order: bool = True) -> np.ndarray:
    """Return the rows of a Saltelli design from a scrambled Sobol sequence, in the unit cube.

    Shape (n (2k + 2), k), or (n (k + 2), k) without second order, for `n` base rows and `k`
    factors. Raises ValueError if `n` is not a power of 2. Source: Saltelli (2002); Saltelli et al.
    (2010).
    """
    from SALib.sample import sobol

    if n < 2 or n & (n - 1):
        raise ValueError(f"{n} base rows: want a power of 2, at least 2")
    seeded = {"calc_second_order": second_order, "seed": _generator(seed)}
    rows: np.ndarray = sobol.sample(_salib_problem(k), n, **seeded)
    return rows


def block_size(design: str, k: int, second_order: bool = True) -> int:
    """Return the number of rows that share their luck: those of one trajectory or base row.

    Example:
        >>> block_size("morris", 3), block_size("saltelli", 3)
        (4, 8)
    """
    if design == "morris":
        return k + 1
    return 2 * k + 2 if second_order else k + 2


def base_rows(design: str, k: int, rows: int, second_order: bool = True) -> np.ndarray:
    """Return the number, from 0, of the trajectory or base row that each design row belongs to.

    Raises ValueError if `rows` is not a whole number of blocks.
    """
    size = block_size(design, k, second_order)
    if rows % size:
        raise ValueError(f"{rows} rows of a {design} design: want a multiple of {size}")
    return np.arange(rows) // size


def morris_indices(
    rows: np.ndarray, outcome: np.ndarray, k: int, seed: int
) -> dict[str, SensitivityIndex]:
    """Return the Morris indices mu, mu_star (with its interval) and sigma of every factor.

    `rows` is the design, `outcome` has one value per row, NaN if the row has none, and `k` is the
    number of factors. Indices are in units of the outcome per full range of a factor: mu is the
    mean elementary effect, mu_star the mean of its absolute value, sigma its standard deviation. A
    trajectory with a missing value is left out entirely; all indices are NaN if fewer than two
    trajectories remain. `seed` is that of the bootstrap.
    Source: Morris (1991); Campolongo, Cariboni & Saltelli (2007).
    """
    from SALib.analyze import morris

    complete = _rows_of_complete_blocks(outcome, block_size("morris", k))
    cube, values = np.asarray(rows, float)[complete], np.asarray(outcome, float)[complete]
    if complete.sum() < 2 * (k + 1):
        return dict.fromkeys(("mu", "mu_star", "sigma"), _undefined_index(k))
    # The number of levels p is read off the step of the design, p / (2 (p − 1)).
    step = np.abs(np.diff(cube[: k + 1], axis=0)).max()
    levels = round(2.0 * step / (2.0 * step - 1.0))
    found = morris.analyze(
        _salib_problem(k), cube, values, num_resamples=INDEX_RESAMPLES, conf_level=LEVEL,
        num_levels=levels, seed=_generator(seed),
    )  # fmt: skip
    star, half = (np.asarray(found[name], float) for name in ("mu_star", "mu_star_conf"))
    mu, sigma = (np.asarray(found[name], float) for name in ("mu", "sigma"))
    return {
        "mu": _undefined_index(k)._replace(value=mu),
        "mu_star": SensitivityIndex(star, star - half, star + half),
        "sigma": _undefined_index(k)._replace(value=sigma),
    }


def sobol_indices(
    outcome: np.ndarray, k: int, seed: int, second_order: bool = True
) -> dict[str, SensitivityIndex]:
    """Return Sobol indices S1, ST and, with `second_order`, S2, as shares of the variance.

    `outcome` has one value per design row, NaN if the row has none; `k` is the number of factors.
    S1 is the effect of a factor by itself, ST its effect with all interactions, S2 the interaction
    of a pair. A block with a missing value is left out entirely; all indices are NaN if fewer than
    two blocks remain or the outcome does not vary. `seed` is that of the bootstrap.
    Source: Sobol (2001); Saltelli et al. (2010) for the estimators.
    """
    from SALib.analyze import sobol

    size = block_size("saltelli", k, second_order)
    values = np.asarray(outcome, float)[_rows_of_complete_blocks(outcome, size)]
    names = {"S1": (k,), "ST": (k,)} | ({"S2": (k, k)} if second_order else {})
    # SALib divides by the variance over the first and last row of every block.
    ends = values.reshape(-1, size)[:, [0, -1]]
    if len(ends) < 2 or np.ptp(ends) <= ROUNDING * np.abs(ends).max():
        return {name: _undefined_index(*shape) for name, shape in names.items()}
    found = sobol.analyze(
        _salib_problem(k), values, calc_second_order=second_order, num_resamples=INDEX_RESAMPLES,
        conf_level=LEVEL, seed=_generator(seed),
    )  # fmt: skip
    indices = {}
    for name in names:
        value, half = found[name], found[f"{name}_conf"]
        indices[name] = SensitivityIndex(value, value - half, value + half)
    return indices


def luck_share(by_world: np.ndarray) -> float:
    """Return the share of the variance of row means that is due to luck.

    `by_world` has shape (rows, worlds), NaN for missing values. The estimator is the mean over rows
    of s² / worlds, divided by the variance of the row means: 0 if only factors act, about 1 (by
    chance slightly more) if only luck does. Luck that the rows of a block share counts as luck. NaN
    with fewer than two worlds or rows, or if nothing varies.

    Example:
        >>> import numpy as np
        >>> luck_share(np.array([[1.0, 1.0], [3.0, 3.0]]))
        0.0
    """
    parts = _luck_parts(by_world)
    means = parts[parts[:, COUNTS] > 0.0, MEAN]
    size = np.abs(np.asarray(by_world, float)[np.isfinite(by_world)]).max(initial=0.0)
    if len(means) < 2 or np.ptp(means) <= ROUNDING * size:
        return float("nan")
    return float(_luck_shares(parts, np.ones((1, len(parts))))[0])


def luck_interval(by_world: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of `luck_share`, resampled by block.

    `base` has the block of each row, as `base_rows` returns it. NaN if `luck_share` is NaN or there
    are fewer than two blocks.
    """
    parts = _luck_parts(by_world)
    blocks, place = np.unique(base, return_inverse=True)
    if len(blocks) < 2 or not np.isfinite(luck_share(by_world)):
        return float("nan"), float("nan")
    summed = np.zeros((len(blocks), parts.shape[1]))
    np.add.at(summed, place, parts)
    drawn = [
        _luck_shares(summed, counts) for counts in bootstrap_counts(len(blocks), RESAMPLES, SEED)
    ]
    low, high = np.nanquantile(np.concatenate(drawn), TAILS)
    return float(low), float(high)


def sensitivity_rows(
    design: SensitivityDesign, by_world: np.ndarray, outcome: tuple[str, str, str], name: str
) -> list[dict[str, Any]]:
    """Return the rows of `sensitivity.parquet` for one outcome and one regime or difference.

    `by_world` has shape (rows, worlds), NaN if a run failed or has nothing to count; `outcome` is
    (name, label, unit). The column `rows` counts the complete trajectories or base rows. The last
    row, `luck`, has the share due to luck with its interval.
    """
    k, values = len(design.factors), np.asarray(by_world, float)
    size = block_size(design.kind, k, design.second_order)
    base = base_rows(design.kind, k, len(values), design.second_order)
    means = _row_means(values)
    if design.kind == "morris":
        indices = morris_indices(design.rows, means, k, design.seed)
    else:
        indices = sobol_indices(means, k, design.seed, design.second_order)
    same = dict(zip(("outcome", "label", "unit"), outcome, strict=True))
    same |= {"name": name, "method": METHODS[design.kind]}
    complete = _rows_of_complete_blocks(means, size)
    luck = (luck_share(values[complete]), *luck_interval(values[complete], base[complete]))
    lines = [*_index_lines(indices, design.factors), ("luck", "", "", *luck)]
    count = int(complete.sum()) // size
    columns = ("index", "factor", "other", "value", "low", "high")
    return [{**same, **dict(zip(columns, line, strict=True)), "rows": count} for line in lines]


def _index_lines(
    indices: dict[str, SensitivityIndex], factors: tuple[str, ...]
) -> Iterator[tuple[str, str, str, float, float, float]]:
    k = len(factors)
    for name, index in indices.items():
        places: Iterator[tuple[int, ...]] = combinations(range(k), index.value.ndim)
        for at in places:
            value, low, high = (float(part[at]) for part in index)
            other = factors[at[1]] if len(at) == 2 else ""
            yield name, factors[at[0]], other, value, low, high


def _luck_parts(by_world: np.ndarray) -> np.ndarray:
    """Return for each row whether it counts, s² / worlds, its mean and the square of its mean.

    A row counts if it has two worlds or more. Means are centred first, so that their squares do not
    lose digits.
    """
    values = np.asarray(by_world, float)
    there = np.isfinite(values)
    n = there.sum(axis=1)
    counts = n >= 2
    mean = np.where(counts, _row_means(values), 0.0)
    apart = np.where(there, values - mean[:, None], 0.0)
    noise = (apart**2).sum(axis=1) / np.maximum((n - 1.0) * n, 1.0)
    middle = mean[counts].mean() if counts.any() else 0.0
    mean = np.where(counts, mean - middle, 0.0)
    parts = np.empty((len(values), 4))
    parts[:, COUNTS], parts[:, NOISE] = counts, np.where(counts, noise, 0.0)
    parts[:, MEAN], parts[:, SQUARE] = mean, mean**2
    return parts


def _luck_shares(parts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the share due to luck of each resample.

    `counts` has shape (resamples, rows of `parts`): how often each row is in the resample.
    """
    rows, noise, mean, square = (counts @ parts).T
    spread = square - mean**2 / np.maximum(rows, 1.0)
    # The variance of row means divides by rows − 1, the mean of their noise by rows.
    top, bottom = noise * (rows - 1.0), rows * spread
    shares: np.ndarray = np.divide(
        top, bottom, out=np.full_like(top, np.nan), where=(rows > 1.0) & (spread > 0.0)
    )
    return shares


def _row_means(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    n = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    means: np.ndarray = np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0)
    return means


def _rows_of_complete_blocks(outcome: np.ndarray, size: int) -> np.ndarray:
    """Return which rows belong to a block of `size` rows that all have a value."""
    return np.repeat(np.isfinite(np.asarray(outcome, float)).reshape(-1, size).all(axis=1), size)


def _undefined_index(*shape: int) -> SensitivityIndex:
    return SensitivityIndex(*(np.full(shape, np.nan) for _ in range(3)))


def _salib_problem(k: int) -> dict[str, Any]:
    return {"num_vars": k, "names": [f"x{i}" for i in range(k)], "bounds": [[0.0, 1.0]] * k}


def _generator(seed: int) -> np.random.Generator:
    # A generator, not the number: SALib takes a seed of 0 for none and draws from the global state.
    return np.random.Generator(np.random.Philox(seed))
