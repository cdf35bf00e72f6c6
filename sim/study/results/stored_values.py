"""The measures of every world of a large result: on disk, read whenever they are asked for.

Those of 100,000 worlds and six regimes would take half a gigabyte.
"""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from sim.study.results.appended_file import AppendedFile
from sim.study.results.durable_files import disk_errors


class StoredValues:
    """Rows of floats of one width, in a file at `path`."""

    def __init__(self, path: Path, width: int):
        self.file = AppendedFile(path)
        self._width, self._rows = width, 0

    def append(self, rows: np.ndarray) -> None:
        """Append rows to those that are kept; raises SimError if the disk refuses them."""
        self.file.append(np.ascontiguousarray(rows, float).tobytes())
        self._rows += len(rows)

    def keep(self, rows: int) -> StoredValues:
        """Take the first rows as all there are, and return the object."""
        self._rows = rows
        return self

    def detach(self) -> None:
        """Let the file be deleted, and go on reading it; raises SimError.

        An open file keeps its bytes without its name, but not on Windows, where it is copied.
        """
        if os.name != "posix":
            data = np.asarray(self)
            self.file.close()
            with disk_errors(self.file.path):
                self.file.take(tempfile.TemporaryFile())  # noqa: SIM115 - closed with the object
            self.file.append(data.tobytes())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return all rows; raises SimError if the disk does not give them."""
        found = np.empty((self._rows, self._width))
        read = self.file.read_into(found.data.cast("B")) if found.size else 0
        with disk_errors(self.file.path, "cannot read"):
            if read != found.nbytes:
                raise OSError(errno.EIO, "the measures of its worlds are cut short")
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        """Let a copy, or another process, have all rows as an array: the file may have no name any more."""
        return np.asarray, (np.asarray(self),)
