"""How two requests differ: data flattened to dotted keys, and a line for each that is not the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import truncate

MOST_SHOWN, LONGEST = 8, 60  # differences of two requests, characters of one value


def differences_text(lines: Sequence[str], path: Path) -> str:
    """Return lines as what follows a message, each on a line of its own; `path` is where all others are."""
    left_out = len(lines) - MOST_SHOWN
    more = [f"… and {left_out} more, in {path}"] if left_out > 0 else []
    return "".join(f"\n  {line}" for line in [*lines[:MOST_SHOWN], *more])


def difference_line(key: str, there: Any, here: Any) -> str:
    """Return a line with both values of a key; long ones are cut around their first difference."""
    texts = [str(there), str(here)]
    if max(map(len, texts)) > LONGEST:
        pairs = enumerate(zip(*texts, strict=False))
        differs = next((nth for nth, (a, b) in pairs if a != b), min(map(len, texts)))
        begin = max(0, differs - LONGEST // 3)
        texts = [truncate(f"{'…' if begin else ''}{text[begin:]}", LONGEST) for text in texts]
    shown = [
        f"{text}{_value_count(value)}" for text, value in zip(texts, (there, here), strict=True)
    ]
    return f"{key}: {shown[0]} there, {shown[1]} asked for"


def _value_count(value: Any) -> str:
    """Return the number of values of a list that is too long to be shown; else an empty string."""
    long = isinstance(value, list) and len(str(value)) > LONGEST
    return f" ({len(value)} values)" if long else ""


def normalise_numbers(data: Any) -> Any:
    """Return plain data with floats that are whole as integers, so that 1.0 equals 1."""
    if isinstance(data, Mapping):
        return {key: normalise_numbers(value) for key, value in data.items()}
    if isinstance(data, list):
        return [normalise_numbers(value) for value in data]
    return int(data) if isinstance(data, float) and data.is_integer() else data


def flatten(data: Any, path: str = "") -> dict[str, Any]:
    """Return nested mappings as one, with dotted keys."""
    if not isinstance(data, Mapping):
        return {path: data}
    flat: dict[str, Any] = {}
    for key, value in data.items():
        flat |= flatten(value, f"{path}.{key}" if path else str(key))
    return flat
