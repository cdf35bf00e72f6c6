"""When there are worlds enough: the rule of adaptive replication.

Worlds are added until the 95 % interval of one outcome is narrower than asked. Looking often and
stopping at the first narrow interval favours samples that look calmer than they are, so the rule
starts late, looks seldom, and takes Wilson's limits for shares, whose bootstrap has no width while an
event has not been seen. How often the interval then holds the truth is measured in
`tests/measure/test_stopping.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.measure.intervals import differences, summarise
from sim.measure.share_intervals import effective_trials, share_difference_interval, wilson_interval

FEWEST_WORLDS = 30


@dataclass(frozen=True)
class StoppingRule:
    """Stop when the interval of `outcome`, from low to high, is narrower than `width`.

    Looks at `at_least` worlds (FEWEST or more), then after `every` further ones, and gives up at
    `at_most`.
    """

    outcome: str
    width: float
    at_least: int = FEWEST_WORLDS
    every: int = 10
    at_most: int = 1000


def worlds_to_check(rule: StoppingRule) -> Iterator[int]:
    """Yield the numbers of worlds after which to look: at_least, every `every` more, the cap."""
    yield from range(rule.at_least, rule.at_most, rule.every)
    yield rule.at_most


def outcome_interval(
    values: np.ndarray, baseline: np.ndarray | None = None, is_share: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return low and high of the mean of `values`, or of its paired difference to `baseline`.

    Both have shape (worlds,), which gives two numbers, or (worlds, columns), which gives two rows.
    Bootstrap over worlds; of a share (every value from 0 to 1), whichever reaches further of that
    and Wilson's limits or, for a difference, Newcombe's, in the trials that the worlds are worth.
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
    """Say whether the rule is met: worlds enough with a value, and an interval narrow enough.

    By column, where `values` has columns. A number that is the same in every world has an interval of
    no width, and is not enough: what has not varied yet may be rare, not constant.
    """
    table = np.asarray(values, float)
    seen = np.isfinite(table if baseline is None else table - np.asarray(baseline, float))
    low, high = outcome_interval(values, baseline, is_share)
    width = high - low
    return (seen.sum(axis=0) >= rule.at_least) & (width < rule.width) & (width > 0.0)
