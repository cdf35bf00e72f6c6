"""A statistic before it is summed: numerator and denominator of each world, its value and its error.

The value is the sum of the one over the sum of the other (ratio estimator: Cochran 1977, chapter 6).
Its error follows by the delta method over worlds, never over months, which are not independent; the
interval is Student's t, as worlds may be few.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.summation import ordered_sum

LEVEL = 0.90  # of our intervals: the same as of published ranges


class WorldRatio(NamedTuple):
    """A statistic before it is summed: numerator and denominator of each world, shape (worlds,).

    Worlds of several points may follow each other; `part` takes out those of one.
    """

    top: np.ndarray
    bottom: np.ndarray

    def part(self, worlds: slice | np.ndarray) -> WorldRatio:
        """Return the statistic over some of the worlds, by their positions."""
        return WorldRatio(self.top[worlds], self.bottom[worlds])

    @property
    def value(self) -> float:
        """Return the sum of numerators over the sum of denominators; NaN if there is nothing to count."""
        top, bottom = ordered_sum(self.top.tolist()), ordered_sum(self.bottom.tolist())
        return top / bottom if bottom > 0.0 else math.nan

    def influence(self) -> np.ndarray:
        """Return what each world adds to `value`, shape (worlds,): (top − value · bottom) / Σ bottom."""
        whole = ordered_sum(self.bottom.tolist())
        found: np.ndarray = (self.top - self.value * self.bottom) / whole
        return found

    @property
    def error(self) -> float:
        """Return the standard error of `value` over worlds by the delta method; NaN below two worlds."""
        if len(self.top) < 2 or math.isnan(self.value):
            return math.nan
        return error_of_sum(self.influence())

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval value ∓ t · error, Student's t with n − 1 degrees of freedom.

        NaN below two worlds. Where no world differs, it has no width.
        """
        if len(self.top) < 2 or math.isnan(self.value):
            return math.nan, math.nan
        reach = student_reach(self.influence(), level)
        return self.value - reach, self.value + reach


def error_of_sum(parts: np.ndarray) -> float:
    """Return the standard error of a value to which each world adds a part, √(n / (n − 1) Σ part²)."""
    n = len(parts)
    return math.sqrt(n / (n - 1.0) * ordered_sum((parts**2).tolist()))


def student_reach(parts: np.ndarray, level: float) -> float:
    """Return half the width of the interval of such a value, Student's t with n − 1 degrees of freedom."""
    from scipy.special import stdtrit

    return float(stdtrit(len(parts) - 1.0, 0.5 + 0.5 * level)) * error_of_sum(parts)
