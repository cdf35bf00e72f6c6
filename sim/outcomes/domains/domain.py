"""A negotiation domain: issues with named values, and the utilities of both sides.

Utilities are additive, u(o) = Σ wᵢ eᵢ(oᵢ), and cut off at 1, as in GENIUS. They are summed from the
first issue to the last, so that every part of the program gets the same bits. Outcomes are numbered
as `itertools.product` lists them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sim.arithmetic import power
from sim.errors import SimError, closest_name, is_one_line
from sim.jit import plain
from sim.summation import ordered_sum

MOST_ISSUES = 64  # `SLACK` of `sim/outcomes/solving/search.py` relies on it
MOST_VALUES = 200_000  # of all issues together
MOST_OUTCOMES = 10**12  # numbers stay exact in int64, halves fit into memory
MOST_LISTED = 4_000_000  # outcomes whose utilities are listed one by one: 32 MB a side
LONGEST_NAME = 200
LOWEST_RESERVATION = -1_000.0  # a reservation value may lie below every outcome
HIGHEST_UTILITY = 1.0  # utilities are cut off here, whatever the weights add up to
plain_power = plain(power)
SIDES = ("buyer", "vendor")


@dataclass(frozen=True)
class DomainIssue:
    """One thing to agree on, and its possible values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """The preferences of one side: a weight for each issue, an evaluation in [0, 1] for each value.

    `reservation` is the utility of no agreement. `discount` is the share of utility left at the
    deadline: an agreement at relative time t is worth u · discount^t.
    """

    name: str
    weights: tuple[float, ...]
    evaluations: tuple[tuple[float, ...], ...]
    reservation: float = 0.0
    discount: float = 1.0

    @cached_property
    def worth(self) -> tuple[np.ndarray, ...]:
        """Utility that each value adds, weight × evaluation: one float64 array for each issue."""
        pairs = zip(self.weights, self.evaluations, strict=True)
        return tuple(np.array([weight * e for e in values]) for weight, values in pairs)

    @cached_property
    def best(self) -> float:
        """Highest utility of all outcomes."""
        return min(self.uncut, HIGHEST_UTILITY)

    @cached_property
    def uncut(self) -> float:
        """Sum of the highest evaluations, before it is cut off at 1."""
        return ordered_sum([float(x.max()) for x in self.worth])

    @cached_property
    def worst(self) -> float:
        """Lowest utility of all outcomes."""
        return min(ordered_sum([float(x.min()) for x in self.worth]), HIGHEST_UTILITY)


@dataclass(frozen=True)
class Domain:
    """Issues, and the profiles of buyer and vendor in this order.

    An outcome is given by its number from 0 to `count` − 1, by the values of its issues in words,
    or by the place of each value among those of its issue.
    """

    name: str
    issues: tuple[DomainIssue, ...]
    profiles: tuple[Profile, Profile]

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of every issue."""
        return tuple(len(issue.values) for issue in self.issues)

    @cached_property
    def count(self) -> int:
        """Number of outcomes."""
        return math.prod(self.sizes)

    def values(self, number: int) -> tuple[str, ...]:
        """Return an outcome in words, one value for each issue."""
        return tuple(
            issue.values[k] for issue, k in zip(self.issues, self.places(number), strict=True)
        )

    def places(self, number: int) -> tuple[int, ...]:
        """Return the place of each issue's value in an outcome, from 0."""
        found = []
        for size in reversed(self.sizes):
            number, place = divmod(number, size)
            found.append(place)
        return tuple(reversed(found))

    def number(self, values: Sequence[str]) -> int:
        """Return the number of an outcome given in words.

        Raises SimError with the nearest name if a value is unknown or their number is wrong.
        """
        if len(values) != len(self.issues):
            raise SimError(f"{self.name}: want {len(self.issues)} values, got {len(values)}")
        number = 0
        for issue, value in zip(self.issues, values, strict=True):
            if value not in issue.values:
                near = closest_name(str(value), issue.values)
                hint = f"; did you mean {near!r}?" if near else ""
                raise SimError(f"{self.name}: {issue.name} = {value!r}: no such value{hint}")
            number = number * len(issue.values) + issue.values.index(value)
        return number

    def utility(self, side: int, number: int) -> float:
        """Return the utility of an outcome to a side (0 buyer, 1 vendor), before any discount."""
        worth = self.profiles[side].worth
        total = ordered_sum([float(x[k]) for x, k in zip(worth, self.places(number), strict=True)])
        return min(total, HIGHEST_UTILITY)

    def utilities(self, side: int) -> np.ndarray:
        """Return the utility of every outcome to a side, float64 by number, before any discount.

        Raises SimError if there are more than `MOST_LISTED` outcomes.
        """
        if self.count > MOST_LISTED:
            raise SimError(f"{self.name}: {self.count:,} outcomes, want at most {MOST_LISTED:,}")
        first, *rest = self.profiles[side].worth
        total: np.ndarray = first
        for worth in rest:
            total = np.add.outer(total, worth).ravel()
        return np.asarray(np.minimum(total, HIGHEST_UTILITY))

    def discounted(self, side: int, utility: float, time: float) -> float:
        """Return a utility discounted to relative time `time` in [0, 1]."""
        return float(utility * plain_power(self.profiles[side].discount, float(time)))

    def swapped(self) -> Domain:
        """Return the same domain with the profiles of buyer and vendor exchanged."""
        return replace(self, profiles=(self.profiles[1], self.profiles[0]))


