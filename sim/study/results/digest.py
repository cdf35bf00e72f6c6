"""What identifies a result: the version of the tool, and digests of files and data."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.files import open_ordinary

DISTRIBUTION = "vendor-relations-lab"


def tool_version() -> str:
    """Return the installed version of the tool; `source` if it runs without being installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "source"


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with open_ordinary(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_data(data: Any) -> str:
    """Return the SHA-256 of plain data as canonical JSON: keys sorted, no spaces."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
