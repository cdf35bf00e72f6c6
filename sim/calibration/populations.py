"""Sampling what is left: populations of points, each proposed by what the ones before found likely.

Approximate Bayesian computation whose chance of accepting a simulation is the law of error itself: that is exact, for
a model with this error (Wilkinson 2013). A point weighs by its chance instead of being accepted or not, which is the
same on average with less noise. All populations count at the end, with the mixture of all proposals under each weight
(Owen & Zhou 2000; Cornuet et al. 2012). Every point has worlds of its own, so that luck is never shared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.calibration.choices import Choices, ChosenPoints
from sim.calibration.cube import sobol
from sim.calibration.emulator import one_thread
from sim.calibration.proposals import (
    Cloud,
    ProposalMixture,
    cloud_of,
    draw,
    log_density,
    mixture_of,
)
from sim.calibration.rule import Rule
from sim.calibration.targets import Goal, Target, scaled
from sim.calibration.waves import History, Say, Simulator

MOST_DRAWN = 32_768  # proposals of a population, those included that no goal leaves
FEWEST_EFFECTIVE = 50.0  # points of a population that the next one is proposed by
WIDEST = 2.0**12  # by how much the variance of the law is widened at most to have so many


@dataclass(eq=False)
class Sample:
    """All simulated points of the populations, and the weight of each under each goal.

    `points` has shape (points, keys) in the unit cube, `values` (points, facts) on the facts' scales, `allowed` and
    `weights` (goals, points); weights add up to 1 for each goal that has any.
    """

    points: np.ndarray
    values: np.ndarray
    allowed: np.ndarray
    weights: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    def effective(self, goal: int) -> float:
        """Return the effective number of points of a goal: that of equal weights with the same noise (Kish 1965)."""
        squares = float((self.weights[goal] ** 2).sum())
        return 1.0 / squares if squares > 0.0 else 0.0


def sample_rest(
    simulator: Simulator,
    targets: Sequence[Target],
    history: History,
    rule: Rule,
    seed: int,
    choices: Choices,
    say_more: Say = lambda _: None,
) -> Sample:
    """Return the points of all populations with their weights under every goal."""
    keys, facts = history.candidates.shape[1], len(targets)
    sample = Sample(
        np.zeros((0, keys)), np.zeros((0, facts)), np.zeros((len(history.goals), 0), bool)
    )
    mixtures: list[ProposalMixture] = []
    worlds = rule.worlds * rule.more_worlds
    next_world = history.next_world + rule.worlds
    for number in range(1, rule.generations + 1):
        name = f"population-{number}"
        choice = choices.read(name)
        if choice is None:
            with one_thread():
                choice = _propose(history, sample, mixtures, rule, seed, number, next_world)
            choices.keep(name, choice)
        next_world = max([next_world, *(first + worlds for first in choice.first)])
        mixtures.append(mixture_of(choice.about["mixture"]))
        found = scaled(simulator.run(name, choice, worlds), targets)
        say_more(f"population {number} of {rule.generations}")
        sample.points = np.concatenate([sample.points, choice.points])
        sample.values = np.concatenate([sample.values, found.values])
        sample.allowed = np.concatenate(
            [sample.allowed, np.array(choice.about["allowed"], bool)], axis=1
        )
        with one_thread():
            weigh(sample, history.goals, mixtures)
        alive = [n for n in range(len(history.goals)) if history.alive[n]]
        if min(round(sample.effective(n)) for n in alive) >= rule.effective:
            break
    return sample


def weigh(sample: Sample, goals: Sequence[Goal], mixtures: Sequence[ProposalMixture]) -> None:
    """Set the weights of a sample: prior times chance of acceptance, over the density of all proposals."""
    proposed = _log_proposed(sample.points, mixtures)
    logs = np.array([_log_weights(sample, goal, n, proposed) for n, goal in enumerate(goals)])
    sample.weights = np.array([_shares(row) for row in logs])


def _log_weights(sample: Sample, goal: Goal, number: int, proposed: np.ndarray) -> np.ndarray:
    chance = np.where(sample.allowed[number], goal.log_chance(sample.values), -np.inf)
    found: np.ndarray = chance - proposed
    return found


def _log_proposed(points: np.ndarray, mixtures: Sequence[ProposalMixture]) -> np.ndarray:
    """Return the logarithm of the density of all proposals together, as a share of the prior's."""
    from scipy.special import logsumexp

    drawn = np.array([mixture.drawn for mixture in mixtures], float)
    densities = np.array([log_density(mixture, points) for mixture in mixtures])
    found: np.ndarray = logsumexp(densities + np.log(drawn / drawn.sum())[:, None], axis=0)
    return found


