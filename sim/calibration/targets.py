"""What facts ask of a model, on scales on which they are normal, and what points say on these scales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.field.laws import Law

# A statistic of which nothing was seen has no logarithm: so much of a world with the published value is added.
PSEUDO_SHARE = 0.01
TINY = 1e-6  # from the ends of a scale


@dataclass(frozen=True)
class Target:
    """One fact as a target: on the scale of its law it is normal, with a location and a spread."""

    name: str
    law: Law

    def slope(self, ratio: np.ndarray) -> np.ndarray:
        """Return the slope of the law's scale at some values."""
        if self.law.kind == "normal":
            return np.ones_like(ratio)
        found: np.ndarray = (
            1.0 / ratio if self.law.kind == "lognormal" else 1.0 / (ratio * (1.0 - ratio))
        )
        return found


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
        mean = bottom[:, :, i].mean(axis=1)
        counted = np.where(mean > 0.0, mean, np.nan)
        ratio = top[:, :, i].mean(axis=1) / counted
        away = (top[:, :, i] - ratio[:, None] * bottom[:, :, i]) / counted[:, None]
        if target.law.kind != "normal":  # so that a share of 0 has a logarithm
            away = (1.0 - PSEUDO_SHARE) * away
            ratio = np.maximum(
                (1.0 - PSEUDO_SHARE) * ratio + PSEUDO_SHARE * target.law.median, TINY
            )
            if target.law.kind == "logit_normal":
                ratio = np.minimum(ratio, 1.0 - TINY)
        values[:, i] = target.law.to_scale(ratio)
        influence[:, :, i] = np.nan_to_num(target.slope(ratio)[:, None] * away)
    return Outcomes(values, influence)
