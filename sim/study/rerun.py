"""A result made again from its manifest, and compared with what was written, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError
from sim.strategies.consent import NOTHING, Consent
from sim.study.chunks import made
from sim.study.folder import MANIFEST
from sim.study.manifest import asked_again, digest_file, read_manifest, versions
from sim.study.restore import KINDS
from sim.study.resume import PARTS, version_notes
from sim.study.store import differing_columns, differing_tables

VERDICT = "verdict.parquet"


class Rerun(NamedTuple):
    """Whether every table came out the same, what differs, and what has changed since."""

    identical: bool
    differences: list[str]
    notes: list[str]


def rerun(manifest: str | Path, threads: int = 1, consent: Consent = NOTHING) -> Rerun:
    """Simulate again what a manifest describes and compare every table it lists, by value.

    A verdict is read off the summary, so it is compared by its digest alone.

    `manifest` is the file or its folder; a file of a strategy it names is run where `consent` covers
    it. Notes say when the program or a library is not what it
    was. Raises SimError when the manifest cannot be read or its result holds no table.
    """
    path = Path(manifest)
    folder = path if path.is_dir() else path.parent
    record = read_manifest(path)
    tables = {name for name in record["files"] if name.endswith(".parquet")}
    if not tables:
        raise SimError(f"{folder / MANIFEST}: lists no table, so there is nothing to compare")
    if record["kind"] not in (*KINDS, "run", "compare"):
        want = "is made again by its own command, not from its manifest"
        raise SimError(f"{folder / MANIFEST}: a {record['kind']} {want}")
    made = _of_study if record["kind"] in KINDS else _of_result
    found = list(made(folder, record, tables, threads, consent))
    return Rerun(not found, found, [*_altered(folder, record), *_changes(record)])


def _of_result(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[str]:
    """Yield every difference in the tables of a run or comparison."""
    from sim.study.save import remake

    for name, rows, columns in remake(asked_again(record, threads, consent, folder / MANIFEST)):
        if name in tables:
            tables.remove(name)
            yield from _compare(folder, name, rows, columns)
    yield from (f"{name}: not a table this version makes" for name in sorted(tables))


def _of_study(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[str]:
    """Yield every difference in the tables of a study, which is run again beside it as far as it got."""
    import tempfile

    from sim.study.restore import restore
    from sim.study.sweep import How, run_study

    study = restore(record, folder / MANIFEST, consent)
    worlds = {
        Path(name).stem: record["files"][name]["rows"] // len(study.regimes)
        for name in tables
        if name.startswith(f"{PARTS}/")
    }
    with tempfile.TemporaryDirectory() as place:
        again = Path(place, "again")
        run_study(
            study, out=again, how=How(threads, again=made(worlds, record["points"]["failed"]))
        )
        for name in sorted(tables):
            if name == VERDICT:
                continue  # it is read off the summary
            if not (again / name).is_file():
                yield f"{name}: not a table this version makes"
            elif not (folder / name).is_file():
                yield f"{name}: missing"
            else:
                yield from _differing(folder, again, name)


def _differing(folder: Path, again: Path, name: str) -> list[str]:
    if digest_file(folder / name) == digest_file(again / name):
        return []
    try:
        return [f"{name}: {line}" for line in differing_tables(folder / name, again / name)]
    except SimError as error:
        return [str(error)]


def _compare(folder: Path, name: str, rows: Any, columns: Any) -> list[str]:
    if not (folder / name).is_file():
        return [f"{name}: missing"]
    try:
        return [f"{name}: {line}" for line in differing_columns(folder / name, rows, columns)]
    except SimError as error:
        return [str(error)]


def _altered(folder: Path, record: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: the file is not byte for byte the one the manifest lists"
        for name, about in record["files"].items()
        if (folder / name).is_file() and digest_file(folder / name) != about["sha256"]
    ]


def _changes(record: Mapping[str, Any]) -> list[str]:
    from sim.jit import source_digest

    notes = []
    if record["source_digest"] != source_digest():
        then, now = record["source_digest"][:12], source_digest()[:12]
        notes.append(f"the program has changed since: source digest {then} then, {now} now")
    notes += [
        f"{path}: the file has changed since, or is gone"
        for path, then in record.get("strategies", {}).items()
        if not Path(path).is_file() or digest_file(Path(path)) != then
    ]
    if not record["complete"]:
        what = "points" if "points" in record else "worlds"
        done, asked = record[what]["done"], record[what]["asked"]
        notes.append(f"the result was cut short: {done} of {asked} {what} were compared")
    return notes + version_notes(record, {"versions": versions()})
