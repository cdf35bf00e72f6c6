"""How long ties last: the Kaplan–Meier curve of months under contract, with intervals over worlds.

The lifetime of a tie is the number of months in which its buyer and its vendor work together. It
has ended if no contract is in force; ties that still run at the end are censored (Kaplan & Meier
1958, Journal of the American Statistical Association 53, 457). The ties of one world share its
luck, so the bootstrap resamples worlds, not ties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.measure.intervals import RESAMPLES, SEED, TAILS, bootstrap_counts
from sim.measure.view import Tables


class Survival(NamedTuple):
    """The survival curve of ties: the share that lasts for more than each of `months` months.

    Arrays of shape (months + 1,), from month 0. `low` and `high` bound the pointwise 95 % interval
    over worlds. `at_risk` counts the ties that last at least so many months, `ties` all ties that
    ever had a contract, `ended` those that are not censored.
    """

    months: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    at_risk: np.ndarray
    ties: int
    ended: int

    @property
    def median(self) -> float:
        """Return the month by which half of the ties have ended; NaN if more than half last."""
        over = np.flatnonzero(self.share <= 0.5)
        return float(self.months[over[0]]) if len(over) else float("nan")


def survival_curve(outcome: Tables, months: int) -> Survival:
    """Return the survival curve of the ties of a run, burn-in included.

    `months` is the length of the run. The share is the product-limit estimator; it is NaN from the
    first month in which no tie is at risk, and its interval is NaN with a single world.
    """
    lasted = np.asarray(outcome.ties["months"])  # whole columns: the table may be on disk
    met = lasted > 0
    lasted = lasted[met]
    worlds = np.unique(outcome.periods["world"])
    row = np.searchsorted(worlds, outcome.ties["world"][met])
    shape = (len(worlds), months + 1)
    # Ties by world and month, as the estimator takes sums of worlds.
    ended, censored = np.zeros(shape), np.zeros(shape)
    over = outcome.ties["running"][met] == 0
    np.add.at(ended, (row[over], lasted[over]), 1.0)
    np.add.at(censored, (row[~over], lasted[~over]), 1.0)
    # At risk in month m are all that last m months or longer, those censored just then included.
    risk = np.cumsum((ended + censored)[:, ::-1], axis=1)[:, ::-1]
    share = _product_limit(ended.sum(axis=0)[None], risk.sum(axis=0)[None])[0]
    low, high = np.full_like(share, np.nan), np.full_like(share, np.nan)
    if len(worlds) > 1:
        drawn = [
            _product_limit(counts @ ended, counts @ risk)
            for counts in bootstrap_counts(len(worlds), RESAMPLES, SEED)
        ]
        low, high = _curve_quantiles(np.concatenate(drawn))
    at_risk = risk.sum(axis=0).astype(int)
    return Survival(np.arange(months + 1), share, low, high, at_risk, len(lasted), int(over.sum()))


def _product_limit(ended: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """Return the running product of 1 − ended / risk, row by row; NaN once no tie is at risk.

    `ended` and `risk` count ties by month, shape (samples, months + 1) each.
    """
    hazard = np.divide(ended, risk, out=np.full_like(ended, np.nan), where=risk > 0.0)
    hazard[:, 0] = 0.0  # no tie ends before its first month
    return np.cumprod(1.0 - hazard, axis=1)


def _curve_quantiles(curves: np.ndarray) -> np.ndarray:
    """Return the pointwise 2.5 % and 97.5 % quantiles of curves; NaN if no curve reaches a month."""
    found = np.full((2, curves.shape[1]), np.nan)
    some = np.isfinite(curves).any(axis=0)
    found[:, some] = np.nanquantile(curves[:, some], TAILS, axis=0)
    return found
