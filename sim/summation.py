"""Sums that round alike under every version of Python and on every machine."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np


def ordered_sum(parts: Iterable[float] | np.ndarray) -> float:
    """Return the sum of numbers, or of an array of one axis, from first to last, rounded after each.

    `sum` compensates for rounding from Python 3.12 on, and `np.sum` and BLAS add in an order of their own:
    each would give a result other bits on another version or machine.

    Example:
        >>> ordered_sum([0.1] * 10), ordered_sum(np.full(10, 0.1))
        (0.9999999999999999, 0.9999999999999999)
    """
    if isinstance(parts, np.ndarray):  # the same additions, without a Python number for each
        return float(np.cumsum(parts)[-1]) if len(parts) else 0.0
    total = 0.0
    for part in parts:
        total += part
    return total
