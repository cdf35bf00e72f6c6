"""A toy that needs no simulation: facts that are linear in keys' normal scores, with luck that worlds share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from sim.calibration.choices import ChosenPoints, Forgotten
from sim.calibration.populations import Sample, sample_rest
from sim.calibration.rule import Rule
from sim.calibration.targets import Goal, Simulated, Target
from sim.calibration.waves import History, match_history
from sim.field.laws import NORMAL_95, Law

SLOPES = np.array([[1.0, 0.5, 0.0, 0.0], [0.0, 1.0, -0.5, 0.0], [0.3, 0.0, 1.0, 0.0]])
OWN, SHARED = 0.5, 1.0  # sd of the luck of a point's own, and of that of a world
SPREAD, DISCREPANCY = 0.4, 0.5
RULE = Rule(
    waves=2, points=48, worlds=20, discrepancy=DISCREPANCY, candidates=4_096, population=256,
    generations=3, effective=10**9, more_worlds=1,
)  # fmt: skip


@dataclass
class Toy:
    """What runs points: each world has luck that every point in it shares."""

    seed: int
    ran: int = 0

    def run(self, name: str, choice: ChosenPoints, worlds: int) -> Simulated:
        """Return the sums of every fact."""
        means = ndtri(choice.points) @ SLOPES.T
        top = np.empty((len(means), worlds, len(SLOPES)))
        for n, first in enumerate(choice.first):
            shared = np.random.default_rng([self.seed, first]).normal(0.0, SHARED, top.shape[1:])
            own = np.random.default_rng([self.seed, first, n, len(name), self.ran])
            top[n] = means[n] + shared + own.normal(0.0, OWN, top.shape[1:])
        self.ran += 1
        return Simulated(top, np.ones_like(top))


class Solved(NamedTuple):
    """A toy that was calibrated, beside its closed form: mean and covariance of the keys' normal scores."""

    truth: np.ndarray
    history: History
    sample: Sample
    mean: np.ndarray
    covariance: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """The normal scores of all points, shape (points, keys)."""
        found: np.ndarray = ndtri(self.sample.points)
        return found


def solve(seed: int) -> Solved:
    """Draw a truth from the prior, publish facts about it with their errors, and calibrate on them."""
    luck = np.random.default_rng(seed)
    truth = luck.normal(size=SLOPES.shape[1])
    variance = SPREAD**2 * (1.0 + DISCREPANCY**2)
    noise = (OWN**2 + SHARED**2) / RULE.worlds
    published = SLOPES @ truth + luck.normal(0.0, np.sqrt(variance + noise), len(SLOPES))
    laws = [Law("normal", p - NORMAL_95 * SPREAD, p + NORMAL_95 * SPREAD) for p in published]
    targets = [Target(f"fact {n}", law) for n, law in enumerate(laws)]
    errors = variance * np.eye(len(SLOPES))
    goal = Goal("all_facts", "all facts", np.ones(len(SLOPES), bool), published, errors)
    toy, choices = Toy(seed), Forgotten()
    history = match_history(
        toy, targets, [goal], len(truth), lambda u: (ndtri(u) + 4.0) / 8.0, RULE, seed, choices
    )
    sample = sample_rest(toy, targets, history, RULE, seed, choices)
    precision = SLOPES.T @ np.linalg.inv(errors + noise * np.eye(len(SLOPES)))
    covariance = np.linalg.inv(np.eye(len(truth)) + precision @ SLOPES)
    return Solved(truth, history, sample, covariance @ precision @ published, covariance)
