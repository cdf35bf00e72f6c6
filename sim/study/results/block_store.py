"""A result of any size, kept block by block: small ones in memory, large ones on disk.

A block counts once it is complete under every regime. Once the rows of all blocks exceed `HELD_BYTES`,
they are moved to disk, and so is every further block, with its measures; what a killed process leaves
there is resumed. Ctrl-C waits while a block is being stored.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.blocks import HeldBlocks, MeasuredTables, largest_residual, values_by_world
from sim.measure.metrics import MEASURES, view_of
from sim.records import TABLES, Column, allocate
from sim.study.results.appended_file import AppendedFile, Length
from sim.study.results.durable_files import disk_errors
from sim.study.results.owned_folders import PARTS
from sim.study.results.row_parts import (
    GROUP_ROWS,
    RowPart,
    StoredRows,
    StoredTable,
    stack_parts,
)
from sim.study.results.stored_values import StoredValues
from sim.study.results.unfinished import UnfinishedRows

if TYPE_CHECKING:
    from sim.engines.batch import RunTables
    from sim.scenario.load import LoadedScenario
    from sim.scenario.regimes import ResolvedRegime

HELD_BYTES = 128 * 2**20  # of all rows of all regimes
SECONDS_BETWEEN_RECEIPTS = 1.0  # the most work that a kill loses, beside the block under way
# Columns from which figures are drawn, kept until then if their table is left out of the result.
DRAWN: Mapping[str, tuple[str, ...]] = {
    "periods": ("world", "surplus", "first_best", "trust_buyer", "trust_vendor"),
    "ties": ("world", "months", "running"),
}
PartKey = tuple[str, str]  # table, regime


class _Stored(NamedTuple):
    """What is complete after a block: worlds, rows by part, largest residual by regime, and length by file."""

    worlds: int
    rows: Mapping[PartKey, int]
    residuals: Mapping[str, float]
    lengths: Mapping[str, Length]


class BlockStore(HeldBlocks):
    """Blocks of worlds, held until they are too large, then written into the folder of `unfinished`.

    `folder` is that of the result, `worlds` the number requested, `regimes` all that run, `tables` those
    that the result has, and `reads` others that are needed until it is drawn. Begins with the worlds that
    an earlier process of the same request left. Call `finish` before the outcomes are read, and `publish`
    once the folder has its final name. Raises SimError if what was left cannot be resumed.
    """

    def __init__(
        self,
        folder: Path,
        loaded: LoadedScenario,
        regimes: Sequence[str],
        worlds: int,
        tables: Collection[str],
        reads: Collection[str],
        unfinished: UnfinishedRows,
    ):
        super().__init__(worlds)
        self._unfinished = unfinished
        self._folder, self._tables = folder, frozenset(tables)
        self._resolved = {name: loaded.regime(name) for name in regimes}
        self._names = [name for name in TABLES if name in {"periods", "ties", *tables, *reads}]
        self._bytes = 0
        self._stored = _Stored(0, {}, {}, {})
        self._parts: dict[PartKey, RowPart] = {}
        self._on_disk: dict[str, StoredTable] = {}
        self._values: dict[str, StoredValues] = {}
        self._sure = 0.0  # when the last receipt was written, on the clock of this process
        receipt = unfinished.last_receipt()
        if receipt is not None:
            self._resume(receipt)

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
            self._unfinished.create()
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
        """Write the tables on disk in full, as far as blocks are complete, if they are not there yet."""
        if self._parts and self._unfinished.worlds < self._stored.worlds:
            self._write_receipt()
        for name, table in self._on_disk.items():
            if table.path is None or table.path.exists():
                continue
            with disk_errors(table.path):
                table.path.parent.mkdir(exist_ok=True)
            rows = self._stored.rows
            stack_parts(
                table.path,
                {
                    regime: (self._parts[name, regime], rows[name, regime])
                    for regime in self._resolved
                },
            )

    def leave_out(self) -> None:
        """Delete tables that were kept only until the result was drawn; hold all else without its rows."""
        for values in self._values.values():
            values.detach()
        for name, table in self._on_disk.items():
            if name not in self._tables:
                table.path = None
        shutil.rmtree(self._folder / PARTS, ignore_errors=True)

    def publish(self, folder: Path) -> None:
        """Read tables from `folder` from now on, the result's final name; delete their rows of before."""
        for table in self._on_disk.values():
            if table.path is not None:
                table.path = folder / table.path.name
        for part in self._parts.values():
            part.file.close()
        self._unfinished.remove()

    def _columns(self, name: str) -> tuple[Column, ...]:
        if name in self._tables or name not in DRAWN:
            return TABLES[name]
        return tuple(column for column in TABLES[name] if column.name in DRAWN[name])

    def _open(self) -> None:
        """Name a file for each table and regime, and one for the measures of all worlds under each regime."""
        place = self._unfinished.folder
        for at, regime in enumerate(self._resolved):
            self._values[regime] = StoredValues(place / f"measures-{at}.floats", len(MEASURES))
            for name in self._names:
                path = place / f"{name}-{at}.arrows"
                self._parts[name, regime] = RowPart(path, self._columns(name))

    def _files(self) -> dict[str, AppendedFile]:
        files = [part.file for part in self._parts.values()]
        files += [values.file for values in self._values.values()]
        return {file.path.name: file for file in files}

    def _resume(self, receipt: Mapping[str, Any]) -> None:
        """Continue from the worlds that a receipt counts; from none if its files are damaged and `force` is given."""
        with self._unfinished.restoring():
            self._open()
            try:
                lengths = {n: Length(*receipt["files"][n]) for n in self._files()}
                for name, file in self._files().items():
                    file.restore(lengths[name])
            except BaseException:
                self._close()
                raise
            done, regimes = int(receipt["worlds"]), list(self._resolved)
            counts = receipt["rows"]
            rows = {(n, r): counts[n][at] for n in self._names for at, r in enumerate(regimes)}
            residuals = dict(zip(regimes, receipt["residuals"], strict=True))
            for values in self._values.values():
                values.keep(done)
            self._stored = _Stored(done, rows, residuals, lengths)

    def _close(self) -> None:
        for file in self._files().values():
            file.close()
        self._parts, self._values = {}, {}

    def _write_receipt(self) -> None:
        """Let all files reach the disk, and count what is complete as safe."""
        if not self._unfinished.resumable:
            return
        for file in self._files().values():
            file.sync()
        stored, regimes = self._stored, list(self._resolved)
        about = {
            "rows": {n: [stored.rows[n, regime] for regime in regimes] for n in self._names},
            "residuals": [stored.residuals[regime] for regime in regimes],
            "files": {name: list(length) for name, length in stored.lengths.items()},
        }
        self._unfinished.add_receipt(stored.worlds, about)
        self._sure = time.monotonic()

    def _write(self, worlds: int, block: Mapping[str, RunTables]) -> None:
        before, rows = self._stored.worlds, dict(self._stored.rows)
        residuals = dict(self._stored.residuals)
        for regime, tables in block.items():
            view = view_of(tables, self._resolved[regime])
            self._values[regime].append(values_by_world(view))
            worst = np.maximum(residuals.get(regime, -np.inf), largest_residual(tables))
            residuals[regime] = float(worst)
            for name in self._names:
                added = np.asarray(getattr(tables, name))
                self._parts[name, regime].append(added)
                rows[name, regime] = rows.get((name, regime), 0) + len(added)
        lengths = {name: file.length for name, file in self._files().items()}
        # The block counts from here on.
        self._stored = _Stored(before + worlds, rows, residuals, lengths)
        if time.monotonic() - self._sure >= SECONDS_BETWEEN_RECEIPTS:
            self._write_receipt()

    def _outcome(self, regime: str) -> MeasuredTables:
        order, done = list(self._resolved).index(regime), self.worlds
        rows: dict[str, Any] = {name: allocate(columns, 0) for name, columns in TABLES.items()}
        for name, table in self._on_disk.items():
            counts = [self._stored.rows[name, other] for other in self._resolved]
            rows[name] = StoredRows(table, sum(counts[:order]), counts[order])
        return MeasuredTables(
            **rows,
            worlds=np.arange(done),
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