def check_domain(domain: Domain, where: str) -> Domain:
    """Return the domain if its parts fit together and are in range.

    `where` names the file in messages. Raises a one-line SimError otherwise.
    """
    if not 1 <= len(domain.issues) <= MOST_ISSUES:
        raise SimError(f"{where}: {len(domain.issues)} issues, want 1 to {MOST_ISSUES}")
    _check_names(where, "issue", [issue.name for issue in domain.issues])
    for issue in domain.issues:
        if not issue.values:
            raise SimError(f"{where}: {issue.name}: want at least one value")
        _check_names(where, f"{issue.name}: value", issue.values)
    if sum(domain.sizes) > MOST_VALUES:
        raise SimError(f"{where}: {sum(domain.sizes):,} values, want at most {MOST_VALUES:,}")
    if domain.count > MOST_OUTCOMES:
        raise SimError(f"{where}: {domain.count:.3g} outcomes, want at most {MOST_OUTCOMES:,}")
    for profile in domain.profiles:
        _check_profile(where, domain, profile)
    return domain


def _check_names(where: str, what: str, names: Sequence[str]) -> None:
    """Raise SimError unless names are printable, short and distinct."""
    seen: set[str] = set()
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME or not is_one_line(name):
            want = f"want a printable name of at most {LONGEST_NAME} letters"
            raise SimError(f"{where}: {what} = {name[:40]!r}: {want}")
        if name in seen:
            raise SimError(f"{where}: {what} = {name!r}: there twice")
        seen.add(name)


def _check_profile(where: str, domain: Domain, profile: Profile) -> None:
    """Raise SimError unless a profile fits the issues, and its numbers are in range."""
    who = f"{where}: {profile.name}"
    if (
        len(profile.weights) != len(domain.issues)
        or tuple(map(len, profile.evaluations)) != domain.sizes
    ):
        raise SimError(f"{who}: want one weight per issue and one evaluation per value")
    numbers = {
        "weight": profile.weights,
        "evaluation": [e for values in profile.evaluations for e in values],
        "discount": [profile.discount],
    }
    for name, found in numbers.items():
        for x in found:
            if not 0.0 <= x <= 1.0:
                raise SimError(f"{who}: {name} = {x:.6g}: want a number from 0 to 1")
    if not LOWEST_RESERVATION <= profile.reservation <= 1.0:
        want = f"want a number from {LOWEST_RESERVATION:g} to 1"
        raise SimError(f"{who}: reservation = {profile.reservation:.6g}: {want}")
    if profile.discount == 0.0:
        raise SimError(f"{who}: discount = 0: want a share above 0")
    if profile.best <= 0.0:
        raise SimError(f"{who}: every outcome is worth nothing, want one with a utility above 0")
