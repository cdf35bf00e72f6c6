"""Rows of structured arrays whose columns are attributes, as rules read and write them.

NumPy's own do the same in Python for every name; these are several times faster, which is felt where rules run
interpreted, and wherever Python calls a kernel.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np


class Row(np.record):  # type: ignore[misc]  # final in the type stubs only
    """A row whose columns are attributes, as of `np.record`, found in a third of its time.

    Interpreted rules spend a quarter of theirs on that. `np.record` looks every name up in Python; here
    only the names of columns come to Python, since nothing else is called like them.
    """

    __getattribute__ = np.void.__getattribute__
    __getitem__ = np.void.__getitem__  # type: ignore[assignment]
    __setitem__ = np.void.__setitem__
    __setattr__ = np.void.__setitem__

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except ValueError:
            raise AttributeError(name) from None


class Rows(np.recarray):
    """Rows of a table whose columns are attributes, as of `np.recarray`; a row is a `Row`.

    Kernels tell the types of their arguments at every call, from attributes: of `np.recarray` these cost
    20 µs an array, and a world has a score of arrays.
    """

    __getattribute__ = np.ndarray.__getattribute__
    __getitem__ = np.ndarray.__getitem__
    __array_finalize__ = np.ndarray.__array_finalize__  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.view(np.ndarray)[name]
        except (ValueError, IndexError):
            raise AttributeError(name) from None


@lru_cache
def rows_dtype(dtype: np.dtype) -> np.dtype:
    """Return a structured dtype whose elements are `Row`s."""
    return np.dtype((Row, dtype))


def one_row(row: np.void) -> Rows:
    """Return a table that consists of one row, without copying it."""
    return np.asarray(row).reshape(1).view(Rows)


def stack_rows(rows: Sequence[np.void]) -> Rows:
    """Return a table of copies of some rows, which all have one dtype."""
    table = np.empty(len(rows), rows[0].dtype).view(Rows)
    for number, row in enumerate(rows):
        table[number] = row
    return table


def allocate_rows(dtype: np.dtype, *shape: int) -> Rows:
    """Return zeroed rows of a structured dtype, with columns as attributes."""
    return np.zeros(shape, rows_dtype(dtype)).view(Rows)


def as_bytes(rows: np.ndarray) -> np.ndarray:
    """Return structured rows, each as one item of bytes, in the same memory.

    NumPy would copy structured rows column by column, in five times as long.
    """
    return np.asarray(rows).view(np.dtype((np.void, rows.dtype.itemsize)))


def join_rows(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return the rows of some tables of one dtype as one table, copied byte for byte."""
    return np.concatenate([as_bytes(part) for part in parts]).view(parts[0].dtype)
