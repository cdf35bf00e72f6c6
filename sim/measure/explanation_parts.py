"""What an explanation of a scenario holds, to be written by `sim/render/text/explanation_text.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class LevelWorth(NamedTuple):
    """What a level of an issue is worth on average, as text; `issue` is said at its first level only."""

    issue: str
    level: str
    worth: str
    cost: str
    gain: str
    best: str


@dataclass(frozen=True)
class Section:
    """Sentences under a title, each a paragraph; below the first stands a table of levels, if there is one.

    A hanging paragraph is set in from its second line on.
    """

    title: str
    said: Sequence[str]
    levels: Sequence[LevelWorth] = ()
    hanging: bool = False


@dataclass(frozen=True)
class Explanation:
    """What a scenario means: its title, what is said of it part by part, and likely mistakes."""

    title: str
    parts: Sequence[Section]
    doubts: Sequence[str]
