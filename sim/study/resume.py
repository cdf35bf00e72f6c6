"""The folder of a sweep: what is whole in it, and whether it holds the sweep that is asked for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import SimError
from sim.study.folder import MANIFEST, hidden, refuse_target
from sim.study.manifest import (
    LIBRARIES,
    digest_data,
    digest_file,
    read_manifest,
    write_manifest,
)
from sim.study.store import sync, write_text

PARTS, RECEIPTS, FAILED = "parts", "receipts", "failed"
MOST_SHOWN = 8


@dataclass(frozen=True)
class Parts:
    """One Parquet part per point, each vouched for by a receipt with its digest and its plan's."""

    target: Path
    plan: str

    def path(self, name: str) -> Path:
        """Return where a part is."""
        return self.target / PARTS / f"{name}.parquet"

    def state(self, name: str) -> str:
        """Return `whole`, `missing` or `damaged` (it has a receipt that its bytes do not match)."""
        try:
            receipt = json.loads(self._receipt(name).read_text(encoding="utf-8"))
            vouched, plan = receipt["sha256"], receipt["plan"]
        except FileNotFoundError:
            return "missing"
        except (OSError, ValueError, KeyError, TypeError):
            return "damaged"
        path = self.path(name)
        whole = plan == self.plan and path.is_file() and digest_file(path) == vouched
        return "whole" if whole else "damaged"

    def keep(self, name: str, values: Mapping[str, Any], write: Callable[[Path], int]) -> None:
        """Write a part, then its receipt; an earlier failure of it is forgotten."""
        rows = write(self.path(name))
        receipt = {"plan": self.plan, "sha256": digest_file(self.path(name)), "rows": rows}
        _write_json(self._receipt(name), {"point": dict(values), **receipt})
        (self.target / FAILED / f"{name}.json").unlink(missing_ok=True)

    def fail(self, name: str, report: Mapping[str, Any]) -> None:
        """Write down why a part could not be made."""
        (self.target / FAILED).mkdir(exist_ok=True)
        _write_json(self.target / FAILED / f"{name}.json", report)

    def drop_replaced(self) -> None:
        """Remove the earlier result that --force set aside."""
        shutil.rmtree(hidden(self.target, "old"), ignore_errors=True)

    def _receipt(self, name: str) -> Path:
        return self.target / RECEIPTS / f"{name}.json"


def open_sweep(
    target: Path, record: Mapping[str, Any], *, force: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the manifest of a sweep that may run in `target`, and notes for the person.

    A free target is made with the manifest in it; one with the same sweep is gone on with; with
    `force` what is there is set aside until the new sweep is whole. Raises SimError otherwise.
    """
    session = {k: record[k] for k in ("start", "command", "threads", "versions")}
    if force or not target.exists():
        refuse_target(target, force=force)
        design = {**record["design"], "digest": digest_data(_plan(record))}
        fresh = {**record, "design": design, "sessions": [session]}
        _make(target, fresh)
        return fresh, []
    if not (target / MANIFEST).is_file():
        raise SimError(f"{target}: already exists and holds no sweep; choose another --out")
    found = read_manifest(target)
    changed = differences(found, record)
    if changed:
        more = [f"… and {len(changed) - MOST_SHOWN} more"] if len(changed) > MOST_SHOWN else []
        lines = "".join(f"\n  {line}" for line in [*changed[:MOST_SHOWN], *more])
        choice = "choose another --out, or start again with --force"
        raise SimError(f"{target}: holds another sweep; {choice}{lines}")
    going = {**found, "sessions": [*found["sessions"], session], "complete": False}
    write_manifest(target, going)
    return going, version_notes(found, record)


def differences(found: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Return every difference between two sweeps that changes a number, one line each."""
    if found["kind"] != asked["kind"]:
        return [f"kind: {found['kind']} there, {asked['kind']} asked for"]
    there, here = _flat(_plan(found)), _flat(_plan(asked))
    lines = [
        f"{key}: {there.get(key, 'nothing')} there, {here.get(key, 'nothing')} asked for"
        for key in dict.fromkeys([*there, *here])
        if there.get(key) != here.get(key) and key != "source"
    ]
    if there["source"] != here["source"]:
        lines.append("the program itself has changed since (source digest)")
    return lines


def version_notes(found: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one line per version that is not what it was when the result was begun."""
    return [
        f"{name}: {found['versions'].get(name)} then, {now['versions'].get(name)} now"
        for name in ("python", *LIBRARIES)
        if found["versions"].get(name) != now["versions"].get(name)
    ]


def _plan(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides every number of a sweep."""
    return {
        "scenario": record["scenario"],
        "source": record["source_digest"],
        "regimes": record["regimes"],
        "seed": record["seed"],
        "worlds": record["worlds"]["asked"],
        "vary": record["design"]["factors"],
    }


def _flat(data: Any, path: str = "") -> dict[str, Any]:
    if not isinstance(data, Mapping):
        return {path: data}
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat |= _flat(value, f"{path}.{key}" if path else str(key))
    return flat


def _make(target: Path, record: Mapping[str, Any]) -> None:
    """Make the folder with its manifest in one step, setting aside what is there."""
    new, old = hidden(target, "partial"), hidden(target, "old")
    shutil.rmtree(new, ignore_errors=True)
    for name in (PARTS, RECEIPTS):
        (new / name).mkdir(parents=True)
    write_manifest(new, record)
    if target.exists():
        if old.exists():
            shutil.rmtree(target)
        else:
            target.rename(old)
    new.rename(target)
    sync(target.parent)


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")
