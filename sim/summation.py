"""Sums that round alike under every version of Python and on every machine."""

from __future__ import annotations

from collections.abc import Iterable


def ordered_sum(parts: Iterable[float]) -> float:
    """Return the sum of numbers from first to last, rounded after each.

    `sum` compensates for rounding from Python 3.12 on, and `np.sum` and BLAS add in an order of their own:
    each would give a result other bits on another version or machine.

    Example:
        >>> ordered_sum([0.1] * 10)
        0.9999999999999999
    """
    total = 0.0
    for part in parts:
        total += part
    return total
