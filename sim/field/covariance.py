"""Roots of covariances, with the same bits everywhere: a library's would be added up as the processor likes."""

from __future__ import annotations

import numpy as np

SMALLEST = (
    1e-12  # variance that the columns before leave of the next one, if it is not one of them again
)


def cholesky(matrix: np.ndarray) -> np.ndarray:
    """Return the lower triangular root of a matrix, added up from first to last.

    Raises ValueError if the matrix is not positive definite.
    """
    size = len(matrix)
    root = np.zeros((size, size))
    for i in range(size):
        for j in range(i + 1):
            rest = float(matrix[i, j])
            for k in range(j):
                rest -= float(root[i, k] * root[j, k])
            if i == j and not rest > 0.0:
                raise ValueError("not positive definite")
            root[i, j] = np.sqrt(rest) if i == j else rest / root[j, j]
    return root


def is_positive_definite(matrix: np.ndarray) -> bool:
    """Return whether a symmetric matrix is a covariance of full rank."""
    try:
        root = cholesky(matrix)
    except ValueError:
        return False
    return bool((np.diagonal(root) ** 2 > SMALLEST).all())
