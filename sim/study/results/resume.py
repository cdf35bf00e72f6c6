"""The folder of a sweep: what is whole in it, and whether it holds the sweep that is asked for."""

from __future__ import annotations

import json
import os
from bisect import insort
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import SimError, truncate
from sim.files import is_link, read_text
from sim.study.results.digest import digest_data, digest_file
from sim.study.results.folder import choices, hidden, refuse_target
from sim.study.results.manifest import LIBRARIES, read_manifest, write_manifest
from sim.study.results.owned_folders import (
    CHECK,
    FAILED,
    MANIFEST,
    PARTS,
    RECEIPTS,
    is_part,
    part_files,
    refuse_links,
    remove,
    remove_unfinished,
    sound_lines,
)  # fmt: skip
from sim.study.results.store import append_line, sync, write_text

MOST_SHOWN, LONGEST = 8, 60  # differences of two sweeps, letters of one value
DRAWN = "drawn"  # a digest of the points: said only where nothing else differs
DECIDING = ("design", "points", "rows", "of", "stop")


@dataclass
class Parts:
    """The parts of a study on disk: one Parquet file per chunk, vouched for by a line with its digest.

    Lines are only ever added; the last one may be torn by a kill, and one that is not what it says
    it is does not count. A part without its line, or whose bytes are not those of its line, is made
    again.
    """

    target: Path
    plan: str
    whole: dict[str, StoredPart] = field(default_factory=dict)
    damaged: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    _ranges: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def path(self, name: str) -> Path:
        """Return where a part is."""
        return self.target / PARTS / f"{name}.parquet"

    def read(self) -> None:
        """Find out which parts are whole, by digest; what is damaged or unvouched is forgotten."""
        part_files(self.target)  # says which is no file at all
        found = sound_lines(self.target)
        lines = {r["part"]: r for r in found if r.get("plan") == self.plan}
        checked = {name: self._is_whole(name, line["sha256"]) for name, line in lines.items()}
        self.whole, self._ranges = {}, {}
        for name, line in lines.items():
            if checked[name]:
                self._add(name, _receipt(line))
        self.damaged = tuple(sorted(name for name, good in checked.items() if good is False))
        self.absent = tuple(sorted(name for name, good in checked.items() if good is None))

    def covered(self, point: int) -> list[tuple[int, int]]:
        """Return (first world, count) of every whole part of a point."""
        return self._ranges.get(point, [])

    def keep(self, name: str, receipt: StoredPart) -> None:
        """Vouch for a part that is on the disk."""
        line = {"part": name, "plan": self.plan, **receipt._asdict()}
        append_line(self.target / RECEIPTS, json.dumps({**line, CHECK: digest_data(line)}))
        self._add(name, receipt)

    def _add(self, name: str, receipt: StoredPart) -> None:
        self.whole[name] = receipt
        insort(self._ranges.setdefault(receipt.point, []), (receipt.first, receipt.worlds))

    def fail(self, name: str, report: Mapping[str, Any]) -> None:
        """Write down why a point could not be made."""
        (self.target / FAILED).mkdir(exist_ok=True)
        _write_json(self.target / FAILED / f"{name}.json", report)

    def failures(self) -> dict[str, dict[str, Any]]:
        """Return what is written down of points that could not be made, by name."""
        found = {}
        for path in sorted((self.target / FAILED).glob("point-*.json")):
            try:
                report = json.loads(read_text(path))
            except (OSError, ValueError, RecursionError):
                report = None
            found[path.stem] = (
                report if isinstance(report, dict) else {"error": "its report cannot be read"}
            )
        return found

    def mend(self, name: str) -> None:
        """Forget that a point could not be made."""
        (self.target / FAILED / f"{name}.json").unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove parts nobody vouches for: left by a kill, or cut differently by an earlier session."""
        (self.target / PARTS).mkdir(exist_ok=True)
        for path in (self.target / PARTS).iterdir():
            if is_part(path.name) and path.name not in {f"{name}.parquet" for name in self.whole}:
                path.unlink(missing_ok=True)

    def drop_replaced(self) -> None:
        """Remove the earlier result that `force` set aside; what is no longer ours alone stays."""
        with suppress(SimError, OSError):
            remove(hidden(self.target, "old"))

    def _is_whole(self, name: str, digest: str) -> bool | None:
        """Whether a part's bytes are those vouched for; None where there is no file."""
        try:
            return digest_file(self.path(name)) == digest
        except OSError:
            return None if not self.path(name).exists() else False


class StoredPart(NamedTuple):
    """What a line says of a part: whose worlds it holds, its digest, and what it took."""

    point: int
    first: int
    worlds: int
    sha256: str
    rows: int
    size: int
    seconds: float


def _receipt(line: Mapping[str, Any]) -> StoredPart:
    point, first, worlds = (int(line[name]) for name in ("point", "first", "worlds"))
    rows, size, seconds = int(line["rows"]), int(line["size"]), float(line["seconds"])
    return StoredPart(point, first, worlds, str(line["sha256"]), rows, size, seconds)


