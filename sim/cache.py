"""Compiled code on disk: the folder it is kept in, and a check that it is undamaged.

What is read from the cache is unpickled and run. So the folder must belong to this user alone, and
every file begins with a digest of the rest of its content.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

from numba.core import caching

DIGEST_BYTES = 32  # bytes of a SHA-256
VARIABLES = ("SIM_CACHE", "NUMBA_CACHE_DIR")  # of the environment, the first one set counts


def cache_home() -> Path:
    """Return a folder for compiled code that can be written to.

    It is the one the environment names, or `~/.cache/sim`. If nothing can be written there, it is a
    temporary one, and a line on stderr says so.
    """
    name = next((name for name in VARIABLES if os.environ.get(name)), "")
    place = os.environ[name] if name else "~/.cache/sim"
    try:
        home = Path(place).expanduser()
        home.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=home).close()  # permissions say less than trying
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: this user has no home
        home = _private_temporary_folder()
        if name or isinstance(error, OSError):
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            where = f"{name} = {place!r}" if name else place
            sys.stderr.write(f"{where}: {reason}; compiled code is kept in {home}\n")
    return home


def _private_temporary_folder() -> Path:
    """Return a temporary folder that only this user can write to, since its content is run.

    The same one for all processes, unless another user has taken its name; then a new one.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    home = Path(tempfile.gettempdir(), f"sim-cache-{user}")
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        found = home.lstat()  # not stat: a link may lead to a folder of somebody else
        own = stat.S_ISDIR(found.st_mode) and found.st_uid == user
        if own and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return home
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="sim-cache-"))


class FunctionCache(caching.FunctionCache):
    """Numba's cache of one function, which recompiles damaged code and tolerates a full disk.

    Numba itself would raise whatever unpickling raises, or run code with a changed bit.
    """

    def __init__(self, fn: Any):
        super().__init__(fn)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _DigestedFiles(self.cache_path, self._impl.filename_base, stamp)

    def _save_overload(self, sig: Any, data: Any) -> None:
        """Save the code of one signature, if the disk takes it; it runs all the same if not."""
        try:
            super()._save_overload(sig, data)
        except OSError:  # such as a full disk
            return


class _DigestedFiles(caching.IndexDataCacheFile):
    """The files of one function, each beginning with a digest of what follows.

    The methods replace Numba's of the same names, which read and write pickles without a check.
    """

    def _dump(self, obj: Any) -> bytes:
        """Return an object's pickle behind its digest."""
        raw: bytes = super()._dump(obj)
        return hashlib.sha256(raw).digest() + raw

    def _save_index(self, overloads: Any) -> None:
        """Write the list of signatures that code is kept of."""
        with self._open_for_write(self._index_path) as file:
            file.write(self._dump((self._version, self._source_stamp, overloads)))

    def _load_index(self) -> Any:
        """Return the list of signatures; empty if absent, damaged, or of another Numba or source."""
        try:
            version, stamp, overloads = _load_verified(self._index_path)
        except OSError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _load_data(self, name: str) -> Any:
        """Return the code of one signature; Numba takes an OSError for code that is not there."""
        return _load_verified(self._data_path(name))


def _load_verified(path: str) -> Any:
    """Return the object in a file; raises OSError if it is absent or its digest differs."""
    raw = Path(path).read_bytes()
    if hashlib.sha256(raw[DIGEST_BYTES:]).digest() != raw[:DIGEST_BYTES]:
        raise OSError(f"{path} is damaged")
    return pickle.loads(raw[DIGEST_BYTES:])
