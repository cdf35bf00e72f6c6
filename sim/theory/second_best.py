"""The most that strategic sides can gain from trade without a subsidy, for any distributions.

Myerson & Satterthwaite (1983), in two independent ways: by linear programming over discrete types,
which needs no regularity, and for regular densities by the multiplier of the budget. A grid of n
types overstates the bound by O(1/n), since no type can lie by less than one step; `extrapolate`
removes that error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Row = tuple[NDArray[np.intp], Array]
NODES = 4_000  # midpoints at which a density is taken


class DiscreteTypes(NamedTuple):
    """Finitely many types in rising order, and the chance of each."""

    values: Array
    chances: Array


class Density(NamedTuple):
    """A continuous distribution on [low, high]: its distribution function and its density."""

    cdf: Callable[[Array], Array]
    pdf: Callable[[Array], Array]
    low: float = 0.0
    high: float = 1.0


class SecondBest(NamedTuple):
    """First best, second best, its chance of trade, and the weight α on information rents."""

    first_best: float
    gains: float
    trade: float
    weight: float


def uniform_density(low: float = 0.0, high: float = 1.0) -> Density:
    """Return the uniform distribution on [low, high]."""
    width = high - low
    return Density(
        lambda x: np.clip((x - low) / width, 0.0, 1.0),
        lambda x: np.where((x >= low) & (x <= high), 1.0 / width, 0.0),
        low,
        high,
    )


def beta_density(a: float, b: float) -> Density:
    """Return the beta distribution on [0, 1] with shapes a and b, both above 0."""
    from scipy import stats

    found = stats.beta(a, b)
    return Density(found.cdf, found.pdf)


def discretise(of: Density, count: int) -> DiscreteTypes:
    """Return the midpoints of `count` equal intervals, each with the chance of its interval."""
    edges = np.linspace(of.low, of.high, count + 1)
    return DiscreteTypes((edges[1:] + edges[:-1]) / 2, np.diff(of.cdf(edges)))


def efficient_gains(worth: DiscreteTypes, cost: DiscreteTypes) -> float:
    """Return first best, E max(0, worth − cost), for independent discrete types."""
    gains = np.maximum(0.0, np.subtract.outer(worth.values, cost.values))
    return float(worth.chances @ gains @ cost.chances)


def second_best_by_programme(worth: DiscreteTypes, cost: DiscreteTypes) -> float:
    """Return the largest expected gains of any mechanism for these types, by linear programming.

    The mechanism is interim incentive compatible and individually rational, and pays out no more on
    average than it takes in. Variables are the chance of trade of each pair and the expected
    earnings of each type. Raises ArithmeticError if no method solves the programme.

    Example:
        >>> one = discretise(uniform_density(), 10)
        >>> 9 / 64 < second_best_by_programme(one, one) < 1 / 6
        True
    """
    from scipy.optimize import linprog

    n, m = len(worth.values), len(cost.values)
    weight = np.outer(worth.chances, cost.chances)
    gains = (weight * np.subtract.outer(worth.values, cost.values)).ravel()
    rows = _incentive_rows(worth, cost)
    budget = np.concatenate([-gains, worth.chances, cost.chances])
    # HiGHS chooses the simplex method, which may stop at a vertex it cannot improve; then the
    # interior-point method solves the programme.
    for method in ("highs", "highs-ipm"):
        found = linprog(
            np.concatenate([-gains, np.zeros(n + m)]),
            A_ub=_stack_rows([*rows, (np.arange(len(budget)), budget)], len(budget)),
            b_ub=np.zeros(len(rows) + 1),
            bounds=[(0.0, 1.0)] * (n * m) + [(0.0, None)] * (n + m),
            method=method,
        )
        if found.success:
            return float(-found.fun)
    raise ArithmeticError(f"the programme was not solved: {found.message}")


def _incentive_rows(worth: DiscreteTypes, cost: DiscreteTypes) -> list[Row]:
    """Return rows ≤ 0, as (columns, numbers): no type gains by naming its neighbour.

    With one-dimensional types neighbours are enough. A type that names its neighbour earns what the
    neighbour earns, and the difference of their values whenever the neighbour trades.
    """
    n, m = len(worth.values), len(cost.values)
    columns = np.arange(n * m).reshape(n, m)
    rows = []
    for i, step in enumerate(np.diff(worth.values)):
        own = n * m + i
        rows.append((np.r_[columns[i], own, own + 1], np.r_[step * cost.chances, 1.0, -1.0]))
        rows.append((np.r_[columns[i + 1], own, own + 1], np.r_[-step * cost.chances, -1.0, 1.0]))
    for j, step in enumerate(np.diff(cost.values)):
        own = n * m + n + j
        rows.append(
            (np.r_[columns[:, j + 1], own, own + 1], np.r_[step * worth.chances, -1.0, 1.0])
        )
        rows.append((np.r_[columns[:, j], own, own + 1], np.r_[-step * worth.chances, 1.0, -1.0]))
    return rows


def _stack_rows(rows: list[Row], width: int) -> csr_array:
    """Return the rows as one sparse matrix of `width` columns."""
    from scipy import sparse

    ends = np.cumsum([0, *(len(columns) for columns, _ in rows)])
    columns = np.concatenate([columns for columns, _ in rows])
    numbers = np.concatenate([numbers for _, numbers in rows])
    return sparse.csr_array((numbers, columns, ends), shape=(len(rows), width))


def extrapolate(coarse: float, fine: float) -> float:
    """Return the limit of a quantity with an error in 1/n, from its values at n and 2n types."""
    return 2.0 * fine - coarse


def second_best_by_multiplier(worth: Density, cost: Density) -> SecondBest:
    """Return first and second best of two regular densities: trade if v − α(1−F)/f ≥ c + αG/g.

    F, f are the worth's distribution and density, G, g the cost's. α in [0, 1] is the smallest
    weight at which the mechanism pays for itself; 0 means that first best does. Raises ValueError
    if virtual values do not rise with the type.
    """
    from scipy.optimize import brentq

    v, c = _midpoints(worth), _midpoints(cost)
    f, spare = worth.pdf(v), (1.0 - worth.cdf(v)) / worth.pdf(v)
    hazard = cost.cdf(c) / cost.pdf(c)
    chance = f * (worth.high - worth.low) / NODES
    # −1e-9 leaves room for rounding of a distribution function.
    if np.diff(v - spare).min() < -1e-9 or np.diff(c + hazard).min() < -1e-9:
        raise ValueError("not regular: want virtual values that rise with the type")
    ends = np.linspace(cost.low, cost.high, NODES + 1)
    below = cost.cdf(ends)
    steps = (ends[1] - ends[0]) * (below[1:] + below[:-1]) / 2
    spent = ends * below - np.concatenate(([0.0], np.cumsum(steps)))  # ∫ c dG, by parts

    # Expected gains, chance of trade and balance of the budget, at the weight α on information rents.
    def means(alpha: float) -> tuple[float, float, float]:
        last = np.interp(v - alpha * spare, c + alpha * hazard, c, left=cost.low, right=cost.high)
        share = np.interp(last, ends, below)
        gains = v * share - np.interp(last, ends, spent)
        balance = (v - spare - last) * share
        return float(chance @ gains), float(chance @ share), float(chance @ balance)

    best = means(0.0)
    if best[2] >= 0.0:
        return SecondBest(best[0], best[0], best[1], 0.0)
    alpha = float(brentq(lambda a: means(a)[2], 0.0, 1.0, xtol=1e-12))
    gains, trade, _ = means(alpha)
    return SecondBest(best[0], gains, trade, alpha)


def _midpoints(of: Density) -> Array:
    """Return the midpoints of `NODES` equal intervals of a distribution's range."""
    return of.low + (np.arange(NODES) + 0.5) * (of.high - of.low) / NODES


