"""A file that only grows, so that a killed process loses nothing that its last receipt counts.

A receipt has the length of the file and the checksum of its bytes. What follows them was written after the
receipt, and is cut off before more is appended.
"""

from __future__ import annotations

import os
import threading
import weakref
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from sim.errors import SimError
from sim.files import check_ordinary
from sim.study.results.durable_files import disk_errors

BYTES_AT_ONCE = 2**20  # read to check a file


class DamagedFile(SimError):
    """A file that is not as it was when its length and checksum were noted."""


class Length(NamedTuple):
    """How far a file is written: its bytes, and their CRC-32."""

    size: int
    checksum: int


class AppendedFile:
    """A file to which bytes are appended; it is made when the first ones come."""

    def __init__(self, path: Path):
        self.path = path
        self.length = Length(0, 0)
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()  # of the place in the file

    def append(self, data: bytes) -> None:
        """Append bytes; raises SimError if the disk refuses them, and counts none of them then."""
        with self._lock, disk_errors(self.path):
            if self._file is None:
                self._hold(self.path.open("w+b"))
            assert self._file is not None
            self._file.seek(
                self.length.size
            )  # bytes that were forgotten, or written in part, may follow
            self._file.write(data)
            self._file.flush()
        size, checksum = self.length
        self.length = Length(size + len(data), zlib.crc32(data, checksum))

    def sync(self) -> None:
        """Return once all bytes have reached the disk; raises SimError."""
        if self._file is not None:
            with disk_errors(self.path):
                os.fsync(self._file.fileno())

    def restore(self, length: Length) -> None:
        """Continue a file that an earlier process wrote, and cut off what follows `length`.

        Raises DamagedFile if it is not as then, SimError if the disk refuses it.
        """
        if not length.size:
            return
        if not self.path.exists():
            raise DamagedFile(f"{self.path}: missing")
        with disk_errors(self.path, "cannot read"):
            check_ordinary(self.path)
            file = self.path.open("r+b")
            checksum, left = 0, length.size
            while left and (data := file.read(min(left, BYTES_AT_ONCE))):
                checksum, left = zlib.crc32(data, checksum), left - len(data)
            if left or checksum != length.checksum:
                file.close()
                raise DamagedFile(f"{self.path}: damaged since it was written")
            file.truncate(length.size)
        self._hold(file)
        self.length = length

    def read_into(self, found: memoryview) -> int:
        """Read the first bytes into memory and return how many there were; raises SimError."""
        if self._file is None:
            return 0
        with self._lock, disk_errors(self.path, "cannot read"):
            self._file.seek(0)
            return int(self._file.readinto(found))  # type: ignore[attr-defined]

    def take(self, file: IO[bytes]) -> None:
        """Continue in another file, an empty one."""
        self._hold(file)
        self.length = Length(0, 0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _hold(self, file: IO[bytes]) -> None:
        self._file = file
        weakref.finalize(self, file.close)
