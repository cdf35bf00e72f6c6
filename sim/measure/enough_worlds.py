"""The stopping rule of adaptive replication: when there are enough worlds.

Worlds are added until the 95 % interval of one outcome is narrower than a given width (a
fixed-width sequential interval: Chow & Robbins 1965). Checking often and stopping at the first
narrow interval favours samples that happen to vary little, so the rule starts late, checks seldom,
and uses Wilson's limits for shares, whose bootstrap interval has no width until an event has
occurred. The coverage that remains is measured in `tests/measure/test_stopping.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.measure.intervals import differences, summarise
from sim.measure.share_intervals import effective_trials, share_difference_interval, wilson_interval

FEWEST_WORLDS = 30  # before the first check: fewer stop too often on a sample that varies little


@dataclass(frozen=True)
class StoppingRule:
    """A rule that stops once the interval of `outcome`, from low to high, is narrower than `width`.

    `width` is in the unit of the outcome. The rule checks after `at_least` worlds (FEWEST_WORLDS or
    more), then after `every` further ones, and gives up at `at_most`.
    """

    outcome: str
    width: float
    at_least: int = FEWEST_WORLDS
    every: int = 10
    at_most: int = 1000


def worlds_to_check(rule: StoppingRule) -> Iterator[int]:
    """Yield the numbers of worlds after which to check the rule.

    Example:
        >>> list(worlds_to_check(StoppingRule("surplus", 1.0, at_least=30, every=10, at_most=55)))
        [30, 40, 50, 55]
    """
    yield from range(rule.at_least, rule.at_most, rule.every)
    yield rule.at_most


def outcome_interval(
    values: np.ndarray, baseline: np.ndarray | None = None, is_share: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95 % interval of the mean of `values`, or of its paired difference to `baseline`.

    Both have shape (worlds,), which gives two numbers, or (worlds, columns), which gives two arrays
    of shape (columns,). The interval is that of `summarise`; for a share (every value from 0 to 1)
    each limit is the farther one of that and of Wilson's interval or, for a difference, Newcombe's.
    """
    table = np.asarray(values, float)
    other = None if baseline is None else np.asarray(baseline, float)
    drawn = summarise(table if other is None else differences(table, other))
    low, high = (end.reshape(table.shape[1:]) for end in (drawn.low, drawn.high))
    if is_share:
        if other is None:
            limits = wilson_interval(drawn.mean.reshape(low.shape), effective_trials(table))
        else:
            limits = share_difference_interval(table, other)
        low, high = np.fmin(low, limits[0]), np.fmax(high, limits[1])
    return low[()], high[()]


def is_enough(
    rule: StoppingRule,
    values: np.ndarray,
    baseline: np.ndarray | None = None,
    is_share: bool = False,
) -> np.ndarray:
    """Return whether the rule is met: enough worlds have a value and the interval is narrow enough.

    A scalar, or shape (columns,) if `values` has columns. An interval of zero width does not meet
    the rule: what has not varied yet may be rare rather than constant.
    """
    table = np.asarray(values, float)
    seen = np.isfinite(table if baseline is None else table - np.asarray(baseline, float))
    low, high = outcome_interval(values, baseline, is_share)
    width = high - low
    enough: np.ndarray = (seen.sum(axis=0) >= rule.at_least) & (width < rule.width) & (width > 0.0)
    return enough
