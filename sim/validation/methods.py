"""T39–T42: the laboratory's own statistics: common luck, intervals, attribution, sensitivity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.measure import attribute, sensitivity
from sim.measure.intervals import summarise_paired
from sim.theory import games
from sim.validation.check import ABOVE, Check, CheckPoint, Effort
from sim.validation.one_shot import gains_by_meeting
from sim.validation.trade import EQUILIBRIUM_KEYS, TRUTHFUL_KEYS

NORMAL = 1.959964  # the 97.5 % quantile, by which an interval's half-width is a standard error
SOBOL = "Sobol 2001; Ishigami & Homma 1990"


def _variance_ratio(first: np.ndarray, second: np.ndarray) -> float:
    """Return the variance of two independent runs divided by that of the paired difference."""
    return float((first.var() + second.var()) / (first - second).var())


def measure_common_luck(effort: Effort) -> list[CheckPoint]:
    """Return the points of T39: variance saved by common luck, truthful against equilibrium.

    Source: Conway (1963); Glasserman & Yao (1992).
    """
    size = effort.choose(400_000, 1_000_000)
    truth, linear = (
        gains_by_meeting(x, size, effort.seed) for x in (TRUTHFUL_KEYS, EQUILIBRIUM_KEYS)
    )
    mean, correlation, saved = games.paired_moments(0.25)
    found = _variance_ratio(truth, linear)
    gap = truth - linear
    return [
        CheckPoint("variance saved", 20.0, found, 0.0, kind=ABOVE),
        CheckPoint(
            "variance saved, exactly", saved, found, 1.0, saved * _variance_relative_error(gap)
        ),
        CheckPoint("correlation", correlation, float(np.corrcoef(truth, linear)[0, 1]), 0.002),
        CheckPoint(
            "first best less equilibrium",
            mean,
            float(gap.mean()),
            0.001,
            float(gap.std() / size**0.5),
        ),
    ]


def _variance_relative_error(sample: np.ndarray) -> float:
    """Return the standard error of a sample's variance, relative to that variance."""
    deviation = (sample - sample.mean()) ** 2
    return float(deviation.std() / np.sqrt(len(sample)) / deviation.mean())


