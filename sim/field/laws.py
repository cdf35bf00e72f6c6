"""Laws of error of published facts: a range is read as the central 90 % of a law.

A law names the scale on which what was published is normally distributed: the number itself, its
logarithm (amounts and rates, which are above 0), or its logit, log x / (1 − x) (shares). The ends of
the range are the 5 % and 95 % quantiles of that normal distribution. So a share keeps within 0 and
1 however wide its range is, and the covariance of facts that overlap is stated where they are normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.arithmetic import exp, log
from sim.jit import plain

COVERED = 0.90  # of the law lies within the published range
NORMAL_95 = 1.6448536269514722  # the 95 % quantile of the standard normal distribution
# A simulated number at the very end of a scale counts as this near to it, so that it stays finite.
EDGE = 1e-6
LAWS = ("normal", "lognormal", "logit_normal")

log_of, exp_of = plain(log), plain(exp)


@dataclass(frozen=True)
class Law:
    """The law of error of a fact: `kind` is one of LAWS, `low` and `high` bound its central 90 %.

    `low` is below `high`; both are above 0 for `lognormal`, and between 0 and 1 for `logit_normal`.
    """

    kind: str
    low: float
    high: float

    def to_scale(self, x: Any) -> Any:
        """Return numbers on the scale on which the law is normal; an array gives an array of its shape.

        Numbers at or beyond the end of a scale are taken as `EDGE` from it: a share of 0 as 10⁻⁶, an
        amount of 0 as 10⁻⁶ times `low`. Missing values stay missing.

        Example:
            >>> round(float(Law("logit_normal", 0.1, 0.9).to_scale(0.5)), 6)
            0.0
        """
        values = np.asarray(x, float)
        if self.kind == "normal":
            return values[()]
        found = np.array([self._of_one(value) for value in values.ravel().tolist()])
        return found.reshape(values.shape)[()]

    def from_scale(self, y: float) -> float:
        """Return the number that lies at `y` on the scale of the law."""
        if self.kind == "normal":
            return y
        grown = float(exp_of(-abs(y))) if self.kind == "logit_normal" else float(exp_of(y))
        if self.kind == "lognormal":
            return grown
        return 1.0 / (1.0 + grown) if y >= 0.0 else grown / (1.0 + grown)

    @property
    def location(self) -> float:
        """Return the mean of the normal distribution on the scale of the law."""
        low, high = (float(self.to_scale(end)) for end in (self.low, self.high))
        return 0.5 * (low + high)

    @property
    def spread(self) -> float:
        """Return its standard deviation."""
        low, high = (float(self.to_scale(end)) for end in (self.low, self.high))
        return 0.5 * (high - low) / NORMAL_95

    @property
    def median(self) -> float:
        """Return the median of the law, in the unit of the fact."""
        return self.from_scale(self.location)

    def refusal(self) -> str:
        """Return what is wrong with the range, in words; empty if nothing is."""
        if self.low >= self.high:
            return "want a number below high"
        if self.kind == "lognormal" and self.low <= 0.0:
            return "want a number above 0, as the law is lognormal"
        if self.kind == "logit_normal" and not 0.0 < self.low < self.high < 1.0:
            return "want low and high between 0 and 1, as the law is logit_normal"
        return ""

    def _of_one(self, value: float) -> float:
        """Return one number on the scale."""
        if value != value:
            return value
        if self.kind == "lognormal":
            return float(log_of(max(value, EDGE * self.low)))
        share = min(max(value, EDGE), 1.0 - EDGE)
        return float(log_of(share)) - float(log_of(1.0 - share))
