"""Names and settings as a person writes them, `name:setting=value`: what is refused, and how that is said."""

from __future__ import annotations

import math
from typing import Protocol

from sim.errors import SimError, closest_name


class Bounded(Protocol):
    """A number that can be set: its name, its range and what it means."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def low(self) -> float:
        """The least it can be."""

    @property
    def high(self) -> float:
        """The most it can be."""

    @property
    def meaning(self) -> str:
        """What it says."""

    @property
    def whole(self) -> bool:
        """Whether it counts something, so that a fraction of it means nothing."""


def number_in(setting: Bounded, text: str, where: str) -> float:
    """Return what a setting was set to; raises a one-line SimError where that is not in its range.

    What counts something must be a whole number. The error ends with the nearest value there is.
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


def unknown(where: str, name: str, known: tuple[str, ...]) -> SimError:
    """Return the error that names what there is instead of an unknown name, the nearest last."""
    near = closest_name(name, known)
    hint = f"; did you mean '{near}'?" if near else ""
    return SimError(f"{where} = {name!r}: want one of {', '.join(known)}{hint}")
