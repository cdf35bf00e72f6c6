"""What happens around an event: series of needs aligned on its onset instead of on the calendar.

Every onset opens a window of months before and after it; months outside the run and those of the
burn-in are not there and are not counted, nor are onsets in them. Values are averaged over the
onsets of a world, then over worlds, whose draw alone gives the interval. Where two regimes meet the
very same onsets, because nobody's conduct brings them about, their difference is paired world by
world. Where conduct decides when and to whom it happens, the difference compares other needs at other
times, and is marked as unpaired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from sim.measure.contrasts import contrast_name
from sim.measure.intervals import Summary, summarise, summarise_paired, summarise_unpaired
from sim.measure.metrics import PER_CONTRACT, PER_MONTH, TRUST
from sim.measure.window import ONSETS, Aligned, Window

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
    """A comparison, as far as it is read here."""

    @property
    def regimes(self) -> tuple[str, ...]:
        """All regimes, the baseline first."""

    @property
    def contestants(self) -> tuple[str, ...]:
        """Those that are compared."""

    @property
    def contrasts(self) -> tuple[tuple[str, str], ...]:
        """Pairs of (regime, baseline)."""

    @property
    def yardsticks(self) -> tuple[str, ...]:
        """Ceilings."""

    @property
    def worlds(self) -> int:
        """How many worlds."""

    @property
    def needs(self) -> int:
        """Needs in a world."""

    @property
    def months(self) -> int:
        """Months of a world."""

    @property
    def burn_in(self) -> int:
        """First months that no measure counts."""

    @property
    def aligned(self) -> list[Aligned]:
        """What was seen around the event asked for."""

    def unit(self, unit: str) -> str:
        """Return a unit with the money's name in it."""

    @property
    def outcomes(self) -> Mapping[str, NeedTables]:
        """Tables by regime."""


class NeedTables(Protocol):
    """What an engine returns, as far as it is read here."""

    @property
    def events(self) -> np.ndarray:
        """Rows of `records.EVENTS`."""

    @property
    def need_months(self) -> np.ndarray:
        """Rows of `records.NEED_MONTHS`, by world, month and need."""


def align(c: AlignableComparison, around: Window) -> list[Aligned]:
    """Return every quantity around every onset: by regime, then between regimes.

    The comparison must hold the tables of `READS`.
    """
    seen = {}
    for regime in c.regimes:
        at = find_onsets(c.outcomes[regime], c.needs, c.months, around.event)
        seen[regime] = at[at[:, 2] >= c.burn_in]
    values = {r: average_by_world(c, r, seen[r], around) for r in c.regimes}
    counted = {
        r: which_months_count(seen[r], around, c.months, c.burn_in).sum(axis=0) for r in c.regimes
    }
    rows: list[Aligned] = []
    for regime in c.regimes:
        found = {q: summarise(v) for q, v in values[regime].items()}
        rows += _aligned_rows(c, around, ("regime", regime, ""), found, counted[regime])
    for regime, baseline in c.contrasts:
        same = np.array_equal(seen[regime], seen[baseline])
        difference = summarise_paired if same else summarise_unpaired
        both = values[regime], values[baseline]
        found = {q: Summary(*difference(v, both[1][q])[:5]) for q, v in both[0].items()}
        kind = "difference" if same else "unpaired"
        rows += _aligned_rows(c, around, (kind, regime, baseline), found, counted[regime])
    return rows


def find_onsets(outcome: NeedTables, needs: int, months: int, event: str) -> np.ndarray:
    """Return when it happened to whom: sorted rows (world's place, need, month), each once.

    A recession happens to every need of a world. Deceit counts where it is found in the vendor who
    serves the need then, or did last.
    """
    rows = outcome.need_months
    worlds = rows["world"].reshape(-1, months * needs)[:, 0]
    found = outcome.events[outcome.events["kind"] == ONSETS[event][0]]
    order = np.argsort(worlds)
    place = order[np.searchsorted(worlds, found["world"], sorter=order)]
    if event == "recession":
        who = np.tile(np.arange(needs), len(found))
        at = (np.repeat(place, needs), who, np.repeat(found["period"], needs))
    else:
        at = (place, found["need"], found["period"])
    if event == "deceit":
        ties = rows["tie"].reshape(-1, months, needs)
        current = ties[at[0], at[2], at[1]] == found["tie"]
        at = (at[0][current], at[1][current], at[2][current])
    return np.unique(np.column_stack(at).astype(np.int64).reshape(-1, 3), axis=0)


def average_by_world(
    c: AlignableComparison, regime: str, at: np.ndarray, around: Window
) -> dict[str, np.ndarray]:
    """Return each quantity as worlds × months of the window: the mean over a world's onsets."""
    rows = c.outcomes[regime].need_months
    month = at[:, 2, None] + around.months
    inside = which_months_count(at, around, c.months, c.burn_in)
    index = (at[:, 0, None], np.where(inside, month, 0), at[:, 1, None])
    shape = (-1, c.months, c.needs)
    active = rows["active"].reshape(shape)[index] == 1
    found = {}
    for name in QUANTITIES:
        values = rows[name].reshape(shape)[index].astype(float)
        there = inside & active if name == "effort" else inside
        if name.startswith("trust") and regime in c.yardsticks:
            there = np.zeros_like(inside)
        found[name] = _average_over_onsets(values, there, at[:, 0], c.worlds)
    return found


def _average_over_onsets(
    values: np.ndarray, there: np.ndarray, world: np.ndarray, n: int
) -> np.ndarray:
    sums, counts = np.zeros((n, values.shape[1])), np.zeros((n, values.shape[1]))
    np.add.at(sums, world, np.where(there, values, 0.0))
    np.add.at(counts, world, there)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0.0)


def which_months_count(at: np.ndarray, around: Window, months: int, burn_in: int = 0) -> np.ndarray:
    """Say for every onset which months of its window are within the run and after the burn-in."""
    month = at[:, 2, None] + around.months
    return (month >= burn_in) & (month < months)


def count_onsets(c: AlignableComparison) -> dict[str, int]:
    """Return how many onsets there were under each compared regime."""
    at_onset = (r for r in c.aligned if r.month == 0 and r.kind == "regime")
    counts = {r.regime: r.events for r in at_onset}
    return {regime: counts[regime] for regime in c.contestants or c.regimes}


def _aligned_rows(
    c: AlignableComparison,
    around: Window,
    what: tuple[str, str, str],
    found: dict[str, Summary],
    events: np.ndarray,
) -> Iterator[Aligned]:
    kind, regime, baseline = what
    name = contrast_name(regime, baseline)
    for quantity, (label, unit) in QUANTITIES.items():
        s = found[quantity]
        for k, month in enumerate(around.months):
            yield Aligned(
                quantity, label, c.unit(unit), kind, name, regime, baseline, int(month),
                float(s.mean[k]), float(s.low[k]), float(s.high[k]), int(s.n[k]), int(events[k]),
            )  # fmt: skip
