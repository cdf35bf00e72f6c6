"""A result of any size, kept block by block: small ones in memory, large ones in the folder they go to.

A block counts once it is complete under every regime. Once the rows of all blocks exceed `HELD_BYTES`,
they are moved to parts on disk, and so is every further block; what is kept in memory of a world is
then one number per measure. Ctrl-C waits while a block is being stored.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import threading
import weakref
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.blocks import HeldBlocks, MeasuredTables, largest_residual, values_by_world
from sim.measure.metrics import MEASURES, view_of
from sim.records import TABLES, Column, allocate
from sim.study.results.durable_files import disk_errors
from sim.study.results.owned_folders import PARTS
from sim.study.results.row_parts import (
    GROUP_ROWS,
    RowPart,
    StoredRows,
    StoredTable,
    stack_parts,
)

if TYPE_CHECKING:
    from sim.engines.batch import RunTables
    from sim.scenario.load import LoadedScenario
    from sim.scenario.regimes import ResolvedRegime

HELD_BYTES = 128 * 2**20  # of all rows of all regimes
# Columns from which figures are drawn, kept until then if their table is left out of the result.
DRAWN: Mapping[str, tuple[str, ...]] = {
    "periods": ("world", "surplus", "first_best", "trust_buyer", "trust_vendor"),
    "ties": ("world", "months", "running"),
}
PartKey = tuple[str, str]  # table, regime


class _Stored(NamedTuple):
    """What is complete after a block: worlds, rows by part, and the largest residual by regime."""

    worlds: int
    rows: Mapping[PartKey, int]
    residuals: Mapping[str, float]


class StoredValues:
    """Rows of floats of one width in a file without a name, read whenever they are asked for.

    Those of 100,000 worlds and six regimes would take half a gigabyte.
    """

    def __init__(self, folder: Path, width: int):
        # Windows cannot rename a folder in which a file is open.
        with disk_errors(folder):
            place = folder if os.name == "posix" else None
            self._file = tempfile.TemporaryFile(dir=place)  # noqa: SIM115 - closed by the next line
        weakref.finalize(self, self._file.close)  # which deletes it
        self._folder, self._width, self._rows = folder, width, 0
        self._lock = threading.Lock()  # of the place in the file

    def append(self, rows: np.ndarray) -> None:
        """Append rows to those that are kept; raises SimError if the disk refuses them."""
        data = np.ascontiguousarray(rows, float)
        with self._lock, disk_errors(self._folder):
            # Not where the file ends: rows that were forgotten, or written in part, may follow.
            self._file.seek(self._rows * self._width * data.itemsize)
            self._file.write(data.tobytes())
            self._file.flush()
        self._rows += len(rows)

    def keep(self, rows: int) -> StoredValues:
        """Forget all rows but the first, and return the object."""
        self._rows = min(rows, self._rows)
        return self

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all rows; raises SimError if the disk does not give them."""
        found = np.empty((self._rows, self._width))
        with self._lock, disk_errors(self._folder, "cannot read"):
            self._file.seek(0)
            if self._file.readinto(found.data.cast("B")) != found.nbytes:
                raise OSError(errno.EIO, "the measures of its worlds are cut short")
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy, or another process, have all rows as an array: the file has no name to open it by."""
        return np.asarray, (np.asarray(self),)


class BlockStore(HeldBlocks):
    """Blocks of worlds, held until they are too large, then written into `folder`.

    `worlds` is the number requested, `regimes` all that run, `tables` those that the result has, and
    `reads` others that are needed until it is drawn. Call `finish` before the outcomes are read, and
    `publish` once the folder has its final name.
    """

    def __init__(
        self,
        folder: Path,
        loaded: LoadedScenario,
        regimes: Sequence[str],
        worlds: int,
        tables: Collection[str],
        reads: Collection[str] = (),
    ):
        super().__init__(worlds)
        self._folder, self._tables = folder, frozenset(tables)
        self._resolved = {name: loaded.regime(name) for name in regimes}
        self._names = [name for name in TABLES if name in {"periods", "ties", *tables, *reads}]
        self._asked = worlds
        self._bytes = 0
        self._stored = _Stored(0, {}, {})
        self._parts: dict[PartKey, RowPart] = {}
        self._on_disk: dict[str, StoredTable] = {}
        self._values: dict[str, StoredValues] = {}
        self._numbers: dict[str, np.ndarray] = {}

    @property
    def worlds(self) -> int:
        """Return the number of worlds complete under every regime."""
        return self._stored.worlds if self._parts else super().worlds

    @property
    def on_disk(self) -> bool:
        """Return whether rows were too large to be held in memory."""
        return bool(self._parts)

    def add(self, worlds: int, block: Mapping[str, RunTables]) -> None:
        """Keep a block, in memory or on disk. Raises SimError if the disk refuses it."""
        self._bytes += sum(rows.nbytes for tables in block.values() for rows in tables)
        if not self._parts and self._bytes <= HELD_BYTES:
            super().add(worlds, block)
            return
        if not self._parts:
            self._open()
            for before, held in self.release():
                self._write(before, held)
        self._write(worlds, block)

    def outcomes(self) -> dict[str, Any]:
        """Return the tables by regime: held, or read from disk once `finish` has been called."""
        if not self._parts:
            return super().outcomes()
        for nth, name in enumerate(self._names):
            path = self._folder / f"{name}.parquet"
            if name not in self._tables:
                path = self._folder / PARTS / f"part-{nth}-{len(self._resolved)}.parquet"
            self._on_disk[name] = StoredTable(path, name, self._columns(name))
        return {regime: self._outcome(regime) for regime in self._resolved}

    def finish(self) -> None:
        """Write the tables on disk in full, as far as blocks are complete; does nothing a second time."""
        for name, table in self._on_disk.items():
            if table.path is None or table.path.exists():
                continue
            for regime in self._resolved:
                self._parts[name, regime].close()
            rows = self._stored.rows
            stack_parts(
                table.path,
                {
                    regime: (self._parts[name, regime], rows[name, regime])
                    for regime in self._resolved
                },
            )

    def leave_out(self) -> None:
        """Delete the rows that were kept only until the result was drawn."""
        for name, table in self._on_disk.items():
            if name not in self._tables:
                table.path = None
        shutil.rmtree(self._folder / PARTS, ignore_errors=True)

    def publish(self, folder: Path) -> None:
        """Read tables from `folder` from now on."""
        for table in self._on_disk.values():
            if table.path is not None:
                table.path = folder / table.path.name

    def _columns(self, name: str) -> tuple[Column, ...]:
        if name in self._tables or name not in DRAWN:
            return TABLES[name]
        return tuple(column for column in TABLES[name] if column.name in DRAWN[name])

    def _open(self) -> None:
        """Make the parts, and a file for the measures of all worlds under each regime."""
        parts = self._folder / PARTS
        with disk_errors(parts):
            parts.mkdir()
        for at, regime in enumerate(self._resolved):
            self._values[regime] = StoredValues(self._folder, len(MEASURES))
            self._numbers[regime] = np.empty(self._asked, "i8")
            for nth, name in enumerate(self._names):
                # The hidden name of a part of a study: what a killed run leaves is known, and deleted.
                path = parts / f".part-{nth}-{at}.parquet.partial"
                self._parts[name, regime] = RowPart(path, self._columns(name))

    def _write(self, worlds: int, block: Mapping[str, RunTables]) -> None:
        before, rows = self._stored.worlds, dict(self._stored.rows)
        residuals = dict(self._stored.residuals)
        chosen = slice(before, before + worlds)
        for regime, tables in block.items():
            view = view_of(tables, self._resolved[regime])
            self._values[regime].append(values_by_world(view))
            self._numbers[regime][chosen] = view.worlds
            worst = np.maximum(residuals.get(regime, -np.inf), largest_residual(tables))
            residuals[regime] = float(worst)
            for name in self._names:
                added = np.asarray(getattr(tables, name))
                self._parts[name, regime].append(added)
                rows[name, regime] = rows.get((name, regime), 0) + len(added)
        self._stored = _Stored(before + worlds, rows, residuals)  # the block counts from here on

    def _outcome(self, regime: str) -> MeasuredTables:
        order, done = list(self._resolved).index(regime), self.worlds
        rows: dict[str, Any] = {name: allocate(columns, 0) for name, columns in TABLES.items()}
        for name, table in self._on_disk.items():
            counts = [self._stored.rows[name, other] for other in self._resolved]
            rows[name] = StoredRows(table, sum(counts[:order]), counts[order])
        return MeasuredTables(
            **rows,
            worlds=self._numbers[regime][:done],
            values=self._values[regime].keep(done),
            residual=self._stored.residuals[regime],
        )


def measure_stored(rows: Mapping[str, StoredRows], regime: ResolvedRegime) -> MeasuredTables:
    """Return the tables of a regime that are on disk, with the measures of its worlds.

    `rows` has those of every table of `TABLES`. Worlds are read some at a time. Raises ValueError if
    tables do not have the rows of whole worlds.
    """
    months = regime.scenario.run.months
    worlds, rest = divmod(len(rows["periods"]), months)
    ties, odd = divmod(len(rows["ties"]), max(1, worlds))
    if rest or odd:
        raise ValueError("periods or ties have not the rows of whole worlds")
    values, numbers, worst = np.empty((worlds, len(MEASURES))), np.empty(worlds, "i8"), -np.inf
    step = max(1, GROUP_ROWS // months)
    for first in range(0, worlds, step):
        last = min(first + step, worlds)
        block = RowsOfWorlds(
            rows["periods"].between(first * months, last * months),
            rows["ties"].between(first * ties, last * ties),
        )
        view = view_of(block, regime)
        values[first:last], numbers[first:last] = values_by_world(view), view.worlds
        worst = float(np.maximum(worst, largest_residual(block)))
    return MeasuredTables(**rows, worlds=numbers, values=values, residual=worst)


class RowsOfWorlds(NamedTuple):
    """The tables of some worlds from which their measures are computed."""

    periods: np.ndarray
    ties: np.ndarray
