"""One writer at a time: a lock file the system itself releases when its process dies.

The only place that imports filelock, which locks where the system's `flock` is not to be had: on
Windows, and in folders of Lustre or NFS that were mounted without it.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sim.errors import SimError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]
if TYPE_CHECKING:
    from filelock import BaseFileLock

NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP}
_warned: set[Path] = set()  # folders of which a person has been told that they lock nothing


class Busy(SimError):
    """Another process is writing to the same place."""


class Lock:
    """Hold `path` locked, from `take` to `release`; refuse at once when another process does.

    The lock belongs to the open file, not to its name: a killed process holds nothing, and the
    file it leaves behind is taken over by the next one. Where the file system locks no files, a
    file beside it names its process; the next one on the same machine takes it over when that
    process is gone. Raises `Busy`.
    """

    def __init__(self, path: Path, what: str):
        self.path, self.what = path, what
        self._file: IO[str] | None = None
        self._other: BaseFileLock | None = None
        self.made: list[Path] = []  # folders made for it, the innermost first

    def take(self) -> Lock:
        """Lock, or raise `Busy`; a process that ends in order unlocks whatever it still holds."""
        atexit.register(self.release)
        if fcntl is None:
            return self._take_other()
        try:
            self._file = self._open()
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
            return self._take_other()
        self._file.truncate(0)
        self._file.write(f"process {os.getpid()}\n")
        self._file.flush()
        return self

    def release(self) -> None:
        """Unlock and remove the file, and of the folders made for it those that are still empty.

        Nothing happens when it is not held.
        """
        atexit.unregister(self.release)
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None
        if self._other is not None:
            self._other.release()
            self._other = None
        remove_empty(self.made)
        self.made = []

    def _open(self) -> IO[str]:
        while True:
            file = self.path.open("a+", encoding="utf-8")
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().strip() or "just starting"
                file.close()
                raise self._busy(owner) from None
            except OSError as error:
                file.close()
                if error.errno in NO_LOCKS:
                    self.path.unlink(missing_ok=True)
                raise
            if _is_file_at(file, self.path):
                return file
            file.close()

    def _take_other(self) -> Lock:
        """Lock as filelock does: on Windows by the system, elsewhere by a file that names its process."""
        import filelock

        native = sys.platform == "win32"
        place = self.path if native else self.path.with_name(f"{self.path.name}.held")
        lock = filelock.FileLock(place) if native else filelock.SoftFileLock(place)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            owner = getattr(lock, "pid", None)
            by = f"process {owner}" if owner else "just starting"
            gone = "" if native else f"; if it died on another machine, remove {place}"
            raise self._busy(by, gone) from None
        self._other = lock
        folder = self.path.parent.absolute()  # as it was typed it may be no more than a dot
        if not native and folder not in _warned:
            _warned.add(folder)
            told = "the file system locks no files, so a file says who is writing"
            sys.stderr.write(f"note: {folder}: {told}\n")
        return self

    def _busy(self, owner: str, more: str = "") -> Busy:
        return Busy(f"{self.what}: another process is writing there ({owner}){more}")


def remove_empty(folders: list[Path]) -> None:
    """Remove folders, the innermost first, as far as they are empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _is_file_at(file: IO[str], path: Path) -> bool:
    """Whether the locked file is the one now at `path` (its last owner may have removed it)."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
