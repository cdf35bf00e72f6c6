"""Files that are whole or absent: each is written under a hidden name, fsynced and renamed."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sim.errors import SimError


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file atomically: `write` fills a hidden sibling, which is fsynced and renamed to `path`.

    The folder is fsynced too, so that the new name survives a power cut. Raises SimError.
    """
    hidden = path.with_name(f".{path.name}.partial")
    with disk_errors(path):
        try:
            hidden.unlink(missing_ok=True)  # if it were a link, it would be written through
            write(hidden)
            sync(hidden)
            hidden.replace(path)
            sync(path.parent)
        finally:
            hidden.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically, in UTF-8."""
    write_file(path, lambda hidden: hidden.write_text(text, encoding="utf-8"))


def append_line(path: Path, line: str) -> None:
    """Append one line to a text file and fsync it.

    If the last line has no end, because an earlier process died while writing it, it is ended first,
    so that it cannot swallow the new one. Raises SimError.
    """
    with disk_errors(path), path.open("ab+") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Fsync a file or folder: its contents, or its entries, reach the disk before this returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):  # some systems: folders
            raise
    finally:
        os.close(handle)


@contextmanager
def disk_errors(path: Path, failed: str = "cannot write") -> Iterator[None]:
    """Turn errors of the disk into a SimError that names `path` and what failed."""
    try:
        yield
    except OSError as error:
        raise SimError(f"{_final_path(path)}: {failed}: {short_reason(error)}") from error


def _final_path(path: Path) -> Path:
    """Return a path with the final names of hidden, unfinished files and folders, as the user knows it."""
    names = (
        name[1:].removesuffix(".partial") if name[0] == "." and name.endswith(".partial") else name
        for name in path.parts
    )
    return Path(*names)


def short_reason(error: BaseException) -> str:
    """Return the cause of an error in a few words, as in "no space left on device"."""
    number = re.search(r"\[errno (\d+)\]", str(error))  # pyarrow wraps the system's message
    if number:
        return os.strerror(int(number[1])).lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (str(error).splitlines() or [type(error).__name__])[0]
