"""How a life story says things: months, numbers, and the terms of a contract."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.measure.amounts import Amounts, amounts_of, count, format_fixed, with_true_minus
from sim.scenario.regimes import ResolvedRegime
from sim.scenario.schema import Issue

SIDES = ("buyer", "vendor", "mediator")


@dataclass(frozen=True)
class Month:
    """One month of a tie: its rows before and after, and what was written down meanwhile.

    `trust` holds the four directions before and after, `ceiling` what deceit has left of the
    buyer's in the vendor; `renewal` says whether their contract ran out the month before; `served` is
    the tie of the need that was under contract, -1 if none was; `waits` says that the need had not come
    to market; `events` are those of the whole need.
    """

    number: int
    before: np.record
    after: np.record
    trust: tuple[np.ndarray, np.ndarray]
    ceiling: float
    renewal: bool
    served: int
    waits: bool
    events: np.recarray
    offers: np.recarray


@dataclass(frozen=True)
class Words:
    """The names and units of one scenario under one regime; `setup` is the row the rules read."""

    regime: ResolvedRegime
    setup: np.record

    @property
    def issues(self) -> list[Issue]:
        """The issues of the contract."""
        return self.regime.scenario.issues

    @cached_property
    def amounts(self) -> Amounts:
        """How money is shown."""
        return amounts_of(self.regime.scenario)

    def number(self, value: float) -> str:
        """Return an amount of money without its unit, with a true minus sign."""
        return self.amounts.number(value)

    def money(self, value: float) -> str:
        """Return an amount of money."""
        return self.amounts.money(value)

    def is_shown(self, value: float) -> bool:
        """Say whether an amount would not be shown as 0."""
        return abs(value) >= 0.5 * 10.0**-self.amounts.places

    def level(self, issue: int, level: int) -> str:
        """Return the name of one level of one issue."""
        what = self.issues[issue]
        said = what.levels[level]
        if what.kind == "duration":
            return count(int(said), "month")
        return said if isinstance(said, str) else plain_number(float(said))

    def terms(self, levels: Iterable[int]) -> str:
        """Return the levels of a package, each with the name of its issue."""
        named = zip(self.issues, levels, strict=False)
        return ", ".join(f"{i.name}: {self.level(k, int(n))}" for k, (i, n) in enumerate(named))

    def contract(self, row: np.record) -> str:
        """Return the terms in force; what a planner sets off the grid is said as it is."""
        acting = {"risk_share": row.share, "penalty": row.penalty, "liability": row.liability}
        said = []
        for k, issue in enumerate(self.issues):
            value = acting.get(issue.kind)
            shown = self.level(k, int(row.agreed[k])) if value is None else plain_number(value)
            said.append(f"{issue.name}: {shown}")
        return ", ".join(said)


def share(value: float) -> str:
    """Return a trust, capability or chance with two decimals."""
    return format_fixed(value, 2)


def plain_number(value: float) -> str:
    """Return a number with at most three decimals and no trailing zeros."""
    return with_true_minus(f"{value:.3f}".rstrip("0").rstrip("."))


def nth(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th, …"""
    last = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def calendar(first: int, last: int | None = None) -> str:
    """Return "Month 14 (2nd year)" for period 13, or "Months 14 to 20" for a stretch."""
    if last is not None and last != first:
        return f"Months {first + 1} to {last + 1}"
    return f"Month {first + 1} ({nth(first // 12 + 1)} year)"
