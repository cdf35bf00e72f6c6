"""The shape of a manifest: its keys, the kind of value of each, and the problems of a given one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import Problem, closest_name

OTHER_KINDS = ("tournament", "validation")  # kinds that only their own command can recompute
ABSENT = object()  # the value of a key that is missing; null is a value


class ValueKind(NamedTuple):
    """A kind of value: its description, and a predicate that tells whether a value is of it."""

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
TEXT_OR_NULL = ValueKind("a text or null", lambda value: value is None or _is_text(value))
WHOLE_NUMBER = ValueKind("a whole number from 0", _is_whole)
BOOLEAN = ValueKind("true or false", lambda value: isinstance(value, bool))
OBJECT = ValueKind("an object", _is_object)
LIST_OF_OBJECTS = ValueKind("a list of objects", _list_of(_is_object))
LIST_OF_TEXTS = ValueKind("a list of texts", _list_of(_is_text))
OBJECT_OF_TEXTS = ValueKind("an object of texts", _object_of(_is_text))

REQUIRED = {"kind": TEXT, "files": OBJECT}
REQUIRED_OF_RUNS = {  # required of runs, comparisons and studies
    "start": TEXT, "scenario_name": TEXT, "scenario": OBJECT, "source_digest": TEXT, "regimes": LIST_OF_TEXTS,
    "seed": WHOLE_NUMBER, "worlds": OBJECT, "worlds.asked": WHOLE_NUMBER, "worlds.done": WHOLE_NUMBER,
    "tables": LIST_OF_TEXTS, "design": OBJECT, "versions": OBJECT_OF_TEXTS, "command": LIST_OF_TEXTS, "complete": BOOLEAN,
}  # fmt: skip
OPTIONAL = {"tool": OBJECT, "tool.name": TEXT, "tool.version": TEXT}
OPTIONAL_OF_RUNS = {
    "end": TEXT_OR_NULL, "scenario_file": TEXT_OR_NULL, "scenario_digest": TEXT, "strategies": OBJECT_OF_TEXTS,
    "overrides": OBJECT, "threads": WHOLE_NUMBER, "machine": OBJECT, "analysis": TEXT, "sessions": LIST_OF_OBJECTS,
    "points": OBJECT, "points.asked": WHOLE_NUMBER, "points.done": WHOLE_NUMBER, "points.failed": OBJECT_OF_TEXTS,
    "design.study": OBJECT, "design.points": WHOLE_NUMBER, "design.drawn": TEXT, "design.digest": TEXT,
    "design.grown": LIST_OF_OBJECTS, "design.grown_digest": TEXT,
    "design.experiment": TEXT, "design.identification": OBJECT, "control": TEXT, "design.align": TEXT, "design.window": TEXT,
}  # fmt: skip


def manifest_problems(record: Mapping[str, Any], where: str) -> list[Problem]:
    """Return one problem for each key of a manifest that is missing or has the wrong kind of value.

    `where` is the manifest's path, for messages. Unknown keys are ignored, since later versions may
    add some.
    """
    runs = record.get("kind") not in OTHER_KINDS
    needed = {**REQUIRED, **(REQUIRED_OF_RUNS if runs else {})}
    known = {**needed, **OPTIONAL, **(OPTIONAL_OF_RUNS if runs else {})}
    top_keys = [key for key in known if "." not in key]
    found = [
        problem
        for key, kind in known.items()
        if (problem := _problem_at(record, where, key, kind, key in needed, top_keys))
    ]
    return [*found, *_file_problems(record.get("files"), where)]


def _problem_at(
    record: Mapping[str, Any],
    where: str,
    key: str,
    kind: ValueKind,
    needed: bool,
    top_keys: list[str],
) -> Problem | None:
    """Return the problem with a dotted key of at most two parts; None if its value is right."""
    outer, _, inner = key.rpartition(".")
    holder = record.get(outer) if outer else record
    if not isinstance(holder, Mapping):
        return None  # reported for the outer key
    value = holder.get(inner, ABSENT)
    if value is ABSENT:
        return _missing_problem(record, where, key, kind, top_keys) if needed else None
    return None if kind.fits(value) else Problem(where, key, json_text(value), f"want {kind.words}")


def _missing_problem(
    record: Mapping[str, Any], where: str, key: str, kind: ValueKind, top_keys: list[str]
) -> Problem:
    """Return the problem that a key is missing, with an unknown key that may be its misspelling."""
    near = closest_name(key, [name for name in record if name not in top_keys])
    hint = f"; '{near}' is no key of a manifest" if near else ""
    return Problem(where, key, "", f"missing; want {kind.words}{hint}")


def _file_problems(files: Any, where: str) -> Iterator[Problem]:
    """Yield the problems of a manifest's list of files."""
    for name, about in files.items() if isinstance(files, dict) else ():
        if not isinstance(about, dict):
            yield Problem(where, f"files.{name}", json_text(about), f"want {OBJECT.words}")
            continue
        digest, rows = about.get("sha256", ABSENT), about.get("rows", 0)
        if not _is_text(digest):
            shown = "" if digest is ABSENT else json_text(digest)
            yield Problem(where, f"files.{name}.sha256", shown, f"want {TEXT.words}: its digest")
        if not _is_whole(rows):
            yield Problem(
                where, f"files.{name}.rows", json_text(rows), f"want {WHOLE_NUMBER.words}"
            )


def json_text(value: Any) -> str:
    """Return a value as JSON text, as it stands in a manifest."""
    return json.dumps(value, ensure_ascii=False)