def least_gap(shift: float) -> float:
    """Return t: worth U[s, 1 + s] and cost U[0, 1] trade in second best if worth − cost ≥ t.

    `shift` is s > −1. The gap is (1 + s)/4 up to s = 1/3. Beyond that it solves E[2x − (1 + s) | x
    ≥ t] = 0 for the difference x. From s = 1 on it is 0: at any price in [1, s] everybody trades.
    """
    from scipy.optimize import brentq

    if shift <= 1.0 / 3.0:
        return (1.0 + shift) / 4.0
    if shift >= 1.0:
        return 0.0
    # For x below s its density rises: 1 + x − s; above it falls: 1 + s − x.
    upper = _moments(shift, 1.0 + shift, 1.0 + shift, -1.0)

    def balance(gap: float) -> float:
        lower = _moments(gap, shift, 1.0 - shift, 1.0)
        return 2.0 * (lower[1] + upper[1]) - (1.0 + shift) * (lower[0] + upper[0])

    return float(brentq(balance, 0.0, shift, xtol=1e-14))


def gains_above(gap: float, shift: float) -> float:
    """Return E[x; x ≥ gap] for x = worth − cost, worth U[s, 1 + s] and cost U[0, 1].

    `shift` is s.
    """
    low = max(gap, shift - 1.0)
    total = 0.0
    if low < shift:
        total += _moments(low, shift, 1.0 - shift, 1.0)[1]
    start = max(low, shift)
    return total + _moments(start, 1.0 + shift, 1.0 + shift, -1.0)[1]


def _moments(low: float, high: float, constant: float, slope: float) -> tuple[float, float]:
    """Return ∫ density and ∫ x · density on [low, high] for the density constant + slope · x."""

    def power(exponent: int) -> float:
        return (high**exponent - low**exponent) / exponent

    return constant * power(1) + slope * power(2), constant * power(2) + slope * power(3)
