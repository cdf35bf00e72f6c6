"""What `sim explain` prints: sentences under titles, a table of every level, lines of doubt."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.render.tables import Grid, Head, items
from sim.render.tables import text as lined_up

if TYPE_CHECKING:
    from sim.measure.explanation_parts import Explanation, LevelWorth, Section

WIDTH = 100
LEVEL_HEADS = (
    Head("issue", left=True), Head("level", left=True), Head("worth"), Head("cost"), Head("joint gain"),
    Head("", left=True),
)  # fmt: skip


def text(found: Explanation) -> str:
    """Return an explanation as text, at most 100 columns wide; lines of doubt start "warning:"."""
    doubts = _wrapped((f"warning: {said}" for said in found.warnings), "  ")
    parts = [*_wrapped([found.title]), "", *(f"{_part(part)}\n" for part in found.sections)]
    return "\n".join([*parts, *(doubts or ["No likely mistake was found."]), ""])


def _part(part: Section) -> str:
    said = [words for words in part.paragraphs if words]
    start = "  " if part.hanging else ""
    lines = [part.title, "-" * len(part.title), *_wrapped(said[:1], start)]
    lines += [_table(part.levels)] if part.levels else []
    return "\n".join([*lines, *_wrapped(said[1:], start)])


def _table(levels: Sequence[LevelWorth]) -> str:
    return lined_up(Grid(LEVEL_HEADS, [items(*level) for level in levels]), WIDTH)


def _wrapped(said: Iterable[str], start: str = "") -> list[str]:
    """Return paragraphs as lines, each set in by `start` from its second line on."""
    return [line for words in said for line in textwrap.wrap(words, WIDTH, subsequent_indent=start)]
