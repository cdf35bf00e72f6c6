"""Numbers as text: signs and digits, amounts of money, counts, durations.

The rest of the number format is in `sim/render/numbers.py`. This part is separate, in a lower room,
because `explain` and verdicts print amounts too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario

DASH = "–"


def format_fixed(value: float, places: int, *, signed: bool = False) -> str:
    """Return a number with `places` decimals, a true minus and no minus zero; a dash if not finite.

    With `signed` a positive number has a plus sign.

    Example:
        >>> format_fixed(-0.04, 1), format_fixed(2.345, 2, signed=True), format_fixed(float("nan"), 1)
        ('0.0', '+2.35', '–')
    """
    if not math.isfinite(value):
        return DASH
    return with_true_minus(f"{value:{'+' if signed else ''}.{places}f}")


def format_digits(value: float, most: int) -> str:
    """Return a number with at most `most` significant digits, without trailing zeros.

    Example:
        >>> format_digits(0.12345, 3), format_digits(2.0, 3)
        ('0.123', '2')
    """
    return with_true_minus(f"{value:.{most}g}") if math.isfinite(value) else DASH


def with_true_minus(text: str) -> str:
    """Return a formatted number with a true minus sign, and without sign if it is shown as zero."""
    shown = text.partition("e")[0].strip("+-0.,")
    return text.replace("-", "−") if shown else text.lstrip("+-")


@dataclass(frozen=True)
class Amounts:
    """The format of a scenario's amounts: name of the currency and number of decimals."""

    currency: str
    places: int

    def number(self, value: float) -> str:
        """Return an amount without its unit, with a true minus sign and no minus zero."""
        return format_fixed(value, self.places)

    def money(self, value: float) -> str:
        """Return an amount with its unit."""
        return f"{self.number(value)} {self.currency}"


def amounts_of(scenario: Scenario) -> Amounts:
    """Return the format of a scenario's amounts.

    Decimals are such that the largest worth or cost of a level has about three digits.
    """
    tables = [value for issue in scenario.issues for value in (*issue.worth, *issue.cost)]
    others = (scenario.buyers.quality_worth, scenario.vendors.productivity)
    most = max(map(abs, (*tables, *others)))
    return Amounts(scenario.run.currency, _decimals_for(most))


def count(number: int, what: str) -> str:
    """Return a number with its noun, in the plural if needed.

    Example:
        >>> count(1, "month"), count(2000, "month")
        ('1 month', '2,000 months')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def format_duration(seconds: float) -> str:
    """Return a duration in seconds, minutes or hours, at least one second.

    Example:
        >>> format_duration(0.2), format_duration(75), format_duration(3700)
        ('1 s', '1 min 15 s', '1 h 1 min')
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def first_months(number: int) -> str:
    """Return "the first month", or "the first 2 months" for 2."""
    return "the first month" if number == 1 else f"the first {count(number, 'month')}"


def count_of_all(
    number: int, all_: int, what: str, singular: str = "is", plural: str = "are"
) -> str:
    """Return a part of a total with its noun and a verb that agrees with the part.

    Example:
        >>> count_of_all(1, 6, "point"), count_of_all(2, 6, "point", "was", "were")
        ('1 of 6 points is', '2 of 6 points were')
    """
    return f"{number:,} of {count(all_, what)} {singular if number == 1 else plural}"


def _decimals_for(most: float) -> int:
    if most >= 1_000.0 or most == 0.0:
        return 0
    return 1 if most >= 10.0 else min(9, 2 - math.floor(math.log10(most)))
