"""Quantiles of values that do not all weigh alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def weighted_quantiles(
    values: np.ndarray, weights: np.ndarray, levels: Sequence[float]
) -> list[float]:
    """Return the smallest values with at least a share of the weight up to them, one for each level.

    `values` and `weights` have shape (values,); missing values and values without weight do not count. NaN if none
    does.

    Example:
        >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), [0.25, 0.5, 1.0])
        [1.0, 2.0, 3.0]
    """
    counts = np.isfinite(values) & (weights > 0.0)
    if not counts.any():
        return [float("nan")] * len(levels)
    order = np.argsort(values[counts], kind="stable")
    ranked, shares = values[counts][order], np.cumsum(weights[counts][order])
    # So much less, as sums of weights are rounded.
    wanted = np.asarray(levels) * shares[-1] * (1.0 - 1e-12)
    return [float(v) for v in ranked[np.minimum(np.searchsorted(shares, wanted), len(ranked) - 1)]]
