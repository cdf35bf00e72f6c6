"""One writer at a time: a lock file the system itself releases when its process dies."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from sim.errors import SimError

try:
    import fcntl
except ImportError:  # Windows has no flock: there two writers are not kept apart
    fcntl = None  # type: ignore[assignment]


class Busy(SimError):
    """Another process is writing to the same place."""


class Lock:
    """Hold `path` locked, from `take` to `release`; refuse at once when another process does.

    The lock belongs to the open file, not to its name: a killed process holds nothing, and the
    file it leaves behind is taken over by the next one. Raises `Busy`.
    """

    def __init__(self, path: Path, what: str):
        self.path, self.what = path, what
        self._file: IO[str] | None = None

    def take(self) -> Lock:
        """Lock, or raise `Busy`."""
        if fcntl is not None:
            self._file = self._open()
            self._file.truncate(0)
            self._file.write(f"process {os.getpid()}\n")
            self._file.flush()
        return self

    def release(self) -> None:
        """Unlock and remove the file; nothing happens when it is not held."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def _open(self) -> IO[str]:
        while True:
            file = self.path.open("a+", encoding="utf-8")
            try:
                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                owner = file.read().strip() or "just starting"
                file.close()
                raise Busy(f"{self.what}: another process is writing there ({owner})") from None
            if _is_at(file, self.path):
                return file
            file.close()


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether the locked file is the one now at `path` (its last owner may have removed it)."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
