"""A linear Gaussian toy, whose posterior is known: emulators know their error, and the whole is unbiased."""

from __future__ import annotations

import numpy as np
import pytest
from counts import count
from ranks import FAMILY_WISE, halved, rank_of, smallest_chance
from toy import OWN, SHARED, Solved, solve

from sim.calibration.emulator import fit, one_thread
from sim.calibration.targets import Simulated, Target, scaled
from sim.field.laws import Law

RUNS = count(2, 40)
KEYS = 3  # that facts inform


@pytest.fixture(scope="module")
def solved() -> list[Solved]:
    return [solve(seed) for seed in range(100, 100 + RUNS)]


def test_the_posterior_is_the_closed_form(solved: list[Solved]):
    misses, ratios = [], []
    for one in solved:
        weights = one.sample.weights[0]
        mean = weights @ one.scores
        spread = np.sqrt(weights @ (one.scores - mean) ** 2)
        exact = np.sqrt(np.diag(one.covariance))
        # A weighted mean of n effective points misses by 1/√n of the posterior's width.
        misses.append((mean - one.mean) / exact * np.sqrt(one.sample.effective(0)))
        ratios.append(spread / exact)
        assert one.sample.effective(0) > 100.0
    # Half as much again: beyond three errors points are cut off, which shifts the mean of rare truths by a fifth of a width.
    assert np.sqrt(np.mean(np.square(misses))) < 1.5
    # Each ratio has a standard error of about 1/√(2n) = 0.04; what implausibility cuts off takes a per cent or two.
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.03 + 0.04 / np.sqrt(RUNS))


@pytest.mark.deep
def test_ranks_of_truths_are_uniform(solved: list[Solved]):
    runs = [*solved, *(solve(seed) for seed in range(1_000, 1_120))]

    def ranks(narrow: bool) -> np.ndarray:
        found = []
        for one in runs:
            weights = one.sample.weights[0]
            columns = one.scores.T
            shown = [halved(c, weights) if narrow else c for c in columns]
            found.append([rank_of(t, c, weights) for t, c in zip(one.truth, shown, strict=True)])
        return np.array(found)

    assert smallest_chance(ranks(narrow=False)) > FAMILY_WISE
    assert smallest_chance(ranks(narrow=True)) < FAMILY_WISE


def draw(
    points: int, groups: int, seed: int
) -> tuple[np.ndarray, np.ndarray, Simulated, np.ndarray]:
    """Return points of a curved fact, the group of each, what they simulated, and the truth."""
    luck, worlds = np.random.default_rng(seed), 40
    at, group = luck.random((points, 6)), np.arange(points) % groups
    truth = np.sin(3.0 * at[:, 0]) + at[:, 1] ** 2 + 0.5 * at[:, 2] * at[:, 3]
    shared = luck.normal(0.0, SHARED, (groups, worlds))
    top = truth[:, None] + shared[group] + luck.normal(0.0, 0.6 * OWN, (points, worlds))
    return at, group, Simulated(top[:, :, None], np.ones((points, worlds, 1))), truth


@pytest.mark.parametrize(("common", "knows"), [(True, True), (False, False)])
def test_emulators_know_their_error_only_if_they_count_shared_luck(common: bool, knows: bool):
    squares, runs = [], count(4, 40)
    with one_thread():
        for seed in range(runs):
            at, group, simulated, _ = draw(96, 4, seed)
            outcomes = scaled(simulated, [Target("fact", Law("normal", -1.0, 1.0))])
            emulator = fit(at, outcomes, 0, group, common=common)
            new, _, _, truth = draw(400, 4, 10_000 + seed)
            said = emulator.predict(new)
            squares.append(np.mean((said.mean - truth) ** 2 / said.variance))
    # One number for each set of shared luck: a chi-square with about one degree of freedom over runs.
    band = 3.0 * np.sqrt(2.0 / runs)
    assert (abs(np.mean(squares) - 1.0) < band) or not knows
    if not knows:
        assert np.mean(squares) > 1.5
