"""Mediation and peace: two sides that may be strong or weak, and war if they do not agree.

Hörner, Morelli & Squintani (2015). A side is strong with chance q. War between equals pays θ/2
each; between unequals the strong side pθ, the weak one (1 − p)θ; peace divides 1. An arbitrator, or
a mediator who never gives away that a side is weak, asks both in confidence and chooses how often
each pair has peace. Peace between equals is half and half; a strong side gets a share of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Conflict(NamedTuple):
    """Chance of a strong side, its chance to win against a weak one, and what war leaves."""

    strong: float
    wins: float
    left: float

    @property
    def gamma(self) -> float:
        """Return γ = (pθ − ½)/(½ − θ/2), how tempting war against a weak side is."""
        return (self.wins * self.left - 0.5) / (0.5 - self.left / 2.0)

    @property
    def odds(self) -> float:
        """Return λ = q/(1 − q)."""
        return self.strong / (1.0 - self.strong)


class Peace(NamedTuple):
    """Chance of peace: both strong, one strong, both weak; and over all pairs."""

    both_strong: float
    mixed: float
    both_weak: float
    total: float


def _over_all_pairs(strong: float, chances: tuple[float, float, float]) -> Peace:
    weights = strong**2, 2.0 * strong * (1.0 - strong), (1.0 - strong) ** 2
    return Peace(*chances, sum(w * c for w, c in zip(weights, chances, strict=True)))


def highest_peace(conflict: Conflict) -> Peace:
    """Return the closed form of the best there is; want pθ ≥ ½."""
    odds, gamma = conflict.odds, conflict.gamma
    if odds >= gamma:
        return _over_all_pairs(conflict.strong, (1.0, 1.0, 1.0))
    if odds >= gamma / 2.0:
        both = (2.0 * odds - gamma) / (odds * (gamma + 1.0 - odds))
        return _over_all_pairs(conflict.strong, (both, 1.0, 1.0))
    return _over_all_pairs(conflict.strong, (0.0, 1.0 / (1.0 + gamma - 2.0 * odds), 1.0))


def peace_by_programme(conflict: Conflict) -> Peace:
    """Return the same by a linear programme.

    Variables: chances of peace h, m, l of strong, mixed and weak pairs, and s, what the strong side
    of a mixed pair gets in peace times m. Everybody must be best off telling what it is, and no
    worse off than at war with whoever comes.
    """
    from scipy.optimize import linprog

    q, p, theta = conflict
    half, up, down = theta / 2.0, p * theta, (1.0 - p) * theta
    # What a side expects in peace and war, as numbers before (h, m, l, s) and a constant.
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
    """Return the chance of peace if an even split is offered and each side may refuse.

    A strong side refuses where war pays it more on average than one half.
    """
    expected = conflict.strong * conflict.left / 2.0
    expected += (1.0 - conflict.strong) * conflict.wins * conflict.left
    return 1.0 if expected <= 0.5 else (1.0 - conflict.strong) ** 2
