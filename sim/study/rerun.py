"""A result made again from its manifest, and compared with what was written, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError
from sim.study.folder import MANIFEST
from sim.study.manifest import asked_again, digest_file, read_manifest, versions
from sim.study.resume import version_notes
from sim.study.store import differing_columns


class Rerun(NamedTuple):
    """Whether every table came out the same, what differs, and what has changed since."""

    identical: bool
    differences: list[str]
    notes: list[str]


def rerun(manifest: str | Path, threads: int = 1) -> Rerun:
    """Simulate again what a manifest describes and compare every table it lists, by value.

    `manifest` is the file or its folder. Notes say when the program or a library is not what it
    was. Raises SimError when the manifest cannot be read or its result holds no table.
    """
    path = Path(manifest)
    folder = path if path.is_dir() else path.parent
    record = read_manifest(path)
    tables = {name for name in record["files"] if name.endswith(".parquet")}
    if not tables:
        raise SimError(f"{folder / MANIFEST}: lists no table, so there is nothing to compare")
    found: list[str] = []
    for name, rows, columns in _remake(record, threads):
        if name in tables:
            tables.remove(name)
            found += _compare(folder, name, rows, columns)
    found += [f"{name}: not a table this version makes" for name in sorted(tables)]
    return Rerun(not found, found, [*_altered(folder, record), *_changes(record)])


def _remake(record: Mapping[str, Any], threads: int) -> Any:
    from sim.study import experiment, save, sweep

    kinds = {"sweep": sweep.remake, "experiment": experiment.remake}
    return kinds.get(record["kind"], save.remake)(asked_again(record, threads))


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
    if not record["complete"]:
        done, asked = record["worlds"]["done"], record["worlds"]["asked"]
        notes.append(f"the result was cut short: {done} of {asked} worlds were compared")
    return notes + version_notes(record, {"versions": versions()})