def _shares(logs: np.ndarray) -> np.ndarray:
    """Return weights that add up to 1 from their logarithms; all 0 if none is above 0."""
    most = logs.max(initial=-np.inf)
    if not np.isfinite(most):
        return np.zeros_like(logs)
    weights = np.exp(logs - most)
    found: np.ndarray = weights / weights.sum()
    return found


def _propose(
    history: History,
    sample: Sample,
    mixtures: Sequence[ProposalMixture],
    rule: Rule,
    seed: int,
    number: int,
    next_world: int,
) -> ChosenPoints:
    """Return the points of the next population: proposals that some goal leaves, the first of a sequence."""
    clouds = [
        cloud
        for n in range(len(history.goals))
        if history.alive[n]
        if (cloud := _cloud(history, sample, mixtures, rule, seed, n)) is not None
    ]
    keys = history.candidates.shape[1]
    wanted, drawn = rule.population, rule.population
    while True:
        rows = sobol(keys + 2, drawn, seed, "population", number)
        points = draw(clouds, rows)
        allowed = history.allowed(points, rule.cutoff) & np.array(history.alive)[:, None]
        any_goal = np.flatnonzero(allowed.any(axis=0))
        if len(any_goal) >= wanted or drawn >= MOST_DRAWN:
            break
        drawn *= 2
    kept = any_goal[:wanted]
    if len(any_goal) >= wanted:
        drawn = int(kept[-1]) + 1
    about = {"mixture": ProposalMixture(clouds, drawn).data(), "allowed": allowed[:, kept].tolist()}
    first = [next_world + rule.worlds * rule.more_worlds * n for n in range(len(kept))]
    return ChosenPoints(points[kept], first, about)


def _cloud(
    history: History,
    sample: Sample,
    mixtures: Sequence[ProposalMixture],
    rule: Rule,
    seed: int,
    number: int,
) -> Cloud | None:
    """Return where the next population looks for a goal: around likely points, of the emulators at first."""
    goal = history.goals[number]
    start = float(sobol(1, 2, seed, "resample", len(mixtures), number)[1, 0])
    if mixtures:
        logs = _log_weights(sample, goal, number, _log_proposed(sample.points, mixtures))
        chance = goal.log_chance(sample.values)
        points = sample.points
    else:
        points, chance = _likely(history, rule, seed, number)
        logs = chance
    if not np.isfinite(logs).any():
        return None
    rest = np.where(np.isfinite(logs), logs - np.where(np.isfinite(chance), chance, 0.0), -np.inf)
    widened = 1.0
    while True:  # a law so much wider that enough points are likely
        weights = _shares(rest + np.where(np.isfinite(chance), chance, -np.inf) / widened)
        if 1.0 / (weights**2).sum() >= FEWEST_EFFECTIVE or widened >= WIDEST:
            return cloud_of(points, weights, start)
        widened *= 2.0


def _likely(history: History, rule: Rule, seed: int, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points that a goal leaves, and the logarithm of the chance that emulators give them."""
    from sim.calibration.implausible import say

    last = history.waves[-1]
    points = history.candidates[last.left[number]]
    if len(points) < rule.population:
        more = history.further([history.goals[number]], points, rule.cutoff, rule.population, seed)
        points = np.concatenate([points, more])
    said = say(last.emulators, history.coordinates(points), len(history.goals[number].uses))
    variance = np.where(np.isfinite(said.variance), said.variance, 0.0)
    goal = history.goals[number]
    wider = Goal(
        goal.name, goal.label, goal.uses & np.isfinite(said.mean).all(axis=0), goal.location,
        goal.covariance + np.diag(variance.mean(axis=0)),
    )  # fmt: skip
    return points, wider.log_chance(said.mean) if wider.uses.any() else np.zeros(len(points))
