"""A mediator's single text: random changes to the last draft that both accepted.

A contract is a row of bits. The utility of a side is Σ H_ij c_i c_j with its own H. A hill-climber
accepts what is better than the last draft. An annealer also accepts a loss of Δ with chance
e^{−Δ/T}, where T falls to 0. Utilities are reported on the scale from the worst to the best
contract. Source: Klein, Faratin, Sayama & Bar-Yam (2003). Instances run side by side, one row of
the arrays for each.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Draws = np.random.Generator
FIRST_TEMPERATURE = 10.0  # of an annealer; it falls linearly to 0


class Instances(NamedTuple):
    """Influence matrices of both sides, shape (instances, issues, issues) each."""

    first: Array
    second: Array


class UtilityRange(NamedTuple):
    """Worst and best utility of each instance, as found."""

    worst: Array
    best: Array


class ScaledUtilities(NamedTuple):
    """Utility of each side and of both together, from 0, the worst contract, to 1, the best."""

    first: Array
    second: Array
    joint: Array


def draw_instances(draws: Draws, count: int, issues: int, *, entangled: bool = True) -> Instances:
    """Return instances with influences U[−1, 1]; without entanglement only H_ii differ from 0."""
    found = draws.uniform(-1.0, 1.0, (2, count, issues, issues))
    if not entangled:
        found *= np.eye(issues)
    return Instances(*found)


def quadratic_utility(influences: Array, contracts: Array) -> Array:
    """Return Σ H_ij c_i c_j by row of `contracts`."""
    return np.asarray(np.einsum("ri,rij,rj->r", contracts, influences, contracts))


def find_utility_range(
    influences: Array, draws: Draws, restarts: int = 4, sweeps: int = 60
) -> UtilityRange:
    """Return the worst and best utility of each instance, by annealing from several starts."""
    return UtilityRange(
        -_anneal_highest(-influences, draws, restarts, sweeps),
        _anneal_highest(influences, draws, restarts, sweeps),
    )


def _anneal_highest(influences: Array, draws: Draws, restarts: int, sweeps: int) -> Array:
    """Return the highest utility of each instance that simulated annealing of single bits finds."""
    count, n = influences.shape[:2]
    pull = influences + influences.transpose(0, 2, 1)
    own = np.einsum("rii->ri", influences)
    pull[:, np.arange(n), np.arange(n)] = 0.0
    pull = np.repeat(pull, restarts, axis=0)
    own = np.repeat(own, restarts, axis=0)
    bits = draws.integers(0, 2, (count * restarts, n)).astype(float)
    field = np.einsum("rij,rj->ri", pull, bits) + own  # what setting a bit would add
    now = 0.5 * np.einsum("ri,ri->r", bits, field + own)
    best = now.copy()
    # Cooling from about the size of a single change, ~√n / 2; the last four sweeps only climb.
    for heat in np.append(np.linspace(0.5 * np.sqrt(n), 0.1, sweeps), [1e-9] * 4):
        for i in range(n):
            step = 1.0 - 2.0 * bits[:, i]
            gain = step * field[:, i]
            luck = -heat * draws.standard_exponential(len(gain))
            step = np.where(gain > luck, step, 0.0)
            bits[:, i] += step
            field += pull[:, i] * step[:, None]
            now += step * (field[:, i])
            np.maximum(best, now, out=best)
    return np.asarray(best.reshape(count, restarts).max(axis=1))


def vote_on_texts(
    given: Instances, draws: Draws, proposals: int, heats: tuple[float, float]
) -> tuple[Array, Array, Array]:
    """Return final contracts and both sides' utilities; a proposal turns over one random bit.

    `heats` are both sides' first temperatures; 0 is a hill-climber.
    """
    count, n = given.first.shape[:2]
    rows = np.arange(count)
    pulls = [h + h.transpose(0, 2, 1) for h in given]
    owns = [np.einsum("rii->ri", h) for h in given]
    bits = draws.integers(0, 2, (count, n)).astype(float)
    sums = [quadratic_utility(h, bits) for h in given]
    for turn in range(proposals):
        which = draws.integers(0, n, count)
        step = 1.0 - 2.0 * bits[rows, which]
        accepted = np.ones(count, bool)
        changes = []
        for pull, own, heat in zip(pulls, owns, heats, strict=True):
            # Turning c_i over changes c'Hc by ±(row + column of H without i) and H_ii.
            around = np.einsum("ri,ri->r", pull[rows, which], bits)
            change = step * around + own[rows, which]
            cool = heat * (1.0 - turn / proposals)
            accepted &= change > -cool * draws.standard_exponential(count)
            changes.append(change)
        bits[rows, which] += np.where(accepted, step, 0.0)
        sums = [total + accepted * change for total, change in zip(sums, changes, strict=True)]
    return bits, sums[0], sums[1]


def find_scales(given: Instances, draws: Draws) -> tuple[UtilityRange, UtilityRange, UtilityRange]:
    """Return the range of each side's utility and of their sum, by annealing."""
    return (
        find_utility_range(given.first, draws),
        find_utility_range(given.second, draws),
        find_utility_range(given.first + given.second, draws),
    )


def exact_scales(given: Instances) -> tuple[UtilityRange, UtilityRange, UtilityRange]:
    """Return the same ranges exactly for issues that stand alone: a bit is worth its influence."""
    own = [np.einsum("rii->ri", h) for h in (given.first, given.second, given.first + given.second)]
    ends = [
        UtilityRange(np.minimum(0.0, h).sum(axis=1), np.maximum(0.0, h).sum(axis=1)) for h in own
    ]
    return ends[0], ends[1], ends[2]


def scale_utilities(
    scales: tuple[UtilityRange, UtilityRange, UtilityRange], first: Array, second: Array
) -> ScaledUtilities:
    """Return the utilities of both sides and their sum on the scale from worst to best."""
    values = (first, second, first + second)
    return ScaledUtilities(
        *((x - e.worst) / (e.best - e.worst) for x, e in zip(values, scales, strict=True))
    )
