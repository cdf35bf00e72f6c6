"""What stands where in a manifest, and every place of one that holds something else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import Problem, nearest

OTHER_KINDS = ("tournament", "validation")  # kinds that are made again by their own command alone
ABSENT = object()


class ValueKind(NamedTuple):
    """What a place holds, in words, and whether a value is that."""

    words: str
    fits: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _object_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


TEXT = ValueKind("a text", _is_text)
NO_TEXT = ValueKind("a text or null", lambda value: value is None or _is_text(value))
WHOLE = ValueKind("a whole number from 0", _is_whole)
TRUTH = ValueKind("true or false", lambda value: isinstance(value, bool))
OBJECT = ValueKind("an object", _is_object)
OBJECTS = ValueKind("a list of objects", _list_of(_is_object))
TEXTS = ValueKind("a list of texts", _list_of(_is_text))
WORDS = ValueKind("an object of texts", _object_of(_is_text))

REQUIRED = {"kind": TEXT, "files": OBJECT}
REQUIRED_OF_RUNS = {  # and of studies: what has to be there
    "start": TEXT, "scenario_name": TEXT, "scenario": OBJECT, "source_digest": TEXT, "regimes": TEXTS,
    "seed": WHOLE, "worlds": OBJECT, "worlds.asked": WHOLE, "worlds.done": WHOLE, "tables": TEXTS,
    "design": OBJECT, "versions": WORDS, "command": TEXTS, "complete": TRUTH,
}  # fmt: skip
OPTIONAL = {"tool": OBJECT, "tool.name": TEXT, "tool.version": TEXT}
OPTIONAL_OF_RUNS = {
    "end": NO_TEXT, "scenario_file": NO_TEXT, "scenario_digest": TEXT, "strategies": WORDS,
    "overrides": OBJECT, "threads": WHOLE, "machine": OBJECT, "analysis": TEXT, "sessions": OBJECTS,
    "points": OBJECT, "points.asked": WHOLE, "points.done": WHOLE, "points.failed": WORDS,
    "design.study": OBJECT, "design.points": WHOLE, "design.drawn": TEXT, "design.digest": TEXT,
    "design.experiment": TEXT, "control": TEXT, "design.align": TEXT, "design.window": TEXT,
}  # fmt: skip


def manifest_problems(record: Mapping[str, Any], where: str) -> list[Problem]:
    """Return what is wrong with a manifest, one problem for each known place that holds another kind."""
    runs = record.get("kind") not in OTHER_KINDS
    needed = {**REQUIRED, **(REQUIRED_OF_RUNS if runs else {})}
    known = {**needed, **OPTIONAL, **(OPTIONAL_OF_RUNS if runs else {})}
    tops = [key for key in known if "." not in key]
    found = [
        p
        for key, kind in known.items()
        if (p := _problem_at(record, where, key, kind, key in needed, tops))
    ]
    return [*found, *_file_problems(record.get("files"), where)]


def _problem_at(
    record: Mapping[str, Any], where: str, key: str, kind: ValueKind, needed: bool, tops: list[str]
) -> Problem | None:
    outer, _, inner = key.rpartition(".")
    holder = record.get(outer) if outer else record
    if not isinstance(holder, Mapping):
        return None  # said of the outer one
    value = holder.get(inner, ABSENT)
    if value is ABSENT:
        return _missing_problem(record, where, key, kind, tops) if needed else None
    return None if kind.fits(value) else Problem(where, key, json_text(value), f"want {kind.words}")


def _missing_problem(
    record: Mapping[str, Any], where: str, key: str, kind: ValueKind, tops: list[str]
) -> Problem:
    """Return that a place is not there, with the name that may stand for it."""
    near = nearest(key, [name for name in record if name not in tops])
    there = f"; '{near}' is no key of a manifest" if near else ""
    return Problem(where, key, "", f"missing; want {kind.words}{there}")


def _file_problems(files: Any, where: str) -> Iterator[Problem]:
    """Yield what is wrong with what a manifest says of files."""
    for name, about in files.items() if isinstance(files, dict) else ():
        if not isinstance(about, dict):
            yield Problem(where, f"files.{name}", json_text(about), f"want {OBJECT.words}")
            continue
        digest, rows = about.get("sha256", ABSENT), about.get("rows", 0)
        if not _is_text(digest):
            shown = "" if digest is ABSENT else json_text(digest)
            yield Problem(where, f"files.{name}.sha256", shown, f"want {TEXT.words}: its digest")
        if not _is_whole(rows):
            yield Problem(where, f"files.{name}.rows", json_text(rows), f"want {WHOLE.words}")


def json_text(value: Any) -> str:
    """Return a value as a manifest has it."""
    return json.dumps(value, ensure_ascii=False)
