"""Compiled code on disk: the folder it is kept in, and whether what is there is whole."""

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
VARIABLES = ("SIM_CACHE", "NUMBA_CACHE_DIR")


def cache_home() -> Path:
    """Return the folder to keep compiled code in: one that can be written to, whatever is denied."""
    name = next((name for name in VARIABLES if os.environ.get(name)), "")
    place = os.environ[name] if name else "~/.cache/sim"
    try:
        home = Path(place).expanduser()
        home.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=home).close()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: this user has no home
        home = _private_temporary_folder()
        if name or isinstance(error, OSError):
            said = (getattr(error, "strerror", None) or str(error)).lower()
            where = f"{name} = {place!r}" if name else place
            sys.stderr.write(f"{where}: {said}; compiled code is kept in {home}\n")
    return home


def _private_temporary_folder() -> Path:
    """Return a temporary folder of this user alone: what is kept there is run."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    home = Path(tempfile.gettempdir(), f"sim-cache-{user}")
    try:
        home.mkdir(mode=0o700, exist_ok=True)
        found = home.lstat()
        own = stat.S_ISDIR(found.st_mode) and found.st_uid == user
        if own and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return home
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="sim-cache-"))


class FunctionCache(caching.FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function: what is damaged is recompiled, what cannot be kept is not.

    Numba itself would raise whatever its unpickling raises, or run code with a changed bit.
    """

    def __init__(self, fn: Any):
        super().__init__(fn)
        stamp = self._impl.locator.get_source_stamp()
        self._cache_file = _DigestedFiles(self.cache_path, self._impl.filename_base, stamp)

    def _save_overload(self, sig: Any, data: Any) -> None:
        try:
            super()._save_overload(sig, data)
        except OSError:  # a full disk, say
            return


class _DigestedFiles(caching.IndexDataCacheFile):  # type: ignore[misc]
    """The files of one function, each behind a digest of what follows it."""

    def _dump(self, obj: Any) -> bytes:
        raw: bytes = super()._dump(obj)
        return hashlib.sha256(raw).digest() + raw

    def _save_index(self, overloads: Any) -> None:
        with self._open_for_write(self._index_path) as file:
            file.write(self._dump((self._version, self._source_stamp, overloads)))

    def _load_index(self) -> Any:
        try:
            version, stamp, overloads = _load_verified(self._index_path)
        except OSError:
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _load_data(self, name: str) -> Any:
        return _load_verified(self._data_path(name))


def _load_verified(path: str) -> Any:
    """Return what a file holds; raises OSError, as for an absent one, where it is damaged."""
    raw = Path(path).read_bytes()
    if hashlib.sha256(raw[DIGEST_BYTES:]).digest() != raw[:DIGEST_BYTES]:
        raise OSError(f"{path} is damaged")
    return pickle.loads(raw[DIGEST_BYTES:])
