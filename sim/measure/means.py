"""Means of measures over worlds, with shares of a total as ratios of means.

The share of first best over many worlds is total surplus divided by total first best, not the mean
of the worlds' shares: otherwise a world with almost nothing to gain would count as much as any
other, and the share would contradict the amounts it is computed from (ratio of means: Cochran 1977,
chapter 6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from sim.measure.intervals import PairedSummary, Summary, summarise, summarise_paired
from sim.measure.metrics import Measure

Found = TypeVar("Found", Summary, PairedSummary)
Columns = Mapping[str, int]


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
