"""How a number is printed: digits, signs, separators, units, intervals; the rule is in `docs/design.md`.

What measures and verdicts need of it stands lower, in `sim/measure/amounts.py`.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH, format_digits, format_fixed, with_true_minus
from sim.measure.intervals import ROUNDING, interval_kind

if TYPE_CHECKING:
    from sim.measure.compare import ComparisonRow

MOST_PLACES = 5
UNIT_ENDS = {
    "/need/month": "per need and month",
    "/need/year": "per need and year",
    "/need-year": "per need and year under contract",
    "/contract/month": "per month under contract",
    "/need": "per need",
}


def decimals(unit: str, *values: float) -> int:
    """Return how many decimals show the largest of `values` to three or four digits.

    Values that lie close together get more, so that they can be told apart; where that would take
    digits that mean nothing, they are shown alike.
    """
    finite = sorted(v * (100.0 if unit == "share" else 1.0) for v in values if math.isfinite(v))
    largest = max(map(abs, finite), default=0.0)
    places = next((d for d, floor in ((0, 1000), (1, 10), (2, 1)) if largest >= floor), 3)
    places = 1 if unit == "share" else places
    width = finite[-1] - finite[0] if len(finite) > 1 else 0.0
    if width <= ROUNDING * largest:
        return places
    return next((p for p in range(places, MOST_PLACES + 1) if width * 10**p >= 1.0), places)


def number(value: float, unit: str, places: int | None = None, *, signed: bool = False) -> str:
    """Return a measured number as text, a share in per cent."""
    shown = 100.0 * value if unit == "share" else value
    return format_fixed(shown, decimals(unit, value) if places is None else places, signed=signed)


def setting(value: Any) -> str:
    """Return a value that somebody set: a number with four digits that matter, six from 10,000 on."""
    if isinstance(value, float):
        return format_digits(value, 4 if abs(value) < 1e4 else 6)
    return with_true_minus(str(value)) if isinstance(value, Integral) else str(value)


def whole(value: float, *, signed: bool = False) -> str:
    """Return a count of things, its thousands apart."""
    return with_true_minus(f"{value:{'+' if signed else ''},.0f}") if math.isfinite(value) else DASH


def percent(share: float) -> str:
    """Return a share in whole per cent, rounded away from a false 0 or 100."""
    if not math.isfinite(share):
        return DASH
    if 0.0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < share < 1.0 else f"{format_fixed(100.0 * share, 0)} %"


def axis_mark(value: float) -> str:
    """Return a number as people write it on an axis."""
    return with_true_minus(f"{value:,.10g}" if abs(value) < 1e6 else f"{value:.3g}")


def ends(
    mean: float, low: float, high: float, unit: str = "", places: int | None = None, *,
    signed: bool = False,
) -> tuple[str, str, str]:  # fmt: skip
    """Return mean, low and high as text with as many decimals as tell them apart, or as given."""
    places = decimals(unit, mean, low, high) if places is None else places
    shown = [number(value, unit, places, signed=signed) for value in (mean, low, high)]
    return shown[0], shown[1], shown[2]


def spread(
    mean: float, low: float, high: float, unit: str = "", places: int | None = None, *,
    signed: bool = False,
) -> str:  # fmt: skip
    """Return "mean [low, high]", or the mean alone if there is no interval."""
    middle, least, most = ends(mean, low, high, unit, places, signed=signed)
    return middle if DASH in (middle, least) else f"{middle} [{least}, {most}]"


def interval(row: ComparisonRow, *, signed: bool = False) -> str:
    """Return the mean of a row with its interval, "mean [low, high]"."""
    return spread(row.mean, row.low, row.high, row.unit, signed=signed)


def intervals_over(worlds: int, *, many: bool = False) -> str:
    """Return what intervals over so many worlds are called: "95 % bootstrap interval"."""
    return f"95 % {interval_kind(worlds)} interval{'s' if many else ''}"


def unit_head(unit: str, *, difference: bool = False) -> str:
    """Return a unit as it stands in the head of a table: "k€/need/month", nothing for a bare number."""
    short = {"share": "pp" if difference else "%", "0 to 1": ""}
    return short.get(unit, "per year" if unit.endswith("/need-year") else unit)


def unit_words(unit: str, *, difference: bool = False) -> str:
    """Return a unit as it is said: "k€ per need and month"."""
    if unit == "share":
        return "percentage points" if difference else "%"
    if unit == "0 to 1":
        return ""
    for end, words in UNIT_ENDS.items():
        if unit.endswith(end):
            return f"{unit.removesuffix(end)} {words}"
    return unit
