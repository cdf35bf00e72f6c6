"""The manifest of a result: everything it depends on, and a digest of every file in it."""

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
from sim.study.results.durable_files import write_text
from sim.study.results.manifest_shape import json_text, manifest_problems
from sim.study.results.owned_folders import MANIFEST, SCHEMA, tool_mark
from sim.study.results.store import count_rows

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

MOST_PROBLEMS = 20  # reported of one manifest
# Libraries whose version may change a number, and others that are recorded for information only.
NUMERIC_LIBRARIES = (
    "numpy",
    "numba",
    "pandas",
    "pyarrow",
    "SALib",
    "scipy",
)  # these touch a number
OTHER_LIBRARIES = ("matplotlib", "mesa", "pydantic")  # these read, show and draw; written down only


def utc_now() -> str:
    """Return the current time in UTC as text, to the second."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class ResolvedRequest:
    """A request with nothing left open, as the manifest records it.

    `kind` is run, compare, sweep or experiment. `loaded` is the scenario with `overrides` applied
    already. Worlds are numbered 0 to `worlds` − 1. `design` is what the kind adds: the window of a
    comparison, or the study. `control` is the machine that runs beside a comparison, "" if none does.
    `strategies` are custom strategies (`path.py:Name`) that points use in addition to the scenario's.
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
    start: str = field(default_factory=utc_now)


def start_manifest(request: ResolvedRequest) -> dict[str, Any]:
    """Return the manifest of a result that is about to be computed, as JSON data.

    It is incomplete: `seal` adds the end, the number of worlds done and the files.
    """
    from sim.jit import source_digest
    from sim.scenario.code import custom_texts, file_digests

    scenario = request.loaded.resolved()
    strategies = {*custom_texts(scenario), *request.strategies}
    return {
        **tool_mark(),
        "kind": request.kind,
        "command": list(request.command),
        "start": request.start,
        "end": None,
        "complete": False,
        "scenario_name": request.loaded.name,
        "scenario_file": None if request.loaded.path is None else str(request.loaded.path),
        "scenario": scenario,
        "scenario_digest": request.loaded.digest,
        "source_digest": source_digest(),
        "strategies": file_digests(strategies),
        "overrides": dict(request.overrides),
        "regimes": list(request.regimes),
        **({"control": request.control} if request.control else {}),
        "seed": request.seed,
        "worlds": {"asked": request.worlds, "done": 0},
        "tables": list(request.tables),
        "threads": request.threads,
        "design": dict(request.design),
        "versions": installed_versions(),
        "machine": {"platform": platform.platform(), "cpus": os.cpu_count()},
        "files": {},
    }


def seal(
    folder: Path, record: Mapping[str, Any], *, done: int, complete: bool, leave: Iterable[str] = ()
) -> dict[str, Any]:
    """Write the final `manifest.json` and return it: with the end, worlds done and digests of all files.

    `record` is the manifest of `start_manifest`. Files in `leave` are not listed: they were not
    written by a run, so `force` must not delete them with the result.
    """
    sealed = {
        **record,
        "end": utc_now(),
        "complete": complete,
        "worlds": {**record["worlds"], "done": done},
        "files": list_files(folder, leave),
    }
    write_manifest(folder, sealed)
    return sealed


def reseal(
    folder: Path,
    record: Mapping[str, Any],
    changed: Callable[[str], bool],
    leave: Iterable[str] = (),
) -> None:
    """Write `manifest.json` with new digests for files that were rewritten; all else is unchanged.

    `changed` tells which names were rewritten. All other files keep their recorded digest, so that a
    file that was damaged in the meantime is still detected.
    """
    kept = {name: about for name, about in record["files"].items() if not changed(name)}
    present = {p.relative_to(folder).as_posix() for p in _files(folder)}
    rewritten = list_files(folder, {*leave, *(name for name in present if not changed(name))})
    write_manifest(folder, {**record, "files": dict(sorted({**kept, **rewritten}.items()))})


def list_files(folder: Path, leave: Iterable[str] = ()) -> dict[str, Any]:
    """Return digest, size and rows of every file in a folder, by its relative path; `leave` is skipped."""
    skipped = set(leave)
    names = {p.relative_to(folder).as_posix(): p for p in _files(folder)}
    return {name: _file_entry(p) for name, p in names.items() if name not in skipped}


def write_manifest(folder: Path, record: Mapping[str, Any]) -> None:
    """Write `manifest.json` atomically."""
    text = json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(folder / MANIFEST, text + "\n")


def read_manifest(path: str | Path) -> dict[str, Any]:
    """Return a manifest, given its path or its folder.

    Raises SimError if it cannot be read or has another schema, and ScenarioError with one line for
    each place that holds the wrong kind of value.
    """
    path = Path(path)
    path = path if path.is_file() or path.suffix == ".json" else path / MANIFEST
    try:
        record = json.loads(read_text(path), parse_constant=_reject_constant)
        found = record["schema"]
        problems = manifest_problems(record, str(path)) if found == SCHEMA else []
    except OSError as error:
        raise SimError(f"{path}: cannot read: {(error.strerror or str(error)).lower()}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        want = "damaged, or written by something else"
        raise SimError(f"{path}: not a manifest of this tool: {want}") from error
    if type(found) is not int:
        raise ScenarioError([Problem(str(path), "schema", json_text(found), f"want {SCHEMA}")])
    if found != SCHEMA:
        raise SimError(f"{path}: manifest schema {found}; this version reads {SCHEMA}")
    if problems:
        raise ScenarioError(problems[:MOST_PROBLEMS])
    return dict(record)


def _reject_constant(text: str) -> Any:
    raise ValueError(f"{text} is no number")


@contextmanager
def damage_errors(path: Path | str) -> Iterator[None]:
    """Turn errors caused by a damaged result into a SimError that names `path`.

    A manifest may have the right shape and still make no sense, so any of these errors may come from
    code that reads it.
    """
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
        reason = str(e).split("\n")[0] or "no reason given"
        what = "damaged, or written by another version"
        raise SimError(f"{path}: {what} ({type(e).__name__}: {reason})") from e


def request_from_manifest(
    record: Mapping[str, Any],
    threads: int,
    consent: Consent = NO_FILES,
    path: Path | str = MANIFEST,
) -> ResolvedRequest:
    """Return the request that recomputes what a manifest records, with the worlds that were done.

    `consent` says which custom code may run, and `path` is the manifest's place for messages.
    """
    from sim.scenario.load import from_resolved

    return ResolvedRequest(
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


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a result depends on."""
    return {"python": platform.python_version(), **_library_versions()}


@cache
def _library_versions() -> Mapping[str, str]:
    return MappingProxyType(
        {name: version(name) for name in (*NUMERIC_LIBRARIES, *OTHER_LIBRARIES)}
    )


def _files(folder: Path) -> list[Path]:
    return sorted(
        p
        for p in folder.rglob("*")
        if p.is_file() and p.name != MANIFEST and not p.name.startswith(".")
    )


def _file_entry(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = {"sha256": digest_file(path), "bytes": path.stat().st_size}
    return about | ({"rows": count_rows(path)} if path.suffix == ".parquet" else {})
