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

    @property
    def error(self) -> float:
        """Return the standard error of `value` over worlds by the delta method; NaN below two worlds.

        √(n / (n − 1) Σ (top − value · bottom)²) / Σ bottom.
        """
        n, value = len(self.top), self.value
        if n < 2 or math.isnan(value):
            return math.nan
        rest = ordered_sum(((self.top - value * self.bottom) ** 2).tolist())
        return math.sqrt(n / (n - 1.0) * rest) / ordered_sum(self.bottom.tolist())

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the interval value ∓ t · error, Student's t with n − 1 degrees of freedom.

        NaN below two worlds. Where no world differs, it has no width.
        """
        from scipy.special import stdtrit

        error = self.error
        if math.isnan(error):
            return math.nan, math.nan
        reach = float(stdtrit(len(self.top) - 1.0, 0.5 + 0.5 * level)) * error
        return self.value - reach, self.value + reach
