"""What statistics read of a run: totals by world, the log of events, and the terms that were accepted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.errors import SimError
from sim.field.package_range import package_range
from sim.measure.view import View
from sim.records import MAX_ISSUES
from sim.rows import Rows
from sim.words import Event, IssueKind

YEAR = 12.0  # months


@dataclass(frozen=True)
class FieldView:
    """The view of a run, with the rows of parameters of its worlds where a statistic needs them.

    `rows` is a table with one row of parameters for all worlds, or one for each; None if unknown.
    """

    view: View
    rows: Rows | None = None

    def total(self, column: str) -> np.ndarray:
        """Return a column of `periods` summed over counted months, shape (worlds,)."""
        return self.view.total(column)

    @property
    def years(self) -> np.ndarray:
        """Return the years under a contract, summed over needs, shape (worlds,)."""
        found: np.ndarray = self.total("active") / YEAR
        return found

    def events(
        self, kind: Event, weigh: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> np.ndarray:
        """Return how many events of a kind a world had after the burn-in, shape (worlds,).

        `weigh` maps the rows of these events to what each counts for, 1 if left out.
        """
        rows, row_of = self._events
        here = (rows["kind"] == int(kind)) & (rows["period"] >= self.view.burn_in)
        weights = None if weigh is None else weigh(rows[here])
        counted = np.bincount(row_of[here], weights, minlength=len(self.view.worlds))
        return counted.astype(float)

    def volume(self) -> np.ndarray:
        """Return what was paid: contract months times the mean price of the contracts signed, money.

        Contracts found in force at the start have no price in the log, so months under them count at
        the mean price of the world.
        """
        months = self.events(Event.SIGNED, lambda rows: rows["second"])
        paid = self.events(Event.SIGNED, lambda rows: rows["amount"] * rows["second"])
        mean = np.divide(paid, months, out=np.zeros_like(paid), where=months > 0.0)
        found: np.ndarray = self.total("active") * mean
        return found

    def contracts_with(self, kind: IssueKind) -> tuple[np.ndarray, np.ndarray]:
        """Return how many contracts signed have an issue of a kind above 0, and how many were signed.

        Both have shape (worlds,) and are NaN without rows of parameters.
        """
        nothing = np.full(len(self.view.worlds), np.nan)
        if self.rows is None:
            return nothing, nothing
        offers, row_of = self._accepted
        levels = np.stack([offers[f"level_{k}"] for k in range(MAX_ISSUES)], axis=1)
        kinds, values = (np.asarray(self.rows[name]) for name in ("kind", "value"))
        which = row_of if len(kinds) > 1 else np.zeros_like(row_of)
        at = np.maximum(levels, 0)[:, : kinds.shape[1]]
        worth = np.take_along_axis(values[which], at[:, :, None], axis=2)[:, :, 0]
        has = (
            (kinds[which] == int(kind)) & (worth > 0.0) & (levels[:, : kinds.shape[1]] >= 0)
        ).any(1)
        size = len(self.view.worlds)
        return (
            np.bincount(row_of, has.astype(float), minlength=size),
            np.bincount(row_of, minlength=size).astype(float),
        )

    @cached_property
    def ranges(self) -> np.ndarray:
        """Return the range of packages of each world, money/month; NaN without rows of parameters."""
        size = len(self.view.worlds)
        if self.rows is None:
            return np.full(size, np.nan)
        found = {row.tobytes(): row for row in self.rows}
        known = {data: package_range(row) for data, row in found.items()}
        by_row = np.array([known[row.tobytes()] for row in self.rows])
        return np.resize(by_row, size)

    @cached_property
    def _events(self) -> tuple[np.ndarray, np.ndarray]:
        rows = self.view.tables.events  # type: ignore[attr-defined]
        return rows, rows_of_log(rows, self.view.worlds)

    @cached_property
    def _accepted(self) -> tuple[np.ndarray, np.ndarray]:
        rows = self.view.tables.offers  # type: ignore[attr-defined]
        row_of = rows_of_log(rows, self.view.worlds)
        kept = (rows["accepted"] > 0) & (rows["period"] >= self.view.burn_in)
        return rows[kept], row_of[kept]


def rows_of_log(log: np.ndarray, worlds: np.ndarray) -> np.ndarray:
    """Return the place of each row's world among `worlds`; `log` is ordered as the worlds are.

    Worlds of several points may have the same number, if others stand between them. A world begins
    where the number changes or the month goes back. Raises SimError if the log does not fit.
    """
    numbers, months = np.asarray(log["world"]), np.asarray(log["period"])
    starts = np.flatnonzero((np.diff(numbers) != 0) | (np.diff(months) < 0)) + 1
    runs = np.split(numbers, starts) if len(numbers) else []
    places, at = [], -1
    for run in runs:
        at += 1
        while at < len(worlds) and worlds[at] != run[0]:
            at += 1  # a world in which nothing was logged
        places.append(np.full(len(run), at))
    if at >= len(worlds):
        raise SimError("a log with rows of worlds that are not there; want those of one run")
    return np.concatenate(places) if places else np.zeros(0, np.int64)
