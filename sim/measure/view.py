"""One regime's tables as worlds × months: what every measure is computed from.

The first `run.burn_in` months, in which a market still fills, are in the tables and in no measure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np


class Tables(Protocol):
    """What an engine returns: structured arrays, rows ordered by world."""

    @property
    def periods(self) -> np.ndarray:
        """Rows of `records.PERIODS`."""

    @property
    def ties(self) -> np.ndarray:
        """Rows of `records.TIES`."""


@dataclass(frozen=True)
class View:
    """One regime's tables, seen as worlds × months; of these the first `burn_in` are left out.

    `months` are those of the tables, `counted` those seen here. Rows of `ties` are whole lives.
    """

    tables: Tables
    needs: int
    months: int
    mediated: bool = True
    trusting: bool = True
    burn_in: int = 0

    def __getitem__(self, column: str) -> np.ndarray:
        """Return a column of `periods` as floats, shape (worlds, counted months)."""
        values = np.asarray(self.tables.periods[column], float).reshape(-1, self.months)
        return values[:, self.burn_in :]

    @property
    def counted(self) -> int:
        """Return how many months are seen here."""
        return self.months - self.burn_in

    @property
    def whole(self) -> View:
        """Return the same with no month left out, as pictures over time show it."""
        return replace(self, burn_in=0)

    @cached_property
    def worlds(self) -> np.ndarray:
        """Return the worlds, in the order of the rows."""
        return np.asarray(self.tables.periods["world"]).reshape(-1, self.months)[:, 0]

    def total(self, column: str) -> np.ndarray:
        """Return a column of `periods` summed over counted months, one number per world."""
        return self[column].sum(axis=1)

    def each(self, column: str) -> np.ndarray:
        """Return a column of `periods` per need and counted month, one number per world.

        Per need of the scenario, whether or not it has come to market yet.
        """
        return self.total(column) / (self.needs * self.counted)

    def tie_total(self, column: str) -> np.ndarray:
        """Return a column of `ties` summed over the ties of each world."""
        return self.over_ties(np.asarray(self.tables.ties[column], float))

    def tie_squares(self, column: str) -> np.ndarray:
        """Return a column of `ties`, squared, summed over the ties of each world that have talked."""
        ties = self.tables.ties
        return self.over_ties(np.where(ties["talks"] > 0, ties[column] ** 2.0, 0.0))

    def over_ties(self, values: np.ndarray) -> np.ndarray:
        """Return one number per tie summed over the ties of each world."""
        order = np.argsort(self.worlds)
        row = order[np.searchsorted(self.worlds, self.tables.ties["world"], sorter=order)]
        return np.bincount(row, weights=values, minlength=len(self.worlds))

    def monthly(self, top: str, bottom: str) -> np.ndarray:
        """Return one column of `periods` over another, month by month; NaN over nothing."""
        return ratio(self[top], self[bottom])

    def human(self, column: str) -> np.ndarray:
        """Return a column that takes people, shape (worlds, counted months); NaN for nobody.

        A planner has no trust, no traits and no openness; nobody trusts a mediator who is not there.
        """
        values = self[column]
        seen = self.trusting and (self.mediated or "mediator" not in column)
        return values if seen else np.full_like(values, np.nan)


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return top / bottom, NaN where there is nothing to divide by."""
    top = np.asarray(top, float)
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=np.asarray(bottom) > 0)