def open_sweep(
    target: Path, record: Mapping[str, Any], *, force: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return the manifest of a sweep that may run in `target`, and notes for the person.

    A free target is made with the manifest in it; one with the same sweep is gone on with; with
    `force` what is there is set aside until the new sweep is whole. Raises SimError otherwise.
    """
    if is_link(target):
        raise SimError(f"{target}: is a symbolic link; want the folder itself")
    remove_unfinished(hidden(target, "partial"))  # of a session that was killed
    session = {k: record[k] for k in ("start", "command", "threads", "versions")}
    if force or not target.exists():
        refuse_target(target, force=force)
        design = {**record["design"], "digest": digest_data(_plan(record))}
        fresh = {**record, "design": design, "sessions": [session]}
        _make(target, fresh)
        return fresh, []
    if not (target / MANIFEST).is_file():
        raise SimError(f"{target}: already exists and holds no sweep; choose another `out`")
    refuse_links(target)
    found = read_manifest(target)
    check_plan(found, target / MANIFEST)
    changed = differences(found, record)
    if changed:
        left_out = len(changed) - MOST_SHOWN
        more = [f"… and {left_out} more, in {target / MANIFEST}"] if left_out > 0 else []
        lines = "".join(f"\n  {line}" for line in [*changed[:MOST_SHOWN], *more])
        choice = choices(target, "start again")
        raise SimError(f"{target}: holds another sweep; {choice}{lines}")
    sessions = [*found["sessions"], session]
    going = {**found, "design": {**record["design"], "digest": found["design"]["digest"]}}
    going |= {"sessions": sessions, "complete": False}
    write_manifest(target, going)
    return going, version_notes(found, record)


def check_plan(record: Mapping[str, Any], path: Path | str = MANIFEST) -> None:
    """Raise SimError unless a manifest says what it said when its study was begun."""
    try:
        same = record["design"]["digest"] == digest_data(_plan(record))
        same = same and isinstance(record["sessions"], list)
    except (KeyError, TypeError, AttributeError):
        same = False
    if not same:
        what = "what it says of its study is not what was begun"
        choice = choices(Path(path).parent, "start again")
        raise SimError(f"{path}: damaged: {what}; {choice}")


def differences(found: Mapping[str, Any], asked: Mapping[str, Any]) -> list[str]:
    """Return every difference between two sweeps that changes a number, one line each."""
    if found["kind"] != asked["kind"]:
        return [f"kind: {found['kind']} there, {asked['kind']} asked for"]
    there, here = _flat(_plan(found)), _flat(_plan(asked))
    keys = [k for k in dict.fromkeys([*there, *here]) if there.get(k) != here.get(k)]
    keys = [k for k in keys if k not in ("source", DRAWN)] or [k for k in keys if k == DRAWN]
    lines = [_unlike(k, there.get(k, "nothing"), here.get(k, "nothing")) for k in keys]
    if there["source"] != here["source"]:
        lines.append("the program itself has changed since (source digest)")
    return lines


def _unlike(key: str, there: Any, here: Any) -> str:
    """Return in a line what a key is and was; of long values how many and where they part."""
    texts = [str(there), str(here)]
    if max(map(len, texts)) > LONGEST:
        pairs = enumerate(zip(*texts, strict=False))
        alike = next((nth for nth, (a, b) in pairs if a != b), min(map(len, texts)))
        begin = max(0, alike - LONGEST // 3)
        texts = [truncate(f"{'…' if begin else ''}{text[begin:]}", LONGEST) for text in texts]
    said = [f"{text}{_how_many(value)}" for text, value in zip(texts, (there, here), strict=True)]
    return f"{key}: {said[0]} there, {said[1]} asked for"


def _how_many(value: Any) -> str:
    """Return how many values a list has that is too long to be shown."""
    long = isinstance(value, list) and len(str(value)) > LONGEST
    return f" ({len(value)} values)" if long else ""


def version_notes(found: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return one line per version that is not what it was when the result was begun."""
    return [
        f"{name}: {found['versions'].get(name)} then, {now['versions'].get(name)} now"
        for name in ("python", *LIBRARIES)
        if found["versions"].get(name) != now["versions"].get(name)
    ]


def _plan(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what decides every number of a study."""
    study = record["design"]["study"]
    factors = {f["key"]: {n: f.get(n) for n in ("values", "low", "high")} for f in study["factors"]}
    names = (*DECIDING, "contrast") if study["stop"] else DECIDING
    kept = {name: study[name] for name in names if study[name] not in (None, [])}
    plan = {
        "scenario": record["scenario"],
        "source": record["source_digest"],
        **({"strategies": files} if (files := record.get("strategies")) else {}),
        "regimes": record["regimes"],
        "seed": record["seed"],
        "worlds": record["worlds"]["asked"],
        "vary": {k: {n: v for n, v in f.items() if v is not None} for k, f in factors.items()},
        "order": list(factors),
        DRAWN: record["design"]["drawn"],
        **kept,
    }
    return dict(_one_form(plan))


def _one_form(data: Any) -> Any:
    """Return plain data with every number in one form: 1.0 is 1."""
    if isinstance(data, Mapping):
        return {key: _one_form(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_one_form(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


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
    (new / PARTS).mkdir(parents=True)
    write_manifest(new, record)
    if target.exists():
        if os.path.lexists(old):
            remove(target)
        else:
            target.rename(old)
    try:
        new.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    sync(target.parent)


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")