def refute_common_luck(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T39: different luck for the two arms."""
    truth = gains_by_meeting(TRUTHFUL_KEYS, 100_000, effort.seed)
    other = gains_by_meeting(EQUILIBRIUM_KEYS, 100_000, effort.seed + 1)
    return [
        CheckPoint(
            "luck of their own: variance saved",
            20.0,
            _variance_ratio(truth, other),
            0.0,
            kind=ABOVE,
        ),
        CheckPoint(
            "luck of their own: correlation",
            games.paired_moments(0.25)[1],
            float(np.corrcoef(truth, other)[0, 1]),
            0.002,
        ),
    ]


TRIALS, PAIRS = 1_200, 100  # intervals, and paired differences in each


def _paired_differences(effort: Effort) -> np.ndarray:
    """Return gains from trade by meeting, truthful less equilibrium, shape (PAIRS, trials).

    Each column is the sample of one interval. Money, as a share of the range of worths.
    """
    trials = effort.choose(TRIALS, 4 * TRIALS)
    size = trials * PAIRS
    truth, linear = (
        gains_by_meeting(keys, effort.choose(400_000, 1_000_000), effort.seed)[:size]
        for keys in (TRUTHFUL_KEYS, EQUILIBRIUM_KEYS)
    )
    gaps: np.ndarray = (truth - linear).reshape(PAIRS, trials)
    return gaps


def _coverage(gaps: np.ndarray, true: float) -> float:
    """Return the share of intervals, one per column of `gaps`, that include the true mean."""
    found = summarise_paired(gaps, np.zeros_like(gaps))
    return float(((found.low <= true) & (true <= found.high)).mean())


def measure_coverage(effort: Effort) -> list[CheckPoint]:
    """Return the points of T40: coverage of the paired bootstrap interval, which should be 95 %.

    Differences of meetings of the engine, and normal and uniform ones. Source: Efron (1979).
    """
    gaps = _paired_differences(effort)
    error = float(np.sqrt(0.95 * 0.05 / gaps.shape[1]))
    draws = effort.draws("T40")
    points = [
        CheckPoint("first best less equilibrium", 0.95, _coverage(gaps, 5 / 192), 0.02, error)
    ]
    for name, sample, true in (
        ("normal", draws.normal(0.3, 1.0, gaps.shape), 0.3),
        ("uniform", draws.random(gaps.shape), 0.5),
    ):
        points.append(CheckPoint(f"{name} differences", 0.95, _coverage(sample, true), 0.02, error))
    return points


def refute_coverage(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T40: every difference counted four times, as months would be."""
    gaps = _paired_differences(Effort(False, effort.seed))
    error = float(np.sqrt(0.95 * 0.05 / gaps.shape[1]))
    return [
        CheckPoint(
            "each counted four times",
            0.95,
            _coverage(np.repeat(gaps, 4, axis=0), 5 / 192),
            0.02,
            error,
        )
    ]


def _named_games(effort: Effort) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Return games with known Shapley values: (name, value of each coalition, Shapley values)."""
    draws = effort.draws("T41")
    found: list[tuple[str, np.ndarray, np.ndarray]] = []
    for nth in range(effort.choose(3, 20)):
        n = int(draws.integers(3, 9))
        alone = draws.normal(size=n)
        together = draws.normal(size=(n, n))
        together = np.triu(together, 1) + np.triu(together, 1).T
        found.append((f"pairs, {n} players, no. {nth + 1}", *games.pairwise_game(alone, together)))
        needed = tuple(
            int(x) for x in draws.choice(n, int(draws.integers(1, n + 1)), replace=False)
        )
        found.append(
            (f"unanimity of {len(needed)} of {n}, no. {nth + 1}", *games.unanimity_game(n, needed))
        )
    return [
        *found,
        ("one left glove, two right", *games.glove_game(1, 2)),
        ("one left glove, five right", *games.glove_game(1, 5)),
    ]


def _shapley_of_game(value: np.ndarray) -> np.ndarray:
    """Return the Shapley values of a game given by the value of each coalition."""
    values: np.ndarray = attribute.shapley_values(np.asarray(value, float)[:, None, None])[:, 0, 0]
    return values


def measure_shapley(effort: Effort) -> list[CheckPoint]:
    """Return the points of T41: Shapley values of known games, and their axioms.

    Efficiency, dummy player, independence of names, and half of every pairwise interaction.
    Source: Shapley (1953); Grabisch & Roubens (1999).
    """
    points = []
    for name, value, shares in _named_games(effort):
        found = _shapley_of_game(value)
        points.append(
            CheckPoint(f"{name}: largest error", 0.0, float(np.abs(found - shares).max()), 1e-12)
        )
        points.append(
            CheckPoint(f"{name}: efficiency", value[-1] - value[0], float(found.sum()), 1e-12)
        )
    draws = effort.draws("T41 random")
    for n in (2, 5, 9):
        value = draws.normal(size=1 << n)
        value -= value[0]
        points.append(
            CheckPoint(
                f"any game of {n}: efficiency",
                float(value[-1]),
                float(_shapley_of_game(value).sum()),
                1e-12,
            )
        )
        padded = np.concatenate([value, value])
        points.append(
            CheckPoint(f"any game of {n}: dummy", 0.0, float(_shapley_of_game(padded)[-1]), 1e-12)
        )
        order = games.coalition_members(n)[:, ::-1] @ (1 << np.arange(n))
        turned = _shapley_of_game(value[order.astype(int)])[::-1]
        points.append(
            CheckPoint(
                f"any game of {n}: names",
                0.0,
                float(np.abs(turned - _shapley_of_game(value)).max()),
                1e-12,
            )
        )
    alone, together = draws.normal(size=6), np.triu(draws.normal(size=(6, 6)), 1)
    value, _ = games.pairwise_game(alone, together + together.T)
    index = attribute.interaction_indices(value[:, None, None])[:, :, 0, 0]
    gap = np.abs(index - (together + together.T))[~np.eye(6, dtype=bool)]
    return [
        *points,
        CheckPoint("interaction of pairs: largest error", 0.0, float(gap.max()), 1e-12),
    ]


def refute_shapley(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T41: first-in and last-in contributions for Shapley values."""
    value, shares = games.glove_game(1, 2)
    table = value[:, None, None]
    last, first = (
        attribute.last_in_contributions(table)[:, 0, 0],
        attribute.first_in_contributions(table)[:, 0, 0],
    )
    return [
        CheckPoint("leave one out: largest error", 0.0, float(np.abs(last - shares).max()), 1e-12),
        CheckPoint("alone: largest error", 0.0, float(np.abs(first - shares).max()), 1e-12),
        CheckPoint("alone: efficiency", 1.0, float(first.sum()), 1e-12),
    ]


def measure_sobol_indices(effort: Effort) -> list[CheckPoint]:
    """Return the points of T42: Sobol indices of the Ishigami and g functions.

    Source: Sobol (2001); Ishigami & Homma (1990).
    """
    n = effort.choose(4_096, 16_384)
    first, total = games.ishigami_indices()
    points = _index_points("Ishigami (7, .1)", games.ishigami, first, total, n, effort.seed)
    draws = effort.draws("T42")
    a, b = (round(float(x), 3) for x in draws.uniform((3.0, 0.03), (10.0, 0.15)))
    first, total = games.ishigami_indices(a, b)
    name = f"Ishigami ({a:g}, {b:g})"
    points += _index_points(name, lambda x: games.ishigami(x, a, b), first, total, n, effort.seed)
    weights = np.array([0.0, 1.0, 4.5, 9.0])
    first, total = games.sobol_g_indices(weights)
    return points + _index_points(
        "g function", lambda x: games.sobol_g(x, weights), first, total, n, effort.seed
    )


def _index_points(
    name: str,
    model: Callable[[np.ndarray], np.ndarray],
    first: np.ndarray,
    total: np.ndarray,
    n: int,
    seed: int,
) -> list[CheckPoint]:
    """Return the points of every index of a model against its closed form.

    `first` and `total` are the expected S1 and ST by factor, `n` is the number of base rows.
    Standard errors are read off the intervals.
    """
    k = len(first)
    rows = sensitivity.saltelli_rows(k, n, seed, second_order=False)
    found = sensitivity.sobol_indices(model(rows), k, seed, second_order=False)
    points = []
    for index, expected in (("S1", first), ("ST", total)):
        errors = (found[index].high - found[index].value) / NORMAL
        points += [
            CheckPoint(
                f"{name}: {index} of x{i + 1}",
                float(expected[i]),
                float(found[index].value[i]),
                0.01,
                float(errors[i]),
            )
            for i in range(k)
        ]
    return points


def refute_sobol_indices(effort: Effort) -> list[CheckPoint]:
    """Return the control points of T42: total indices for first-order ones; factors exchanged."""
    first, total = games.ishigami_indices()
    points = _index_points("Ishigami", games.ishigami, total, first, 4_096, effort.seed)
    return [points[0], points[2], points[3], points[5]]


CHECKS = (
    Check("T39", "methods", "common luck saves variance", "over 20; exactly 32.3, ρ .97",
          "Conway 1963; Glasserman & Yao 1992", "engine", "luck of their own", measure_common_luck, refute_common_luck),
    Check("T40", "methods", "paired bootstrap intervals cover", "95 %", "Efron 1979", "measure",
          "every difference four times", measure_coverage, refute_coverage),
    Check("T41", "methods", "Shapley: efficiency, dummy, unanimity, half of every pair", "exact",
          "Shapley 1953; Grabisch & Roubens 1999", "measure", "leave one out; alone", measure_shapley, refute_shapley),
    Check("T42", "methods", "Sobol indices of Ishigami and g", ".3139 .4424 0; .5576 .4424 .2437", SOBOL, "measure",
          "first-order and total exchanged", measure_sobol_indices, refute_sobol_indices),
)  # fmt: skip
