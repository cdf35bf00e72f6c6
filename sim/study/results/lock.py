"""A lock file that admits one writer at a time and is released by the system if its process dies.

This is the only module that imports filelock, the fallback if `flock` is not available: on Windows,
and on Lustre or NFS file systems that were mounted without it.
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
_warned: set[Path] = set()  # folders without locking that a note has been printed about


class FolderInUse(SimError):
    """Another process is writing to the same place."""


class Lock:
    """An exclusive lock on `path` from `take` to `release`; `what` is named in the error if it is held.

    The lock belongs to the open file, not to its name: a killed process holds nothing, and the file
    that it leaves behind is locked by the next process. On file systems without locking, a file next
    to it contains the id of the process that holds it, and another process on the same machine takes
    it over once that process is gone. `take` raises Busy at once instead of waiting.
    """

    def __init__(self, path: Path, what: str):
        self.path, self.what = path, what
        self._file: IO[str] | None = None
        self._other: BaseFileLock | None = None
        self.created: list[Path] = []  # folders created for it, the innermost first

    def take(self) -> Lock:
        """Acquire the lock and return it; raises Busy if another process holds it."""
        atexit.register(self.release)  # else the lock file would stay after a normal exit
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
        """Release the lock, delete its file, and delete folders created for it that are still empty.

        Does nothing if the lock is not held.
        """
        atexit.unregister(self.release)
        if self._file is not None:
            # Deleted while still locked: afterwards it could be the file that another process holds.
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None
        if self._other is not None:
            self._other.release()
            self._other = None
        remove_empty(self.created)
        self.created = []

    def _open(self) -> IO[str]:
        """Return the lock file, open and locked; raises Busy, or OSError if files cannot be locked."""
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
            # Its last owner may have deleted the file between our `open` and `flock`. Then we hold a
            # lock on a file without a name, which would stop nobody, so try again.
            if _is_file_at(file, self.path):
                return file
            file.close()

    def _take_other(self) -> Lock:
        """Lock by filelock: by the system on Windows, elsewhere by a file with the process id."""
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
        folder = self.path.parent.absolute()  # a relative path could be just a dot
        if not native and folder not in _warned:
            _warned.add(folder)
            note = "this file system cannot lock files; a file with the process id is used instead"
            sys.stderr.write(f"note: {folder}: {note}\n")
        return self

    def _busy(self, owner: str, more: str = "") -> FolderInUse:
        return FolderInUse(f"{self.what}: another process is writing there ({owner}){more}")


def remove_empty(folders: list[Path]) -> None:
    """Delete folders, given the innermost first, up to the first that is not empty."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()


def _is_file_at(file: IO[str], path: Path) -> bool:
    """Return whether an open file is the one that is now at `path`."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
