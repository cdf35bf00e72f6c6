"""Reservation values in a scenario's population, and how far strategic sides shade them."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.scenario.parameters.setup_tables import SHADE_POINTS
from sim.summation import ordered_sum
from sim.theory.double_auction import posted_offer_tables, shading_tables

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

DRAWS = 4096  # of each reservation value; a grid of SHADE_POINTS needs no more
KEPT_SHADES = 256  # cached results, of 4 kB
NO_SHADES = np.zeros((2, SHADE_POINTS))
NO_SHADES.setflags(write=False)  # every truthful regime has these
# (mean, spread) of the parts that add up to a reservation value.
Terms = tuple[tuple[float, float], ...]


class Reservations(NamedTuple):
    """Both sides' reservation values for a package, as sums of independent uniform parts, money a month."""

    buyer: Terms
    vendor: Terms
    lowest: float
    highest: float

    def samples(self) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of the buyer's worth and the vendor's cost.

        They are a Kronecker sequence, so that the shading tables depend only on the scenario.
        """
        return sums_of_uniforms(self.buyer, 0), sums_of_uniforms(self.vendor, len(self.buyer))


@lru_cache(maxsize=KEPT_SHADES)
def shades_in_talks(level: str, k: float, reservations: Reservations, uniform: bool) -> np.ndarray:
    """Return both sides' shades in talks for their reservation values, shape (2, SHADE_POINTS).

    `k` is the weight of the buyer's bid. Cached, since this is most of a regime's preparation and depends on few
    keys; nobody may write to the array.
    """
    if level == "truthful":
        return NO_SHADES
    samples, ends = reservations.samples(), reservations[-2:]
    return np.stack(shading_tables(level, k, *samples, *ends, SHADE_POINTS, uniform=uniform))


@lru_cache(maxsize=KEPT_SHADES)
def shades_of_posted_offers(reservations: Reservations, uniform: bool) -> np.ndarray:
    """Return both sides' shades of offers to take or leave, as `shades_in_talks` does."""
    samples, ends = reservations.samples(), reservations[-2:]
    return np.stack(posted_offer_tables(*samples, *ends, SHADE_POINTS, uniform=uniform))


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


def reservations_for(
    scenario: Scenario, mean: np.ndarray, spread: np.ndarray, levels: list[int]
) -> Reservations:
    """Return both sides' reservation values for the package of these levels."""
    b, v = scenario.buyers, scenario.vendors
    buyer = (
        *steps_of(mean[0], spread[0], levels),
        *further_steps(scenario, levels),
        (b.quality_worth * v.capability, b.quality_worth_spread),
        (-b.outside, b.outside_spread),
    )
    repairs = scenario.problems.fix * scenario.problems.rate * scenario.problems.severity
    vendor = (
        *steps_of(-mean[1], spread[1], levels), (repairs, 0.0), (v.outside, v.outside_spread),
    )  # fmt: skip
    centre_b, centre_v = (ordered_sum(m for m, _ in terms) for terms in (buyer, vendor))
    lowest, highest = centre_v - half_width(vendor), centre_b + half_width(buyer)
    return Reservations(buyer, vendor, lowest, highest)


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


def half_width(terms: Terms) -> float:
    """Return half the width of the support of Σ mean (1 + spread U[−1, 1])."""
    return ordered_sum(abs(centre) * width for centre, width in terms)


def sums_of_uniforms(terms: Terms, offset: int) -> np.ndarray:
    """Return draws of Σ mean (1 + spread U[−1, 1]).

    `offset` is the index of the first prime, so that both sides use different sequences.
    """
    total = np.zeros(DRAWS)
    for n, (centre, width) in enumerate(terms):
        total += centre * (1.0 + width * kronecker_sequence((offset + n) % len(PRIMES)))
    return total


@cache
def kronecker_sequence(number: int) -> np.ndarray:
    """Return the multiples of the root of a prime, folded into [−1, 1]."""
    u = (np.arange(1, DRAWS + 1) * math.sqrt(PRIMES[number])) % 1.0
    return 2.0 * u - 1.0


PRIMES = [n for n in range(2, 1300) if all(n % d for d in range(2, math.isqrt(n) + 1))]
