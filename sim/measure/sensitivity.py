"""Which factor matters: Morris screening and Sobol indices, with the share that is luck.

The door to SALib. Designs are rows in the unit cube, made of blocks: a trajectory of Morris, or a
base row of Saltelli with its neighbours. Rows of one block must share their luck, and blocks must
not. Then a row differs from its neighbour only by the factor that was moved, and a factor that does
nothing has an index of exactly 0; with luck of its own for every run, no number of runs removes the
noise from its total index.

What is decomposed is the variance of the means over the worlds of a row, luck included. So all
indices are shares of a variance that luck is part of (`luck_share` says how large a part, and more
worlds a row make it smaller), and where a factor changes what luck can do, that interaction counts
as the factor's. Intervals are SALib's, value ∓ its bootstrap half-width, never clipped: an index near
0 may be below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from sim.measure.intervals import LEVEL, RESAMPLES, SEED, TAILS, bootstrap_counts

METHODS = {"morris": "morris", "saltelli": "sobol"}
INDEX_RESAMPLES = (
    200  # a half-width is then known to 5 %; SALib holds all of them in memory at once
)
ROUNDING = 1e-12
COUNTS, NOISE, MEAN, SQUARE = range(4)


class SensitivityIndex(NamedTuple):
    """One index for each factor (S2: each pair, the first factor first), with its 95 % interval.

    NaN where an index has no interval, or is not defined: S2 but for pairs; every Sobol index where
    nothing varies.
    """

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


class SensitivityDesign(NamedTuple):
    """The rows that were run: `kind` is "morris" or "saltelli", `rows` are in the unit cube."""

    kind: str
    rows: np.ndarray
    factors: tuple[str, ...]
    seed: int
    second_order: bool = True


def morris_rows(k: int, trajectories: int, seed: int, levels: int = 4) -> np.ndarray:
    """Return trajectories × (k + 1) rows; each differs from the one before in one factor."""
    from SALib.sample import morris

    if trajectories < 2 or levels < 2 or levels % 2:
        got = f"{trajectories} trajectories, {levels} levels"
        raise ValueError(f"{got}: want at least 2 trajectories and an even number of levels")
    return morris.sample(_salib_problem(k), trajectories, num_levels=levels, seed=_generator(seed))


def saltelli_rows(k: int, n: int, seed: int, second_order: bool = True) -> np.ndarray:
    """Return n × (2k + 2) rows, or n × (k + 2) without second order, from a scrambled Sobol sequence."""
    from SALib.sample import sobol

    if n < 2 or n & (n - 1):
        raise ValueError(f"{n} base rows: want a power of 2, at least 2")
    seeded = {"calc_second_order": second_order, "seed": _generator(seed)}
    return sobol.sample(_salib_problem(k), n, **seeded)


def block_size(design: str, k: int, second_order: bool = True) -> int:
    """Return how many rows share their luck: those of one trajectory or base row."""
    if design == "morris":
        return k + 1
    return 2 * k + 2 if second_order else k + 2


def base_rows(design: str, k: int, rows: int, second_order: bool = True) -> np.ndarray:
    """Return for each of `rows` design rows the number of its trajectory or base row, from 0."""
    size = block_size(design, k, second_order)
    if rows % size:
        raise ValueError(f"{rows} rows of a {design} design: want a multiple of {size}")
    return np.arange(rows) // size


def morris_indices(
    rows: np.ndarray, y: np.ndarray, k: int, seed: int
) -> dict[str, SensitivityIndex]:
    """Return mu, mu_star (with its interval) and sigma, in units of y per full range of a factor.

    A trajectory with a row without a value is left out whole. All NaN if fewer than two are left.
    """
    from SALib.analyze import morris

    whole = _rows_of_complete_blocks(y, block_size("morris", k))
    cube, outcome = np.asarray(rows, float)[whole], np.asarray(y, float)[whole]
    if whole.sum() < 2 * (k + 1):
        return dict.fromkeys(("mu", "mu_star", "sigma"), _undefined_index(k))
    step = np.abs(np.diff(cube[: k + 1], axis=0)).max()
    levels = round(2.0 * step / (2.0 * step - 1.0))
    found = morris.analyze(
        _salib_problem(k), cube, outcome, num_resamples=INDEX_RESAMPLES, conf_level=LEVEL,
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
    y: np.ndarray, k: int, seed: int, second_order: bool = True
) -> dict[str, SensitivityIndex]:
    """Return S1, ST and, with `second_order`, S2, each as shares of the variance of y.

    A base row with a row without a value is left out whole. All NaN if fewer than two are left or
    nothing varies.
    """
    from SALib.analyze import sobol

    size = block_size("saltelli", k, second_order)
    outcome = np.asarray(y, float)[_rows_of_complete_blocks(y, size)]
    names = {"S1": (k,), "ST": (k,)} | ({"S2": (k, k)} if second_order else {})
    ends = outcome.reshape(-1, size)[:, [0, -1]]
    if len(ends) < 2 or np.ptp(ends) <= ROUNDING * np.abs(ends).max():
        return {name: _undefined_index(*shape) for name, shape in names.items()}
    found = sobol.analyze(
        _salib_problem(k), outcome, calc_second_order=second_order, num_resamples=INDEX_RESAMPLES,
        conf_level=LEVEL, seed=_generator(seed),
    )  # fmt: skip
    indices = {}
    for name in names:
        value, half = found[name], found[f"{name}_conf"]
        indices[name] = SensitivityIndex(value, value - half, value + half)
    return indices


def luck_share(by_world: np.ndarray) -> float:
    """Return the share of the variance of row means that is luck; `by_world` is rows × worlds.

    The mean over rows of s² / worlds, over the variance of the row means: 0 where only factors act,
    about 1 (by chance a little more) where only luck does. Luck that the rows of a block share is
    luck all the same. NaN with fewer than two worlds or rows, or where nothing varies.
    """
    parts = _luck_parts(by_world)
    means = parts[parts[:, COUNTS] > 0.0, MEAN]
    size = np.abs(np.asarray(by_world, float)[np.isfinite(by_world)]).max(initial=0.0)
    if len(means) < 2 or np.ptp(means) <= ROUNDING * size:
        return float("nan")
    return float(_luck_shares(parts, np.ones((1, len(parts))))[0])


def luck_interval(by_world: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of `luck_share`; `base` rows are drawn again whole."""
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
    """Return the rows of `sensitivity.parquet` for one outcome under `name`, a regime or a difference.

    `by_world` has shape (rows, worlds), NaN where a run failed or has nothing to count; `outcome` is
    (name, label, unit). `rows` counts the trajectories or base rows that are whole.
    """
    k, values = len(design.factors), np.asarray(by_world, float)
    size = block_size(design.kind, k, design.second_order)
    base = base_rows(design.kind, k, len(values), design.second_order)
    y = _row_means(values)
    if design.kind == "morris":
        indices = morris_indices(design.rows, y, k, design.seed)
    else:
        indices = sobol_indices(y, k, design.seed, design.second_order)
    same = dict(zip(("outcome", "label", "unit"), outcome, strict=True))
    same |= {"name": name, "method": METHODS[design.kind]}
    whole = _rows_of_complete_blocks(y, size)
    luck = (luck_share(values[whole]), *luck_interval(values[whole], base[whole]))
    lines = [*_index_lines(indices, design.factors), ("luck", "", "", *luck)]
    count = int(whole.sum()) // size
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
    """Return for each row: whether it counts, s² / worlds, its mean and the square of its mean.

    Means are taken from the middle of all, which leaves digits to their squares.
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
    """Return the share of luck for each row of `counts`, how often each row of `parts` is taken."""
    rows, noise, mean, square = (counts @ parts).T
    spread = square - mean**2 / np.maximum(rows, 1.0)
    # n − 1 in the variance of row means, n in the mean of their noise.
    top, bottom = noise * (rows - 1.0), rows * spread
    return np.divide(
        top, bottom, out=np.full_like(top, np.nan), where=(rows > 1.0) & (spread > 0.0)
    )


def _row_means(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    n = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return np.divide(total, n, out=np.full(len(values), np.nan), where=n > 0)


def _rows_of_complete_blocks(y: np.ndarray, size: int) -> np.ndarray:
    """Return which rows belong to blocks in which every row has a value."""
    return np.repeat(np.isfinite(np.asarray(y, float)).reshape(-1, size).all(axis=1), size)


def _undefined_index(*shape: int) -> SensitivityIndex:
    return SensitivityIndex(*(np.full(shape, np.nan) for _ in range(3)))


def _salib_problem(k: int) -> dict[str, Any]:
    return {"num_vars": k, "names": [f"x{i}" for i in range(k)], "bounds": [[0.0, 1.0]] * k}


def _generator(seed: int) -> np.random.Generator:
    # A generator, not the number: SALib takes a seed of 0 for none and draws from the global state.
    return np.random.Generator(np.random.Philox(seed))
