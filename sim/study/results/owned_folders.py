"""Which folders are results of ours, so that `force` may replace them, and what in them is not.

A result is known by its manifest: our schema, the name of this tool, and the files it lists. Of a
study, whose manifest is sealed at the end, the names it writes are known as well. One thing that no
run of ours wrote, or that somebody has changed since, is enough for nothing to be removed. Symbolic
links are never followed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.files import is_link, read_bytes, read_text
from sim.study.results.digest import DISTRIBUTION, digest_data, digest_file, tool_version

MANIFEST = "manifest.json"
SCHEMA = 1
STUDIES = ("sweep", "experiment")
PARTS, RECEIPTS, FAILED, FIGURES = "parts", "receipts.jsonl", "failed", "figures"
NOT_A_FILE = "is no ordinary file; a result has none: remove it"
CHECKSUM = "check"  # the digest of a line's other fields
PART = re.compile(r"part-\d+-\d+\.parquet")

_TABLES = (
    "aligned|attribution|events|interactions|ledger|map|need_months|offers|periods|points"
    "|sensitivity|summary|ties|verdict"
)
_WRITTEN = re.compile(
    rf"manifest\.json|study\.toml|scenario\.toml|receipts\.jsonl|question\.md|verdict\.md"
    rf"|(?:{_TABLES})\.parquet|parts/{PART.pattern}|failed/point-\d+\.json"
)
_DRAWN = re.compile(r"report\.html|figures/[\w.-]+\.(?:svg|png)")
_OTHERS = re.compile(
    r"(?:game|meetings|standings)\.parquet|validation\.json|heat_map\.svg"
    r"|(?:trade|honesty|solutions|advice|texts|relations|risk|trust|methods)\.png"
)
_KNOWN = (_WRITTEN, _DRAWN, _OTHERS)  # every name that a result can have in it
# What a worker of a cluster keeps beside a part until it is wanted.
_SESSION_FILE = re.compile(
    rf"parts/\.?\.session-[0-9a-f]{{8}}(?:-[0-9a-f]{{8}}-{PART.pattern}(?:\.partial)?)?"
)
_PARTIAL = re.compile(r"((?:\w+/)?)\.([^/]+)\.partial")
_FOLDERS = (PARTS, FAILED, FIGURES)


def tool_mark() -> dict[str, Any]:
    """Return what says in a manifest that this tool wrote it."""
    return {"schema": SCHEMA, "tool": {"name": DISTRIBUTION, "version": tool_version()}}


def check_replaceable(folder: Path) -> None:
    """Raise SimError unless a folder is a result of ours and holds nothing else."""
    if is_link(folder):
        raise _not_replaced(folder, "", "is a symbolic link")
    strange = next(iter(foreign_entries(folder)), "")
    if strange:
        raise _not_replaced(folder, strange, "is of no run of this tool")
    changed = next(edited_files(folder), "")
    if changed:
        raise _not_replaced(
            folder, changed, "is not as it was made", "keep it elsewhere, or remove it"
        )


def is_replaceable(folder: Path) -> bool:
    """Say whether `force` replaces what is there."""
    try:
        check_replaceable(folder)
    except SimError:
        return False
    return os.path.lexists(folder / MANIFEST)


def edited_files(folder: Path) -> Iterator[str]:
    """Yield every file of a result whose bytes are not those that its manifest lists.

    Of a study that is being written the lines and tables are newer than its list, so they are left out.
    """
    record = _own_manifest(folder)
    going_on = bool(record) and record["kind"] in STUDIES and record.get("complete") is not True
    for name, about in record["files"].items() if record else ():
        path = folder / name
        if (going_on and name.endswith((RECEIPTS, ".parquet"))) or not os.path.lexists(path):
            continue
        try:
            same = about["bytes"] == path.stat().st_size and about["sha256"] == digest_file(path)
        except (OSError, LookupError, TypeError):
            same = False
        if not same:
            yield name


def foreign_entries(folder: Path) -> list[str]:
    """Return every entry of a folder that no run of ours wrote; of one without our mark, all else
    first and its manifest last."""
    record = _own_manifest(folder)
    listed = set(record["files"]) if record else set()
    drawn = not listed  # a study that is being written: its figures are there before it lists them
    sealed = bool(listed) and record.get("complete") is True  # lists all there is
    study = bool(record) and record["kind"] in STUDIES
    if not record and _has_valid_receipt(folder):  # of a study, its manifest damaged
        study = True

    def is_ours(name: str) -> bool:
        if half := _PARTIAL.fullmatch(name):
            name = half[1] + half[2]
        if name == MANIFEST or (name in listed and any(k.fullmatch(name) for k in _KNOWN)):
            return True
        if sealed:
            return bool(_SESSION_FILE.fullmatch(name))
        if drawn and _DRAWN.fullmatch(name):
            return True
        return (study or not record) and bool(
            _WRITTEN.fullmatch(name) or _SESSION_FILE.fullmatch(name)
        )

    found = list(_foreign(folder, is_ours, listed))
    return found if record or study else [*found, MANIFEST]


def remove_result(folder: Path) -> None:
    """Remove a result of ours; raises SimError where it is none, and then removes nothing."""
    if os.path.lexists(folder):
        check_replaceable(folder)
        shutil.rmtree(folder)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed run left under its hidden name; raises SimError where it holds more."""
    if not os.path.lexists(folder):
        return
    if is_link(folder):
        raise _not_replaced(folder, "", "is a symbolic link")

    def is_ours(name: str) -> bool:
        if half := _PARTIAL.fullmatch(name):
            name = half[1] + half[2]
        return any(kind.fullmatch(name) for kind in _KNOWN)

    strange = next(_foreign(folder, is_ours, set()), "")
    if strange:
        raise _not_replaced(folder, strange, "is of no run of this tool")
    shutil.rmtree(folder)


