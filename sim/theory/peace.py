"""Mediation and peace: two sides that may be strong or weak, and war if they do not agree.

A side is strong with chance q. War between equals pays θ/2 to each; between unequals pθ to the
strong side and (1 − p)θ to the weak one. Peace divides 1. An arbitrator, or a mediator who never
reveals that a side is weak, asks both in confidence and chooses how often each pair has peace.
Peace between equals is half and half; in a mixed pair the strong side gets a share of its own.
Source: Hörner, Morelli & Squintani (2015).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.summation import ordered_sum


class Conflict(NamedTuple):
    """A conflict: the chance q of a strong side, its chance p to beat a weak one, and θ.

    θ is the share of the pie that is left after a war.
    """

    strong: float
    wins: float
    left: float

    @property
    def gamma(self) -> float:
        """Return γ = (pθ − ½)/(½ − θ/2), how tempting war against a weak side is."""
        return (self.wins * self.left - 0.5) / (0.5 - self.left / 2.0)

    @property
    def odds(self) -> float:
        """Return λ = q/(1 − q), the odds of a strong side."""
        return self.strong / (1.0 - self.strong)


class Peace(NamedTuple):
    """Chances of peace if both sides are strong, if one is, if none is, and over all pairs."""

    both_strong: float
    mixed: float
    both_weak: float
    total: float


def _over_all_pairs(strong: float, chances: tuple[float, float, float]) -> Peace:
    """Return the chances of peace if both, one or no side is strong, and their mean over all pairs.

    `strong` is q; a pair has 2, 1 or 0 strong sides with chances q², 2q(1 − q) and (1 − q)².
    """
    weights = strong**2, 2.0 * strong * (1.0 - strong), (1.0 - strong) ** 2
    return Peace(*chances, ordered_sum(w * c for w, c in zip(weights, chances, strict=True)))


def highest_peace(conflict: Conflict) -> Peace:
    """Return the highest chances of peace in closed form; pθ ≥ ½ is assumed."""
    odds, gamma = conflict.odds, conflict.gamma
    if odds >= gamma:
        return _over_all_pairs(conflict.strong, (1.0, 1.0, 1.0))
    if odds >= gamma / 2.0:
        both = (2.0 * odds - gamma) / (odds * (gamma + 1.0 - odds))
        return _over_all_pairs(conflict.strong, (both, 1.0, 1.0))
    return _over_all_pairs(conflict.strong, (0.0, 1.0 / (1.0 + gamma - 2.0 * odds), 1.0))


def peace_by_programme(conflict: Conflict) -> Peace:
    """Return the highest chances of peace by linear programming, as a check on `highest_peace`.

    The variables are the chances of peace h, m, l of strong, mixed and weak pairs, and s, the share
    of the strong side of a mixed pair times m. Each type must be best off telling what it is, and
    no worse off than at war with whoever it meets.
    """
    from scipy.optimize import linprog

    q, p, theta = conflict
    half, up, down = theta / 2.0, p * theta, (1.0 - p) * theta
    # Expected payoffs in peace and war, as coefficients of (h, m, l, s) and a constant.
    strong = np.array([q * (0.5 - half), -(1 - q) * up, 0.0, 1 - q, q * half + (1 - q) * up])
    weak = np.array([0.0, q * (1 - down), (1 - q) * (0.5 - half), -q, q * down + (1 - q) * half])
    strong_as_weak = np.array(
        [0.0, q * (1 - half), (1 - q) * (0.5 - up), -q, q * half + (1 - q) * up]
    )
    weak_as_strong = np.array(
        [q * (0.5 - down), -(1 - q) * half, 0.0, 1 - q, q * down + (1 - q) * half]
    )
    war_strong = np.array([0.0, 0.0, 0.0, 0.0, q * half + (1 - q) * up])
    war_weak = np.array([0.0, 0.0, 0.0, 0.0, q * down + (1 - q) * half])
    rows = np.array(
        [strong_as_weak - strong, weak_as_strong - weak, war_strong - strong, war_weak - weak]
    )
    split = np.array([0.0, -1.0, 0.0, 1.0])  # s ≤ m
    found = linprog(
        [-(q**2), -2.0 * q * (1.0 - q), -((1.0 - q) ** 2), 0.0],
        A_ub=np.vstack([rows[:, :4], split]),
        b_ub=np.append(-rows[:, 4], 0.0),
        bounds=[(0.0, 1.0)] * 4,
        method="highs",
    )
    both, mixed, weak_pair, _ = found.x
    return Peace(float(both), float(mixed), float(weak_pair), float(-found.fun))


def peace_without_communication(conflict: Conflict) -> float:
    """Return the chance of peace if an even split is proposed and each side may refuse it.

    A strong side refuses if war pays it more than one half on average.
    """
    expected = conflict.strong * conflict.left / 2.0
    expected += (1.0 - conflict.strong) * conflict.wins * conflict.left
    return 1.0 if expected <= 0.5 else (1.0 - conflict.strong) ** 2
