"""Amounts as people read them: the sign and digits of every number, money, counts.

It stands below `sim/render/numbers.py`, which has the rest of the rule, since what explains a scenario and
what judges a claim print amounts too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

DASH = "–"


def format_fixed(value: float, places: int, *, signed: bool = False) -> str:
    """Return a number with so many decimals: a true minus sign, no minus zero, a dash for none."""
    if not math.isfinite(value):
        return DASH
    return with_true_minus(f"{value:{'+' if signed else ''}.{places}f}")


def format_digits(value: float, most: int) -> str:
    """Return a number with at most so many digits that matter, and no zeros at the end."""
    return with_true_minus(f"{value:.{most}g}") if math.isfinite(value) else DASH


def with_true_minus(text: str) -> str:
    """Return a formatted number with a true minus sign, and no sign on what is shown as zero."""
    shown = text.partition("e")[0].strip("+-0.,")
    return text.replace("-", "−") if shown else text.lstrip("+-")


@dataclass(frozen=True)
class Amounts:
    """What one unit of money is called, and with how many decimals amounts are shown."""

    currency: str
    places: int

    def number(self, value: float) -> str:
        """Return an amount without its unit, with a true minus sign and no minus zero."""
        return format_fixed(value, self.places)

    def money(self, value: float) -> str:
        """Return an amount with its unit."""
        return f"{self.number(value)} {self.currency}"


def amounts_of(scenario: Scenario) -> Amounts:
    """Return how a scenario's money is shown: to about three digits of what contracts are worth."""
    tables = [value for issue in scenario.issues for value in (*issue.worth, *issue.cost)]
    others = (scenario.buyers.quality_worth, scenario.vendors.productivity)
    most = max(map(abs, (*tables, *others)))
    return Amounts(scenario.run.currency, _decimals_for(most))


def count(number: int, what: str) -> str:
    """Return "1 month", "2 months"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def format_duration(seconds: float) -> str:
    """Return a duration as a person says it."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def first_months(number: int) -> str:
    """Return "the first month", "the first 2 months"."""
    return "the first month" if number == 1 else f"the first {count(number, 'month')}"


def count_of_all(number: int, all_: int, what: str, one: str = "is", more: str = "are") -> str:
    """Return "1 of 6 points is", "2 of 6 points are": the verb goes with what it is said of."""
    return f"{number:,} of {count(all_, what)} {one if number == 1 else more}"


def _decimals_for(most: float) -> int:
    if most >= 1_000.0 or most == 0.0:
        return 0
    return 1 if most >= 10.0 else min(9, 2 - math.floor(math.log10(most)))
