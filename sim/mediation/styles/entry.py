"""The catalogue entry of a style of mediator: its rule, source, numbers and moments."""

from __future__ import annotations

from dataclasses import dataclass

from sim.words import Moment, Style


@dataclass(frozen=True, slots=True)
class StyleSetting:
    """One number of a style: default, range, unit and the reason for the default; `whole` if it is a count."""

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
        """Its range in words."""
        return f"{'whole, ' if self.whole else ''}{self.low:g} to {self.high:g}"


@dataclass(frozen=True, slots=True)
class StyleEntry:
    """One style of the catalogue.

    `rule`, `source`, `costs` and `limit` (the case with a known result) are printed. `both`: it needs both sides
    to take part; `blind`: a no stays with the mediator; `lucky`: it draws random numbers.
    """

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
        """The name as written in a scenario."""
        return self.style.name.lower()
