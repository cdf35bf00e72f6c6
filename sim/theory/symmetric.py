"""The symmetric equilibrium of a symmetric game, as of strategies that meet in a tournament.

`payoff[i, j]` is what strategy i earns when it meets j; seats do not matter. Of all mixtures that
are a best reply to themselves (one exists: Nash 1951) the one with the highest payoff is found by
branch and bound over linear programmes: a strategy either has no share, or earns the most.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Node = tuple[tuple[int, ...], tuple[int, ...]]
ROUNDING = 1e-7  # shares and shortfalls below it are rounding of HiGHS, with payoffs in [0, 1]
MOST_PROGRAMMES = 20_000  # bound on a search that is exponential at worst


class Mixture(NamedTuple):
    """Shares of the strategies, the payoff against itself, and the most a deviator gains."""

    shares: Array
    payoff: float
    regret: float


def regret(payoff: Array, shares: Array) -> float:
    """Return the gain of the best single strategy over a population that plays `shares`."""
    earned = payoff @ shares
    return float(earned.max() - shares @ earned)


def symmetric_equilibrium(payoff: Array) -> Mixture:
    """Return the symmetric equilibrium with the highest payoff.

    `payoff` is a square matrix, in any unit; if it is flat, the even mixture is returned. Raises
    ArithmeticError if the search needs more than `MOST_PROGRAMMES` linear programmes.

    Example:
        >>> hawk_dove = np.array([[-1.0, 4.0], [0.0, 2.0]])
        >>> symmetric_equilibrium(hawk_dove).shares.round(6).tolist()
        [0.666667, 0.333333]
    """
    low, width = float(payoff.min()), float(np.ptp(payoff))
    if width == 0.0:
        return Mixture(np.full(len(payoff), 1.0 / len(payoff)), low, 0.0)
    unit = (payoff - low) / width
    shares = _refine(unit, _branch_and_bound(unit))
    return Mixture(shares, float(shares @ payoff @ shares), regret(payoff, shares))


def _branch_and_bound(unit: Array) -> Array:
    """Return the shares of the best equilibrium; the node with the highest bound is always next.

    The first node whose programme has no strategy with both a share and a shortfall is the best
    one.
    """
    number = count()  # breaks ties in the heap, and counts the programmes
    waiting: list[tuple[float, int, Node, Array]] = []

    def wait(node: Node) -> None:
        found = _highest_payoff(unit, node)
        if found is not None:
            heapq.heappush(waiting, (-found[0], next(number), node, found[1]))

    wait(((), ()))
    while waiting and next(number) < MOST_PROGRAMMES:
        value, _, (played, absent), shares = heapq.heappop(waiting)
        shortfall = -value - unit @ shares
        broken = np.minimum(shares, shortfall)
        if broken.max() <= ROUNDING:
            return np.where(shares < ROUNDING, 0.0, shares)
        worst = int(broken.argmax())
        wait(((*played, worst), absent))
        wait((played, (*absent, worst)))
    raise ArithmeticError("no symmetric equilibrium found within the programmes allowed")


def _highest_payoff(unit: Array, node: Node) -> tuple[float, Array] | None:
    """Return the most a mixture may earn if some strategies earn it and others have no share.

    No strategy earns more than the mixture, and the mixture no more than the best reply to each of
    its parts. Returns None if no mixture qualifies.
    """
    from scipy.optimize import linprog

    played, absent = node
    size = len(unit)
    upper = [np.append(row, -1.0) for row in unit] + [np.append(-unit.max(axis=0), 1.0)]
    equal = [np.append(np.ones(size), 0.0)] + [np.append(unit[k], -1.0) for k in played]
    found = linprog(
        np.append(np.zeros(size), -1.0),
        A_ub=np.array(upper), b_ub=np.zeros(size + 1),
        A_eq=np.array(equal), b_eq=np.append(1.0, np.zeros(len(played))),
        bounds=[(0.0, 0.0 if k in absent else 1.0) for k in range(size)] + [(0.0, 1.0)],
    )  # fmt: skip
    return None if found.x is None else (float(found.x[-1]), np.asarray(found.x[:-1]))


def _refine(unit: Array, shares: Array) -> Array:
    """Return the shares without the programme's tolerance, if the support allows it."""
    shares = shares / shares.sum()
    inside = np.flatnonzero(shares)
    system = np.block(
        [
            [unit[np.ix_(inside, inside)], -np.ones((len(inside), 1))],
            [np.ones((1, len(inside))), np.zeros((1, 1))],
        ]
    )
    wanted = np.concatenate([np.zeros(len(inside)), [1.0]])
    solved = np.linalg.lstsq(system, wanted, rcond=None)[0][:-1]
    if solved.min() < 0.0 or abs(solved.sum() - 1.0) > 1e-9:
        return shares
    exact = np.zeros_like(shares)
    exact[inside] = solved / solved.sum()
    return exact if regret(unit, exact) <= regret(unit, shares) else shares
