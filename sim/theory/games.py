"""Textbook cases for the measures: games with known Shapley values, functions with known indices.

Shapley (1953); Grabisch & Roubens (1999) for interaction; Ishigami & Homma (1990) and Sobol's g
function (Saltelli & Sobol 1995) for shares of variance. A coalition is a bitmask over players, and
a game is an array of its value by coalition, of length 2**players.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def coalition_members(players: int) -> Array:
    """Return 1 for each player in a coalition and 0 for others, shape (2**players, players)."""
    masks = np.arange(1 << players)
    return ((masks[:, None] >> np.arange(players)) & 1).astype(float)


def unanimity_game(players: int, needed: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the game that pays 1 once all of `needed` are in, and its Shapley values 1/|needed|.

    Players not needed have the value 0.
    """
    inside = coalition_members(players)
    value = inside[:, list(needed)].all(axis=1).astype(float)
    shares = np.zeros(players)
    shares[list(needed)] = 1.0 / len(needed)
    return value, shares


def pairwise_game(alone: Array, together: Array) -> tuple[Array, Array]:
    """Return the game Σ a_i + Σ b_ij over members and pairs of members, and its Shapley values.

    The values are a_i + ½ Σ_j b_ij. `alone` holds a, `together` the symmetric b with an empty
    diagonal; the interaction index of a pair is b_ij.
    """
    inside = coalition_members(len(alone))
    value = inside @ alone + 0.5 * np.einsum("ci,ij,cj->c", inside, together, inside)
    return value, alone + 0.5 * together.sum(axis=1)


def glove_game(left: int, right: int) -> tuple[Array, Array]:
    """Return the game of pairs of gloves with one left glove, and its Shapley values.

    With r = `right` right gloves the left one is worth r/(r + 1), each right one 1/(r(r + 1)).
    Raises ValueError unless `left` is 1.
    """
    if left != 1:
        raise ValueError(f"{left} left gloves: want 1")
    inside = coalition_members(1 + right)
    value = np.minimum(inside[:, 0], inside[:, 1:].sum(axis=1))
    shares = np.full(1 + right, 1.0 / (right * (right + 1)))
    shares[0] = right / (right + 1)
    return value, shares


def ishigami(points: Array, a: float = 7.0, b: float = 0.1) -> Array:
    """Return sin x₁ + a sin² x₂ + b x₃⁴ sin x₁ with x stretched from the unit cube to [−π, π].

    `points` has the shape (points, 3), the result one number for each row.
    """
    one, two, three = (np.pi * (2.0 * points - 1.0)).T
    return np.asarray(np.sin(one) + a * np.sin(two) ** 2 + b * three**4 * np.sin(one))


def ishigami_indices(a: float = 7.0, b: float = 0.1) -> tuple[Array, Array]:
    """Return the first-order and the total Sobol indices of the Ishigami function, three each."""
    first = 0.5 * (1.0 + b * np.pi**4 / 5.0) ** 2
    second, mixed = a**2 / 8.0, 8.0 * b**2 * np.pi**8 / 225.0
    total = first + second + mixed
    return (
        np.array([first, second, 0.0]) / total,
        np.array([first + mixed, second, mixed]) / total,
    )


def sobol_g(points: Array, weights: Array) -> Array:
    """Return Sobol's g function Π (|4x_i − 2| + a_i)/(1 + a_i) at points of the unit cube.

    `points` has the shape (points, inputs); `weights` holds a, where a large a_i makes x_i
    unimportant.
    """
    return np.asarray(np.prod((np.abs(4.0 * points - 2.0) + weights) / (1.0 + weights), axis=1))


def sobol_g_indices(weights: Array) -> tuple[Array, Array]:
    """Return the first-order and the total Sobol indices of the g function.

    The variance of a factor is V_i = 1/(3(1 + a_i)²).
    """
    parts = 1.0 / (3.0 * (1.0 + weights) ** 2)
    every = np.prod(1.0 + parts)
    return parts / (every - 1.0), parts * (every / (1.0 + parts)) / (every - 1.0)


def paired_moments(gap: float, other: float = 0.0) -> tuple[float, float, float]:
    """Return mean difference, correlation and variance saved of two rules under common luck.

    Worth and cost are U[0, 1]. The rules trade if worth − cost is at least `gap` or at least
    `other`, both at least 0. The variance saved is that of the difference of two independent runs
    over that of the paired difference.
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
