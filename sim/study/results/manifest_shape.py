"""What stands where in a manifest, and every place of one that holds something else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from sim.errors import Problem, closest_name

OTHERS = ("tournament", "validation")  # kinds that are made again by their own command alone
GONE = object()


class Kind(NamedTuple):
    """What a place holds, in words, and whether a value is that."""

    words: str
    fits: Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _lists(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def _names(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, dict) and all(map(fits, value.values()))


TEXT = Kind("a text", _is_text)
NO_TEXT = Kind("a text or null", lambda value: value is None or _is_text(value))
WHOLE = Kind("a whole number from 0", _is_whole)
TRUTH = Kind("true or false", lambda value: isinstance(value, bool))
OBJECT = Kind("an object", _is_object)
OBJECTS = Kind("a list of objects", _lists(_is_object))
TEXTS = Kind("a list of texts", _lists(_is_text))
WORDS = Kind("an object of texts", _names(_is_text))

ALWAYS = {"kind": TEXT, "files": OBJECT}
OF_RUNS = {  # and of studies: what has to be there
    "start": TEXT, "scenario_name": TEXT, "scenario": OBJECT, "source_digest": TEXT, "regimes": TEXTS,
    "seed": WHOLE, "worlds": OBJECT, "worlds.asked": WHOLE, "worlds.done": WHOLE, "tables": TEXTS,
    "design": OBJECT, "versions": WORDS, "command": TEXTS, "complete": TRUTH,
}  # fmt: skip
MAYBE = {"tool": OBJECT, "tool.name": TEXT, "tool.version": TEXT}
MAYBE_OF_RUNS = {
    "end": NO_TEXT, "scenario_file": NO_TEXT, "scenario_digest": TEXT, "strategies": WORDS,
    "overrides": OBJECT, "threads": WHOLE, "machine": OBJECT, "analysis": TEXT, "sessions": OBJECTS,
    "points": OBJECT, "points.asked": WHOLE, "points.done": WHOLE, "points.failed": WORDS,
    "design.study": OBJECT, "design.points": WHOLE, "design.drawn": TEXT, "design.digest": TEXT,
    "design.experiment": TEXT, "control": TEXT, "design.align": TEXT, "design.window": TEXT,
}  # fmt: skip


def wrong(record: Mapping[str, Any], where: str) -> list[Problem]:
    """Return what is wrong with a manifest, one problem for each known place that holds another kind."""
    runs = record.get("kind") not in OTHERS
    needed = {**ALWAYS, **(OF_RUNS if runs else {})}
    known = {**needed, **MAYBE, **(MAYBE_OF_RUNS if runs else {})}
    tops = [key for key in known if "." not in key]
    found = [
        p
        for key, kind in known.items()
        if (p := _wrong(record, where, key, kind, key in needed, tops))
    ]
    return [*found, *_files(record.get("files"), where)]


def _wrong(
    record: Mapping[str, Any], where: str, key: str, kind: Kind, needed: bool, tops: list[str]
) -> Problem | None:
    outer, _, inner = key.rpartition(".")
    holder = record.get(outer) if outer else record
    if not isinstance(holder, Mapping):
        return None  # said of the outer one
    value = holder.get(inner, GONE)
    if value is GONE:
        return _missing(record, where, key, kind, tops) if needed else None
    return None if kind.fits(value) else Problem(where, key, written(value), f"want {kind.words}")


def _missing(
    record: Mapping[str, Any], where: str, key: str, kind: Kind, tops: list[str]
) -> Problem:
    """Return that a place is not there, with the name that may stand for it."""
    near = closest_name(key, [name for name in record if name not in tops])
    there = f"; '{near}' is no key of a manifest" if near else ""
    return Problem(where, key, "", f"missing; want {kind.words}{there}")


def _files(files: Any, where: str) -> Iterator[Problem]:
    """Yield what is wrong with what a manifest says of files."""
    for name, about in files.items() if isinstance(files, dict) else ():
        if not isinstance(about, dict):
            yield Problem(where, f"files.{name}", written(about), f"want {OBJECT.words}")
            continue
        digest, rows = about.get("sha256", GONE), about.get("rows", 0)
        if not _is_text(digest):
            shown = "" if digest is GONE else written(digest)
            yield Problem(where, f"files.{name}.sha256", shown, f"want {TEXT.words}: its digest")
        if not _is_whole(rows):
            yield Problem(where, f"files.{name}.rows", written(rows), f"want {WHOLE.words}")


def written(value: Any) -> str:
    """Return a value as a manifest has it."""
    return json.dumps(value, ensure_ascii=False)
