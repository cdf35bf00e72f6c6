"""The parts of an explanation of a scenario; `sim/render/text/explanation_text.py` prints them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class LevelWorth(NamedTuple):
    """A row of the table of levels, as text: mean worth, cost and gain of a level of an issue.

    `issue` is empty but for its first level; `best` marks the level with the largest mean gain.
    """

    issue: str
    level: str
    worth: str
    cost: str
    gain: str
    best: str


@dataclass(frozen=True)
class Section:
    """A section of an explanation: title, paragraphs and perhaps a table of levels.

    The table comes after the first paragraph. If `hanging`, paragraphs are indented from their
    second line on.
    """

    title: str
    paragraphs: Sequence[str]
    levels: Sequence[LevelWorth] = ()
    hanging: bool = False


@dataclass(frozen=True)
class Explanation:
    """The explanation of a scenario: title, sections, and one warning per likely mistake."""

    title: str
    sections: Sequence[Section]
    warnings: Sequence[str]
