"""Reservation values in a scenario's population, and how far strategic sides shade them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.setup_tables import SHADE_POINTS
from sim.summation import ordered_sum
from sim.theory.double_auction import posted_offer_tables, shading_tables

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

DRAWS = 4096  # of each reservation value; a grid of SHADE_POINTS needs no more
KEPT_SHADES = 32  # cached results, with 64 kB of samples each


@lru_cache(maxsize=KEPT_SHADES)
def shade_tables(
    level: str, k: float, worth: bytes, cost: bytes, low: float, high: float, uniform: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return both sides' shades, in talks and of posted offers, for samples of reservation values.

    `worth` and `cost` are the bytes of float64 samples (hashable), `k` the weight of the buyer's bid, `low` and
    `high` the support. Cached, since this is most of a regime's preparation and depends on few keys.
    """
    samples = np.frombuffer(worth), np.frombuffer(cost)
    talks = shading_tables(level, k, *samples, low, high, SHADE_POINTS, uniform=uniform)
    posted = posted_offer_tables(*samples, low, high, SHADE_POINTS, uniform=uniform)
    return np.stack(talks), np.stack(posted)


def is_one_uniform_issue(scenario: Scenario) -> bool:
    """Return whether both reservation values are one uniform draw over the same range: the benchmark."""
    issue, b, v = scenario.issues[0], scenario.buyers, scenario.vendors
    outside = (
        b.outside == v.outside == 0.0 and b.quality_worth == 0.0 and scenario.problems.rate == 0.0
    )
    equal = issue.worth[:1] == [0.0] and len(issue.levels) == 2 and issue.worth == issue.cost
    return (
        outside
        and equal
        and issue.worth_spread == issue.cost_spread == 1.0
        and issue.worth_range == 0.0
    )


def reservation_samples(
    scenario: Scenario, kinds: list[int], mean: np.ndarray, spread: np.ndarray, standard: list[int]
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return draws of both sides' reservation values for a package, and their support, in money a month.

    The draws are a Kronecker sequence, so that the shading tables depend only on the scenario.
    """
    b, v = scenario.buyers, scenario.vendors
    terms = steps_of(mean[0], spread[0], standard)
    buyer = [
        *terms,
        *further_steps(scenario, standard),
        (b.quality_worth * v.capability, b.quality_worth_spread),
        (-b.outside, b.outside_spread),
    ]
    terms = steps_of(-mean[1], spread[1], standard)
    repairs = scenario.problems.fix * scenario.problems.rate * scenario.problems.severity
    vendor = [*terms, (repairs, 0.0), (v.outside, v.outside_spread)]
    worth, worth_top = sums_of_uniforms(buyer, 0)
    cost, cost_span = sums_of_uniforms(vendor, len(buyer))
    centre_b, centre_v = (ordered_sum(m for m, _ in terms) for terms in (buyer, vendor))
    return worth, cost, centre_v - cost_span, centre_b + worth_top


def steps_of(
    mean: np.ndarray, spread: np.ndarray, standard: list[int]
) -> list[tuple[float, float]]:
    """Return (mean, spread) of every step from nothing to the standard levels."""
    steps = np.diff(mean, axis=1, prepend=0.0)
    return [
        (float(steps[k, at]), float(spread[k]))
        for k, top in enumerate(standard)
        for at in range(top + 1)
        if steps[k, at] != 0.0
    ]


def further_steps(scenario: Scenario, standard: list[int]) -> list[tuple[float, float]]:
    """Return the terms (mean, spread) of the further differences `worth_range` of the steps.

    Each is a draw from 0 to twice the range, less the range: a spread is a share of a mean, and these have mean 0.
    """
    ranges = [issue.worth_range for issue in scenario.issues]
    return [
        term
        for further, top in zip(ranges, standard, strict=True)
        for _ in range(top if further > 0.0 else 0)
        for term in ((further, 1.0), (-further, 0.0))
    ]


def sums_of_uniforms(terms: list[tuple[float, float]], offset: int) -> tuple[np.ndarray, float]:
    """Return draws of Σ mean (1 + spread U[−1, 1]) and half the width of their support.

    `offset` is the index of the first prime, so that both sides use different sequences.
    """
    total = np.zeros(DRAWS)
    span = 0.0
    index = np.arange(1, DRAWS + 1)
    for n, (centre, width) in enumerate(terms):
        u = (index * math.sqrt(PRIMES[(offset + n) % len(PRIMES)])) % 1.0
        total += centre * (1.0 + width * (2.0 * u - 1.0))
        span += abs(centre) * width
    return total, span


PRIMES = [n for n in range(2, 1300) if all(n % d for d in range(2, math.isqrt(n) + 1))]
