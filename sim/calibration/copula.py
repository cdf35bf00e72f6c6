"""A Gaussian copula: columns that are uniform each, and correlated through their normal scores."""

from __future__ import annotations

import numpy as np

from sim.field.covariance import cholesky

EDGE = 2.0**-53  # points of the unit cube stay so far within it, where a normal score is finite


def within_cube(u: np.ndarray) -> np.ndarray:
    """Return points of the unit cube, moved off its faces."""
    found: np.ndarray = np.clip(np.asarray(u, float), EDGE, 1.0 - EDGE)
    return found


def correlated(u: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return independent uniform columns, shape (points, keys), with the correlations of a Gaussian copula."""
    from scipy.special import ndtr, ndtri

    scores, root = ndtri(within_cube(u)), cholesky(correlation)
    mixed = np.zeros_like(scores)
    for i in range(len(root)):  # from first to last: a matrix product rounds as its library likes
        for j in range(i + 1):
            mixed[:, i] += root[i, j] * scores[:, j]
    return within_cube(ndtr(mixed))
