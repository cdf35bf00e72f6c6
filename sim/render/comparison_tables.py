"""The tables of a comparison: measures, paired differences and the surplus ledger.

Tables for text are narrow: the main measures, units beside their names, means without intervals.
Tables for HTML hold every measure with its interval.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.measure.amounts import DASH
from sim.measure.ledger import CAUSES
from sim.measure.metrics import BY_NAME, CAUSE_LABELS, MEASURES
from sim.render.numbers import (
    decimals_needed,
    format_ends,
    format_number,
    format_percent,
    unit_in_heading,
)
from sim.render.tables import Grid, Head, Item, text_items

if TYPE_CHECKING:
    from sim.measure.compare import Comparison
    from sim.measure.means import ComparisonRow

MAIN_MEASURES = (
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
LEDGER_MEASURES = ("first_best", *(f"loss_{cause}" for cause in CAUSES), "surplus")
ALL_MEASURES = tuple(
    m.name for m in MEASURES if m.name not in LEDGER_MEASURES or m.name == "surplus"
)


def means_table(comparison: Comparison) -> Grid:
    """Return the main measures, a column per regime; a row has as many decimals as it needs."""
    rows = []
    for name in MAIN_MEASURES:
        found = [comparison.row(name, regime) for regime in comparison.regimes]
        places = decimals_needed(found[0].unit, *(row.mean for row in found))
        rows.append([Item(_label(comparison, name)), *(_mean_item(row, places) for row in found)])
    return Grid([Head("", left=True), *map(Head, comparison.regimes)], _without_empty_rows(rows))


def differences_table(comparison: Comparison) -> Grid:
    """Return the paired differences of the main measures, a column per contrast."""
    rows = []
    for name in MAIN_MEASURES:
        found = [_difference_item(comparison.row(name, *pair)) for pair in comparison.contrasts]
        rows.append([Item(_label(comparison, name, difference=True)), *found])
    return Grid(
        [Head("", left=True), *map(Head, _contrast_names(comparison))], _without_empty_rows(rows)
    )


def all_means_table(comparison: Comparison) -> Grid:
    """Return every measure that has a value, with unit and interval, a column per regime."""
    return _detailed_table(
        comparison,
        ALL_MEASURES,
        [(regime, "") for regime in comparison.regimes],
        comparison.regimes,
    )


def all_differences_table(comparison: Comparison) -> Grid:
    """Return every paired difference, with effect size and share of opposite sign."""
    return _detailed_table(
        comparison, ALL_MEASURES, comparison.contrasts, _contrast_names(comparison)
    )


def ledger_table(comparison: Comparison) -> Grid:
    """Return the surplus ledger: where first best went, a column per regime."""
    named = _ledger_labels(comparison)
    places = decimals_needed(
        "",
        *(comparison.row(n, r).mean for n in ("first_best", "surplus") for r in comparison.regimes),
    )
    rows = [
        [
            _ledger_item(name, label),
            *(_mean_item(comparison.row(name, r), places) for r in comparison.regimes),
        ]
        for name, label in named.items()
    ]
    return Grid(
        [Head("", left=True), *map(Head, comparison.regimes)], rows, sums=(0, len(rows) - 1)
    )


def ledger_changes_table(comparison: Comparison) -> Grid:
    """Return how the ledger changed, a column per contrast."""
    rows = [
        [
            _ledger_item(name, label),
            *(_interval_item(comparison.row(name, *pair)) for pair in comparison.contrasts),
        ]
        for name, label in _ledger_labels(comparison).items()
    ]
    return Grid(
        [Head("", left=True), *map(Head, _contrast_names(comparison))],
        rows,
        sums=(0, len(rows) - 1),
    )


def meanings_table(comparison: Comparison) -> Grid:
    """Return the meaning of every measure and how it is computed."""
    heads = [
        Head(n, left=True)
        for n in ("measure", "column", "unit", "meaning", "computed, world by world")
    ]
    return Grid(
        heads,
        [text_items(m.label, m.name, comparison.unit(m.unit), m.meaning, m.how) for m in MEASURES],
    )


def _detailed_table(
    comparison: Comparison,
    names: Iterable[str],
    pairs: Sequence[tuple[str, str]],
    heads: Iterable[str],
) -> Grid:
    """Return the rows of measures that are not 0 or missing under every regime."""
    rows = []
    for name in names:
        if any(
            m and math.isfinite(m)
            for m in (comparison.row(name, r).mean for r in comparison.regimes)
        ):
            measure = BY_NAME[name]
            unit = unit_in_heading(
                comparison.unit(measure.unit), difference=any(base for _, base in pairs)
            )
            label = Item(measure.label, about=f"{measure.meaning}: {measure.how}")
            rows.append(
                [
                    label,
                    Item(unit),
                    *(_detailed_item(comparison.row(name, *pair)) for pair in pairs),
                ]
            )
    first = [Head("measure", left=True), Head("unit", left=True)]
    return Grid([*first, *map(Head, heads)], _without_empty_rows(rows, 2))


def _without_empty_rows(rows: list[list[Item]], after: int = 1) -> list[list[Item]]:
    """Return the rows that have a value in any column from `after` on."""
    return [row for row in rows if any(item.text != DASH for item in row[after:])]


def _ledger_labels(comparison: Comparison) -> dict[str, str]:
    """Return the labels of the ledger's rows by measure, from first best to joint surplus."""
    causes = {f"loss_{cause}": f"− {CAUSE_LABELS[cause]}" for cause in comparison.used_causes}
    return {"first_best": "first best", **causes, "surplus": "= joint surplus"}


def _ledger_item(name: str, label: str) -> Item:
    """Return a label of the ledger with the meaning of its measure as a tooltip."""
    return Item(label, about=f"{BY_NAME[name].meaning}: {BY_NAME[name].how}")


def _contrast_names(comparison: Comparison) -> list[str]:
    """Return the names of the contrasts: "mediated − adversarial"."""
    return [f"{regime} − {baseline}" for regime, baseline in comparison.contrasts]


def _label(comparison: Comparison, name: str, *, difference: bool = False) -> str:
    """Return the label of a measure with its unit."""
    measure = BY_NAME[name]
    return Head(
        measure.label, unit_in_heading(comparison.unit(measure.unit), difference=difference)
    ).label


def _mean_item(row: ComparisonRow, places: int) -> Item:
    """Return a mean without its interval."""
    return Item(format_number(row.mean, row.unit, places))


def _difference_item(row: ComparisonRow) -> Item:
    """Return a difference for text: with its interval and share of opposite sign."""
    if not row.n:
        return Item(DASH)
    opposite = format_percent(row.share_opposite) if row.n > 1 else DASH
    interval = format_ends(row.mean, row.low, row.high, row.unit, signed=True)
    return Item(*interval, more=f"{opposite:>4}")


def _interval_item(row: ComparisonRow) -> Item:
    """Return a mean or difference with its interval."""
    return Item(
        *format_ends(row.mean, row.low, row.high, row.unit, signed=row.kind == "difference")
    )


def _detailed_item(row: ComparisonRow) -> Item:
    """Return a mean or difference with its interval, a difference also with its effect size."""
    item = _interval_item(row)
    if row.kind != "difference" or row.n < 2 or row.low == row.high:
        return item
    effect = format_number(row.effect, "", 2, signed=True)
    return replace(item, more=f"d {effect}, opposite {format_percent(row.share_opposite)}")
