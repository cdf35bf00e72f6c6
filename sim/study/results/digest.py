"""What identifies a result: the version of the tool, and digests of files and data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

from sim.files import open_ordinary

ITEMS_AT_ONCE = 1_000
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
    return hashlib.sha256(_canonical_text(data).encode()).hexdigest()


def digest_list(items: Iterable[Any]) -> str:
    """Return what `digest_data` returns of a list, of which only some items are held at a time."""
    digest, left, comma = hashlib.sha256(b"["), iter(items), ""
    while some := list(islice(left, ITEMS_AT_ONCE)):
        digest.update((comma + _canonical_text(some)[1:-1]).encode())
        comma = ","
    digest.update(b"]")
    return digest.hexdigest()


def _canonical_text(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
