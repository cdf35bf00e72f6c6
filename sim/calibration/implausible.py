"""Implausibility: how far each fact is from what emulators say, in everything that is uncertain (Craig et al. 1997)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.calibration.copula import within_cube
from sim.calibration.cube import sobol
from sim.calibration.emulator import Emulator
from sim.calibration.targets import Goal

DIGITS = 9  # of an implausibility, before it decides anything
PARENTS, ROUNDS, CHILDREN = 64, 12, 1_024  # of a search where the prior has nothing left
Emulators = Mapping[int, Emulator]


@dataclass(frozen=True, eq=False)
class Said:
    """What the emulators of a wave say at some points: means and variances, shape (points, facts).

    Facts without an emulator have a mean of NaN; nothing is ruled out by them.
    """

    mean: np.ndarray
    variance: np.ndarray

    def implausibility(self, goal: Goal) -> np.ndarray:
        """Return the implausibility of each point by fact, shape (points, facts); 0 for facts that do not count."""
        gap = np.abs(self.mean - goal.location) / np.sqrt(self.variance + goal.variance)
        found: np.ndarray = np.where(goal.uses & np.isfinite(gap), gap, 0.0)
        return np.round(found, DIGITS)


def say(emulators: Emulators, at: np.ndarray, facts: int) -> Said:
    """Return what emulators say at points, shape (points, keys)."""
    mean, variance = np.full((len(at), facts), np.nan), np.full((len(at), facts), np.inf)
    for i, emulator in emulators.items():
        said = emulator.predict(at)
        mean[:, i], variance[:, i] = said.mean, said.variance
    return Said(mean, variance)


def worst(waves: Sequence[Emulators], at: np.ndarray, goals: Sequence[Goal]) -> np.ndarray:
    """Return the largest implausibility over facts and waves, shape (goals, points)."""
    found = np.zeros((len(goals), len(at)))
    used = np.any([goal.uses for goal in goals], axis=0)
    for emulators in waves:
        counting = {i: emulator for i, emulator in emulators.items() if used[i]}
        said = say(counting, at, len(used))
        for n, goal in enumerate(goals):
            found[n] = np.maximum(found[n], said.implausibility(goal).max(axis=1))
    return found


def search(
    badness: Callable[[np.ndarray], np.ndarray],
    at: np.ndarray,
    cutoff: float,
    wanted: int,
    seed: int,
) -> np.ndarray:
    """Return up to `wanted` further points of the unit cube with a badness within `cutoff`, from the best of `at` on.

    Where little of the prior is left, few of the points that were asked lie there. Parents have children nearby,
    the least implausible of both are the next parents, and what is within `cutoff` is found.
    """
    from scipy.special import ndtr, ndtri

    left = badness(at)
    order = np.argsort(left, kind="stable")[:PARENTS]
    parents, scores = at[order], left[order]
    found: list[np.ndarray] = []
    count = 0
    for turn in range(ROUNDS):
        steps = ndtri(within_cube(sobol(at.shape[1], CHILDREN, seed, "search", turn)))
        spread = max(0.05, 0.6 * 0.8**turn)
        centres = ndtri(within_cube(parents[np.arange(CHILDREN) % len(parents)]))
        children = within_cube(ndtr(np.clip(centres + spread * steps, -3.0, 3.0)))
        new = badness(children)
        kept = children[new <= cutoff]
        found.append(kept)
        count += len(kept)
        if count >= wanted:
            break
        everyone, both = np.concatenate([parents, children]), np.concatenate([scores, new])
        best = np.argsort(both, kind="stable")[:PARENTS]
        parents, scores = everyone[best], both[best]
    return np.concatenate(found)[:wanted]
