"""A negotiation domain: issues with named values, and what each side thinks of them.

Utilities are additive, u(o) = Σ wᵢ eᵢ(oᵢ), summed from the first issue to the last, so that every
part of the program gets the same bits, and cut off at 1, as GENIUS does. Outcomes are numbered as
`itertools.product` lists them.
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

MOST_ISSUES = 64
MOST_VALUES = 200_000  # of all issues together
MOST_OUTCOMES = 10**12
MOST_LISTED = 4_000_000  # outcomes whose utilities are written out one by one
LONGEST_NAME = 200
LEAST_RESERVED = -1_000.0  # no agreement may be worse than every outcome
TOP = 1.0  # what no outcome is worth more than, whatever its weights add up to
power_of = plain(power)
SIDES = ("buyer", "vendor")


@dataclass(frozen=True)
class DomainIssue:
    """One thing to agree on, and its possible values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """What one side wants: a weight per issue, an evaluation in [0, 1] per value.

    `reservation` is the utility of no agreement; `discount` the share of utility left at the
    deadline, so that an agreement at relative time t is worth u · discount^t.
    """

    name: str
    weights: tuple[float, ...]
    evaluations: tuple[tuple[float, ...], ...]
    reservation: float = 0.0
    discount: float = 1.0

    @cached_property
    def worth(self) -> tuple[np.ndarray, ...]:
        """Return weight × evaluation of every value, one array per issue."""
        pairs = zip(self.weights, self.evaluations, strict=True)
        return tuple(np.array([w * e for e in values]) for w, values in pairs)

    @cached_property
    def best(self) -> float:
        """Return the highest utility of all outcomes."""
        return min(self.uncut, TOP)

    @cached_property
    def uncut(self) -> float:
        """Return what the highest evaluations add up to, which may be more than any utility is."""
        return added([float(x.max()) for x in self.worth])

    @cached_property
    def worst(self) -> float:
        """Return the lowest utility of all outcomes."""
        return min(added([float(x.min()) for x in self.worth]), TOP)


@dataclass(frozen=True)
class Domain:
    """Issues and the profiles of buyer and vendor, in this order."""

    name: str
    issues: tuple[DomainIssue, ...]
    profiles: tuple[Profile, Profile]

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Return the number of values of every issue."""
        return tuple(len(issue.values) for issue in self.issues)

    @cached_property
    def count(self) -> int:
        """Return the number of outcomes."""
        return math.prod(self.sizes)

    def values(self, number: int) -> tuple[str, ...]:
        """Return an outcome in words, one value per issue."""
        return tuple(
            issue.values[k] for issue, k in zip(self.issues, self.places(number), strict=True)
        )

    def places(self, number: int) -> tuple[int, ...]:
        """Return the place of each issue's value in an outcome."""
        found = []
        for size in reversed(self.sizes):
            number, place = divmod(number, size)
            found.append(place)
        return tuple(reversed(found))

    def number(self, values: Sequence[str]) -> int:
        """Return the number of an outcome given in words; raises SimError at an unknown value."""
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
        """Return what an outcome is worth to a side, before any discount."""
        worth = self.profiles[side].worth
        total = added([float(x[k]) for x, k in zip(worth, self.places(number), strict=True)])
        return min(total, TOP)

    def utilities(self, side: int) -> np.ndarray:
        """Return the utility of every outcome, float64 by number; SimError where they are too many."""
        if self.count > MOST_LISTED:
            raise SimError(f"{self.name}: {self.count:,} outcomes, want at most {MOST_LISTED:,}")
        first, *rest = self.profiles[side].worth
        total = first
        for worth in rest:
            total = np.add.outer(total, worth).ravel()
        return np.minimum(total, TOP)

    def discounted(self, side: int, utility: float, time: float) -> float:
        """Return a utility as it counts at relative time `time` in [0, 1]."""
        return float(utility * power_of(self.profiles[side].discount, float(time)))

    def swapped(self) -> Domain:
        """Return the same domain with the profiles of buyer and vendor exchanged."""
        return replace(self, profiles=(self.profiles[1], self.profiles[0]))


def checked(domain: Domain, where: str) -> Domain:
    """Return a domain whose parts fit and are in range, else raise a one-line SimError."""
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
    seen: set[str] = set()
    for name in names:
        if not name.strip() or len(name) > LONGEST_NAME or not is_one_line(name):
            want = f"want a printable name of at most {LONGEST_NAME} letters"
            raise SimError(f"{where}: {what} = {name[:40]!r}: {want}")
        if name in seen:
            raise SimError(f"{where}: {what} = {name!r}: there twice")
        seen.add(name)


def _check_profile(where: str, domain: Domain, profile: Profile) -> None:
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
    if not LEAST_RESERVED <= profile.reservation <= 1.0:
        want = f"want a number from {LEAST_RESERVED:g} to 1"
        raise SimError(f"{who}: reservation = {profile.reservation:.6g}: {want}")
    if profile.discount == 0.0:
        raise SimError(f"{who}: discount = 0: want a share above 0")
    if profile.best <= 0.0:
        raise SimError(f"{who}: every outcome is worth nothing, want one with a utility above 0")


def added(parts: Sequence[float] | np.ndarray) -> float:
    """Return the sum from first to last, which BLAS, `math.fsum` and `np.sum` would round otherwise."""
    total = parts[0]
    for part in parts[1:]:
        total += part
    return total
