"""Values of keys: shown short in messages, and converted from Python's objects to plain ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

DEEPEST = 16  # nested levels of a value; no key needs more than four
_LONGEST = 60  # characters of a value in a message
_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def show(value: Any) -> str:
    """Return `value` as TOML, on one line of at most 60 characters."""
    text = toml(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def show_key(parts: tuple[str | int, ...]) -> str:
    """Return a dotted key, with the quotes that TOML needs."""
    return ".".join(
        part if part and _BARE.issuperset(part) else quote(part) for part in map(str, parts)
    )


def quote(text: str) -> str:
    """Return `text` as a TOML string, without line breaks or control characters."""
    return "".join(map(_escaped, json.dumps(text, ensure_ascii=False)))


def _escaped(letter: str) -> str:
    """Return a character as a TOML string writes it: JSON splits one beyond U+FFFF in two, TOML does not."""
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def one_line(text: str) -> str:
    """Return `text` itself if it fits on one line of a message, otherwise quoted."""
    return text if text.isprintable() else quote(text)


def toml(value: Any) -> str:
    """Return `value` as TOML on one line, or as Python's repr if TOML has no such type.

    >>> toml({"a": [1, True], "b c": "x"})
    '{ a = [1, true], "b c" = "x" }'
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, int) and value.bit_length() > 256:
        return f"a whole number of {value.bit_length()} bits"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, dict):
        pairs = ", ".join(f"{show_key((name,))} = {toml(item)}" for name, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return one_line(repr(value))


def to_plain(value: Any, depth: int = 0) -> Any:
    """Return `value` with tuples and arrays as lists, mappings as dicts, NumPy scalars as Python's.

    Raises ValueError at more than 16 levels, as in a value that contains itself.
    """
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(name): to_plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [to_plain(item, depth + 1) for item in items]
    return value


def nesting_depth(value: Any) -> int:
    """Return how many tables and lists are nested in each other, without recursion."""
    level, deepest = [value], 0
    while level := [item for node in level for item in _items(node)]:
        deepest += 1
    return deepest


def _items(node: Any) -> list[Any]:
    """Return the items of a table or list."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
