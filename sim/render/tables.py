"""Tables: heads, rows of items, and writers to text, HTML, Markdown and CSV."""

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

WIDTH = 100  # columns of printed text
GAP = "  "  # between columns


@dataclass(frozen=True)
class Head:
    """The head of a column: its name, its unit and its alignment.

    As text the column is at least `least` characters wide, so that tables below each other line up.
    """

    name: str
    unit: str = ""
    left: bool = False
    least: int = 0

    @property
    def label(self) -> str:
        """The name with its unit."""
        return f"{self.name}, {self.unit}" if self.name and self.unit else self.name or self.unit


@dataclass(frozen=True)
class Item:
    """A cell of a table: a text, the ends of its interval, and a remark (`more`).

    `about` explains the cell; HTML shows it as a tooltip, the other formats leave it out.
    """

    text: str
    low: str = ""
    high: str = ""
    more: str = ""
    about: str = ""

    @property
    def between(self) -> str:
        """The interval in words, "0.2 to 0.4"; empty if there is none."""
        if self.low in ("", DASH):
            return ""
        return "no spread" if self.low == self.high else f"{self.low} to {self.high}"

    @property
    def line(self) -> str:
        """The whole cell in one line: "0.3 [0.2, 0.4] 5 %"."""
        ends = f"[{self.low}, {self.high}]" if self.between else ""
        return " ".join(part for part in (self.text, ends, self.more) if part)


@dataclass(frozen=True)
class Grid:
    """A table: heads, rows of equal length, a title above, a note below.

    `sums` are the indices of rows that are totals; HTML sets them apart.
    """

    heads: Sequence[Head]
    rows: Sequence[Sequence[Item]]
    title: str = ""
    note: str = ""
    sums: Sequence[int] = ()


def text_items(*texts: str) -> list[Item]:
    """Return plain texts as the items of a row."""
    return [Item(text) for text in texts]


def to_text(grid: Grid, width: float = WIDTH) -> str:
    """Return a table as aligned text, broken into strips that fit `width` beside the first column.

    With a width of `math.inf` it is not broken. If no column has a name there is no line of heads.

    Example:
        >>> print(to_text(Grid([Head("key", left=True), Head("value")], [text_items("a", "1")])))
        key  value
        a        1
    """
    labels = [head.label for head in grid.heads]
    lines = [*([labels] if any(labels) else []), *([i.line for i in row] for row in grid.rows)]
    widths = [
        max(head.least, *(display_width(line[j]) for line in lines))
        for j, head in enumerate(grid.heads)
    ]

    def cell(line: Sequence[str], column: int) -> str:
        blank = " " * (widths[column] - display_width(line[column]))
        return line[column] + blank if grid.heads[column].left else blank + line[column]

    return "\n\n".join(
        "\n".join(GAP.join(cell(line, j) for j in (0, *strip)).rstrip() for line in lines)
        for strip in _strips(widths, width)
    )


def indented_rows(rows: Sequence[Sequence[str]], least: int = 0) -> str:
    """Return rows without heads as indented text, the first column at least `least` wide."""
    heads = [Head("", left=True, least=least if j == 0 else 0) for j in range(len(rows[0]))]
    return indent(to_text(Grid(heads, [text_items(*row) for row in rows]), math.inf), GAP)


def to_html(grid: Grid, caption: str | Markup = "") -> Markup:
    """Return a table as HTML; every text is escaped, except a caption that is `Markup` already."""
    from markupsafe import Markup

    above = caption or grid.title
    lines = [Markup("<caption>{}</caption>").format(above)] if above else []
    alignments = [Markup(' class="left"' if head.left else "") for head in grid.heads]
    heads = Markup().join(
        Markup("<th{}>{}</th>").format(alignment, head.label)
        for head, alignment in zip(grid.heads, alignments, strict=True)
    )
    lines += [Markup("<thead><tr>{}</tr></thead>").format(heads), Markup("<tbody>")]
    for number, row in enumerate(grid.rows):
        attribute = Markup(' class="total"' if number in grid.sums else "")
        cells = Markup().join(
            _html_cell(item, alignment) for item, alignment in zip(row, alignments, strict=True)
        )
        lines.append(Markup("<tr{}>{}</tr>").format(attribute, cells))
    lines += [Markup("</tbody>"), Markup("</table></div>")]
    if grid.note:
        lines.append(Markup('<p class="rest">{}</p>').format(grid.note))
    return Markup("\n").join([Markup('<div class="wide"><table>'), *lines]) + Markup("\n")


def to_markdown(grid: Grid) -> str:
    """Return a table as Markdown, without its title and note."""
    lines = [[head.label for head in grid.heads], *([i.line for i in row] for row in grid.rows)]
    first, *rest = (f"| {' | '.join(map(_markdown_text, line))} |\n" for line in lines)
    return f"{first}|{'---|' * len(grid.heads)}\n{''.join(rest)}"


def to_csv(grid: Grid) -> str:
    """Return a table as comma-separated values; minus signs are ASCII and missing values empty."""
    file = io.StringIO()
    writer = commas.writer(file, lineterminator="\n")
    writer.writerow(head.label for head in grid.heads)
    for row in grid.rows:
        pairs = zip(row, grid.heads, strict=True)
        writer.writerow(_csv_text(item.line, number=not head.left) for item, head in pairs)
    return file.getvalue()


def display_width(words: str) -> int:
    """Return the columns a text takes on a terminal: combining marks 0, wide characters 2."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in words)


def _strips(widths: Sequence[int], width: float) -> Iterator[list[int]]:
    """Yield the columns of each strip; the first column, which every strip repeats, is left out."""
    strip: list[int] = []
    used = widths[0]
    for j in range(1, len(widths)):
        if strip and used + len(GAP) + widths[j] > width:
            yield strip
            strip, used = [], widths[0]
        strip.append(j)
        used += len(GAP) + widths[j]
    yield strip


def _html_cell(item: Item, alignment: Markup) -> Markup:
    """Return a cell as HTML; `alignment` is the attribute that aligns its column."""
    from markupsafe import Markup

    about = Markup(' title="{}"').format(item.about) if item.about else ""
    small = Markup().join(
        Markup("<small>{}</small>").format(text) for text in (item.between, item.more) if text
    )
    return Markup("<td{}{}>{}{}</td>").format(alignment, about, item.text, small)


def _markdown_text(words: str) -> str:
    """Return a text that breaks no Markdown table: one line, its pipes escaped."""
    return " ".join(words.split("\n")).replace("|", "\\|")


def _csv_text(words: str, *, number: bool) -> str:
    """Return a cell as programs read it; a dash for "no value" becomes an empty field."""
    if words == DASH:
        return ""
    return words.replace("−", "-") if number else words
