"""Recomputing a result from its manifest and comparing it with the stored tables.

The tables that the rules write must have the same bits. All others are computed from them by NumPy,
SciPy and BLAS, which may add in another order, and must be equal up to rounding as defined in
`sim.study.results.differences`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError
from sim.records import TABLES
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.results.differences import (
    TableDifference,
    compare_large_tables,
    compare_tables,
)
from sim.study.results.digest import digest_file
from sim.study.results.durable_files import disk_errors
from sim.study.results.folder import place_to_recompute
from sim.study.results.manifest import (
    damage_errors,
    installed_versions,
    read_manifest,
    request_from_manifest,
)
from sim.study.results.owned_folders import MANIFEST, PARTS
from sim.study.results.parts import Parts, Range
from sim.study.results.resume import version_notes
from sim.study.results.store import Columns, columns_of, read_all
from sim.study.run.chunks import EarlierParts
from sim.study.run.restore import STUDY_KINDS

DERIVED = ("verdict.parquet", "told.parquet", "further.parquet")  # from the summary or the parts


SIMULATED = frozenset(f"{table}.parquet" for table in TABLES)
EQUAL, UNKNOWN_TABLE = (
    TableDifference([], False),
    TableDifference(["not a table this version makes"], False),
)


class RerunResult(NamedTuple):
    """The outcome of a rerun: whether all tables are equal, and how they differ.

    `differences` has a line for each column that differs, `rounded` one for each table that is equal
    up to rounding but not to the bit, and `notes` what has changed since the result was computed.
    """

    identical: bool
    differences: list[str]
    rounded: list[str]
    notes: list[str]


def rerun(manifest: str | Path, threads: int = 1, consent: Consent = NO_FILES) -> RerunResult:
    """Recompute what a manifest describes and compare every table that it lists, by value.

    The tables periods, ties, events, offers and need_months must have the same bits; in all others,
    including the parts of a study, floats may differ by 1e-9 relative. Of tables derived from these, a verdict
    and what an identification tells, only the digest is compared.

    `manifest` is the file or its folder. Custom code that it names is run if `consent` covers it. The
    notes tell if the program, a library or a file has changed. What takes disk space is written to a hidden
    folder `.NAME.rerun` beside the result, which is deleted at the end, or by the next rerun if the process is
    killed. Raises KeyboardInterrupt after Ctrl-C, and SimError if the manifest cannot
    be read, lists no table, or is of a kind that only its own command can recompute.
    """
    path = Path(manifest)
    folder = path if path.is_dir() else path.parent
    record = read_manifest(path)
    tables = {name for name in record["files"] if name.endswith(".parquet")}
    if not tables:
        raise SimError(f"{folder / MANIFEST}: lists no table, so there is nothing to compare")
    if record["kind"] not in (*STUDY_KINDS, "run", "compare"):
        want = "can be recomputed by its own command only, not from its manifest"
        raise SimError(f"{folder / MANIFEST}: a {record['kind']} {want}")
    compared = _compare_study if record["kind"] in STUDY_KINDS else _compare_result
    differences, rounded = [], []
    with damage_errors(folder / MANIFEST):
        for name, found in compared(folder, record, tables, threads, consent):
            differences += [f"{name}: {line}" for line in found.lines]
            if found.rounded and not found.lines:
                rounded.append(name)
        notes = [*_altered_files(folder, record), *_change_notes(record)]
    return RerunResult(not differences, differences, list(_rounding_lines(rounded)), notes)


def _rounding_lines(rounded: list[str]) -> Iterator[str]:
    """Yield a line for each table that is equal but not to the bit, and a single one for all parts."""
    words = "equal within 1e-9 relative, not to the bit"
    parts = [name for name in rounded if name.startswith(f"{PARTS}/")]
    yield from (f"{name}: {words}" for name in rounded if name not in parts)
    if parts:
        yield f"{PARTS}: {len(parts)} of them {words}"


def _compare_result(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[tuple[str, TableDifference]]:
    """Yield name and difference of every table of a run or comparison.

    A large result is simulated block by block into a hidden folder beside it, as it was at first.
    """
    from sim.study.results.save import is_on_disk, recompute_tables

    request = request_from_manifest(record, threads, consent, folder / MANIFEST)
    with place_to_recompute(folder) as again:
        with disk_errors(again):
            again.mkdir()
        for name, rows, columns in recompute_tables(request, again):
            if name not in tables:
                continue
            tables.remove(name)
            if is_on_disk(rows):
                yield name, _compare_large(folder / name, again / name)
            else:
                yield name, _compare_table(name, folder / name, partial(columns_of, rows, columns))
    for name in sorted(tables):
        yield name, UNKNOWN_TABLE


def _compare_study(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[tuple[str, TableDifference]]:
    """Yield name and difference of every table of a study.

    The study is run again in a hidden folder beside it, with the same parts as far as it had got, so that an
    interrupted study is compared too.
    """
    from sim.study.run.restore import restore_study
    from sim.study.run.run_options import RunOptions
    from sim.study.run.sweep import Interrupted, run_study

    study = restore_study(record, folder / MANIFEST, consent)
    listed = {Path(name).stem for name in tables if name.startswith(f"{PARTS}/")}
    earlier = EarlierParts(
        _ranges_of_parts(folder, record, listed), frozenset(record["points"]["failed"])
    )
    with place_to_recompute(folder) as again:
        try:
            found = run_study(study, out=again, options=RunOptions(threads, reproduce=earlier))
        except Interrupted:
            raise KeyboardInterrupt from None  # what was finished is not kept
        if found.interrupted:
            raise KeyboardInterrupt
        for name in sorted(tables):
            if name in DERIVED:
                continue
            if not (again / name).is_file():
                yield name, UNKNOWN_TABLE
            elif _same_file(folder / name, again / name):
                yield name, EQUAL
            else:
                yield name, _compare_table(name, folder / name, partial(read_all, again / name))


def _ranges_of_parts(
    folder: Path, record: Mapping[str, Any], listed: set[str]
) -> list[tuple[Range, ...]]:
    """Return the worlds of each part that a manifest lists, from the receipts of the parts."""
    parts = Parts(folder, record["design"]["digest"])
    known = {name: receipt.ranges for name, receipt in parts.receipts_on_disk().items()}
    return [known[name] for name in sorted(listed & known.keys())]


def _same_file(first: Path, second: Path) -> bool:
    return first.is_file() and digest_file(first) == digest_file(second)


def _compare_table(name: str, path: Path, fresh: Callable[[], Columns]) -> TableDifference:
    """Return how a stored table differs from the recomputed one; rounding is allowed if not simulated."""
    if not path.is_file():
        return TableDifference(["missing"], False)
    try:
        stored = read_all(path)
    except SimError as error:
        return TableDifference([str(error).removeprefix(f"{path}: ")], False)
    return compare_tables(stored, fresh(), rounding=name not in SIMULATED)


def _compare_large(path: Path, fresh: Path) -> TableDifference:
    """Return how a stored table differs from a recomputed one, both too large to hold."""
    if not path.is_file():
        return TableDifference(["missing"], False)
    try:
        if _same_file(path, fresh):
            return EQUAL
        return compare_large_tables(path, fresh)
    except SimError as error:
        return TableDifference([str(error).removeprefix(f"{path}: ")], False)


def _altered_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Return a note for each file whose digest is not that in the manifest."""
    return [
        f"{name}: the file is not byte for byte the one the manifest lists"
        for name, about in record["files"].items()
        if (folder / name).is_file() and digest_file(folder / name) != about["sha256"]
    ]


def _change_notes(record: Mapping[str, Any]) -> list[str]:
    """Return a note for each thing that has changed since: program, custom code, libraries; or is partial."""
    from sim.jit import source_digest

    notes = []
    if record["source_digest"] != source_digest():
        then, now = record["source_digest"][:12], source_digest()[:12]
        notes.append(f"the program has changed since: source digest {then} then, {now} now")
    notes += [
        f"{path}: the file has changed since, or no longer exists"
        for path, then in record.get("strategies", {}).items()
        if not Path(path).is_file() or digest_file(Path(path)) != then
    ]
    if not record["complete"]:
        what = "points" if "points" in record else "worlds"
        done, asked = record[what]["done"], record[what]["asked"]
        notes.append(f"the result was cut short: {done} of {asked} {what} were compared")
    return notes + version_notes(record, {"versions": installed_versions()})
