"""Which folders are results of this tool, so that `force` may delete them, and what in them is foreign.

A result is recognised by its manifest: its schema, the name of this tool, and the files it lists. The
manifest of a study is sealed only at its end, so the names that a study writes are recognised too. If
a folder holds a single foreign entry, or a file that somebody has changed, nothing in it is deleted.
Symbolic links are never followed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.files import is_link, read_bytes, read_text
from sim.study.results.digest import DISTRIBUTION, digest_data, digest_file, tool_version
from sim.study.results.durable_files import append_line

DIGEST_THREADS = 2
MANIFEST = "manifest.json"
SCHEMA = 1
STUDIES = (
    "sweep",
    "experiment",
    "identify",
    "calibrate",
)  # written part by part, sealed at the end
PARTS, RECEIPTS, FAILED, FIGURES = "parts", "receipts.jsonl", "failed", "figures"
REPORT = "report.html"
NOT_A_FILE = "is not an ordinary file, so it cannot be part of a result: remove it"
FOREIGN = "was not written by this tool"
CHECKSUM = "check"  # the field of a receipt with the digest of its other fields
PART = re.compile(r"part-\d+-\d+\.parquet")

_TABLES = (
    "aligned|attribution|events|further|interactions|ledger|map|need_months|offers|periods|points"
    "|sensitivity|summary|ties|told|verdict"
)
# The folders of a calibration's waves and populations, and of what it decided in between.
_STAGE = r"(?:(?:wave|population)-\d+/|settled/)"
_WRITTEN = re.compile(
    rf"manifest\.json|study\.toml|scenario\.toml|receipts\.jsonl|question\.md|verdict\.md"
    rf"|(?:{_TABLES})\.parquet|{_STAGE}?(?:parts/{PART.pattern}|failed/point-\d+\.json)"
    rf"|question\.json|calibration\.json|ensemble-\w+\.(?:parquet|json)|{_STAGE}(?:choice\.json|receipts\.jsonl)"
)
_DRAWN = re.compile(r"report\.html|figures/[\w.-]+\.(?:svg|png)")
# The rows of a comparison or run, and the measures of its worlds, before they are tables.
ROWS_OF_BLOCKS = "rows"
_ROWS = re.compile(rf"(?:{ROWS_OF_BLOCKS}/)?(?:{_TABLES}|measures)-\d+\.(?:arrows|floats)")
_OTHERS = re.compile(
    r"(?:game|meetings|standings)\.parquet|validation\.json|facts\.json|field\.json|heat_map\.svg"
    r"|(?:trade|honesty|solutions|advice|texts|relations|risk|trust|methods)\.png"
)
_KNOWN = (_WRITTEN, _DRAWN, _OTHERS, _ROWS)  # every name that a file of a result can have
# The token of a cluster session, and the parts its workers write before renaming them into place.
_SESSION_FILE = re.compile(
    rf"{_STAGE}?parts/\.?\.session-[0-9a-f]{{8}}(?:-[0-9a-f]{{8}}-{PART.pattern}(?:\.partial)?)?"
)
_PARTIAL = re.compile(r"((?:[\w-]+/){0,2})\.([^/]+)\.partial")
_FOLDER = re.compile(
    rf"{FIGURES}|{ROWS_OF_BLOCKS}|{_STAGE}?(?:{PARTS}|{FAILED})|(?:wave|population)-\d+|settled"
)


def tool_mark() -> dict[str, Any]:
    """Return the part of a manifest that shows that this tool wrote it."""
    return {"schema": SCHEMA, "tool": {"name": DISTRIBUTION, "version": tool_version()}}


def check_replaceable(folder: Path) -> None:
    """Raise SimError unless a folder is a result of this tool, unchanged, and holds nothing else."""
    if is_link(folder):
        raise _not_replaced(folder, "", "is a symbolic link")
    foreign = next(iter(foreign_entries(folder)), "")
    if foreign:
        raise _not_replaced(folder, foreign, FOREIGN)
    changed = next(edited_files(folder), "")
    if changed:
        raise _not_replaced(
            folder, changed, "has changed since it was written", "keep it elsewhere, or remove it"
        )


def is_replaceable(folder: Path) -> bool:
    """Return whether `force` would replace a folder."""
    try:
        check_replaceable(folder)
    except SimError:
        return False
    return os.path.lexists(folder / MANIFEST)


def edited_files(folder: Path) -> Iterator[str]:
    """Yield every file of a result whose bytes differ from those that its manifest lists.

    While a study is incomplete, its receipts and tables may be newer than the manifest, so they are
    not compared.
    """
    record = _own_manifest(folder)
    unfinished = bool(record) and record["kind"] in STUDIES and record.get("complete") is not True
    compared = [
        name
        for name in (record["files"] if record else ())
        if not (unfinished and name.endswith((RECEIPTS, ".parquet")))
        and os.path.lexists(folder / name)
    ]

    def is_edited(name: str) -> bool:
        path, about = folder / name, record["files"][name]
        try:
            return bool(
                about["bytes"] != path.stat().st_size or about["sha256"] != digest_file(path)
            )
        except (OSError, LookupError, TypeError):
            return True

    with ThreadPoolExecutor(DIGEST_THREADS) as pool:  # what digests does not hold the interpreter
        edited = list(pool.map(is_edited, compared))
    yield from (name for name, other in zip(compared, edited, strict=True) if other)


def foreign_entries(folder: Path) -> list[str]:
    """Return every entry of a folder that no run of this tool wrote.

    If the manifest is not one of this tool, it is foreign too and comes last.
    """
    record = _own_manifest(folder)
    listed = set(record["files"]) if record else set()
    drawn = not listed  # a study being written: its figures exist before the manifest lists them
    sealed = bool(listed) and record.get("complete") is True  # the manifest lists every file
    study = bool(record) and record["kind"] in STUDIES
    if not record and _has_valid_receipt(folder):  # a study whose manifest is damaged
        study = True

    def is_ours(name: str) -> bool:
        if partial := _PARTIAL.fullmatch(name):
            name = partial[1] + partial[2]
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


def _is_known(name: str) -> bool:
    """Return whether a file's relative name is one that this tool gives, finished or not."""
    if partial := _PARTIAL.fullmatch(name):
        name = partial[1] + partial[2]
    return any(kind.fullmatch(name) for kind in _KNOWN)


