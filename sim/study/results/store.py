"""Tables on disk that explain themselves, each file whole or absent.

The only place that imports pyarrow. A table is zstd Parquet with `BYTE_STREAM_SPLIT` floats,
dictionary-coded words, and the unit and meaning of every column in its metadata. A file is written
under a name with a leading dot, fsynced, and renamed when whole.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import SimError
from sim.files import check_ordinary
from sim.records import Column

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Columns = dict[str, np.ndarray]
REGIME = Column("regime", "str", "-", "the regime these rows were made under")


# --- tables -----------------------------------------------------------------------------------


def write_table(
    path: Path,
    rows: np.ndarray | pd.DataFrame | Mapping[str, np.ndarray],
    columns: Sequence[Column],
    *,
    extra: Mapping[str, Any] | None = None,
) -> int:
    """Write rows as one Parquet file, whole or not at all, and return how many there are.

    `rows` is a structured array, a DataFrame, or structured arrays by regime, stacked in that
    order under a `regime` column. `extra` holds constant columns put first. Every column must be
    declared in `columns` (`regime` always is). Raises SimError when the disk refuses.
    """
    if isinstance(rows, Mapping):
        import pyarrow as pa

        pieces = [
            _arrow_table(r, columns, {**(extra or {}), "regime": name}) for name, r in rows.items()
        ]
        table = pa.concat_tables(pieces).unify_dictionaries()
    else:
        table = _arrow_table(rows, columns, extra or {})
    _write_parquet(path, table)
    return table.num_rows


def read_table(path: Path, needs: Sequence[str] = ()) -> pd.DataFrame:
    """Return a table as a DataFrame; words become categories.

    Raises SimError when it is unreadable, or lacks a column that it `needs`.
    """
    table = _read_arrow(path, None)
    _check_columns(path, table, needs)
    with _parquet_errors(path):
        return table.to_pandas()


def read_columns(path: Path, columns: Sequence[str]) -> list[np.ndarray]:
    """Return columns of numbers of a table, in the order asked for."""
    table = _read_arrow(path, columns)
    _check_columns(path, table, columns)
    with _parquet_errors(path):
        return [np.asarray(table[name].to_numpy()) for name in columns]


def open_tables(paths: Sequence[Path]) -> Any:
    """Return tables of the same columns as one that is read when it is asked; names are no patterns.

    Raises SimError where one of them is no whole Parquet table.
    """
    import pyarrow.dataset as ds
    import pyarrow.fs as fs
    import pyarrow.parquet as pq

    for nth, path in enumerate(paths):
        with _parquet_errors(path):
            check_ordinary(path)
            if nth == 0:  # the others say so themselves when they are read
                pq.read_metadata(path)
    here = fs.LocalFileSystem()
    return ds.dataset([str(path) for path in paths], format="parquet", filesystem=here)


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file from its footer."""
    import pyarrow.parquet as pq

    with _parquet_errors(path):
        check_ordinary(path)
        return pq.read_metadata(path).num_rows


def describe_columns(path: Path) -> dict[str, tuple[str, str]]:
    """Return unit and meaning of every column, as stored in the file."""
    import pyarrow.parquet as pq

    with _parquet_errors(path):
        check_ordinary(path)
        return {
            field.name: tuple(
                (field.metadata or {}).get(k, b"").decode() for k in (b"unit", b"meaning")
            )
            for field in pq.read_schema(path)
        }  # type: ignore[return-value]


def read_all(path: Path) -> Columns:
    """Return every column of a table by name, words as texts."""
    return _by_name(_read_arrow(path, None))


def columns_of(rows: Any, columns: Sequence[Column]) -> Columns:
    """Return `rows`, as for `write_table`, as `read_all` would after they were written."""
    import pyarrow as pa

    if isinstance(rows, Mapping):
        pieces = [_arrow_table(r, columns, {REGIME.name: name}) for name, r in rows.items()]
        return _by_name(pa.concat_tables(pieces))
    return _by_name(_arrow_table(rows, columns, {}))


def _by_name(table: pa.Table) -> Columns:
    import pyarrow as pa

    def values(column: pa.ChunkedArray) -> np.ndarray:
        words = pa.types.is_dictionary(column.type)
        return np.asarray((column.cast(pa.string()) if words else column).to_numpy())

    return {name: values(table[name]) for name in table.column_names}


