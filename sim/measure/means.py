"""Means of measures over worlds, with shares of a total as ratios of means; rows of the comparison table.

The share of first best over many worlds is total surplus divided by total first best, not the mean
of the worlds' shares: otherwise a world with almost nothing to gain would count as much as any
other, and the share would contradict the amounts it is computed from (ratio of means: Cochran 1977,
chapter 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from sim.measure.contrasts import Pair, contrast_name
from sim.measure.intervals import PairedSummary, Summary, summarise, summarise_paired
from sim.measure.metrics import MEASURES, Measure

Found = TypeVar("Found", Summary, PairedSummary)
Columns = Mapping[str, int]
COLUMNS = {m.name: j for j, m in enumerate(MEASURES)}


def with_wholes(names: Sequence[str], measures: Sequence[Measure]) -> tuple[str, ...]:
    """Return the names, and those of the measures of which some of `measures` are a share."""
    return tuple(dict.fromkeys([*names, *(m.whole for m in measures if m.whole)]))


def summarise_measures(
    values: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> Summary:
    """Return the summary over worlds of each measure, in the order of `measures`.

    `values` has shape (worlds, columns), or (…, worlds, columns) as `summarise` takes it; `columns` gives
    the position of every measure and of every whole in a row.
    """
    where = [columns[m.name] for m in measures]
    found = summarise(values[..., where])

    def weighted(part: int, whole: int) -> Summary:
        return summarise(values[..., [part]], weights=values[..., [whole]])

    return _replace_share_columns(found, measures, columns, weighted)


def summarise_measure_differences(
    values: np.ndarray, baseline: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> PairedSummary:
    """Return the summary over worlds of each measure's paired difference.

    `values` and `baseline` have a shape as in `summarise_measures`, the same worlds in the same rows;
    `columns` is as for `summarise_measures`. For shares it is the difference of two ratios of
    means.
    """
    where = [columns[m.name] for m in measures]
    found = summarise_paired(values[..., where], baseline[..., where])

    def weighted(part: int, whole: int) -> PairedSummary:
        weights = values[..., [whole]], baseline[..., [whole]]
        return summarise_paired(values[..., [part]], baseline[..., [part]], weights=weights)

    return _replace_share_columns(found, measures, columns, weighted)


def contributions_to_mean(
    values: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> np.ndarray:
    """Return each measure by world, shares as the world's contribution to the share of all worlds.

    `values` has shape (…, worlds, columns), the result (…, worlds, measures). The contribution is
    the world's amount divided by the mean whole over worlds, so that sums, differences and means of
    contributions agree with those of the amounts.
    """
    found = values[..., [columns[m.name] for m in measures]].copy()
    for j, m in enumerate(measures):
        if m.whole:
            whole = np.where(np.isfinite(found[..., j]), values[..., columns[m.whole]], 0.0)
            mean = whole.sum(axis=-1, keepdims=True) / np.maximum(
                (whole > 0.0).sum(axis=-1, keepdims=True), 1
            )
            found[..., j] *= np.divide(whole, mean, out=np.zeros_like(whole), where=mean > 0.0)
    return found


def _replace_share_columns(
    found: Found, measures: Sequence[Measure], columns: Columns,
    weighted: Callable[[int, int], Found],
) -> Found:  # fmt: skip
    """Return the summary with the columns of shares replaced by their weighted ones, in place."""
    for j, m in enumerate(measures):
        if m.whole:
            for column, replacement in zip(
                found, weighted(columns[m.name], columns[m.whole]), strict=True
            ):
                column[..., j] = replacement[..., 0]
    return found


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
    for regime in values:
        found = summarise_measures(values[regime], MEASURES, COLUMNS)
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
