"""Formats of numbers: digits, signs, separators, units and intervals, by the rule in `docs/design.md`.

Formats that measures and verdicts need too are in `sim/measure/amounts.py`.
"""

from __future__ import annotations

import math
from numbers import Integral
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH, format_digits, format_fixed, with_true_minus
from sim.measure.intervals import ROUNDING, interval_kind

if TYPE_CHECKING:
    from sim.measure.means import ComparisonRow

MOST_PLACES = 5  # decimals; finer differences are shown as equal
UNIT_SUFFIXES = {
    "/need/month": "per need and month",
    "/need/year": "per need and year",
    "/need-year": "per need and year under contract",
    "/contract/month": "per month under contract",
    "/need": "per need",
}


def decimals_needed(unit: str, *values: float) -> int:
    """Return how many decimals show the largest of `values` with three or four digits.

    Values that differ by little get up to `MOST_PLACES` decimals, so that they can be told apart;
    differences that are only rounding errors are ignored. Shares are counted in per cent.

    Example:
        >>> decimals_needed("k€", 123.4), decimals_needed("k€", 1.5), decimals_needed("share", 0.25)
        (1, 2, 1)
    """
    finite = sorted(v * (100.0 if unit == "share" else 1.0) for v in values if math.isfinite(v))
    largest = max(map(abs, finite), default=0.0)
    places = next((d for d, floor in ((0, 1000), (1, 10), (2, 1)) if largest >= floor), 3)
    places = 1 if unit == "share" else places
    width = finite[-1] - finite[0] if len(finite) > 1 else 0.0
    if width <= ROUNDING * largest:
        return places
    return next((p for p in range(places, MOST_PLACES + 1) if width * 10**p >= 1.0), places)


def format_number(
    value: float, unit: str, places: int | None = None, *, signed: bool = False
) -> str:
    """Return a measured number as text; a share (unit `share`) is shown in per cent.

    `places` is the number of decimals, chosen by `decimals_needed` if left out; `signed` puts a plus
    before positive numbers.
    """
    shown = 100.0 * value if unit == "share" else value
    return format_fixed(
        shown, decimals_needed(unit, value) if places is None else places, signed=signed
    )


def format_setting(value: Any) -> str:
    """Return the value of a key as text: four significant digits, six from 10,000 on."""
    if isinstance(value, float):
        return format_digits(value, 4 if abs(value) < 1e4 else 6)
    return with_true_minus(str(value)) if isinstance(value, Integral) else str(value)


def format_count(value: float, *, signed: bool = False) -> str:
    """Return a count with thousands separators; a dash if it is not finite."""
    return with_true_minus(f"{value:{'+' if signed else ''},.0f}") if math.isfinite(value) else DASH


def format_percent(share: float) -> str:
    """Return a share in whole per cent, never rounded to a false 0 or 100.

    Example:
        >>> format_percent(0.25), format_percent(0.001), format_percent(0.999)
        ('25 %', '<1 %', '>99 %')
    """
    if not math.isfinite(share):
        return DASH
    if 0.0 < share < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < share < 1.0 else f"{format_fixed(100.0 * share, 0)} %"


def format_tick(value: float) -> str:
    """Return a number for the tick of an axis: plain below a million, else three digits."""
    return with_true_minus(f"{value:,.10g}" if abs(value) < 1e6 else f"{value:.3g}")


def format_ends(
    mean: float, low: float, high: float, unit: str = "", places: int | None = None, *,
    signed: bool = False,
) -> tuple[str, str, str]:  # fmt: skip
    """Return mean, low and high as text, with as many decimals as tell them apart."""
    places = decimals_needed(unit, mean, low, high) if places is None else places
    shown = [format_number(value, unit, places, signed=signed) for value in (mean, low, high)]
    return shown[0], shown[1], shown[2]


def format_interval(
    mean: float, low: float, high: float, unit: str = "", places: int | None = None, *,
    signed: bool = False,
) -> str:  # fmt: skip
    """Return "mean [low, high]", or the mean alone if there is no interval."""
    middle, least, most = format_ends(mean, low, high, unit, places, signed=signed)
    return middle if DASH in (middle, least) else f"{middle} [{least}, {most}]"


def format_row(row: ComparisonRow, *, signed: bool = False) -> str:
    """Return the mean of a row of a comparison with its interval: "mean [low, high]"."""
    return format_interval(row.mean, row.low, row.high, row.unit, signed=signed)


def interval_name(worlds: int, *, many: bool = False) -> str:
    """Return the kind of interval used for this many worlds: "95 % bootstrap interval"."""
    return f"95 % {interval_kind(worlds)} interval{'s' if many else ''}"


def unit_in_heading(unit: str, *, difference: bool = False) -> str:
    """Return a unit for the head of a table: "k€/need/month"; empty for a bare number."""
    short = {"share": "pp" if difference else "%", "0 to 1": ""}
    return short.get(unit, "per year" if unit.endswith("/need-year") else unit)


def unit_in_words(unit: str, *, difference: bool = False) -> str:
    """Return a unit for a sentence or an axis: "k€ per need and month"."""
    if unit == "share":
        return "percentage points" if difference else "%"
    if unit == "0 to 1":
        return ""
    for end, words in UNIT_SUFFIXES.items():
        if unit.endswith(end):
            return f"{unit.removesuffix(end)} {words}"
    return unit
