"""Textbook cases for the measures: games with known Shapley values, functions with known indices.

Shapley (1953), Grabisch & Roubens (1999) for interaction; Ishigami & Homma (1990) and Sobol's g
function (Saltelli & Sobol 1995) for variance shares. A coalition is a bitmask.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def coalition_members(players: int) -> Array:
    """Return who is in each coalition, shape (2**players, players)."""
    masks = np.arange(1 << players)
    return ((masks[:, None] >> np.arange(players)) & 1).astype(float)


def unanimity_game(players: int, needed: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the game that pays 1 once all of `needed` are in, and its values 1/|needed|."""
    inside = coalition_members(players)
    value = inside[:, list(needed)].all(axis=1).astype(float)
    shares = np.zeros(players)
    shares[list(needed)] = 1.0 / len(needed)
    return value, shares


def pairwise_game(alone: Array, together: Array) -> tuple[Array, Array]:
    """Return the game Σa_i + Σb_ij over pairs that are in, and its values a_i + ½Σ_j b_ij.

    `together` is symmetric with an empty diagonal; the interaction index of a pair is b_ij.
    """
    inside = coalition_members(len(alone))
    value = inside @ alone + 0.5 * np.einsum("ci,ij,cj->c", inside, together, inside)
    return value, alone + 0.5 * together.sum(axis=1)


def glove_game(left: int, right: int) -> tuple[Array, Array]:
    """Return the game of pairs of gloves, one left and many right, and its values.

    With one left glove and r right ones the left is worth r/(r + 1), each right 1/(r(r + 1)).
    """
    if left != 1:
        raise ValueError(f"{left} left gloves: want 1")
    inside = coalition_members(1 + right)
    value = np.minimum(inside[:, 0], inside[:, 1:].sum(axis=1))
    shares = np.full(1 + right, 1.0 / (right * (right + 1)))
    shares[0] = right / (right + 1)
    return value, shares


def ishigami(points: Array, a: float = 7.0, b: float = 0.1) -> Array:
    """Return sin x₁ + a sin² x₂ + b x₃⁴ sin x₁ for x in the unit cube, stretched to [−π, π]."""
    one, two, three = (np.pi * (2.0 * points - 1.0)).T
    return np.sin(one) + a * np.sin(two) ** 2 + b * three**4 * np.sin(one)


def ishigami_indices(a: float = 7.0, b: float = 0.1) -> tuple[Array, Array]:
    """Return its first-order and total shares of variance."""
    first = 0.5 * (1.0 + b * np.pi**4 / 5.0) ** 2
    second, mixed = a**2 / 8.0, 8.0 * b**2 * np.pi**8 / 225.0
    total = first + second + mixed
    return (
        np.array([first, second, 0.0]) / total,
        np.array([first + mixed, second, mixed]) / total,
    )


def sobol_g(points: Array, weights: Array) -> Array:
    """Return Π (|4x_i − 2| + a_i)/(1 + a_i) for x in the unit cube."""
    return np.asarray(np.prod((np.abs(4.0 * points - 2.0) + weights) / (1.0 + weights), axis=1))


def sobol_g_indices(weights: Array) -> tuple[Array, Array]:
    """Return its first-order and total shares of variance; V_i = 1/(3(1 + a_i)²)."""
    parts = 1.0 / (3.0 * (1.0 + weights) ** 2)
    every = np.prod(1.0 + parts)
    return parts / (every - 1.0), parts * (every / (1.0 + parts)) / (every - 1.0)


def paired_moments(gap: float, other: float = 0.0) -> tuple[float, float, float]:
    """Return (mean difference, correlation, variance saved) of two rules under common luck.

    Worth and cost U[0, 1]; the rules trade where worth − cost is at least 0 ≤ `gap`, `other`. The
    variance saved is that of two independent runs over that of the difference.
    """

    def above(power: int, low: float) -> float:
        # E[xⁿ; x ≥ low] where x = worth − cost has the density 1 − x above 0.
        n = power + 1
        return (1.0 - low**n) / n - (1.0 - low ** (n + 1)) / (n + 1)

    first, second = above(1, gap), above(1, other)
    var_first, var_second = above(2, gap) - first**2, above(2, other) - second**2
    shared = above(2, max(gap, other)) - first * second
    spread = var_first + var_second - 2.0 * shared
    return (
        second - first,
        float(shared / np.sqrt(var_first * var_second)),
        (var_first + var_second) / spread,
    )
