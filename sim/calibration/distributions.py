"""Distributions of a prior: from a number of the unit interval to a value, by the inverse of the distribution.

Uniform and triangular distributions are elementary, a logarithmic one is uniform in the logarithm, normal and
beta ones are truncated to their range. SciPy computes the inverses of the last two; a C library may round their
last digits as it likes, so that every value is rounded to ten digits before anything depends on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

DIGITS = 10  # of every value; a processor may change the sixteenth


@dataclass(frozen=True)
class Distribution:
    """A kind of distribution: the numbers that it needs, what they have to fulfil, and its inverse.

    `needs` are the names of its numbers, `low` and `high` always among those it knows. `wrong` says what is wrong
    with some numbers, as (name, what was wanted), or None. `inverse` maps an array of u in [0, 1] to values.
    """

    name: str
    needs: tuple[str, ...]
    words: str
    wrong: Callable[[Mapping[str, float]], tuple[str, str] | None]
    inverse: Callable[[np.ndarray, Mapping[str, float]], np.ndarray]


def _fits(numbers: Mapping[str, float]) -> tuple[str, str] | None:
    return None


def _positive(*names: str) -> Callable[[Mapping[str, float]], tuple[str, str] | None]:
    def wrong(numbers: Mapping[str, float]) -> tuple[str, str] | None:
        return next(((n, "want a number above 0") for n in names if not numbers[n] > 0.0), None)

    return wrong


def _mode_inside(numbers: Mapping[str, float]) -> tuple[str, str] | None:
    low, mode, high = numbers["low"], numbers["mode"], numbers["high"]
    return None if low <= mode <= high else ("mode", f"want a number from {low:g} to {high:g}")


def _uniform(u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    low, high = numbers["low"], numbers["high"]
    found: np.ndarray = low + u * (high - low)
    return found


def _loguniform(u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    low, high = np.log([numbers["low"], numbers["high"]])
    found: np.ndarray = np.exp(low + u * (high - low))
    return found


def _triangular(u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    low, mode, high = numbers["low"], numbers["mode"], numbers["high"]
    turn = (mode - low) / (high - low)
    rising = low + np.sqrt(u * (high - low) * (mode - low))
    return np.where(u < turn, rising, high - np.sqrt((1.0 - u) * (high - low) * (high - mode)))


def _normal(u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    from scipy.special import ndtr, ndtri

    mean, sd = numbers["mean"], numbers["sd"]
    ends = ndtr((np.array([numbers["low"], numbers["high"]]) - mean) / sd)
    found: np.ndarray = mean + sd * ndtri(ends[0] + u * (ends[1] - ends[0]))
    return found


def _beta(u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    from scipy.special import betaincinv

    low, high = numbers["low"], numbers["high"]
    found: np.ndarray = low + (high - low) * betaincinv(numbers["a"], numbers["b"], u)
    return found


DISTRIBUTIONS = {
    d.name: d
    for d in (
        Distribution("uniform", (), "every value from low to high alike", _fits, _uniform),
        Distribution(
            "loguniform", (), "every factor from low to high alike", _positive("low"), _loguniform
        ),
        Distribution(
            "triangular", ("mode",), "most likely at mode, never beyond low and high",
            _mode_inside, _triangular,
        ),
        Distribution(
            "normal", ("mean", "sd"), "normal, truncated to low and high", _positive("sd"), _normal
        ),
        Distribution(
            "beta", ("a", "b"), "a beta distribution stretched from low to high",
            _positive("a", "b"), _beta,
        ),
    )
}  # fmt: skip


def values_at(distribution: str, u: np.ndarray, numbers: Mapping[str, float]) -> np.ndarray:
    """Return the values of a distribution at u in [0, 1], to ten digits and within its range.

    Example:
        >>> values_at("uniform", np.array([0.0, 0.25]), {"low": 2.0, "high": 4.0}).tolist()
        [2.0, 2.5]
    """
    exact = DISTRIBUTIONS[distribution].inverse(np.asarray(u, float), numbers)
    found: np.ndarray = np.clip(rounded(exact), numbers["low"], numbers["high"])
    return found


def rounded(values: Any, digits: int = DIGITS) -> np.ndarray:
    """Return numbers with so many significant digits, so that the last bits of a library decide nothing."""
    array = np.asarray(values, float)
    flat = [float(f"{value:.{digits}g}") for value in array.ravel().tolist()]
    return np.array(flat).reshape(array.shape)
