"""The rows of the comparison table: a measure under a regime, or its paired difference of two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from sim.measure.contrasts import Pair, contrast_name
from sim.measure.intervals import PairedSummary, Summary
from sim.measure.means import summarise_measure_differences, summarise_measures
from sim.measure.metrics import MEASURES

COLUMNS = {m.name: j for j, m in enumerate(MEASURES)}


class ComparisonRow(NamedTuple):
    """A row of the comparison table: a measure under a regime, or its paired difference of two.

    `kind` is "regime" or "difference", `name` the regime or "A − B". `low` and `high` bound the 95
    % interval over worlds, `n` counts the worlds with a value. `effect` and `share_opposite` are
    those of `PairedSummary`, NaN for a regime; `note` says why an interval is missing or has no
    width.
    """

    measure: str
    label: str
    unit: str
    kind: str
    name: str
    regime: str
    baseline: str
    mean: float
    low: float
    high: float
    sd: float
    effect: float
    share_opposite: float
    n: int
    note: str


def comparison_rows(
    values: Mapping[str, np.ndarray], pairs: Iterable[Pair], unit: Callable[[str], str]
) -> Iterator[ComparisonRow]:
    """Yield the rows of every regime, then those of every pair (regime, baseline).

    `values` has every measure by world for each regime, shape (worlds, measures); `unit` names the
    currency in a unit.
    """
    for regime, table in values.items():
        found = summarise_measures(table, MEASURES, COLUMNS)
        yield from _rows_of("regime", regime, "", found, unit)
    for regime, baseline in dict.fromkeys(pairs):
        difference = summarise_measure_differences(
            values[regime], values[baseline], MEASURES, COLUMNS
        )
        yield from _rows_of("difference", regime, baseline, difference, unit)


def _rows_of(
    kind: str,
    regime: str,
    baseline: str,
    found: Summary | PairedSummary,
    unit: Callable[[str], str],
) -> Iterator[ComparisonRow]:
    nothing = np.full(len(MEASURES), np.nan)
    effect = found.effect if isinstance(found, PairedSummary) else nothing
    opposite = found.share_opposite if isinstance(found, PairedSummary) else nothing
    for j, m in enumerate(MEASURES):
        mean, low, high, sd = (float(column[j]) for column in found[:4])
        n = int(found.n[j])
        yield ComparisonRow(
            m.name, m.label, unit(m.unit), kind, contrast_name(regime, baseline), regime,
            baseline, mean, low, high, sd, float(effect[j]), float(opposite[j]), n,
            _interval_note(n, low, high),
        )  # fmt: skip


def _interval_note(n: int, low: float, high: float) -> str:
    if n == 0:
        return "nothing to count in any world"
    if n == 1:
        return "one world: no interval"
    return "the same in every world" if low == high else ""
