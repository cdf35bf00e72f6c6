"""How long ties last: the Kaplan–Meier curve of months under contract, with intervals over worlds.

A tie's life is the months one buyer and one vendor work together. It is over when no contract is in
force; ties still running at the end are censored, they count as far as they got (Kaplan & Meier
1958). Ties of one world share its luck, so worlds are drawn again, not ties.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.measure.intervals import RESAMPLES, SEED, TAILS, bootstrap_counts
from sim.measure.view import Tables


class Survival(NamedTuple):
    """The share of ties that work together for more than `months` months; 95 % interval over worlds.

    `at_risk` counts ties that got so far; `ties` and `ended` count all, and those that are over.
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
        """Return the months after which half of the ties are over; NaN where more than half last."""
        over = np.flatnonzero(self.share <= 0.5)
        return float(self.months[over[0]]) if len(over) else float("nan")


def survival_curve(outcome: Tables, months: int) -> Survival:
    """Return how long the ties of a run last, burn-in too; NaN beyond the longest that was at risk."""
    ties = outcome.ties[outcome.ties["months"] > 0]
    worlds = np.unique(outcome.periods["world"])
    row = np.searchsorted(worlds, ties["world"])
    shape = (len(worlds), months + 1)
    gone, kept = np.zeros(shape), np.zeros(shape)
    over = ties["running"] == 0
    np.add.at(gone, (row[over], ties["months"][over]), 1.0)
    np.add.at(kept, (row[~over], ties["months"][~over]), 1.0)
    # At risk in month m are all that last m months or longer, those censored just then included.
    risk = np.cumsum((gone + kept)[:, ::-1], axis=1)[:, ::-1]
    share = _product_limit(gone.sum(axis=0)[None], risk.sum(axis=0)[None])[0]
    low, high = np.full_like(share, np.nan), np.full_like(share, np.nan)
    if len(worlds) > 1:
        drawn = [
            _product_limit(c @ gone, c @ risk)
            for c in bootstrap_counts(len(worlds), RESAMPLES, SEED)
        ]
        low, high = _curve_quantiles(np.concatenate(drawn))
    at_risk = risk.sum(axis=0).astype(int)
    return Survival(np.arange(months + 1), share, low, high, at_risk, len(ties), int(over.sum()))


def _product_limit(gone: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """Return the running product of 1 − gone / risk, row by row; NaN where nobody is at risk."""
    passed = np.divide(gone, risk, out=np.full_like(gone, np.nan), where=risk > 0.0)
    passed[:, 0] = 0.0
    return np.cumprod(1.0 - passed, axis=1)


def _curve_quantiles(curves: np.ndarray) -> np.ndarray:
    found = np.full((2, curves.shape[1]), np.nan)
    some = np.isfinite(curves).any(axis=0)
    found[:, some] = np.nanquantile(curves[:, some], TAILS, axis=0)
    return found
