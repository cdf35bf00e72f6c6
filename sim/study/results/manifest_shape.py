"""The shape of a manifest: which places there are, what each holds, and what is wrong in a given one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import Problem, closest_name

OTHER_KINDS = ("tournament", "validation")  # kinds that only their own command can recompute
ABSENT = object()  # marks a place that does not exist; null is a value


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
NO_TEXT = ValueKind("a text or null", lambda value: value is None or _is_text(value))
WHOLE = ValueKind("a whole number from 0", _is_whole)
TRUTH = ValueKind("true or false", lambda value: isinstance(value, bool))
OBJECT = ValueKind("an object", _is_object)
OBJECTS = ValueKind("a list of objects", _list_of(_is_object))
TEXTS = ValueKind("a list of texts", _list_of(_is_text))
WORDS = ValueKind("an object of texts", _object_of(_is_text))

REQUIRED = {"kind": TEXT, "files": OBJECT}
REQUIRED_OF_RUNS = {  # required of runs, comparisons and studies
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
    """Return one problem for each place of a manifest that is missing or holds the wrong kind of value.

    `where` is the manifest's path, for messages. Unknown places are ignored, since later versions may
    add some.
    """
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
    """Return the problem with one place, at most two levels deep; None if it is right."""
    outer, _, inner = key.rpartition(".")
    holder = record.get(outer) if outer else record
    if not isinstance(holder, Mapping):
        return None  # reported for the outer place
    value = holder.get(inner, ABSENT)
    if value is ABSENT:
        return _missing_problem(record, where, key, kind, tops) if needed else None
    return None if kind.fits(value) else Problem(where, key, json_text(value), f"want {kind.words}")


def _missing_problem(
    record: Mapping[str, Any], where: str, key: str, kind: ValueKind, tops: list[str]
) -> Problem:
    """Return the problem of a missing place, with a similar key that may be a misspelling of it."""
    near = closest_name(key, [name for name in record if name not in tops])
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
            yield Problem(where, f"files.{name}.rows", json_text(rows), f"want {WHOLE.words}")


def json_text(value: Any) -> str:
    """Return a value as JSON text, as it stands in a manifest."""
    return json.dumps(value, ensure_ascii=False)
