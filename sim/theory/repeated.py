"""Repeated play: errors and forgiveness, and how patient a side must be to keep a promise.

A memory-one strategy is the chance of cooperating after (CC, CD, DC, DD), its own move first. Every
move is turned round by mistake with chance ε (Nowak & Sigmund 1993). The rest is the folk theorem's
condition in money: a temptation g against the value lost after being found out with chance q.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Memory = tuple[float, float, float, float]

TIT_FOR_TAT: Memory = (1.0, 0.0, 1.0, 0.0)
WIN_STAY: Memory = (1.0, 0.0, 0.0, 1.0)
GRIM: Memory = (1.0, 0.0, 0.0, 0.0)
OTHER_SEAT = [0, 2, 1, 3]  # (CC, CD, DC, DD) as the other player sees them


def generous_tit_for_tat(forgiveness: float) -> Memory:
    """Return tit for tat that overlooks a defection with chance `forgiveness`."""
    return (1.0, forgiveness, 1.0, forgiveness)


def with_errors(strategy: Memory, error: float) -> Array:
    """Return the strategy that results if each move is turned round with chance ε, `error`."""
    meant = np.array(strategy)
    return meant * (1.0 - error) + (1.0 - meant) * error


def cooperation_share(own: Memory, other: Memory, error: float) -> float:
    """Return the first player's share of cooperation in the chain's stationary distribution."""
    p, q = with_errors(own, error), with_errors(other, error)[OTHER_SEAT]
    chain = np.stack([p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)], axis=1)
    system = np.vstack([chain.T - np.eye(4), np.ones(4)])
    share = np.linalg.lstsq(system, np.array([0.0, 0.0, 0.0, 0.0, 1.0]), rcond=None)[0]
    return float(share[0] + share[1])


def simulate_cooperation(
    own: Memory, other: Memory, error: float, draws: np.random.Generator, pairs: int, rounds: int
) -> Array:
    """Return the first player's share of cooperation in each of `pairs` simulated pairs.

    It is taken over `rounds` rounds, after as many rounds that are not counted.
    """
    p, q = with_errors(own, error), with_errors(other, error)[OTHER_SEAT]
    state, cooperated = np.zeros(pairs, int), np.zeros(pairs)
    for turn in range(2 * rounds):
        first = draws.random(pairs) < p[state]
        second = draws.random(pairs) < q[state]
        state = 2 * ~first + ~second
        if turn >= rounds:
            cooperated += first
    return cooperated / rounds


def generous_cooperation(forgiveness: float, error: float) -> float:
    """Return the share of cooperation of generous tit for tat with itself, d/(ε + d).

    d = g(1 − ε) + ε(1 − g), with g = `forgiveness` and ε = `error`; at g = 0 the share is ½.
    """
    lenient = forgiveness * (1.0 - error) + error * (1.0 - forgiveness)
    return lenient / (error + lenient)


def patience_needed(temptation: float, forgone: float, detection: float = 1.0) -> float:
    """Return δ* = g/(g + q(V − V_p)), from which on keeping the promise pays; 1 if it never does.

    `temptation` is g, `forgone` V − V_p in money per period, `detection` q.
    """
    if forgone <= 0.0 or detection <= 0.0:
        return 1.0 if temptation > 0.0 else 0.0
    return temptation / (temptation + detection * forgone)


def patience_by_planning(temptation: float, forgone: float, detection: float = 1.0) -> float:
    """Return the same patience by bisection on two plans: keep the promise or break it.

    A side that breaks it earns g more in each period until it is found out, with chance q a period,
    and V_p for ever after.
    """

    def breaking_pays(discount: float) -> bool:
        # In excess of V_p: keeping is worth (V − V_p)/(1 − δ).
        keep = forgone / (1.0 - discount)
        broken = (forgone + temptation) / (1.0 - discount * (1.0 - detection))
        return broken > keep

    low, high = 0.0, 1.0 - 1e-12  # at 1 both plans are worth infinitely much
    for _ in range(60):  # beyond the 52 bits of a float
        middle = (low + high) / 2.0
        low, high = (middle, high) if breaking_pays(middle) else (low, middle)
    return high


def patience_for_tit_for_tat(payoffs: tuple[float, float, float, float]) -> float:
    """Return the δ from which on tit for tat is an equilibrium of a dilemma (T, R, P, S).

    max((T − R)/(T − P), (T − R)/(R − S)): neither defecting for ever nor alternating may pay.
    """
    t, r, p, s = payoffs
    return max((t - r) / (t - p), (t - r) / (r - s))
