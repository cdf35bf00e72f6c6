"""Tables: heads and rows of items, and the four ways in which one is written."""

from __future__ import annotations

import csv as commas
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from sim.measure.amounts import DASH

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH = 100
GAP = "  "


@dataclass(frozen=True)
class Head:
    """What a column is called, its unit where all of it has one, and on which side it lines up.

    As text it takes `least` columns of a screen or more, so that tables below each other line up.
    """

    name: str
    unit: str = ""
    left: bool = False
    least: int = 0

    @property
    def label(self) -> str:
        """Return the name with its unit."""
        return f"{self.name}, {self.unit}" if self.name and self.unit else self.name or self.unit


@dataclass(frozen=True)
class Item:
    """What stands in one place: a text, the ends of its interval, and what is said beside them.

    `about` is for a reader who points at it, where a medium has such.
    """

    text: str
    low: str = ""
    high: str = ""
    more: str = ""
    about: str = ""

    @property
    def between(self) -> str:
        """Return the interval in words: "0.2 to 0.4"; nothing if there is none."""
        if self.low in ("", DASH):
            return ""
        return "no spread" if self.low == self.high else f"{self.low} to {self.high}"

    @property
    def line(self) -> str:
        """Return all of it in one line: "0.3 [0.2, 0.4] 5 %"."""
        ends = f"[{self.low}, {self.high}]" if self.between else ""
        return " ".join(part for part in (self.text, ends, self.more) if part)


@dataclass(frozen=True)
class Grid:
    """A table: heads, rows as long as they, a title above, a note below, and which rows are sums."""

    heads: Sequence[Head]
    rows: Sequence[Sequence[Item]]
    title: str = ""
    note: str = ""
    sums: Sequence[int] = ()


def items(*texts: str) -> list[Item]:
    """Return plain texts as items of a row."""
    return [Item(text) for text in texts]


def text(grid: Grid, width: float = WIDTH) -> str:
    """Return a table as aligned text, broken into strips that fit beside its first column.

    A width of `math.inf` breaks none; columns without names have no line of heads.
    """
    labels = [head.label for head in grid.heads]
    lines = [*([labels] if any(labels) else []), *([i.line for i in row] for row in grid.rows)]
    wide = [
        max(head.least, *(room(line[j]) for line in lines)) for j, head in enumerate(grid.heads)
    ]

    def cell(line: Sequence[str], j: int) -> str:
        blank = " " * (wide[j] - room(line[j]))
        return line[j] + blank if grid.heads[j].left else blank + line[j]

    return "\n\n".join(
        "\n".join(GAP.join(cell(line, j) for j in (0, *strip)).rstrip() for line in lines)
        for strip in _strips(wide, width)
    )


def listed(rows: Sequence[Sequence[str]], least: int = 0) -> str:
    """Return rows without heads as text set in and never broken, the first column at least so wide."""
    heads = [Head("", left=True, least=least if j == 0 else 0) for j in range(len(rows[0]))]
    return indent(text(Grid(heads, [items(*row) for row in rows]), math.inf), GAP)


def html(grid: Grid, caption: str | Markup = "") -> Markup:
    """Return a table as HTML; every text is escaped but a caption that is HTML already."""
    from markupsafe import Markup, escape

    above = caption or grid.title
    lines: list[str] = [Markup("<caption>{}</caption>").format(above)] if above else []
    side = [' class="left"' if head.left else "" for head in grid.heads]
    heads = "".join(
        f"<th{at}>{escape(head.label)}</th>" for head, at in zip(grid.heads, side, strict=True)
    )
    lines += [f"<thead><tr>{heads}</tr></thead>", "<tbody>"]
    for number, row in enumerate(grid.rows):
        of = ' class="total"' if number in grid.sums else ""
        cells = "".join(_cell(item, at) for item, at in zip(row, side, strict=True))
        lines.append(f"<tr{of}>{cells}</tr>")
    body = "\n".join(['<div class="wide"><table>', *lines, "</tbody>", "</table></div>"])
    below = f'\n<p class="rest">{escape(grid.note)}</p>' if grid.note else ""
    return Markup(f"{body}{below}\n")


def markdown(grid: Grid) -> str:
    """Return a table as Markdown, without its title and note."""
    lines = [[head.label for head in grid.heads], *([i.line for i in row] for row in grid.rows)]
    first, *rest = (f"| {' | '.join(map(_in_markdown, line))} |\n" for line in lines)
    return f"{first}|{'---|' * len(grid.heads)}\n{''.join(rest)}"


def csv(grid: Grid) -> str:
    """Return a table as comma-separated values, numbers with the minus sign that programs read."""
    file = io.StringIO()
    writer = commas.writer(file, lineterminator="\n")
    writer.writerow(head.label for head in grid.heads)
    for row in grid.rows:
        pairs = zip(row, grid.heads, strict=True)
        writer.writerow(_read(item.line, number=not head.left) for item, head in pairs)
    return file.getvalue()


def room(words: str) -> int:
    """Return how many columns a text takes: marks above a letter none, wide letters two."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in words)


def _strips(wide: Sequence[int], width: float) -> Iterator[list[int]]:
    """Yield the columns of each strip, all but the first, which stands in every one."""
    strip: list[int] = []
    used = wide[0]
    for j in range(1, len(wide)):
        if strip and used + len(GAP) + wide[j] > width:
            yield strip
            strip, used = [], wide[0]
        strip.append(j)
        used += len(GAP) + wide[j]
    yield strip


def _cell(item: Item, at: str) -> str:
    from markupsafe import escape

    about = f' title="{escape(item.about)}"' if item.about else ""
    small = "".join(f"<small>{escape(s)}</small>" for s in (item.between, item.more) if s)
    return f"<td{at}{about}>{escape(item.text)}{small}</td>"


def _in_markdown(words: str) -> str:
    return " ".join(words.split("\n")).replace("|", "\\|")


def _read(words: str, *, number: bool) -> str:
    if words == DASH:
        return ""
    return words.replace("−", "-") if number else words