def remove_result(folder: Path) -> None:
    """Delete a result of this tool; raises SimError, and deletes nothing, if it is not one."""
    if os.path.lexists(folder):
        check_replaceable(folder)
        shutil.rmtree(folder)


def remove_unfinished(folder: Path) -> None:
    """Delete the hidden folder that a killed run left; raises SimError if it holds a foreign entry."""
    if not os.path.lexists(folder):
        return
    if is_link(folder):
        raise _not_replaced(folder, "", "is a symbolic link")

    foreign = next(_foreign(folder, _is_known, set()), "")
    if foreign:
        raise _not_replaced(folder, foreign, FOREIGN)
    shutil.rmtree(folder)


def remove_known(folder: Path) -> None:
    """Delete the files of a flat folder whose names this tool gives, and the folder if nothing else is in it."""
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if _is_known(path.name):
                path.unlink()
        folder.rmdir()


def check_no_links(folder: Path) -> None:
    """Raise SimError if a folder is, or contains, a symbolic link or anything but files and folders.

    Called before a study writes into an existing folder, so that it cannot write through a link.
    """
    if is_link(folder):
        raise SimError(f"{folder}: is a symbolic link; want the folder itself")
    for name, entry in _entries(folder):
        if entry.is_symlink():
            raise SimError(
                f"{folder / name}: is a symbolic link, so it cannot be part of a result: remove it"
            )
        if not entry.is_dir(follow_symlinks=False) and not entry.is_file(follow_symlinks=False):
            raise SimError(f"{folder / name}: {NOT_A_FILE}")


def is_part_name(name: str) -> bool:
    """Return whether a file name is that of a part, complete or unfinished, or of a cluster session."""
    partial = _PARTIAL.fullmatch(name)
    final = partial[2] if partial else name
    return bool(PART.fullmatch(final) or _SESSION_FILE.fullmatch(f"{PARTS}/{name}"))


def part_files(folder: Path) -> list[Path]:
    """Return the paths of a study's parts, sorted by name; raises SimError if one is not a file."""
    if not (folder / PARTS).is_dir():
        return []
    found = sorted(p for p in (folder / PARTS).iterdir() if PART.fullmatch(p.name))
    for path in found:
        if not path.is_file() and os.path.lexists(path):  # recomputing could not replace it
            raise SimError(f"{path}: {NOT_A_FILE}")
    return [path for path in found if path.is_file()]


def _not_replaced(
    folder: Path, name: str, why: str, choice: str = "remove it yourself"
) -> SimError:
    place = folder / name if name else folder
    return SimError(f"{place}: {why}, so {folder} is not replaced; {choice}")


def _foreign(folder: Path, is_ours: Any, listed: set[str]) -> Iterator[str]:
    """Yield the entries of a folder that are not ours, by name; folders with listed files are."""
    parents = {parent.as_posix() for name in listed for parent in Path(name).parents}
    for name, entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            if not _FOLDER.fullmatch(name) and name not in parents:
                yield name
        elif not entry.is_file(follow_symlinks=False) or not is_ours(name):
            yield name


def _entries(folder: Path, under: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield every entry of a folder and its subfolders with its relative path; links are not followed."""
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
    """Return the manifest of a folder if this tool wrote it, else an empty mapping."""
    path = folder / MANIFEST
    try:
        if is_link(path):
            return {}
        record = json.loads(read_text(path))
        valid = record["schema"] == SCHEMA and record["tool"]["name"] == DISTRIBUTION
        valid = valid and isinstance(record["files"], dict) and isinstance(record["kind"], str)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
    return record if valid else {}


def _has_valid_receipt(folder: Path) -> bool:
    """Return whether a folder has at least one valid receipt of a part."""
    try:
        return next(valid_receipts(folder), None) is not None
    except SimError:
        return False


def append_receipt(folder: Path, line: Mapping[str, Any]) -> None:
    """Append a receipt, JSON data, to those of a folder, with its checksum, and fsync it; raises SimError."""
    append_line(folder / RECEIPTS, json.dumps({**line, CHECKSUM: digest_data(line)}))


def valid_receipts(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the receipts of a folder, as JSON data without their checksum.

    Lines whose checksum fails are skipped: the last one may have been torn when a session was killed,
    and the part of a skipped receipt is recomputed. Raises SimError if the file cannot be read.
    """
    path = folder / RECEIPTS
    try:
        text = "" if is_link(path) else read_bytes(path).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise SimError(f"{path}: cannot be read: {reason}") from None
    for line in text.splitlines():
        try:
            receipt = json.loads(line)
            valid = receipt.pop(CHECKSUM) == digest_data(receipt)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if valid:
            yield receipt
