"""Event study: series of needs aligned on the onset of an event instead of on the calendar.

Every onset opens a window of months before and after it. Months outside the run or in the burn-in
are not counted, and neither are onsets in them. Values are averaged over the onsets of a world,
then over worlds; intervals are over worlds alone. If two regimes have exactly the same onsets,
because nobody's conduct causes them, their difference is paired world by world. If conduct decides
when and to whom the event happens, the difference compares different needs at different times, and
is marked as unpaired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from sim.measure.contrasts import contrast_name
from sim.measure.intervals import Summary, summarise, summarise_paired, summarise_unpaired
from sim.measure.metrics import PER_CONTRACT, PER_MONTH, TRUST
from sim.measure.window import ONSETS, AlignedRow, Window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


QUANTITIES = {
    "surplus": ("joint surplus", PER_MONTH),
    "buyer": ("buyer's part", PER_MONTH),
    "vendor": ("vendor's part", PER_MONTH),
    "trust_buyer": ("buyer's trust in vendor", TRUST),
    "trust_vendor": ("vendor's trust in buyer", TRUST),
    "effort": ("vendor's effort", PER_CONTRACT),
    "active": ("under contract", "share"),
}


class AlignableComparison(Protocol):
    """The part of a comparison that an alignment reads."""

    @property
    def regimes(self) -> tuple[str, ...]:
        """All regimes, the baseline first."""

    @property
    def contestants(self) -> tuple[str, ...]:
        """The regimes that are compared, without the yardsticks."""

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """Pairs of (regime, baseline)."""

    @property
    def yardsticks(self) -> tuple[str, ...]:
        """The regimes that are ceilings: planners."""

    @property
    def worlds(self) -> int:
        """Number of worlds."""

    @property
    def needs(self) -> int:
        """Number of needs in a world."""

    @property
    def months(self) -> int:
        """Length of a world in months."""

    @property
    def burn_in(self) -> int:
        """Number of first months that no measure counts."""

    @property
    def aligned(self) -> list[AlignedRow]:
        """The rows aligned on the requested event."""

    def unit(self, unit: str) -> str:
        """Return a unit with the name of the currency in it."""

    @property
    def outcomes(self) -> Mapping[str, NeedTables]:
        """Tables by regime."""


class NeedTables(Protocol):
    """The tables of an engine that an alignment reads."""

    @property
    def events(self) -> np.ndarray:
        """Rows of `records.EVENTS`."""

    @property
    def need_months(self) -> np.ndarray:
        """Rows of `records.NEED_MONTHS`, by world, month and need."""


def align(comparison: AlignableComparison, around: Window) -> list[AlignedRow]:
    """Return every quantity in every month of the window: by regime, then as differences.

    `around` is the event and its window. The comparison must hold the tables of `around.reads`.
    """
    seen = {}
    for regime in comparison.regimes:
        at = find_onsets(
            comparison.outcomes[regime], comparison.needs, comparison.months, around.event
        )
        seen[regime] = at[at[:, 2] >= comparison.burn_in]
    values = {r: average_by_world(comparison, r, seen[r], around) for r in comparison.regimes}
    counted = {
        r: which_months_count(seen[r], around, comparison.months, comparison.burn_in).sum(axis=0)
        for r in comparison.regimes
    }
    rows: list[AlignedRow] = []
    for regime in comparison.regimes:
        found = {q: summarise(v) for q, v in values[regime].items()}
        rows += _aligned_rows(comparison, around, ("regime", regime, ""), found, counted[regime])
    for regime, baseline in comparison.contrasts:
        same = np.array_equal(seen[regime], seen[baseline])
        difference = summarise_paired if same else summarise_unpaired
        both = values[regime], values[baseline]
        found = {q: Summary(*difference(v, both[1][q])[:5]) for q, v in both[0].items()}
        kind = "difference" if same else "unpaired"
        rows += _aligned_rows(comparison, around, (kind, regime, baseline), found, counted[regime])
    return rows


def find_onsets(outcome: NeedTables, needs: int, months: int, event: str) -> np.ndarray:
    """Return the onsets of an event as sorted unique rows (index of world, need, month).

    `needs` and `months` are those of a world. A recession counts for every need of its world;
    deceit counts if it is discovered in the vendor that serves the need in that month, or served it
    last.
    """
    rows = outcome.need_months
    worlds = rows["world"].reshape(-1, months * needs)[:, 0]
    chosen = outcome.events["kind"] == ONSETS[event][0]
    found = {name: outcome.events[name][chosen] for name in ("world", "period", "need", "tie")}
    order = np.argsort(worlds)
    place = order[np.searchsorted(worlds, found["world"], sorter=order)]
    if event == "recession":
        who = np.tile(np.arange(needs), len(place))
        at = (np.repeat(place, needs), who, np.repeat(found["period"], needs))
    else:
        at = (place, found["need"], found["period"])
    if event == "deceit":
        ties = rows["tie"].reshape(-1, months, needs)
        current = ties[at[0], at[2], at[1]] == found["tie"]
        at = (at[0][current], at[1][current], at[2][current])
    return np.unique(np.column_stack(at).astype(np.int64).reshape(-1, 3), axis=0)


def average_by_world(
    comparison: AlignableComparison, regime: str, at: np.ndarray, around: Window
) -> dict[str, np.ndarray]:
    """Return the mean of each quantity over a world's onsets, shape (worlds, months of the window).

    `at` has rows (index of world, need, month). NaN in months that no onset of the world reaches.
    Effort counts under contract only; a yardstick's trust is NaN.
    """
    rows = comparison.outcomes[regime].need_months
    month = at[:, 2, None] + around.months
    inside = which_months_count(at, around, comparison.months, comparison.burn_in)
    index = (at[:, 0, None], np.where(inside, month, 0), at[:, 1, None])
    shape = (-1, comparison.months, comparison.needs)
    active = rows["active"].reshape(shape)[index] == 1
    found = {}
    for name in QUANTITIES:
        values = rows[name].reshape(shape)[index].astype(float)
        counted = inside & active if name == "effort" else inside
        if name.startswith("trust") and regime in comparison.yardsticks:
            counted = np.zeros_like(inside)
        found[name] = _average_over_onsets(values, counted, at[:, 0], comparison.worlds)
    return found


def _average_over_onsets(
    values: np.ndarray, counted: np.ndarray, world: np.ndarray, worlds: int
) -> np.ndarray:
    sums, counts = np.zeros((worlds, values.shape[1])), np.zeros((worlds, values.shape[1]))
    np.add.at(sums, world, np.where(counted, values, 0.0))
    np.add.at(counts, world, counted)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0.0)


def which_months_count(at: np.ndarray, around: Window, months: int, burn_in: int = 0) -> np.ndarray:
    """Return whether each month of each onset's window lies in the run and after the burn-in.

    Shape (onsets, months of the window); `at` has rows (index of world, need, month).
    """
    month: np.ndarray = at[:, 2, None] + around.months
    return (month >= burn_in) & (month < months)


def count_onsets(comparison: AlignableComparison) -> dict[str, int]:
    """Return the number of onsets under each compared regime."""
    at_onset = (r for r in comparison.aligned if r.month == 0 and r.kind == "regime")
    counts = {r.regime: r.events for r in at_onset}
    return {regime: counts[regime] for regime in comparison.contestants or comparison.regimes}


def _aligned_rows(
    comparison: AlignableComparison,
    around: Window,
    what: tuple[str, str, str],
    found: dict[str, Summary],
    events: np.ndarray,
) -> Iterator[AlignedRow]:
    kind, regime, baseline = what
    name = contrast_name(regime, baseline)
    for quantity, (label, unit) in QUANTITIES.items():
        s = found[quantity]
        for k, month in enumerate(around.months):
            yield AlignedRow(
                quantity, label, comparison.unit(unit), kind, name, regime, baseline, int(month),
                float(s.mean[k]), float(s.low[k]), float(s.high[k]), int(s.n[k]), int(events[k]),
            )  # fmt: skip
