"""Phrases of a life story: months, numbers, and the terms of a contract."""

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
    """One month of a tie: its rows before and after, and the events and offers between.

    `trust` holds the four directions before and after. `ceiling` is what discovered problems leave of
    the buyer's trust in the vendor: a maximum, or a factor if `relationship.ceiling` says so.
    `renewal` says that their contract expired the month before. `served` is the tie of the need that
    was under contract, -1 if none was. `waits` says that the need had not yet come to market.
    `events` are those of the whole need, `offers` those of the tie.
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
    """The names and units of one scenario under one regime; `setup` is the rules' row of parameters."""

    regime: ResolvedRegime
    setup: np.record

    @property
    def issues(self) -> list[Issue]:
        """The issues of the contract."""
        return self.regime.scenario.issues

    @cached_property
    def amounts(self) -> Amounts:
        """The format of amounts of money."""
        return amounts_of(self.regime.scenario)

    def number(self, value: float) -> str:
        """Return an amount of money without its unit."""
        return self.amounts.number(value)

    def money(self, value: float) -> str:
        """Return an amount of money with its unit."""
        return self.amounts.money(value)

    def is_shown(self, value: float) -> bool:
        """Return whether an amount is not rounded to 0 when shown."""
        return abs(value) >= 0.5 * 10.0**-self.amounts.places

    def level(self, issue: int, level: int) -> str:
        """Return the name of one level of one issue."""
        about = self.issues[issue]
        name = about.levels[level]
        if about.kind == "duration":
            return count(int(name), "month")
        return name if isinstance(name, str) else plain_number(float(name))

    def terms(self, levels: Iterable[int]) -> str:
        """Return the levels of a package, each with the name of its issue."""
        named = zip(self.issues, levels, strict=False)
        return ", ".join(f"{i.name}: {self.level(k, int(n))}" for k, (i, n) in enumerate(named))

    def contract(self, row: np.record) -> str:
        """Return the terms in force; a planner's terms may lie between levels."""
        in_force = {"risk_share": row.share, "penalty": row.penalty, "liability": row.liability}
        parts = []
        for k, issue in enumerate(self.issues):
            value = in_force.get(issue.kind)
            shown = self.level(k, int(row.agreed[k])) if value is None else plain_number(value)
            parts.append(f"{issue.name}: {shown}")
        return ", ".join(parts)


def two_decimals(value: float) -> str:
    """Return a trust, capability or chance with two decimals."""
    return format_fixed(value, 2)


def plain_number(value: float) -> str:
    """Return a number with at most three decimals and no trailing zeros."""
    return with_true_minus(f"{value:.3f}".rstrip("0").rstrip("."))


def ordinal(number: int) -> str:
    """Return a number as an ordinal: 1st, 2nd, 3rd, 4th, 11th."""
    last = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def month_label(first: int, last: int | None = None) -> str:
    """Return "Month 14 (2nd year)" for period 13, or "Months 14 to 20" for a stretch."""
    if last is not None and last != first:
        return f"Months {first + 1} to {last + 1}"
    return f"Month {first + 1} ({ordinal(first // 12 + 1)} year)"
