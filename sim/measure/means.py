"""Means of measures over worlds, one column per measure: of what a share is a share of, too.

A share of first best is the share that was gained of all there was to gain, not the mean of the
worlds' shares: a world in which there was next to nothing to gain would count as much as any, and
the share would contradict the amounts it is made of.
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
    """Return names, and with them those of the measures that some of these are a share of."""
    return tuple(dict.fromkeys([*names, *(m.whole for m in measures if m.whole)]))


def summarise_measures(
    values: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> Summary:
    """Return the summary of each measure; `columns` says where measures and wholes stand in a row."""
    where = [columns[m.name] for m in measures]
    found = summarise(values[:, where])

    def weighted(one: int, whole: int) -> Summary:
        return summarise(values[:, one], weights=values[:, whole])

    return _replace_share_columns(found, measures, columns, weighted)


def summarise_measure_differences(
    values: np.ndarray, baseline: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> PairedSummary:
    """Return the summary of each measure's paired difference, as `summarise_measures` does."""
    where = [columns[m.name] for m in measures]
    found = summarise_paired(values[:, where], baseline[:, where])

    def weighted(one: int, whole: int) -> PairedSummary:
        weights = values[:, whole], baseline[:, whole]
        return summarise_paired(values[:, one], baseline[:, one], weights=weights)

    return _replace_share_columns(found, measures, columns, weighted)


def contributions_to_mean(
    values: np.ndarray, measures: Sequence[Measure], columns: Columns
) -> np.ndarray:
    """Return each measure by world, a share as what the world adds to the share of all worlds.

    That is the gain of a world over the mean of what there was to gain, so that sums, differences
    and means of these numbers agree with those of the amounts.
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
    """Return a summary with the columns of shares of a whole put in place."""
    for j, m in enumerate(measures):
        if m.whole:
            for column, one in zip(found, weighted(columns[m.name], columns[m.whole]), strict=True):
                column[j] = one[0]
    return found
