"""How well each key can be told from a panel: held-out R², its rank among the keys, and the column that adds most.

R² is 1 − Σ (key − prediction)² / Σ (key − mean)², over points that no regression has seen; the mean is that of the
points it has seen, so that a panel that says nothing has 0, or a little less. Keys are in units of their rank under
the prior, 0 to 1. Each point has worlds of its own, so that points are what is resampled (Efron 1979).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.calibration.identification.held_out_ridge import (
    HeldOut,
    count_fits,
    hold_out,
    miss_after,
    rank_columns,
    rank_units,
)
from sim.calibration.identification.seen_panels import Panels, Seen
from sim.measure.intervals import TAILS, bootstrap_counts

FEWEST_POINTS = 20  # with fewer, a fold has not four points to be predicted
DIGITS = 10  # of results: sums of a resample may be added up in another order on another processor
CHANCE = 1e-9  # R² differences below this are rounding
OnDone = Callable[[int, int], None]  # (fits done, in all)


@dataclass(frozen=True)
class Told:
    """How well a key can be told from a panel.

    `r2` is held-out R² with the ends of its 95 % bootstrap interval; `rank` is 1 for the key that is told best,
    with its interval. `panel` is the name of the panel.
    """

    panel: str
    key: str
    r2: float
    low: float
    high: float
    rank: int
    rank_low: int
    rank_high: int

    @property
    def is_told(self) -> bool:
        """Whether the panel tells anything of the key: whether the interval of R² is above 0."""
        return self.low > 0.0

    @property
    def spread_left(self) -> float:
        """The share of the prior's standard deviation that is left once the panel is seen: √(1 − R²)."""
        return float(np.sqrt(1.0 - min(1.0, max(0.0, self.r2))))


@dataclass(frozen=True)
class Further:
    """The further column that adds most to what is told of a key, with the interval of what it adds to R²."""

    key: str
    column: Seen
    added: float
    low: float
    high: float

    @property
    def helps(self) -> bool:
        """Whether it adds anything: whether the interval is above 0."""
        return self.low > 0.0


@dataclass(frozen=True)
class Identification:
    """What a panel and those before it tell of each key, panel by panel, and what would add most to the last."""

    told: tuple[Told, ...]
    further: tuple[Further, ...]
    points: int

    def of_panel(self, panel: str) -> list[Told]:
        """Return what a panel tells, the key that is told best first."""
        return sorted((one for one in self.told if one.panel == panel), key=lambda one: one.rank)


@dataclass(frozen=True)
class Observed:
    """What is observed at every point: keys, shape (points, keys), and columns, shape (points,) each."""

    keys: tuple[str, ...]
    values: np.ndarray
    columns: Mapping[Seen, np.ndarray]

    def matrix(self, columns: Sequence[Seen]) -> np.ndarray:
        """Return some columns, shape (points, columns)."""
        if not columns:
            return np.zeros((len(self.values), 0))
        return np.column_stack([self.columns[column] for column in columns])


def identify(
    observed: Observed, panels: Panels, on_done: OnDone = lambda done, total: None
) -> Identification:
    """Return what each panel tells of each key, and the further column that would add most to the last.

    Raises ValueError with fewer points than `FEWEST_POINTS`.
    """
    points = len(observed.values)
    if points < FEWEST_POINTS:
        raise ValueError(f"{points} points; want at least {FEWEST_POINTS}")
    targets = np.column_stack([rank_units(column) for column in observed.values.T])
    told: list[Told] = []
    further = _changing(observed, panels.further)
    ranks = [rank_units(_filled(observed.columns[column])) for column in further]
    each = count_fits()
    total, done = each * len(panels.steps), 0

    def on_fit() -> None:
        nonlocal done
        done = min(done + 1, total)
        on_done(done, total)

    for nth, panel in enumerate(panels.steps):
        columns = rank_columns(observed.matrix(panel.columns))
        beside = ranks if nth + 1 == len(panels.steps) else []
        found = hold_out(columns, np.column_stack([targets, *beside]), on_fit)
        told += _told(panel.name, observed.keys, found)
        done = each * (nth + 1)
    added = _further(observed.keys, found, further)
    return Identification(tuple(told), tuple(added), points)


