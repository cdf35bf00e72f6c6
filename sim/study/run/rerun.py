"""A result made again from its manifest, and compared with what was written.

The tables that the rules write have to have the same bits. All others are computed from them by NumPy,
SciPy and BLAS, in an order of their own, and have to agree as `sim.study.results.differences` says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError
from sim.records import TABLES
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.results.differences import Unlike, unlike
from sim.study.results.digest import digest_file
from sim.study.results.manifest import asked_again, read_manifest, reading, versions
from sim.study.results.owned_folders import MANIFEST, PARTS
from sim.study.results.resume import version_notes
from sim.study.results.store import Columns, columns_of, read_all
from sim.study.run.chunks import made
from sim.study.run.restore import KINDS

VERDICT = "verdict.parquet"


SIMULATED = frozenset(f"{table}.parquet" for table in TABLES)
SAME, STRANGE = Unlike([], False), Unlike(["not a table this version makes"], False)


class Rerun(NamedTuple):
    """Whether every table came out the same, what differs, and what has changed since.

    `rounded` says which tables are equal as rounding goes, but not to the bit.
    """

    identical: bool
    differences: list[str]
    rounded: list[str]
    notes: list[str]


def rerun(manifest: str | Path, threads: int = 1, consent: Consent = NO_FILES) -> Rerun:
    """Simulate again what a manifest describes and compare every table it lists, by value.

    Periods, ties, events, offers and need_months have to have the same bits; in all others, parts of
    a study among them, floats may differ by 1e-9 relative. A verdict is read off the summary, so it
    is compared by its digest alone.

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
    differences, rounded = [], []
    with reading(folder / MANIFEST):
        for name, found in made(folder, record, tables, threads, consent):
            differences += [f"{name}: {line}" for line in found.lines]
            if found.rounded and not found.lines:
                rounded.append(name)
        notes = [*_altered(folder, record), *_changes(record)]
    return Rerun(not differences, differences, list(_told(rounded)), notes)


def _told(rounded: list[str]) -> Iterator[str]:
    """Yield a line for each table that is equal but not to the bit, and one for all parts."""
    words = "equal within 1e-9 relative, not to the bit"
    parts = [name for name in rounded if name.startswith(f"{PARTS}/")]
    yield from (f"{name}: {words}" for name in rounded if name not in parts)
    if parts:
        yield f"{PARTS}: {len(parts)} of them {words}"


def _of_result(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[tuple[str, Unlike]]:
    """Yield what is unlike in the tables of a run or comparison."""
    from sim.study.results.save import remake

    for name, rows, columns in remake(asked_again(record, threads, consent, folder / MANIFEST)):
        if name in tables:
            tables.remove(name)
            yield name, _compared(name, folder / name, partial(columns_of, rows, columns))
    for name in sorted(tables):
        yield name, STRANGE


def _of_study(
    folder: Path, record: Mapping[str, Any], tables: set[str], threads: int, consent: Consent
) -> Iterator[tuple[str, Unlike]]:
    """Yield what is unlike in the tables of a study, which is run again beside it as far as it got."""
    import tempfile

    from sim.study.run.restore import restore
    from sim.study.run.sweep import How, run_study

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
                yield name, STRANGE
            elif _same_file(folder / name, again / name):
                yield name, SAME
            else:
                yield name, _compared(name, folder / name, partial(read_all, again / name))


def _same_file(one: Path, two: Path) -> bool:
    return one.is_file() and digest_file(one) == digest_file(two)


def _compared(name: str, path: Path, fresh: Callable[[], Columns]) -> Unlike:
    if not path.is_file():
        return Unlike(["missing"], False)
    try:
        stored = read_all(path)
    except SimError as error:
        return Unlike([str(error).removeprefix(f"{path}: ")], False)
    return unlike(stored, fresh(), rounding=name not in SIMULATED)


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
