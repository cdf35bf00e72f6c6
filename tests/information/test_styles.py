"""A style of mediator sees its desk, its own row and public facts, and nothing that only a side knows."""

import ast
from pathlib import Path

import pytest

import sim.mediation.styles as styles

FOLDER = Path(styles.__file__).parent
# The catalogue only lists them.
RULES = sorted(p.name for p in FOLDER.glob("[a-z]*.py") if p.name != "style_catalogue.py")
SEEN = {"desk", "mediator", "s"}  # what a style may receive, besides numbers and its own tables
PRIVATE = {
    "own", "truth", "table", "vendor_table", "noticed", "need", "needs", "vendor", "vendors", "tie", "ties",
    "trust", "belief", "hearing", "log", "memo", "capability", "outside", "budget", "talk", "w",
}  # fmt: skip


def reaches(text):
    """Return the names in a style's source that stand for what a mediator cannot know."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
    return found & PRIVATE


@pytest.mark.parametrize("name", RULES)
def test_no_style_reaches_what_only_a_side_knows(name):
    assert reaches((FOLDER / name).read_text("utf-8")) == set()


def test_what_reaches_a_truth_is_seen():
    """The negative control: a style that reads a true level, by way of a talk or of a row handed to it."""
    assert reaches("def draft(talk, s):\n    return talk.log.memo.truth[0]") >= {"talk", "truth"}
    assert reaches("def draft(desk, vendor, s):\n    return vendor.capability") >= {"capability"}
