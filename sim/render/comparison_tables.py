"""The tables of a comparison, for text and for HTML: measures, paired differences, the ledger.

Text is short of room: it shows the main measures, their units beside their names, and means without intervals.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.measure.amounts import DASH
from sim.measure.ledger import CAUSES
from sim.measure.metrics import BY_NAME, CAUSE_LABELS, MEASURES
from sim.render.numbers import decimals, ends, number, percent, unit_head
from sim.render.tables import Grid, Head, Item, items

if TYPE_CHECKING:
    from sim.measure.compare import Comparison, ComparisonRow

MAIN = (
    "surplus",
    "surplus_total",
    "share_first_best",
    "buyer",
    "vendor",
    "mediator",
    "trust_buyer_end",
    "trust_buyer_mean",
    "trust_vendor_end",
    "trust_vendor_mean",
    "impasse_rate",
    "dispute_rate",
    "early_report_rate",
    "renewal_rate",
    "tie_length",
)
LEDGER = ("first_best", *(f"loss_{cause}" for cause in CAUSES), "surplus")
ALL = tuple(m.name for m in MEASURES if m.name not in LEDGER or m.name == "surplus")


def means(c: Comparison) -> Grid:
    """Return the main measures, one column per regime, each row with as many decimals as it needs."""
    rows = []
    for name in MAIN:
        found = [c.row(name, regime) for regime in c.regimes]
        places = decimals(found[0].unit, *(row.mean for row in found))
        rows.append([Item(_label(c, name)), *(_mean(row, places) for row in found)])
    return Grid([Head("", left=True), *map(Head, c.regimes)], _with_values(rows))


def differences(c: Comparison) -> Grid:
    """Return the paired differences of the main measures, one column per pair of regimes."""
    rows = []
    for name in MAIN:
        found = [_difference(c.row(name, *pair)) for pair in c.contrasts]
        rows.append([Item(_label(c, name, difference=True)), *found])
    return Grid([Head("", left=True), *map(Head, _pairs(c))], _with_values(rows))


def all_means(c: Comparison) -> Grid:
    """Return every measure with a value, with its unit and intervals, one column per regime."""
    return _every(c, ALL, [(regime, "") for regime in c.regimes], c.regimes)


def all_differences(c: Comparison) -> Grid:
    """Return the paired differences of the same, each with its effect and worlds of opposite sign."""
    return _every(c, ALL, c.contrasts, _pairs(c))


def ledger(c: Comparison) -> Grid:
    """Return where first best went, one column per regime."""
    named = _accounts(c)
    places = decimals("", *(c.row(n, r).mean for n in ("first_best", "surplus") for r in c.regimes))
    rows = [
        [_account(name, said), *(_mean(c.row(name, r), places) for r in c.regimes)]
        for name, said in named.items()
    ]
    return Grid([Head("", left=True), *map(Head, c.regimes)], rows, sums=(0, len(rows) - 1))


def changes(c: Comparison) -> Grid:
    """Return how the ledger changed, one column per pair of regimes."""
    rows = [
        [_account(name, said), *(_spread(c.row(name, *pair)) for pair in c.contrasts)]
        for name, said in _accounts(c).items()
    ]
    return Grid([Head("", left=True), *map(Head, _pairs(c))], rows, sums=(0, len(rows) - 1))


def meanings(c: Comparison) -> Grid:
    """Return what each measure means and how it is computed."""
    heads = [
        Head(n, left=True)
        for n in ("measure", "column", "unit", "meaning", "computed, world by world")
    ]
    return Grid(heads, [items(m.label, m.name, c.unit(m.unit), m.meaning, m.how) for m in MEASURES])


def _every(
    c: Comparison, names: Iterable[str], pairs: Sequence[tuple[str, str]], heads: Iterable[str]
) -> Grid:
    """Return measures without those that are 0 or have no value anywhere."""
    rows = []
    for name in names:
        if any(m and math.isfinite(m) for m in (c.row(name, r).mean for r in c.regimes)):
            measure = BY_NAME[name]
            unit = unit_head(c.unit(measure.unit), difference=any(base for _, base in pairs))
            said = Item(measure.label, about=f"{measure.meaning}: {measure.how}")
            rows.append([said, Item(unit), *(_full(c.row(name, *pair)) for pair in pairs)])
    first = [Head("measure", left=True), Head("unit", left=True)]
    return Grid([*first, *map(Head, heads)], _with_values(rows, 2))


def _with_values(rows: list[list[Item]], after: int = 1) -> list[list[Item]]:
    return [row for row in rows if any(item.text != DASH for item in row[after:])]


def _accounts(c: Comparison) -> dict[str, str]:
    causes = {f"loss_{cause}": f"− {CAUSE_LABELS[cause]}" for cause in c.used_causes}
    return {"first_best": "first best", **causes, "surplus": "= joint surplus"}


def _account(name: str, said: str) -> Item:
    return Item(said, about=f"{BY_NAME[name].meaning}: {BY_NAME[name].how}")


def _pairs(c: Comparison) -> list[str]:
    return [f"{regime} − {baseline}" for regime, baseline in c.contrasts]


def _label(c: Comparison, name: str, *, difference: bool = False) -> str:
    measure = BY_NAME[name]
    return Head(measure.label, unit_head(c.unit(measure.unit), difference=difference)).label


def _mean(row: ComparisonRow, places: int) -> Item:
    return Item(number(row.mean, row.unit, places))


def _difference(row: ComparisonRow) -> Item:
    """Return a difference as text has room for it: with its interval and worlds of opposite sign."""
    if not row.n:
        return Item(DASH)
    opposite = percent(row.share_opposite) if row.n > 1 else DASH
    said = ends(row.mean, row.low, row.high, row.unit, signed=True)
    return Item(*said, more=f"{opposite:>4}")


def _spread(row: ComparisonRow) -> Item:
    """Return a mean or difference with its interval."""
    return Item(*ends(row.mean, row.low, row.high, row.unit, signed=row.kind == "difference"))


def _full(row: ComparisonRow) -> Item:
    """Return the same; a difference also with its effect and worlds of opposite sign."""
    said = _spread(row)
    if row.kind != "difference" or row.n < 2 or row.low == row.high:
        return said
    effect = number(row.effect, "", 2, signed=True)
    return replace(said, more=f"d {effect}, opposite {percent(row.share_opposite)}")
