"""A table written four ways: its content survives each, and nothing in it can break out of its cell."""

import csv as commas
import io
import re
from html.parser import HTMLParser

import pytest

from sim.render import tables
from sim.render.tables import Grid, Head, Item, display_width, text_items

NASTY = "<b onclick=\"x\">a</b> & 'co'"
PIPES = "either | or\nbelow"
QUOTED = 'she said "no", twice\nand left'


def grid(*rows, **more):
    return Grid([Head("who", left=True), Head("gain", "k€")], rows, **more)


class Cells(HTMLParser):
    """A table as a browser parses it: its texts by cell, and every tag."""

    def __init__(self, page):
        super().__init__()
        self.cells, self.tags = [], []
        self.feed(str(page))

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data.strip("\n")


def split(line):
    """Return the cells of a line of Markdown as its readers part them: at bars not escaped."""
    return [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def columns(printed):
    """Return for every line the column of its last letter, counted as a terminal does."""
    return {display_width(line) for line in printed.splitlines()}


def test_text_lines_up_names_left_and_numbers_right():
    printed = tables.to_text(grid(text_items("one", "−1.5"), text_items("three", "+10.25")))
    assert printed.splitlines() == ["who    gain, k€", "one        −1.5", "three    +10.25"]


@pytest.mark.parametrize("name", ["V̄", "λ̂ of n̄", "東京", "a−b"])
def test_marks_and_wide_letters_take_the_room_they_take_on_a_screen(name):
    assert len(columns(tables.to_text(grid(text_items(name, "−1"), text_items("plain", "2"))))) == 1


def test_counting_letters_would_not_line_up():
    """The negative control: filled up by the number of characters, a mark moves what follows it."""
    rows = [("V̄", "−1"), ("東京", "2"), ("plain", "3")]
    wide = max(len(name) for name, _ in rows)
    assert len(columns("\n".join(f"{name.ljust(wide)} {n:>4}" for name, n in rows))) > 1


def test_the_minus_sign_takes_one_column_like_the_hyphen():
    assert display_width("−12.3") == display_width("-12.3") == 5
    assert display_width("V̄") == 1 and display_width("東") == 2


def test_a_wide_table_is_broken_beside_its_first_column():
    wide = Grid([Head("", left=True), Head("a" * 30), Head("b" * 30)], [text_items("x", "1", "2")])
    assert tables.to_text(wide, 40).splitlines() == [
        f"   {'a' * 30}", f"x  {'1'.rjust(30)}", "", f"   {'b' * 30}", f"x  {'2'.rjust(30)}",
    ]  # fmt: skip
    assert "\n\n" not in tables.to_text(wide, 80)


def test_a_column_takes_the_least_it_is_given_and_a_list_has_no_heads():
    least = Grid([Head("", left=True, least=6), Head("gain", least=7)], [text_items("x", "1")])
    assert tables.to_text(least).splitlines() == ["           gain", "x             1"]
    assert tables.indented_rows([("V̄", "a"), ("long", "b")], 5) == "  V̄      a\n  long   b"


def test_html_escapes_every_place():
    row = [Item(NASTY, about=NASTY), Item(NASTY, NASTY, "1", NASTY)]
    made = Grid([Head(NASTY, NASTY), Head("")], [row], NASTY, NASTY)
    found = Cells(tables.to_html(made))
    assert not [tag for tag, _ in found.tags if tag == "b"]
    assert found.cells[0] == f"{NASTY}, {NASTY}"
    assert found.cells[2] == NASTY and found.cells[3].startswith(f"{NASTY}{NASTY} to 1{NASTY}")
    assert dict(found.tags)["td"] in ({}, {"title": NASTY})
    assert [a["title"] for tag, a in found.tags if a.get("title")] == [NASTY]


def test_a_caption_that_is_html_stays_html_and_a_text_does_not():
    from markupsafe import Markup

    sub = "d<sub>z</sub>"
    assert f"<caption>{sub}</caption>" in tables.to_html(grid(), Markup(sub))
    assert "<sub>" not in tables.to_html(grid(), sub)


def test_unescaped_html_would_be_seen():
    """The negative control: the same reader sees the tag that was not escaped."""
    assert [tag for tag, _ in Cells(f"<table><td>{NASTY}</td></table>").tags if tag == "b"]


def test_html_marks_sums_and_sides():
    page = tables.to_html(grid(text_items("a", "1"), text_items("all", "2"), sums=(1,)))
    assert '<tr class="total"><td class="left">all</td><td>2</td></tr>' in page
    assert '<tr><td class="left">a</td><td>1</td></tr>' in page


def test_markdown_keeps_bars_and_lines_in_their_cell():
    lines = tables.to_markdown(grid(text_items(PIPES, "−1"))).splitlines()
    assert [split(line) for line in lines] == [
        ["who", "gain, k€"], ["---", "---"], ["either | or below", "−1"],
    ]  # fmt: skip


def test_a_bar_not_escaped_would_make_another_cell():
    """The negative control: the same reader parts it into one cell more."""
    assert len(split("| either | or | −1 |")) == 3


def test_csv_comes_back_as_it_went():
    row = [Item(QUOTED), Item("−1.5")]
    read = list(commas.reader(io.StringIO(tables.to_csv(grid(row, text_items("−", "–"))))))
    assert read == [["who", "gain, k€"], [QUOTED, "-1.5"], ["−", ""]]
    assert float(read[1][1]) == -1.5


def test_csv_joined_by_commas_would_not_come_back():
    """The negative control: without quotes the same reader finds other cells."""
    read = list(commas.reader(io.StringIO(f"{QUOTED},-1.5\n")))
    assert read != [[QUOTED, "-1.5"]]


def test_an_interval_is_said_in_brackets_on_a_line_and_in_words_below():
    item = Item("+0.3", "+0.2", "+0.4", "5 %")
    assert item.line == "+0.3 [+0.2, +0.4] 5 %" and item.between == "+0.2 to +0.4"
    assert "+0.3<small>+0.2 to +0.4</small><small>5 %</small>" in tables.to_html(
        grid([Item("a"), item])
    )
    assert Item("1", "0", "0").between == "no spread"
    assert Item("1", "–", "–").line == "1" and Item("1", "–", "–").between == ""


@pytest.mark.parametrize("write", [tables.to_html, tables.to_csv])
def test_a_row_of_another_length_is_refused(write):
    with pytest.raises(ValueError, match="zip"):
        write(grid(text_items("alone")))
