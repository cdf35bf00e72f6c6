"""Writing and reading tables on disk, each file atomically. With `row_parts`, all that imports pyarrow.

A table is a Parquet file compressed by zstd, with `BYTE_STREAM_SPLIT` floats, dictionary-encoded
strings, and the unit and meaning of every column in its metadata. Every file is written under a hidden
name, fsynced and renamed, so that a crash at any moment leaves either the whole file or none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import reduce
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.files import check_ordinary
from sim.records import Column
from sim.study.results.durable_files import short_reason, write_file

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Columns = dict[str, np.ndarray]
# Of a table that is too large to be held whole: read from disk, and looked at.
BYTES_AT_ONCE, ROWS_AT_ONCE = 262_144, 65_536
REGIME = Column("regime", "str", "-", "the regime these rows were simulated under")


def import_parquet() -> None:
    """Import what tables are written with, before it is needed."""
    import pyarrow.parquet  # noqa: F401


# --- tables -----------------------------------------------------------------------------------


def write_table(
    path: Path,
    rows: np.ndarray | pd.DataFrame | Mapping[str, np.ndarray] | Iterator[pd.DataFrame],
    columns: Sequence[Column],
    *,
    extra: Mapping[str, Any] | None = None,
) -> int:
    """Write rows as one Parquet file, atomically, and return the number of rows.

    `rows` is a structured array, a DataFrame, DataFrames one after the other, of which only one is held at a
    time, or a mapping of regimes to structured arrays, which are stacked in that order with a `regime`
    column. `extra` has columns that come first: one value for all rows, or a list with one for each row of a
    regime. Every column must be declared in `columns` (`regime` always is). Raises SimError if it cannot be
    written.
    """
    if isinstance(rows, Mapping):
        import pyarrow as pa

        pieces = [
            arrow_table(r, columns, {**(extra or {}), "regime": name}) for name, r in rows.items()
        ]
        table = pa.concat_tables(pieces).unify_dictionaries()
    elif isinstance(rows, Iterator):
        return _write_parquet(path, _arrow_tables(rows, columns, extra or {}))
    else:
        table = arrow_table(rows, columns, extra or {})
    return _write_parquet(path, iter([table]))


def read_table(path: Path, needs: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table as a DataFrame; strings become categories.

    Raises SimError if it is unreadable or lacks a column in `needs`.
    """
    table = _read_arrow(path, None)
    _check_columns(path, table, needs)
    with parquet_errors(path):
        return table.to_pandas()


def read_rows(
    path: Path, columns: Sequence[str], *, below: Mapping[str, int] | None = None, **equal: str
) -> pd.DataFrame:
    """Return some columns of the rows that have the values in `equal` and are less than those in `below`.

    For tables that are too large to be held whole: some rows are read after others. Raises SimError as
    `read_table` does.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    limits = below or {}
    names = [*dict.fromkeys([*columns, *equal, *limits])]
    with parquet_errors(path):
        check_ordinary(path)
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=BYTES_AT_ONCE)
        found = [file.schema_arrow.empty_table().select(list(columns))]
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=names, use_threads=False):
            chosen = [pc.equal(batch[name], value) for name, value in equal.items()]
            chosen += [pc.less(batch[name], limit) for name, limit in limits.items()]
            rows = pa.Table.from_batches([batch.select(list(columns))])
            rows = rows.filter(reduce(pc.and_, chosen)) if chosen else rows
            if limits and len(found) > 1 and not len(rows):
                break  # such columns rise from row to row
            found.append(rows)
        frame = pa.concat_tables(found).unify_dictionaries().to_pandas()
    found.clear()
    pa.default_memory_pool().release_unused()
    return frame


def read_columns(path: Path, columns: Sequence[str]) -> list[np.ndarray]:
    """Return some numeric columns of a table, in the order of `columns`; raises SimError."""
    table = _read_arrow(path, columns)
    _check_columns(path, table, columns)
    with parquet_errors(path):
        return [np.asarray(table[name].to_numpy()) for name in columns]


def open_tables(paths: Sequence[Path]) -> Any:
    """Return a pyarrow dataset over tables with the same columns, which are read when queried.

    Raises SimError if a path is not an ordinary file, or if the first is not a complete Parquet file.
    """
    import pyarrow.dataset as ds
    import pyarrow.fs as fs
    import pyarrow.parquet as pq

    for nth, path in enumerate(paths):
        with parquet_errors(path):
            check_ordinary(path)
            if nth == 0:  # errors in the others surface when they are read
                pq.read_metadata(path)
    local = fs.LocalFileSystem()  # else pyarrow would take some names for addresses or patterns
    return ds.dataset([str(path) for path in paths], format="parquet", filesystem=local)


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file, from its footer; raises SimError if it is damaged."""
    import pyarrow.parquet as pq

    with parquet_errors(path):
        check_ordinary(path)
        return int(pq.read_metadata(path).num_rows)


def describe_columns(path: Path) -> dict[str, tuple[str, str]]:
    """Return (unit, meaning) of every column, as stored in the file; raises SimError if it is damaged."""
    import pyarrow.parquet as pq

    with parquet_errors(path):
        check_ordinary(path)
        metadata = {field.name: field.metadata or {} for field in pq.read_schema(path)}
        return {
            name: (about.get(b"unit", b"").decode(), about.get(b"meaning", b"").decode())
            for name, about in metadata.items()
        }


def read_all(path: Path) -> Columns:
    """Return every column of a table by name, strings as plain strings; raises SimError."""
    return columns_by_name(_read_arrow(path, None))


