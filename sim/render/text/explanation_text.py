"""An explanation of a scenario as text: sections, a table of levels, and warnings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.render.tables import Grid, Head, text_items
from sim.render.tables import to_text as lined_up

if TYPE_CHECKING:
    from sim.measure.explanation_parts import Explanation, LevelWorth, Section

WIDTH = 100
LEVEL_HEADS = (
    Head("issue", left=True), Head("level", left=True), Head("worth"), Head("cost"), Head("joint gain"),
    Head("", left=True),
)  # fmt: skip


def explanation_as_text(explanation: Explanation) -> str:
    """Return an explanation as text of at most 100 columns.

    It ends with the likely mistakes, each on a line that starts with "warning:".
    """
    warnings = _wrap((f"warning: {warning}" for warning in explanation.warnings), "  ")
    parts = [
        *_wrap([explanation.title]),
        "",
        *(f"{_part_as_text(part)}\n" for part in explanation.sections),
    ]
    return "\n".join([*parts, *(warnings or ["No likely mistake was found."]), ""])


def _part_as_text(part: Section) -> str:
    """Return a section: its title, sentences, and a table of levels if it has one."""
    paragraphs = [words for words in part.paragraphs if words]
    start = "  " if part.hanging else ""
    lines = [part.title, "-" * len(part.title), *_wrap(paragraphs[:1], start)]
    lines += [_levels_as_text(part.levels)] if part.levels else []
    return "\n".join([*lines, *_wrap(paragraphs[1:], start)])


def _levels_as_text(levels: Sequence[LevelWorth]) -> str:
    """Return the table of levels, their worths and costs."""
    return lined_up(Grid(LEVEL_HEADS, [text_items(*level) for level in levels]), WIDTH)


def _wrap(paragraphs: Iterable[str], start: str = "") -> list[str]:
    """Return paragraphs as lines, each indented by `start` from its second line on."""
    return [
        line
        for words in paragraphs
        for line in textwrap.wrap(words, WIDTH, subsequent_indent=start)
    ]
