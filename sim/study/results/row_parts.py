"""Rows of a table that are too many to hold: appended to parts, stacked as one table, read by column.

A part holds the rows of one regime in the order in which its worlds ended; a table has the regimes one
after the other. Parts are Arrow streams, several times faster to write than Parquet and as small.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.files import check_ordinary
from sim.records import Column, allocate, table_dtype
from sim.study.results.appended_file import AppendedFile
from sim.study.results.durable_files import disk_errors, write_file
from sim.study.results.store import REGIME, arrow_table, parquet_errors, parquet_options

if TYPE_CHECKING:
    import pyarrow as pa

# Rows of a row group, all regimes counted: what a reader holds at a time. The same whatever the size of
# blocks, so that the file has the same bytes.
GROUP_ROWS = 65_536


class RowPart:
    """The rows of one regime, appended block by block to a file of their own, in the format of Arrow streams.

    A stream is written anew by each process that appends to it: blocks come after a schema, and further
    schemas may follow.
    """

    def __init__(self, path: Path, columns: Sequence[Column]):
        self.file = AppendedFile(path)
        self.columns = tuple(columns)
        self._written: list[bytes] = []
        self._writer: Any = None

    def append(self, rows: np.ndarray) -> None:
        """Append the rows of a block; raises SimError if the disk refuses them."""
        import pyarrow as pa

        names = [column.name for column in self.columns]
        table = arrow_table(rows[names], self.columns, {})
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            sink = pa.PythonFile(_Chunks(self._written), mode="w")
            self._writer = pa.ipc.new_stream(sink, table.schema, options=options)
        self._writer.write_table(table)
        data = b"".join(self._written)
        self._written.clear()
        self.file.append(data)

    def blocks(self, rows: int) -> Iterator[pa.Table]:
        """Yield the first `rows` rows, block by block."""
        import pyarrow as pa

        schema = arrow_table(allocate(self.columns, 0), self.columns, {}).schema
        yield schema.empty_table()  # so that a table without rows has its columns
        if rows <= 0:
            return
        with disk_errors(self.file.path, "cannot read"), pa.OSFile(str(self.file.path)) as file:
            for message in _messages(pa.ipc.MessageReader.open_stream(file)):
                if message.type == "schema":
                    continue
                batch = pa.ipc.read_record_batch(message, schema)
                yield pa.Table.from_batches([batch])[:rows]
                rows -= batch.num_rows
                if rows <= 0:
                    return


class _Chunks(io.RawIOBase):
    """A file that keeps what is written to it as a list of bytes."""

    def __init__(self, chunks: list[bytes]):
        super().__init__()
        self._chunks = chunks

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._chunks.append(bytes(data))
        return len(data)


def _messages(reader: Any) -> Iterator[Any]:
    with suppress(StopIteration):
        while True:
            yield reader.read_next_message()


def stack_parts(path: Path, parts: Mapping[str, tuple[RowPart, int]]) -> None:
    """Write a Parquet table, atomically: the rows of each regime one after the other.

    `parts` has the part of each regime and how many of its rows are taken. The values, columns and
    order are those of `write_table`. Raises SimError.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    def write(hidden: Path) -> None:
        groups = _groups(_stacked(parts))
        group: Any = next(groups)
        schema = group.schema
        with pq.ParquetWriter(hidden, schema, **parquet_options(schema)) as writer:
            while group is not None:
                writer.write_table(group, row_group_size=GROUP_ROWS)
                del group  # before the next one is joined: each takes 80 MB
                group = next(groups, None)

    write_file(path, write)
    pa.default_memory_pool().release_unused()  # what follows needs the memory


def _stacked(parts: Mapping[str, tuple[RowPart, int]]) -> Iterator[pa.Table]:
    """Yield the blocks of all regimes in turn, with the column `regime` first."""
    import pyarrow as pa

    regimes = list(parts)
    for nth, (part, rows) in enumerate(parts.values()):
        about = {"unit": REGIME.unit, "meaning": REGIME.meaning}
        for block in part.blocks(rows):
            codes = pa.array(np.full(block.num_rows, nth, "i4"))
            words = pa.DictionaryArray.from_arrays(codes, pa.array(regimes))
            yield block.add_column(0, pa.field(REGIME.name, words.type, metadata=about), words)


