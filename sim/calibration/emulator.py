"""Emulators: what a model would say at a point that was not run, and how wrong that may be.

A Gaussian process on a quadratic trend (Kennedy & O'Hagan 2001), one for each fact. Its error has three parts:
that of the process (points that are not there, and luck of each point), and that of luck which points share. As
the prediction is a weighted sum of the values at the points, so is its error of the values' errors: worlds that
several points have in common add up before they are squared (Salter & Williamson 2016 have no such part, and are
too sure of themselves under common random numbers; Chen, Ankenman & Nelson 2012). Points that were held out, in
worlds that were held out, say whether that is all: if not, all errors are enlarged.

This module is the only door to scikit-learn and threadpoolctl.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.calibration.targets import Outcomes
from sim.errors import SimError

FEWEST = 12  # points with a value; an emulator of fewer says nothing
POOLED = 4.0  # how many worlds the variance of all points weighs, beside those of one
RIDGE = 1e-6


@contextmanager
def one_thread() -> Iterator[None]:
    """Let linear algebra use one thread, so that sums have the same bits whatever the machine has."""
    with _library("threadpoolctl").threadpool_limits(1):
        yield


def check_extra() -> None:
    """Raise SimError unless the packages of the extra `calibrate` are installed."""
    _library("threadpoolctl")
    _library("sklearn")


def _library(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        want = 'want the extra packages of: pip install -e ".[calibrate]"'
        raise SimError(f"calibrate: scikit-learn is not installed; {want}") from None


@dataclass(frozen=True, eq=False)
class Prediction:
    """What an emulator says at some points: mean and variance, both of shape (points,).

    `common` is the part of the variance that comes from luck which the training points share.
    """

    mean: np.ndarray
    variance: np.ndarray
    common: np.ndarray


@dataclass(frozen=True, eq=False)
class Emulator:
    """The emulator of one fact.

    `points` has shape (points, keys) in the unit cube. `trend` maps values at the points to coefficients of the
    trend, `inverse` is that of the covariance of the residuals; `lengths`, `signal` and `nugget` are the process's.
    `luck` is the covariance of the values' errors over worlds, shape (points, points). `inflation` is by how much
    held-out points enlarged the variance.
    """

    points: np.ndarray
    values: np.ndarray
    trend: np.ndarray
    inverse: np.ndarray
    lengths: np.ndarray
    signal: float
    nugget: float
    luck: np.ndarray
    inflation: float = 1.0

    def predict(self, at: np.ndarray) -> Prediction:
        """Return mean and variance at points of the unit cube, shape (points, keys)."""
        basis = _basis(at)
        near = _covariance(at, self.points, self.lengths, self.signal)
        pull = near @ self.inverse
        # Weights of the training values: of the trend, and of the residuals around it.
        weights = basis @ self.trend + pull - (pull @ _basis(self.points)) @ self.trend
        own = self.signal + self.nugget - (pull * near).sum(axis=1)
        common = ((weights @ self.luck) * weights).sum(axis=1)
        variance = self.inflation * (np.maximum(own, 0.0) + common)
        return Prediction(weights @ self.values, variance, self.inflation * common)


def fit(
    points: np.ndarray, outcomes: Outcomes, fact: int, groups: np.ndarray, *, common: bool = True
) -> Emulator | None:
    """Return the emulator of a fact from training points; None if too few of them have a value.

    `groups` has the number of the group of each point: points of one group share their luck. Without `common` each
    point's luck is taken for its own, as emulators usually do.
    """
    has = np.isfinite(outcomes.values[:, fact])
    if has.sum() < max(FEWEST, points.shape[1] + 2):
        return None
    at, y = points[has], outcomes.values[has, fact]
    influence, noise = outcomes.influence[has, :, fact], outcomes.variance[has, fact]
    worlds = influence.shape[1]
    noise = ((worlds - 1.0) * noise + POOLED * noise.mean()) / (worlds - 1.0 + POOLED)
    basis = _basis(at)
    gram = basis.T @ basis + RIDGE * len(at) * np.eye(basis.shape[1])
    trend = np.linalg.solve(gram, basis.T)
    rest = y - basis @ (trend @ y)
    unit = max(float(rest.std()), 1e-9 * max(1.0, float(np.abs(y).max())))
    lengths, signal, nugget = _fit_process(at, rest / unit, noise / unit**2)
    signal, nugget = signal * unit**2, nugget * unit**2
    kernel = _covariance(at, at, lengths, signal) + np.diag(noise + nugget)
    luck = _shared_luck(influence, groups[has]) if common else np.diag(noise)
    return Emulator(at, y, trend, np.linalg.inv(kernel), lengths, signal, nugget, luck)


def checked(
    emulator: Emulator, at: np.ndarray, outcomes: Outcomes, fact: int
) -> tuple[Emulator, float]:
    """Return an emulator whose error is no smaller than held-out points say, and their mean squared error.

    The latter is in units of the error that the emulator stated: 1 if it knows its own error.
    """
    has = np.isfinite(outcomes.values[:, fact])
    if has.sum() < 2:
        return emulator, np.nan
    said = emulator.predict(at[has])
    miss = outcomes.values[has, fact] - said.mean
    found = float((miss**2 / (said.variance + outcomes.variance[has, fact])).mean())
    return replace(emulator, inflation=emulator.inflation * max(1.0, found)), found


def _fit_process(
    at: np.ndarray, rest: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Return length scales, signal and nugget variance that make standardised residuals likeliest."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel

    keys = at.shape[1]
    kernel = ConstantKernel(0.5, (1e-4, 10.0)) * RBF([0.7] * keys, (0.1, 10.0))
    kernel += WhiteKernel(0.1, (1e-4, 2.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # at a bound: a key that moves nothing
        found = GaussianProcessRegressor(kernel, alpha=noise + 1e-8).fit(at, rest).kernel_
    lengths = np.broadcast_to(np.asarray(found.k1.k2.length_scale, float), (keys,)).copy()
    return lengths, float(found.k1.k1.constant_value), float(found.k2.noise_level)


def _basis(at: np.ndarray) -> np.ndarray:
    """Return the trend's columns: 1, every key and its square, about the middle of the cube."""
    centred = 2.0 * at - 1.0
    return np.column_stack([np.ones(len(at)), centred, centred**2])


def _covariance(one: np.ndarray, two: np.ndarray, lengths: np.ndarray, signal: float) -> np.ndarray:
    a, b = one / lengths, two / lengths
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :] - 2.0 * (a @ b.T)
    found: np.ndarray = signal * np.exp(-0.5 * np.maximum(squares, 0.0))
    return found


def _shared_luck(influence: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return the covariance of values over worlds: points of different groups share none."""
    worlds = influence.shape[1]
    found: np.ndarray = influence @ influence.T / max(1.0, worlds * (worlds - 1.0))
    found[groups[:, None] != groups[None, :]] = 0.0
    return found


def fit_all(
    points: np.ndarray,
    outcomes: Outcomes,
    groups: np.ndarray,
    held: tuple[np.ndarray, Outcomes],
    facts: Sequence[int],
) -> tuple[dict[int, Emulator], dict[int, float]]:
    """Return the emulators of some facts, checked on held-out points and worlds, and how wrong these found them."""
    emulators, found = {}, {}
    for i in facts:
        first = fit(points, outcomes, i, groups)
        if first is not None:
            emulators[i], found[i] = checked(first, held[0], held[1], i)
    return emulators, found