def check_no_links(folder: Path) -> None:
    """Raise SimError where a result that is to be written to is, or holds, a link or no ordinary file."""
    if is_link(folder):
        raise SimError(f"{folder}: is a symbolic link; want the folder itself")
    for name, entry in _entries(folder):
        if entry.is_symlink():
            raise SimError(f"{folder / name}: is a symbolic link; a result has none: remove it")
        if not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
            raise SimError(f"{folder / name}: {NOT_A_FILE}")


def is_part_name(name: str) -> bool:
    """Say whether a name among the parts of a study is one that we give, whole or unfinished."""
    half = _PARTIAL.fullmatch(name)
    whole = half[2] if half else name
    return bool(PART.fullmatch(whole) or _SESSION_FILE.fullmatch(f"{PARTS}/{name}"))


def part_files(folder: Path) -> list[Path]:
    """Return the parts of a study that are there, by name; raises SimError where one is no file."""
    if not (folder / PARTS).is_dir():
        return []
    found = sorted(p for p in (folder / PARTS).iterdir() if PART.fullmatch(p.name))
    for path in found:
        if not path.is_file() and os.path.lexists(path):  # going on would not mend it
            raise SimError(f"{path}: {NOT_A_FILE}")
    return [path for path in found if path.is_file()]


def _not_replaced(
    folder: Path, name: str, why: str, choice: str = "remove it yourself"
) -> SimError:
    place = folder / name if name else folder
    return SimError(f"{place}: {why}, so {folder} is not replaced; {choice}")


def _foreign(folder: Path, is_ours: Any, listed: set[str]) -> Iterator[str]:
    """Yield the entries of a folder that are not ours, in the order of their names."""
    holds = {parent.as_posix() for name in listed for parent in Path(name).parents}
    for name, entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            if name not in _FOLDERS and name not in holds:
                yield name
        elif not entry.is_file(follow_symlinks=False) or not is_ours(name):
            yield name


def _entries(folder: Path, under: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield everything in a folder with its path in it, by name; links are not followed."""
    try:
        with os.scandir(folder / under) as found:
            here = sorted(found, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in here:
        name = f"{under}/{entry.name}" if under else entry.name
        yield name, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(folder, name)


def _own_manifest(folder: Path) -> Mapping[str, Any]:
    """Return the manifest of a result of ours; nothing where it has not our mark."""
    path = folder / MANIFEST
    try:
        if is_link(path):
            return {}
        record = json.loads(read_text(path))
        whole = record["schema"] == SCHEMA and record["tool"]["name"] == DISTRIBUTION
        whole = whole and isinstance(record["files"], dict) and isinstance(record["kind"], str)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return record if whole else {}


def _has_valid_receipt(folder: Path) -> bool:
    """Say whether there is a line of ours that vouches for a part."""
    try:
        return next(valid_receipts(folder), None) is not None
    except SimError:
        return False


def valid_receipts(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of receipts that are what they say they are."""
    path = folder / RECEIPTS
    try:
        text = "" if is_link(path) else read_bytes(path).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise SimError(f"{path}: cannot be read: {said}") from None
    for line in text.splitlines():
        try:
            found = json.loads(line)
            whole = found.pop(CHECKSUM) == digest_data(found)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if whole:
            yield found
