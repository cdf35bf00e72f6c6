"""Repeated play: noise and forgiveness, and how patient those must be who keep a promise.

Memory-one strategies give the chance of cooperating after (CC, CD, DC, DD), own move first; every
move slips with chance ε (Nowak & Sigmund 1993). The rest is the folk theorem's condition in money:
a temptation g against the value forgone once found out, with chance q.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Memory = tuple[float, float, float, float]

TIT_FOR_TAT: Memory = (1.0, 0.0, 1.0, 0.0)
WIN_STAY: Memory = (1.0, 0.0, 0.0, 1.0)
GRIM: Memory = (1.0, 0.0, 0.0, 0.0)
OTHER_SEAT = [0, 2, 1, 3]


def generous_tit_for_tat(forgiveness: float) -> Memory:
    """Return tit for tat that lets a defection pass with the chance given."""
    return (1.0, forgiveness, 1.0, forgiveness)


def with_errors(strategy: Memory, error: float) -> Array:
    """Return what is really played: each move is turned round with chance ε."""
    meant = np.array(strategy)
    return meant * (1.0 - error) + (1.0 - meant) * error


def cooperation_share(one: Memory, other: Memory, error: float) -> float:
    """Return the long-run share of cooperation of the first: the chain's stationary distribution."""
    p, q = with_errors(one, error), with_errors(other, error)[OTHER_SEAT]
    chain = np.stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)], axis=1)
    system = np.vstack([chain.T - np.eye(4), np.ones(4)])
    share = np.linalg.lstsq(system, np.array([0.0, 0.0, 0.0, 0.0, 1.0]), rcond=None)[0]
    return float(share[0] + share[1])


def simulate_cooperation(
    one: Memory, other: Memory, error: float, draws: np.random.Generator, pairs: int, rounds: int
) -> Array:
    """Return each pair's share of cooperation of the first player, after as many rounds unseen."""
    p, q = with_errors(one, error), with_errors(other, error)[OTHER_SEAT]
    state, cooperated = np.zeros(pairs, int), np.zeros(pairs)
    for turn in range(2 * rounds):
        first = draws.random(pairs) < p[state]
        second = draws.random(pairs) < q[state]
        state = 2 * ~first + ~second
        if turn >= rounds:
            cooperated += first
    return cooperated / rounds


def generous_cooperation(forgiveness: float, error: float) -> float:
    """Return d/(ε + d), d = g(1 − ε) + ε(1 − g): generous tit for tat with itself; ½ at g = 0."""
    lenient = forgiveness * (1.0 - error) + error * (1.0 - forgiveness)
    return lenient / (error + lenient)


def patience_needed(temptation: float, forgone: float, detection: float = 1.0) -> float:
    """Return δ* = g/(g + q(V − V_p)), from which keeping the promise pays; 1 where it never does."""
    if forgone <= 0.0 or detection <= 0.0:
        return 1.0 if temptation > 0.0 else 0.0
    return temptation / (temptation + detection * forgone)


def patience_by_planning(temptation: float, forgone: float, detection: float = 1.0) -> float:
    """Return the same by bisection on the worth of two plans: always keep, or always break.

    Who breaks a promise earns g more, and is found out with chance q; from then on V_p for ever.
    """

    def breaking_pays(discount: float) -> bool:
        # In excess of V_p: keeping is worth (V − V_p)/(1 − δ).
        keep = forgone / (1.0 - discount)
        broken = (forgone + temptation) / (1.0 - discount * (1.0 - detection))
        return broken > keep

    low, high = 0.0, 1.0 - 1e-12
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if breaking_pays(middle) else (low, middle)
    return high


def patience_for_tit_for_tat(payoffs: tuple[float, float, float, float]) -> float:
    """Return the δ that tit for tat needs in a dilemma (T, R, P, S).

    max((T − R)/(T − P), (T − R)/(R − S)): neither defecting for ever nor taking turns may pay.
    """
    t, r, p, s = payoffs
    return max((t - r) / (t - p), (t - r) / (r - s))
