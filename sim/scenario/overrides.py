"""Overrides: keys changed from outside a file, in Python or as texts `key.path=value`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from sim.errors import Argument, Problem, ScenarioError, closest_name
from sim.scenario.layers import Origin, Tree
from sim.scenario.lines import Keys, split_name
from sim.scenario.values import DEEPEST, nesting_depth, one_line, show, to_plain


class Overrides(dict[str, Any]):
    """A mapping of overrides that remembers where each was given, for messages."""

    def __init__(self, pairs: Iterable[tuple[str, Any, str]]):
        self.places: dict[str, str] = {}
        super().__init__()
        for name, value, place in pairs:
            self.pop(name, None)  # so that a repeated key moves to the end and is applied last
            self[name] = value
            self.places[name] = place


def parse_override(text: str, where: str = Argument("overrides")) -> tuple[str, Any]:
    """Return key and value of "key.path=value"; the value is read as TOML, otherwise as a bare string.

    Raises ScenarioError if there is no key or no equals sign.

    Example:
    >>> parse_override("run.months=24")
    ('run.months', 24)
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        problem = Problem(
            where, "override", show(text), 'want key.path=value, as in "run.months=24"'
        )
        raise ScenarioError([problem])
    return name.strip(), _value(value.strip())


def parse_overrides(texts: Iterable[str]) -> Overrides:
    """Return the overrides in texts; messages call the n-th "overrides n". Raises ScenarioError for invalid ones."""
    pairs, problems = [], []
    for number, text in enumerate(texts, start=1):
        where = Argument(f"overrides {number}")
        try:
            pairs.append((*parse_override(text, where), where))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return Overrides(pairs)


def apply_overrides(tree: Tree, overrides: Mapping[str, Any], rank: int) -> list[Problem]:
    """Apply overrides to a tree, in order; return the problems of those that cannot be applied."""
    problems = []
    places = getattr(overrides, "places", {})
    for name, value in overrides.items():
        where = places.get(name, Argument("overrides"))
        fault = _set_key(tree, name, value, Origin(rank, 0, where))
        if fault:
            wanted, near = fault
            problems.append(Problem(where, one_line(str(name)), _shown(value), wanted, near))
    return problems


def _value(text: str) -> Any:
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return table["value"] if list(table) == ["value"] else text


def _shown(value: Any) -> str:
    try:
        return show(to_plain(value))
    except (ValueError, TypeError, RecursionError):
        return ""


def _set_key(tree: Tree, name: Any, value: Any, origin: Origin) -> tuple[str, str] | None:
    """Set one key; return (what is wanted, nearest name) if it cannot be set, else None."""
    parts = split_name(name)
    if parts is None:
        return 'want a dotted key, as in "run.months"', ""
    if parts[0] == "extends":
        return "only a file can extend a scenario; name the other scenario instead", ""
    try:
        value = to_plain(value)
        if len(parts) + nesting_depth(value) > DEEPEST:
            raise ValueError
    except (ValueError, TypeError, RecursionError):
        return f"want a plain value nested at most {DEEPEST} deep", ""
    keys: Keys = ()
    node: Any = tree.data
    for part in parts:
        if isinstance(node, list):
            number = _item_index(node, part)
            if number is None:
                return _no_item_error(node, part)
            keys, node = (*keys, number), node[number]
        else:
            keys, node = (*keys, part), node.get(part) if isinstance(node, dict) else None
    tree.set_key(keys, value, lambda _: origin)
    return None


def _item_index(items: list[Any], part: str) -> int | None:
    """Return the index of a list item referred to by its index or its `name`, None if there is none."""
    if part.isascii() and part.isdigit() and len(part) < 6 and int(part) < len(items):
        return int(part)
    return next((n for n, name in enumerate(_item_names(items)) if name == part), None)


def _no_item_error(items: list[Any], part: str) -> tuple[str, str]:
    """Return (what is wanted, nearest name) for a list item that does not exist."""
    named = [name for name in _item_names(items) if name]
    choice = f"a number from 0 to {len(items) - 1}" if items else "a filled list"
    known = f" or one of {', '.join(map(one_line, named))}" if named else ""
    return f"no item {show(part)} here; want {choice}{known}", closest_name(part, named)


def _item_names(items: list[Any]) -> list[str]:
    """Return the `name` of each item, empty if it has none."""
    found = [item.get("name") if isinstance(item, dict) else "" for item in items]
    return [name if isinstance(name, str) else "" for name in found]
