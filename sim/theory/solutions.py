"""Solutions of a bargaining problem known to both sides: a frontier and a disagreement point.

Nash (1950), Kalai & Smorodinsky (1975), Kalai (1977) and the utilitarian sum, on a frontier u₂ =
f(u₁) that falls and is concave. `sim/outcomes/solving/solution_concepts.py` has the discrete
solutions over the outcomes of a domain; these check them in the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.summation import ordered_sum

Point = tuple[float, float]
TOLERANCE = 1e-12  # of u₁


class UtilityFrontier(NamedTuple):
    """A frontier u₂ = f(u₁): f is `of`, its inverse `back`, and `most` the largest u₁ on it."""

    of: Callable[[float], float]
    back: Callable[[float], float]
    most: float


def power_frontier(exponent: float) -> UtilityFrontier:
    """Return the frontier u₂ = 1 − u₁^a, a = `exponent` ≥ 1."""
    return UtilityFrontier(
        lambda u: 1.0 - u**exponent, lambda u: max(0.0, 1.0 - u) ** (1.0 / exponent), 1.0
    )


def risk_averse_frontier(aversion: float) -> UtilityFrontier:
    """Return the frontier of a dollar that is worth x^ρ to the first side and 1 − x to the second.

    `aversion` is ρ in (0, 1]; at ρ = 1 the first side is risk-neutral.
    """
    return UtilityFrontier(
        lambda u: 1.0 - u ** (1.0 / aversion), lambda u: max(0.0, 1.0 - u) ** aversion, 1.0
    )


def nash(frontier: UtilityFrontier, disagreement: Point = (0.0, 0.0)) -> Point:
    """Return the point of the largest product of gains (u₁ − d₁)(u₂ − d₂) (Nash 1950).

    Example:
        >>> first, second = nash(power_frontier(1.0))
        >>> round(first, 6), round(second, 6)
        (0.5, 0.5)
    """
    d1, d2 = disagreement
    return _largest(frontier, disagreement, lambda u: (u - d1) * (frontier.of(u) - d2))


def utilitarian(frontier: UtilityFrontier, disagreement: Point = (0.0, 0.0)) -> Point:
    """Return the point of the largest sum u₁ + u₂ among those that both prefer to disagreement."""
    return _largest(frontier, disagreement, lambda u: u + frontier.of(u))


def kalai_smorodinsky(frontier: UtilityFrontier, disagreement: Point = (0.0, 0.0)) -> Point:
    """Return the point at which gains are in proportion to the most that each side could gain."""
    d1, d2 = disagreement
    ideal = frontier.back(d2) - d1, frontier.of(d1) - d2
    return _crossing(frontier, disagreement, lambda u: d2 + ideal[1] / ideal[0] * (u - d1))


def egalitarian(frontier: UtilityFrontier, disagreement: Point = (0.0, 0.0)) -> Point:
    """Return the point at which both sides gain the same (Kalai 1977)."""
    d1, d2 = disagreement
    return _crossing(frontier, disagreement, lambda u: d2 + u - d1)


def split_money(pie: float, disagreement: Point = (0.0, 0.0), weight: float = 0.5) -> Point:
    """Return the division of a pie S of money: d₁ + β(S − d₁ − d₂), and the rest.

    `weight` is the first side's bargaining weight β, from 0 to 1.
    """
    first = disagreement[0] + weight * (pie - ordered_sum(disagreement))
    return first, pie - first


def _largest(
    frontier: UtilityFrontier, disagreement: Point, value: Callable[[float], float]
) -> Point:
    """Return the point of the frontier with the largest value; the problem is concave."""
    from scipy.optimize import minimize_scalar

    ends = (disagreement[0], frontier.back(disagreement[1]))
    found = minimize_scalar(
        lambda u: -value(u), bounds=ends, method="bounded", options={"xatol": TOLERANCE}
    )
    return float(found.x), frontier.of(float(found.x))


def _crossing(
    frontier: UtilityFrontier, disagreement: Point, line: Callable[[float], float]
) -> Point:
    """Return the point at which the frontier meets a rising line."""
    from scipy.optimize import brentq

    high = frontier.back(disagreement[1])
    found = float(brentq(lambda u: frontier.of(u) - line(u), disagreement[0], high, xtol=TOLERANCE))
    return found, frontier.of(found)
