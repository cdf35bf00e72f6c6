"""What is said of a style of mediator: its rule, where it comes from, its numbers, when it acts."""

from __future__ import annotations

from dataclasses import dataclass

from sim.words import Moment, Style


@dataclass(frozen=True, slots=True)
class StyleSetting:
    """One number a style can be given: default, range, unit, why the default; `whole` if it counts something."""

    name: str
    default: float
    low: float
    high: float
    unit: str
    meaning: str
    why: str
    whole: bool = False

    @property
    def span(self) -> str:
        """Return its range as one reads it."""
        return f"{'whole, ' if self.whole else ''}{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class StyleEntry:
    """One style as it stands in the catalogue; `both`: it needs both sides to take part; `blind`: a no stays with it."""

    style: Style
    rule: str
    source: str
    moments: tuple[Moment, ...]
    costs: str
    limit: str
    settings: tuple[StyleSetting, ...] = ()
    both: bool = True
    blind: bool = False
    lucky: bool = False

    @property
    def name(self) -> str:
        """Return the name as one writes it in a scenario."""
        return self.style.name.lower()
