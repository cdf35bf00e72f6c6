"""Opening a file that a user named: ordinary files only, so that no pipe or device can block."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

ORDINARY = "want an ordinary file"


def open_ordinary(path: str | Path) -> BufferedReader:
    """Open an ordinary file for reading.

    Raises OSError at once for a folder, a pipe, a socket or a device. The opened file is checked,
    not its name, so that nothing can take its place in between.
    """
    # Without O_NONBLOCK a pipe would wait here for its writer; ordinary files ignore the flag.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(handle).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, ORDINARY, str(path))
        return os.fdopen(handle, "rb")
    except BaseException:
        os.close(handle)
        raise


def check_ordinary(path: str | Path) -> None:
    """Raise OSError unless a path is a readable ordinary file, for a caller whose library opens it."""
    open_ordinary(path).close()


def read_bytes(path: str | Path, most: int | None = None) -> bytes:
    """Return the bytes of an ordinary file.

    Raises OSError if it cannot be read, or if it holds more than `most` bytes.
    """
    with open_ordinary(path) as file:
        raw = file.read() if most is None else file.read(most + 1)
    if most is not None and len(raw) > most:
        raise OSError(errno.EFBIG, f"want at most {most:,} bytes", str(path))
    return raw


def read_text(path: str | Path, most: int | None = None) -> str:
    """Return the text of an ordinary file in UTF-8; raises OSError or UnicodeDecodeError."""
    return read_bytes(path, most).decode("utf-8")


def is_link(path: Path) -> bool:
    """Return whether a path is a symbolic link, whatever it points to."""
    try:
        return path.is_symlink()
    except (OSError, ValueError):
        return False
