"""What facts ask of a model, on scales on which they are normal, and what points say on these scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

# A statistic of which nothing was seen has no logarithm: so much of a world with the published value is added.
PSEUDO_SHARE = 0.01


class Scale(NamedTuple):
    """A scale: the map to it, its slope, and the map back."""

    of: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]


SCALES = {
    "normal": Scale(lambda x: x, np.ones_like, lambda y: y),
    "lognormal": Scale(np.log, lambda x: 1.0 / x, np.exp),
    "logit_normal": Scale(
        lambda x: np.log(x) - np.log1p(-x),
        lambda x: 1.0 / (x * (1.0 - x)),
        lambda y: 1.0 / (1.0 + np.exp(-y)),
    ),
}


@dataclass(frozen=True)
class Target:
    """One fact as a target: on the scale of its `law` it is normal with `location` and `spread`."""

    name: str
    law: str
    location: float
    spread: float

    @property
    def published(self) -> float:
        """The published value in its own unit."""
        return float(SCALES[self.law].back(np.array(self.location)))


@dataclass(frozen=True, eq=False)
class Goal:
    """What one alternative asks: of which facts, at which values, with which errors.

    `uses` says for each fact whether it counts, `location` has shape (facts,), `covariance` (facts, facts): of the
    facts' laws and the model's discrepancy together.
    """

    name: str
    label: str
    uses: np.ndarray
    location: np.ndarray
    covariance: np.ndarray

    @cached_property
    def variance(self) -> np.ndarray:
        """The variance of each fact and its discrepancy, shape (facts,)."""
        return np.diag(self.covariance).copy()

    @cached_property
    def _precision(self) -> np.ndarray:
        used = np.ix_(self.uses, self.uses)
        found: np.ndarray = np.linalg.inv(self.covariance[used])
        return found

    def log_chance(self, values: np.ndarray) -> np.ndarray:
        """Return the logarithm of the chance that simulated facts are accepted, shape (points,).

        `values` has shape (points, facts). It is the density of the law of error at their distance from the
        published ones, as a share of its largest (Wilkinson 2013). −inf where a fact that counts has no value.
        """
        gap = (values - self.location)[:, self.uses]
        bad = ~np.isfinite(gap).all(axis=1)
        gap = np.where(np.isfinite(gap), gap, 0.0)
        found: np.ndarray = -0.5 * ((gap @ self._precision) * gap).sum(axis=1)
        found[bad] = -np.inf
        return found


class Simulated(NamedTuple):
    """What points simulated: numerators and denominators of facts, both of shape (points, worlds, facts)."""

    top: np.ndarray
    bottom: np.ndarray


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What points say of facts, on the facts' scales.

    `values` has shape (points, facts), NaN where there was nothing to count; `influence` has shape (points,
    worlds, facts): what each world adds to the error of a value (the delta method), with a sum of 0.
    """

    values: np.ndarray
    influence: np.ndarray

    @cached_property
    def variance(self) -> np.ndarray:
        """The Monte Carlo variance of each value over its worlds, shape (points, facts)."""
        worlds = self.influence.shape[1]
        if worlds < 2:
            return np.zeros_like(self.values)
        found: np.ndarray = (self.influence**2).sum(axis=1) / (worlds * (worlds - 1.0))
        return found

    def of(self, points: np.ndarray | slice) -> Outcomes:
        """Return the outcomes of some points."""
        return Outcomes(self.values[points], self.influence[points])


def joined(some: Sequence[Outcomes]) -> Outcomes:
    """Return the outcomes of points one after the other; all have the same number of worlds."""
    return Outcomes(
        np.concatenate([one.values for one in some]),
        np.concatenate([one.influence for one in some]),
    )


def scaled(simulated: Simulated, targets: Sequence[Target]) -> Outcomes:
    """Return ratios of sums over worlds on the facts' scales, and what each world adds to their error."""
    top, bottom = simulated
    points, worlds, facts = top.shape
    values, influence = np.empty((points, facts)), np.zeros((points, worlds, facts))
    for i, target in enumerate(targets):
        scale, mean = SCALES[target.law], bottom[:, :, i].mean(axis=1)
        counted = mean > 0.0
        ratio = np.full(points, np.nan)
        np.divide(top[:, :, i].mean(axis=1), mean, out=ratio, where=counted)
        away = (top[:, :, i] - ratio[:, None] * bottom[:, :, i]) / np.where(counted, mean, np.nan)[
            :, None
        ]
        if target.law != "normal":
            ratio = (1.0 - PSEUDO_SHARE) * ratio + PSEUDO_SHARE * target.published
            if target.law == "logit_normal":
                ratio = np.clip(ratio, None, 1.0 - PSEUDO_SHARE * (1.0 - target.published))
            ratio = np.where(ratio > 0.0, ratio, np.nan)
            away = (1.0 - PSEUDO_SHARE) * away
        values[:, i] = scale.of(ratio)
        influence[:, :, i] = np.nan_to_num(scale.slope(ratio)[:, None] * away)
    return Outcomes(values, influence)
