"""The folder in which compiled code is kept.

What is read from it is unpickled and run, so it must belong to this user alone.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

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