def _arrow_table(rows: Any, columns: Sequence[Column], extra: Mapping[str, Any]) -> pa.Table:
    import pyarrow as pa

    known = {REGIME.name: REGIME, **{c.name: c for c in columns}}
    names = (
        list(rows.dtype.names) if isinstance(rows, np.ndarray) else [str(c) for c in rows.columns]
    )
    fields, arrays = [], []
    for name in [*extra, *names]:
        column = known[name]
        constant = name in extra
        array = (
            _constant_array(extra[name], len(rows), column)
            if constant
            else _arrow_column(rows[name], column)
        )
        about = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(name, array.type, metadata=about))
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _arrow_column(values: Any, column: Column) -> pa.Array:
    import pyarrow as pa

    if column.dtype == "str":
        if hasattr(values, "cat"):
            words = _string_array([str(v) for v in values.cat.categories])
            codes = _plain_array(np.asarray(values.cat.codes), "i4")
            return pa.DictionaryArray.from_arrays(codes, words)
        return _string_array([str(v) for v in values]).dictionary_encode()
    return _plain_array(np.asarray(values), column.dtype)


# `pa.array` loads pandas, which `sim run` has no other use for and which takes 0.4 s.


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


def _write_parquet(path: Path, table: pa.Table) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = [f.name for f in table.schema if pa.types.is_dictionary(f.type)]
    floats = [f.name for f in table.schema if pa.types.is_floating(f.type)]
    write_file(
        path,
        lambda hidden: pq.write_table(
            table,
            hidden,
            compression="zstd",
            use_dictionary=words,
            column_encoding=dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        ),
    )


def _read_arrow(path: Path, columns: Sequence[str] | None) -> pa.Table:
    import pyarrow.parquet as pq

    with _parquet_errors(path):
        check_ordinary(path)
        return pq.ParquetFile(path).read(columns=None if columns is None else list(columns))


def _check_columns(path: Path, table: pa.Table, needs: Sequence[str]) -> None:
    """Raise SimError where a table lacks a column."""
    missing = [name for name in needs if name not in table.column_names]
    if missing:
        said = f"the column {missing[0]}" if len(missing) == 1 else f"columns {', '.join(missing)}"
        raise SimError(f"{path}: lacks {said}: damaged, or written by another version")


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    """Turn what a damaged table, or one without a column, makes go wrong into one SimError line."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException, LookupError, TypeError, ValueError) as error:
        raise SimError(f"{path}: not a whole Parquet table ({short_reason(error)})") from error


# --- files ------------------------------------------------------------------------------------


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a hidden sibling of `path`, fsync it, and rename it to `path`."""
    hidden = path.with_name(f".{path.name}.partial")
    with disk_errors(path):
        try:
            hidden.unlink(missing_ok=True)  # else a link of that name would be written through
            write(hidden)
            sync(hidden)
            hidden.replace(path)
            sync(path.parent)
        finally:
            hidden.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a small text file, whole or not at all."""
    write_file(path, lambda hidden: hidden.write_text(text, encoding="utf-8"))


def append_line(path: Path, line: str) -> None:
    """Add one line to a text file and put it on the disk; a torn last line is closed first."""
    with disk_errors(path), path.open("ab+") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Ask the system to put a file or folder on the disk now."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # some systems: folders
            raise
    finally:
        os.close(handle)


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a refusal of the disk into one SimError line naming `path`."""
    try:
        yield
    except OSError as error:
        raise SimError(f"{_final_path(path)}: cannot write: {short_reason(error)}") from error


def _final_path(path: Path) -> Path:
    """Return what an unfinished path is going to be called, as a person knows it."""
    names = (
        name[1:].removesuffix(".partial") if name[0] == "." and name.endswith(".partial") else name
        for name in path.parts
    )
    return Path(*names)


def short_reason(error: BaseException) -> str:
    """Return in a few words why the system refused."""
    number = re.search(r"\[errno (\d+)\]", str(error))  # pyarrow wraps the system's own words
    if number:
        return os.strerror(int(number[1])).lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (str(error).splitlines() or [type(error).__name__])[0]