def _groups(blocks: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield the rows of blocks in groups of `GROUP_ROWS`, the last one shorter; at least one group."""
    import pyarrow as pa

    waiting: list[pa.Table] = []
    count, cut = 0, False
    for block in blocks:
        waiting.append(block)
        count += block.num_rows
        while count >= GROUP_ROWS:
            # One chunk a column, whatever the blocks were, else pages would be cut elsewhere.
            joined = pa.concat_tables(waiting)
            waiting, count, cut = [joined[GROUP_ROWS:]], count - GROUP_ROWS, True
            group = joined[:GROUP_ROWS].combine_chunks()
            del joined  # with the blocks it is made of
            yield group
            del group
    if count or not cut:
        yield pa.concat_tables(waiting).combine_chunks()


def table_pieces(path: Path) -> Iterator[pa.Table]:
    """Yield a Parquet table in pieces of `GROUP_ROWS`, however its file is divided; raises SimError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with parquet_errors(path):
        check_ordinary(path)
        file = pq.ParquetFile(path)
        nothing = file.schema_arrow.empty_table()
        rows = (pa.Table.from_batches([batch]) for batch in file.iter_batches(GROUP_ROWS))
        yield from _groups(chain([nothing], rows))


class StoredTable:
    """A Parquet table on disk whose rows are read by position. `path` is None once it is gone."""

    def __init__(self, path: Path | None, name: str, columns: Sequence[Column]):
        self.path, self.name, self.columns = path, name, tuple(columns)

    @cached_property
    def _footer(self) -> Any:
        return self._open(None).metadata

    def _open(self, footer: Any) -> Any:
        import pyarrow.parquet as pq

        if self.path is None:
            raise SimError(self.left_out(f"the table {self.name}"))
        with parquet_errors(self.path):
            check_ordinary(self.path)
            return pq.ParquetFile(self.path, metadata=footer)

    def left_out(self, what: str) -> str:
        """Return the message that the table, or a column of it, was not kept."""
        return f"{what} was left out; run it again with {self.name} in `tables`"

    def read(self, names: Sequence[str], first: int, count: int) -> Iterator[tuple[int, Any]]:
        """Yield some columns of `count` rows from `first` on, a row group at a time.

        With each piece comes its place among the rows asked for.
        """
        file, at = self._open(self._footer), 0
        assert self.path is not None
        with parquet_errors(self.path):
            for nth in range(self._footer.num_row_groups):
                rows = self._footer.row_group(nth).num_rows
                low, high = max(first, at), min(first + count, at + rows)
                if low < high:
                    group = file.read_row_group(nth, columns=list(names), use_threads=False)
                    yield low - first, group[low - at : high - at]
                at += rows

    def regime_rows(self) -> dict[str, tuple[int, int]]:
        """Return the first row and the number of rows of each regime; raises SimError if they are mixed."""
        found: dict[str, tuple[int, int]] = {}
        total = self._footer.num_rows
        for at, piece in self.read([REGIME.name], 0, total):
            for run in _runs(np.asarray(piece[REGIME.name].cast("string").to_numpy())):
                regime, first, count = str(run[0]), at + run[1], run[2]
                begin, before = found.get(regime, (first, 0))
                if begin + before != first:
                    raise SimError(f"{self.path}: rows of {regime} are not together")
                found[regime] = (begin, before + count)
        return found


def _runs(words: np.ndarray) -> Iterator[tuple[str, int, int]]:
    """Yield each run of equal words: the word, its place and its length."""
    edges = [0, *(np.flatnonzero(words[1:] != words[:-1]) + 1).tolist(), len(words)]
    for low, high in pairwise(edges):
        if low < high:
            yield words[low], low, high - low


class StoredRows:
    """The rows of one regime in a table on disk. `rows[name]` reads a column, as of a structured array."""

    def __init__(self, table: StoredTable, first: int, count: int):
        self._table, self._first, self._count = table, first, count
        self.dtype = table_dtype(table.columns)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in (self.dtype.names or ()):
            raise SimError(self._table.left_out(f"the column {name} of {self._table.name}"))
        found = np.empty(self._count, self.dtype[name])
        for at, piece in self._table.read([name], self._first, self._count):
            found[at : at + len(piece)] = piece[name].to_numpy()
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all rows as a structured array."""
        return self.between(0, self._count)

    def between(self, first: int, last: int) -> np.ndarray:
        """Return rows `first` to `last` − 1 as a structured array."""
        found = np.zeros(last - first, self.dtype)
        names = list(self.dtype.names or ())
        for at, piece in self._table.read(names, self._first + first, last - first):
            for name in names:
                found[name][at : at + len(piece)] = piece[name].to_numpy()
        return found
