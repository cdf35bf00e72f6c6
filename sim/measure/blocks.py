"""What a comparison keeps of its blocks of worlds: all rows, or the measures of each world.

A measure is a number of one world alone, so it has the same bits whether it is computed of a block
of worlds or of all. What is computed over worlds (means, intervals, curves) is computed at the end.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.metrics import MEASURES
from sim.measure.view import View
from sim.rows import as_bytes

if TYPE_CHECKING:
    from sim.engines.batch import RunTables

MOST_ROOM = 128 * 2**20  # bytes that are set aside for a table before its rows come


@dataclass(frozen=True, eq=False)
class MeasuredTables:
    """The tables of one regime, too large to hold, and what is known of each world without them.

    `periods`, `ties` and the others give one column at a time, as structured arrays do, wherever
    they are stored. `worlds` are the numbers of the worlds, `values` is made into an array of the
    shape (worlds, measures) by `np.asarray`, and `residual` is the largest residual of the ledger in
    any need and month.
    """

    periods: Any
    ties: Any
    events: Any
    offers: Any
    need_months: Any
    worlds: np.ndarray
    values: Any
    residual: float


class HeldBlocks:
    """Blocks of worlds complete under every regime, all rows held in memory.

    `expected` is the number of worlds that will come, for which room is made; more may come.
    """

    def __init__(self, expected: int = 0) -> None:
        self._expected = expected
        self._held: dict[str, list[_GrowingRows]] = {}
        self._sizes: list[int] = []  # worlds of each block
        self._kind: type[RunTables] | None = None

    @property
    def worlds(self) -> int:
        """Return the number of worlds complete under every regime."""
        return sum(self._sizes)

    def add(self, worlds: int, block: Mapping[str, RunTables]) -> None:
        """Keep a block: the number of its worlds, and its tables by regime."""
        for regime, tables in block.items():
            self._kind = type(tables)
            if not self._sizes:
                share = max(1.0, self._expected / max(1, worlds))
                self._held[regime] = [_GrowingRows(rows, share) for rows in tables]
            for held, rows in zip(self._held[regime], tables, strict=True):
                held.append(rows)
        self._sizes.append(worlds)  # the block counts from here on

    def outcomes(self) -> dict[str, Any]:
        """Return the tables of all blocks by regime."""
        assert self._kind is not None, "want at least one block"
        done = len(self._sizes)
        return {
            regime: self._kind(*(held.between(0, done) for held in tables))
            for regime, tables in self._held.items()
        }

    def release(self) -> Iterator[tuple[int, dict[str, RunTables]]]:
        """Yield every block as it was added, and forget them all at the end."""
        for at, worlds in enumerate(self._sizes):
            assert self._kind is not None
            yield (
                worlds,
                {
                    regime: self._kind(*(held.between(at, at + 1) for held in tables))
                    for regime, tables in self._held.items()
                },
            )
        self._held, self._sizes = {}, []


class _GrowingRows:
    """The rows of a table, copied block by block to their place: memory is taken as it fills.

    Joined at the end they would be held twice, and nothing else could be done meanwhile.
    """

    def __init__(self, first: np.ndarray, share: float):
        self._kind = first.dtype
        room = min(math.ceil(len(first) * share), MOST_ROOM // max(1, self._kind.itemsize))
        self._rows = as_bytes(np.empty(max(room, len(first)), self._kind))
        self._ends = [0]

    def append(self, rows: np.ndarray) -> None:
        """Append the rows of a block."""
        first, last = self._ends[-1], self._ends[-1] + len(rows)
        if last > len(self._rows):
            wider = np.empty(max(last, len(self._rows) * 3 // 2), self._rows.dtype)
            wider[:first] = self._rows[:first]
            self._rows = wider
        self._rows[first:last] = as_bytes(rows)
        self._ends.append(last)

    def between(self, first: int, last: int) -> np.ndarray:
        """Return the rows of the blocks from `first` to before `last`."""
        return self._rows[self._ends[first] : self._ends[last]].view(self._kind)


class ValuesByRegime(Mapping[str, np.ndarray]):
    """Every measure by world, shape (worlds, measures), of each regime of a result too large to hold.

    Read whenever it is asked for, and not kept.
    """

    def __init__(self, outcomes: Mapping[str, MeasuredTables]):
        self._outcomes = outcomes

    def __getitem__(self, regime: str) -> np.ndarray:
        return np.asarray(self._outcomes[regime].values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)


def values_by_world(view: View) -> np.ndarray:
    """Return every measure by world, shape (worlds, measures), in the order of `MEASURES`."""
    return np.column_stack([m.of(view) for m in MEASURES])


def largest_residual(tables: Any) -> float:
    """Return the largest residual of the ledger in any need and month, relative to its size."""
    if isinstance(tables, MeasuredTables):
        return tables.residual
    return float(tables.periods["residual"].max())
