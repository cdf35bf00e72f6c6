"""The manifest: everything a result depends on, and a digest of everything it holds."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sim.errors import Problem, ScenarioError, SimError
from sim.files import read_text
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.results.digest import digest_file
from sim.study.results.manifest_shape import written, wrong
from sim.study.results.owned_folders import MANIFEST, SCHEMA, mark
from sim.study.results.store import count_rows, write_text

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

MOST_PROBLEMS = 20  # that are said of one manifest
LIBRARIES = ("numpy", "numba", "pandas", "pyarrow", "SALib", "scipy")  # these touch a number
AROUND = ("matplotlib", "mesa", "pydantic")  # these read, show and draw; written down only


def now() -> str:
    """Return the time in UTC, to the second."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Asked:
    """What was asked for: `worlds` counts from world 0; `overrides` are already in `loaded`.

    `kind` is run, compare, sweep or experiment; `design` is what that kind adds (factors, rows);
    `control` is the machine that runs beside a comparison, "" if none does;
    `strategies` are the `path.py:Name` that points bring beside the scenario's own.
    """

    kind: str
    loaded: LoadedScenario
    regimes: tuple[str, ...]
    worlds: int
    seed: int
    tables: tuple[str, ...] = ("periods", "ties")
    threads: int = 1
    overrides: Mapping[str, Any] = field(default_factory=dict)
    design: Mapping[str, Any] = field(default_factory=dict)
    strategies: tuple[str, ...] = ()
    control: str = ""
    command: tuple[str, ...] = field(default_factory=lambda: tuple(sys.argv))
    start: str = field(default_factory=now)


def describe(asked: Asked) -> dict[str, Any]:
    """Return the manifest of a result that is about to be made, as JSON data."""
    from sim.jit import source_digest
    from sim.scenario.code import custom_texts, file_digests

    scenario = asked.loaded.resolved()
    strategies = {*custom_texts(scenario), *asked.strategies}
    return {
        **mark(),
        "kind": asked.kind,
        "command": list(asked.command),
        "start": asked.start,
        "end": None,
        "complete": False,
        "scenario_name": asked.loaded.name,
        "scenario_file": None if asked.loaded.path is None else str(asked.loaded.path),
        "scenario": scenario,
        "scenario_digest": asked.loaded.digest,
        "source_digest": source_digest(),
        "strategies": file_digests(strategies),
        "overrides": dict(asked.overrides),
        "regimes": list(asked.regimes),
        **({"control": asked.control} if asked.control else {}),
        "seed": asked.seed,
        "worlds": {"asked": asked.worlds, "done": 0},
        "tables": list(asked.tables),
        "threads": asked.threads,
        "design": dict(asked.design),
        "versions": versions(),
        "machine": {"platform": platform.platform(), "cpus": os.cpu_count()},
        "files": {},
    }


def seal(
    folder: Path, record: Mapping[str, Any], *, done: int, complete: bool, leave: Iterable[str] = ()
) -> dict[str, Any]:
    """Write `manifest.json` with the end, what was done, and a digest of every file; return it.

    What is to be left alone, since no run wrote it, is not listed.
    """
    whole = {
        **record,
        "end": now(),
        "complete": complete,
        "worlds": {**record["worlds"], "done": done},
        "files": list_files(folder, leave),
    }
    write_manifest(folder, whole)
    return whole


def reseal(
    folder: Path,
    record: Mapping[str, Any],
    changed: Callable[[str], bool],
    leave: Iterable[str] = (),
) -> None:
    """Write `manifest.json` anew with the files that were written again; all else is as it was.

    What was damaged since it was sealed keeps the digest it had, so that it is still found out.
    """
    kept = {name: about for name, about in record["files"].items() if not changed(name)}
    fresh = {p.relative_to(folder).as_posix() for p in _files(folder)}
    made = list_files(folder, {*leave, *(name for name in fresh if not changed(name))})
    write_manifest(folder, {**record, "files": dict(sorted({**kept, **made}.items()))})


def list_files(folder: Path, leave: Iterable[str] = ()) -> dict[str, Any]:
    """Return what a manifest says of every file of a folder, by its path in it."""
    left = set(leave)
    names = {p.relative_to(folder).as_posix(): p for p in _files(folder)}
    return {name: _about(p) for name, p in names.items() if name not in left}


def write_manifest(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `manifest.json`, whole or not at all."""
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / MANIFEST, text + "\n")


def read_manifest(path: str | Path) -> dict[str, Any]:
    """Read a manifest, given its path or its folder; raises SimError, a line for each place that is wrong."""
    path = Path(path)
    path = path if path.is_file() or path.suffix == ".json" else path / MANIFEST
    try:
        record = json.loads(read_text(path), parse_constant=_no_number)
        found = record["schema"]
        problems = wrong(record, str(path)) if found == SCHEMA else []
    except OSError as error:
        raise SimError(f"{path}: cannot read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        want = "damaged, or written by something else"
        raise SimError(f"{path}: not a manifest of this tool: {want}") from error
    if type(found) is not int:
        raise ScenarioError([Problem(str(path), "schema", written(found), f"want {SCHEMA}")])
    if found != SCHEMA:
        raise SimError(f"{path}: manifest schema {found}; this version reads {SCHEMA}")
    if problems:
        raise ScenarioError(problems[:MOST_PROBLEMS])
    return dict(record)


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Turn what goes wrong with a result that is not as it was written into one SimError line."""
    try:
        yield
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as e:
        said = str(e).split("\n")[0] or "no reason given"
        what = "damaged, or written by another version"
        raise SimError(f"{path}: {what} ({type(e).__name__}: {said})") from e


def asked_again(
    record: Mapping[str, Any],
    threads: int,
    consent: Consent = NO_FILES,
    path: Path | str = MANIFEST,
) -> Asked:
    """Return what a manifest says was asked, and done, ready to be made again."""
    from sim.scenario.load import from_resolved

    return Asked(
        kind=record["kind"],
        loaded=from_resolved(
            record["scenario"], record["scenario_name"], consent=consent, where=str(path)
        ),
        regimes=tuple(record["regimes"]),
        worlds=record["worlds"]["done"],
        seed=record["seed"],
        tables=tuple(record["tables"]),
        threads=threads,
        design=record["design"],
        control=record.get("control", ""),
    )


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries a result was made with."""
    return {"python": platform.python_version(), **_libraries()}


@cache
def _libraries() -> Mapping[str, str]:
    return MappingProxyType({name: version(name) for name in (*LIBRARIES, *AROUND)})


def _files(folder: Path) -> list[Path]:
    return sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.name != MANIFEST and not p.name.startswith(".")
    )


def _about(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = {"sha256": digest_file(path), "bytes": path.stat().st_size}
    return about | ({"rows": count_rows(path)} if path.suffix == ".parquet" else {})
