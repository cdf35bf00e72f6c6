"""One regime's tables as worlds × months, the input of every measure.

The first `run.burn_in` months, in which a market still fills, are in the tables but in no measure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np


class Tables(Protocol):
    """The tables that an engine returns: structured arrays, rows ordered by world."""

    @property
    def periods(self) -> np.ndarray:
        """Rows of `records.PERIODS`."""

    @property
    def ties(self) -> np.ndarray:
        """Rows of `records.TIES`."""


@dataclass(frozen=True)
class View:
    """One regime's tables as worlds × months, without the first `burn_in` months.

    `needs` is the number of needs in a world, `months` the number of months in the tables.
    `mediated` says whether there is a mediator to be trusted, `trusting` whether parties trust at
    all (a planner's do not). Rows of `ties` are whole lives, burn-in included.
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
        counted: np.ndarray = values[:, self.burn_in :]
        return counted

    @property
    def counted_months(self) -> int:
        """Return the number of months after the burn-in."""
        return self.months - self.burn_in

    @property
    def all_months(self) -> View:
        """Return the view of all months, burn-in included, for series over time."""
        return replace(self, burn_in=0)

    @cached_property
    def worlds(self) -> np.ndarray:
        """Return the numbers of the worlds, in the order of the rows."""
        numbers: np.ndarray = self.tables.periods["world"].reshape(-1, self.months)[:, 0]
        return numbers

    def total(self, column: str) -> np.ndarray:
        """Return a column of `periods` summed over counted months, shape (worlds,)."""
        total: np.ndarray = self[column].sum(axis=1)
        return total

    def per_need_month(self, column: str) -> np.ndarray:
        """Return a column of `periods` per need and counted month, shape (worlds,).

        Divides by all needs of the scenario, whether or not they have come to market yet.
        """
        return self.total(column) / (self.needs * self.counted_months)

    def tie_total(self, column: str) -> np.ndarray:
        """Return a column of `ties` summed over the ties of each world, shape (worlds,)."""
        return self.over_ties(np.asarray(self.tables.ties[column], float))

    def tie_squares(self, column: str) -> np.ndarray:
        """Return the sum of squares of a column over the ties of each world that have talked."""
        ties = self.tables.ties
        return self.over_ties(np.where(ties["talks"] > 0, ties[column] ** 2.0, 0.0))

    def over_ties(self, values: np.ndarray) -> np.ndarray:
        """Return values summed over the ties of each world, shape (worlds,).

        `values` has one entry per row of `ties`.
        """
        return np.bincount(self._row_of_tie, weights=values, minlength=len(self.worlds))

    @cached_property
    def _row_of_tie(self) -> np.ndarray:
        """Return the place of each tie's world among the worlds."""
        numbers = np.asarray(self.tables.ties["world"])
        each, rest = divmod(len(numbers), max(1, len(self.worlds)))
        if each and not rest and (numbers.reshape(-1, each) == self.worlds[:, None]).all():
            # As engines write them. Worlds of several points may have the same number here.
            return np.repeat(np.arange(len(self.worlds)), each)
        order = np.argsort(self.worlds)
        row: np.ndarray = order[np.searchsorted(self.worlds, numbers, sorter=order)]
        return row

    def monthly(self, top: str, bottom: str) -> np.ndarray:
        """Return the ratio of two columns of `periods`, shape (worlds, counted months).

        NaN in months in which `bottom` is 0.
        """
        return ratio(self[top], self[bottom])

    def held_by_people(self, column: str) -> np.ndarray:
        """Return a column about trust, traits or openness, shape (worlds, counted months).

        NaN if nobody is there to have it: a planner's parties have no trust, no traits and no
        openness, and nobody trusts a mediator if there is none.
        """
        values = self[column]
        seen = self.trusting and (self.mediated or "mediator" not in column)
        return values if seen else np.full_like(values, np.nan)


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Return top / bottom entry by entry, NaN unless `bottom` is above 0.

    Example:
        >>> import numpy as np
        >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
        [0.5, nan]
    """
    top = np.asarray(top, float)
    above = np.asarray(bottom) > 0
    found: np.ndarray = np.divide(top, bottom, out=np.full_like(top, np.nan), where=above)
    return found
