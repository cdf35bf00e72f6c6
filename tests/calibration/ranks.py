"""The test of simulation-based calibration: are the ranks of truths in their posteriors uniform (Talts et al. 2018)?"""

from __future__ import annotations

import numpy as np
from scipy.stats import chisquare

FAMILY_WISE = 0.01  # chance that a sound calibration fails the test of all keys together
BINS = 5


def rank_of(truth: float, values: np.ndarray, weights: np.ndarray) -> float:
    """Return the share of a posterior below the truth."""
    return float(weights[values < truth].sum() / weights.sum())


def smallest_chance(ranks: np.ndarray) -> float:
    """Return the smallest p-value of uniformity over keys, times their number (Bonferroni); shape (runs, keys)."""
    chances = [chisquare(np.histogram(column, BINS, (0.0, 1.0))[0]).pvalue for column in ranks.T]
    return float(min(chances)) * len(chances)


def halved(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return a posterior of half the width about its mean: the negative control."""
    mean = float(weights @ values / weights.sum())
    return mean + 0.5 * (values - mean)
