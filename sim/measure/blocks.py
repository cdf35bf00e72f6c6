"""What a comparison keeps of its blocks of worlds: all rows, or the measures of each world.

A measure is a number of one world alone, so it has the same bits whether it is computed of a block
of worlds or of all. What is computed over worlds (means, intervals, curves) is computed at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measure.metrics import MEASURES
from sim.measure.view import View
from sim.rows import join_rows

if TYPE_CHECKING:
    from sim.engines.batch import RunTables


@dataclass(frozen=True, eq=False)
class MeasuredTables:
    """The tables of one regime, too large to hold, and what is known of each world without them.

    `periods`, `ties` and the others give one column at a time, as structured arrays do, wherever
    they are stored. `worlds` are the numbers of the worlds, `values` has the shape (worlds,
    measures), and `residual` is the largest residual of the ledger in any need and month.
    """

    periods: Any
    ties: Any
    events: Any
    offers: Any
    need_months: Any
    worlds: np.ndarray
    values: np.ndarray
    residual: float


class HeldBlocks:
    """Blocks of worlds complete under every regime, all rows held in memory until they are joined."""

    def __init__(self) -> None:
        self._held: list[tuple[int, Mapping[str, RunTables]]] = []

    @property
    def worlds(self) -> int:
        """Return the number of worlds complete under every regime."""
        return sum(worlds for worlds, _ in self._held)

    def add(self, worlds: int, block: Mapping[str, RunTables]) -> None:
        """Keep a block: the number of its worlds, and its tables by regime."""
        self._held.append((worlds, block))

    def outcomes(self) -> dict[str, Any]:
        """Return the tables of all blocks by regime."""
        blocks = [block for _, block in self._held]
        return {regime: join_tables([block[regime] for block in blocks]) for regime in blocks[0]}


def join_tables(parts: list[RunTables]) -> RunTables:
    """Return the tables of consecutive blocks as one."""
    return type(parts[0])(*(join_rows(tables) for tables in zip(*parts, strict=True)))


def values_by_world(view: View) -> np.ndarray:
    """Return every measure by world, shape (worlds, measures), in the order of `MEASURES`."""
    return np.column_stack([m.of(view) for m in MEASURES])


def largest_residual(tables: Any) -> float:
    """Return the largest residual of the ledger in any need and month, relative to its size."""
    if isinstance(tables, MeasuredTables):
        return tables.residual
    return float(tables.periods["residual"].max())
