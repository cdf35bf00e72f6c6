"""The notation `name:setting=value`: parsing of numbers, and errors about names and values."""

from __future__ import annotations

import math
from typing import Protocol

from sim.errors import SimError, closest_name


class BoundedSetting(Protocol):
    """A number that can be set: its name, range and meaning."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def low(self) -> float:
        """Its least value."""

    @property
    def high(self) -> float:
        """Its greatest value."""

    @property
    def meaning(self) -> str:
        """What it means, in a few words."""

    @property
    def whole(self) -> bool:
        """Whether it is a count, so that fractions are refused."""


def parse_number(setting: BoundedSetting, text: str, where: str) -> float:
    """Return the number that a setting is given as text.

    Raises SimError of one line if it is no number in the setting's range, or no whole number although one is needed;
    the line ends with the nearest valid value.
    """
    noun = "whole number" if setting.whole else "number"
    want = f"want a {noun} from {setting.low:g} to {setting.high:g}: {setting.meaning}"
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if setting.low <= value <= setting.high and not (setting.whole and value % 1.0):
        return value
    hint = ""
    if math.isfinite(value):
        near = min(max(value, setting.low), setting.high)
        hint = f"; did you mean '{math.floor(near + 0.5) if setting.whole else near:g}'?"
    raise SimError(f"{where}: {setting.name} = {text!r}: {want}{hint}")


def unknown_name_error(where: str, name: str, known: tuple[str, ...]) -> SimError:
    """Return the error about an unknown name, with all known names and the nearest one."""
    near = closest_name(name, known)
    hint = f"; did you mean '{near}'?" if near else ""
    return SimError(f"{where} = {name!r}: want one of {', '.join(known)}{hint}")
