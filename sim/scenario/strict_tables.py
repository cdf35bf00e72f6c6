"""TOML files other than scenarios: strict tables, the places of their keys, and what is wrong with them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from sim.errors import Problem, ScenarioError, closest_name
from sim.files import read_text
from sim.scenario.lines import Keys, line_index
from sim.scenario.values import show, show_key


class StrictTable(BaseModel):
    """Base of all tables of such files: unknown keys are refused, types are strict, values frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Place:
    """The places of a file's keys, for messages: file and line, or the argument that set them."""

    def __init__(self, path: Path | None = None, text: str = "", option: str = "study"):
        self.path, self.option = path, option
        self.lines: dict[Keys, int] = line_index(text) if text else {}

    def of(self, keys: Keys) -> str:
        """Return the place of a key, or of the closest table around it that is in the file."""
        if self.path is None:
            return self.option
        near = (self.lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in self.lines)
        return f"{self.path}:{next(near, 1)}"

    def in_order(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems without repeats: those of this file by line, then the others."""

        def line(problem: Problem) -> int:
            end = problem.where.removeprefix(f"{self.path}:")
            return int(end) if end.isdigit() else len(self.lines) + 10**9

        once = list(dict.fromkeys(problems))
        return once if self.path is None else sorted(once, key=line)

    def problem(self, keys: Keys, value: Any, wanted: str, near: str = "") -> Problem:
        """Return the problem with a key; a value of None is not shown."""
        shown = "" if value is None else show(value)
        return Problem(self.of(keys), show_key(keys), shown, wanted, near)


def read_toml(path: Path) -> tuple[dict[str, Any], Place]:
    """Return the tables of a TOML file, unchecked, and the places of its keys.

    Raises ScenarioError if it cannot be read or is no valid TOML.
    """
    try:
        text = read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "want text in UTF-8"
        raise ScenarioError([Problem(str(path), "file", "", f"cannot be read: {reason}")]) from None
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError([Problem(str(path), "file", "", f"want valid TOML: {error}")]) from None
    return data, Place(path, text)


def schema_problem(
    error: Any,
    table: type[StrictTable],
    place: Place,
    hints: Mapping[str, str] | None = None,
    names: Mapping[str, list[str]] | None = None,
) -> Problem:
    """Return a problem that pydantic found, in the words of the field's description.

    `table` is the one in which the key stands. `hints` maps keys that users often write to those they
    mean, and `names` a key to the names that it takes.
    """
    keys: Keys = tuple(part for part in error["loc"] if part not in ("int", "float"))
    name = next((str(part) for part in reversed(keys) if isinstance(part, str)), "")
    if error["type"] == "extra_forbidden":
        valid = list(table.model_fields)
        want = f"unknown key; want one of {', '.join(valid)}"
        return place.problem(keys, None, want, (hints or {}).get(name) or closest_name(name, valid))
    field = table.model_fields.get(name)
    want = str(field.description) if field else f"a [[{keys[0]}]] table"
    if error["type"] == "missing":
        return place.problem(keys, None, f"missing; want {want}")
    near = closest_name(str(error["input"]), (names or {}).get(name, []))
    return place.problem(keys, error["input"], f"want {want}", near)