def _told(panel: str, keys: Sequence[str], found: HeldOut) -> list[Told]:
    """Return how well each key is told, from the first targets of what was held out."""
    count = len(keys)
    missed, spread = found.errors[:, :count] ** 2, found.spreads[:, :count] ** 2
    whole = _r2(missed, spread, np.ones((1, len(missed))))[0]
    again = np.concatenate(
        [_r2(missed, spread, counts) for counts in bootstrap_counts(len(missed))]
    )
    ends = np.round(np.quantile(again, TAILS, axis=0), DIGITS)
    places = _ranks(again)
    spans = np.quantile(places, TAILS, axis=0)
    return [
        Told(
            panel, key, float(whole[j]), float(ends[0, j]), float(ends[1, j]),
            int(_ranks(whole[None])[0, j]), int(np.floor(spans[0, j])), int(np.ceil(spans[1, j])),
        )
        for j, key in enumerate(keys)
    ]  # fmt: skip


def _r2(missed: np.ndarray, spread: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return R² of each resample and target, shape (resamples, targets); 0 where nothing varies."""
    top, bottom = (np.einsum("rp,pt->rt", counts, values) for values in (missed, spread))
    share = np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0.0)
    found: np.ndarray = np.round(1.0 - share, DIGITS)
    return found


def _ranks(r2: np.ndarray) -> np.ndarray:
    """Return the rank of each target in each row, from 1; equal ones have the better rank."""
    above: np.ndarray = (r2[:, None, :] > r2[:, :, None] + CHANCE).sum(axis=2)
    return above + 1


def _changing(observed: Observed, columns: Sequence[Seen]) -> list[Seen]:
    """Return the columns that differ between points at all."""
    return [c for c in columns if len(np.unique(_filled(observed.columns[c]))) > 1]


def _filled(column: np.ndarray) -> np.ndarray:
    """Return a column with the median of what is seen where nothing is."""
    seen = np.isfinite(column)
    return np.where(seen, column, np.median(column[seen]) if seen.any() else 0.0)


def _further(keys: Sequence[str], found: HeldOut, further: Sequence[Seen]) -> list[Further]:
    """Return the further column that adds most to each key; none if there is none to choose from.

    The first targets of what was held out are the keys, the others are the columns. What the panel leaves unknown
    of a key is predicted from what it leaves unknown of a column, at points that no regression has seen.
    """
    if not further:
        return []
    many = len(keys)
    errors, spread = found.errors[:, :many], found.spreads[:, :many] ** 2
    after = miss_after(errors, found.errors[:, many:]) ** 2
    total = np.einsum("pk->k", spread)
    gains = (np.einsum("pk->k", errors**2) - np.einsum("cpk->ck", after)) / np.where(
        total > 0.0, total, 1.0
    )
    best = np.argmax(np.round(gains, DIGITS), axis=0)
    return [
        _added(key, further[best[j]], errors[:, j] ** 2, after[best[j], :, j], spread[:, j])
        for j, key in enumerate(keys)
    ]


def _added(
    key: str, column: Seen, base: np.ndarray, more: np.ndarray, spread: np.ndarray
) -> Further:
    """Return what a column adds to R² of a key, from squared errors without and with it."""

    def gain(counts: np.ndarray) -> np.ndarray:
        pairs = [_r2(missed[:, None], spread[:, None], counts) for missed in (more, base)]
        found: np.ndarray = np.round((pairs[0] - pairs[1])[:, 0], DIGITS)
        return found

    again = np.concatenate([gain(counts) for counts in bootstrap_counts(len(base))])
    low, high = np.round(np.quantile(again, TAILS), DIGITS)
    return Further(key, column, float(gain(np.ones((1, len(base))))[0]), float(low), float(high))
