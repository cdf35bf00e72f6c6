"""Shipped scenarios give a reason for every number."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
NAMES = sorted(
    {path.stem for path in SCENARIOS.glob("*.toml")}
    - {"wrong_estimates", "wrong_advice", "wrong_memory", "wrong_leads"}
)
WHOLE = [name for name in NAMES if not name.startswith(("control_", "bare_"))]


def holds_number(value: Any) -> bool:
    """Say whether there is a number in a value, however deep."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(holds_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def has_comment(line: str) -> bool:
    """Say whether words follow a value; a "#" inside a text is no comment."""
    starts = (at for at, sign in enumerate(line) if sign == "#")
    for at in starts:
        try:
            tomllib.loads(line[:at])
        except tomllib.TOMLDecodeError:
            continue
        return any(sign.isalpha() for sign in line[at:])
    return False


def assignments(text: str) -> list[str]:
    """Return the lines that set a key; the shipped scenarios write each on one line."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and line[0] not in "#["]


def without_reason(text: str) -> list[str]:
    """Return the lines that set a number without a reason."""
    return [
        line
        for line in assignments(text)
        if holds_number(tomllib.loads(line)) and not has_comment(line)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_its_reason(name):
    text = (SCENARIOS / f"{name}.toml").read_text(encoding="utf-8")
    assert len(assignments(text)) > (25 if name in WHOLE else 5)
    assert without_reason(text) == []


@pytest.mark.parametrize(
    "line", ["a = 1", "a = [0, 1.5]", "a = { b = 1 }", "a.b = -0.5  #", 'a = ["#", 1]']
)
def test_a_silent_number_would_be_seen(line):
    assert without_reason(f"[table]\n{line}\n") == [line]


@pytest.mark.parametrize("line", ["a = 1  # why", 'a = "99 %"', "a = true", "# a = 1", 'a = ["b"]'])
def test_other_lines_need_none(line):
    assert without_reason(line) == []