def columns_of(rows: Any, columns: Sequence[Column]) -> Columns:
    """Return rows as `read_all` would return them after `write_table` had written them."""
    import pyarrow as pa

    if isinstance(rows, Mapping):
        pieces = [arrow_table(r, columns, {REGIME.name: name}) for name, r in rows.items()]
        return columns_by_name(pa.concat_tables(pieces))
    return columns_by_name(arrow_table(rows, columns, {}))


def columns_by_name(table: pa.Table) -> Columns:
    """Return every column of an Arrow table, strings as plain strings."""
    import pyarrow as pa

    def values(column: pa.ChunkedArray) -> np.ndarray:
        words = pa.types.is_dictionary(column.type)
        return np.asarray((column.cast(pa.string()) if words else column).to_numpy())

    return {name: values(table[name]) for name in table.column_names}


def arrow_table(rows: Any, columns: Sequence[Column], extra: Mapping[str, Any]) -> pa.Table:
    """Return rows as an Arrow table with unit and meaning of every column; see `write_table`."""
    import pyarrow as pa

    known = {REGIME.name: REGIME, **{c.name: c for c in columns}}
    names = (
        list(rows.dtype.names) if isinstance(rows, np.ndarray) else [str(c) for c in rows.columns]
    )
    fields, arrays = [], []
    for name in [*extra, *names]:
        column = known[name]
        constant = name in extra
        values = extra[name] if constant else rows[name]
        array = (
            _constant_array(values, len(rows), column)
            if constant and not isinstance(values, list)
            else _arrow_column(values, column)
        )
        about = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(name, array.type, metadata=about))
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _arrow_tables(
    frames: Iterator[Any], columns: Sequence[Column], extra: Mapping[str, Any]
) -> Iterator[pa.Table]:
    """Yield frames as Arrow tables, and hold none while the next is made."""
    for frame in frames:
        made = [arrow_table(frame, columns, extra)]
        del frame
        yield made.pop()


def _arrow_column(values: Any, column: Column) -> pa.Array:
    import pyarrow as pa

    if column.dtype == "str":
        if hasattr(values, "cat"):
            words = _string_array([str(v) for v in values.cat.categories])
            codes = _plain_array(np.asarray(values.cat.codes), "i4")
            return pa.DictionaryArray.from_arrays(codes, words)
        return _string_array([str(v) for v in values]).dictionary_encode()
    return _plain_array(np.asarray(values), column.dtype)


# The next three build arrays from buffers, because `pa.array` would import pandas. That takes 0.4 s,
# and `sim run` has no other use for it.


def _plain_array(values: np.ndarray, dtype: str) -> pa.Array:
    import pyarrow as pa

    kind = pa.from_numpy_dtype(np.dtype(dtype))
    data = np.ascontiguousarray(values, dtype=dtype)
    bits = np.packbits(data, bitorder="little") if dtype == "bool" else data
    return pa.Array.from_buffers(kind, len(data), [None, pa.py_buffer(bits)])


def _string_array(texts: Sequence[str]) -> pa.Array:
    import pyarrow as pa

    coded = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, coded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(coded))]
    return pa.Array.from_buffers(pa.string(), len(coded), buffers)


def _constant_array(value: Any, count: int, column: Column) -> pa.Array:
    import pyarrow as pa

    if column.dtype != "str":
        return _arrow_column(np.full(count, value), column)
    codes = _plain_array(np.zeros(count), "i4")
    return pa.DictionaryArray.from_arrays(codes, _string_array([str(value)]))


def _write_parquet(path: Path, tables: Iterator[pa.Table]) -> int:
    """Write tables with the same columns one after the other, and return the number of rows."""
    import pyarrow.parquet as pq

    held = [next(tables)]  # never two at a time
    schema, rows = held[0].schema, 0

    def write(hidden: Path) -> None:
        nonlocal rows
        with pq.ParquetWriter(hidden, schema, **parquet_options(schema)) as writer:
            while held:
                rows += held[0].num_rows
                writer.write_table(held.pop())
                held.extend(islice(tables, 1))

    write_file(path, write)
    return rows


def parquet_options(schema: pa.Schema) -> dict[str, Any]:
    """Return how tables are compressed and encoded, as keywords of pyarrow's writers."""
    import pyarrow as pa

    words = [f.name for f in schema if pa.types.is_dictionary(f.type)]
    floats = [f.name for f in schema if pa.types.is_floating(f.type)]
    encoding = dict.fromkeys(floats, "BYTE_STREAM_SPLIT")
    return {"compression": "zstd", "use_dictionary": words, "column_encoding": encoding}


def _read_arrow(path: Path, columns: Sequence[str] | None) -> pa.Table:
    import pyarrow.parquet as pq

    with parquet_errors(path):
        check_ordinary(path)
        # Neither read ahead nor in threads: these would keep their memory, and tables are small.
        file = pq.ParquetFile(path, pre_buffer=False)
        return file.read(None if columns is None else list(columns), use_threads=False)


def _check_columns(path: Path, table: pa.Table, needs: Sequence[str]) -> None:
    """Raise SimError if a table lacks a column."""
    missing = [name for name in needs if name not in table.column_names]
    if missing:
        what = f"the column {missing[0]}" if len(missing) == 1 else f"columns {', '.join(missing)}"
        raise SimError(f"{path}: lacks {what}: damaged, or written by another version")


@contextmanager
def parquet_errors(path: Path) -> Iterator[None]:
    """Turn the errors of reading a damaged table, or one without a column, into a SimError."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, LookupError, TypeError, ValueError) as error:
        raise SimError(f"{path}: not a complete Parquet table ({short_reason(error)})") from error
