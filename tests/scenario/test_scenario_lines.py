import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import RICH

from sim.scenario.lines import line_index, split_key

TRICKY = '''# top
"quoted key" = 1
a.b.c = "x # no comment"   # comment
a.'lit.eral'.d = """
many
lines = 3 \\" ""quotes"" and [brackets]
"""
t = \'\'\'
it's
\'\'\'
list = [ # comment ]
  1, [2,
  3], { x = 1, y = [
    4,
  ] },
]
  [ table . "sub table" ]   # spaces
when = 1979-05-27 07:32:00
flag = true
[[rows]]
name = "r0"
[[rows.cells]]
v = 1
[[rows.cells]]
v = 2
[rows.extra]
w = -1.5e+3
[[rows]]
[[rows.cells]]
v = """"four quotes at the end""""
last = ""
'''


def paths(value, here=()):
    """Every path of a document, whatever it points to."""
    named = value.items() if isinstance(value, dict) else ()
    numbered = enumerate(value) if isinstance(value, list) else ()
    for part, item in (*named, *numbered):
        yield (*here, part)
        yield from paths(item, (*here, part))


@pytest.mark.parametrize("text", [TRICKY, RICH, TRICKY.replace("\n", "\r\n")])
def test_every_path_has_a_line_and_no_other(text):
    assert set(line_index(text)) == set(paths(tomllib.loads(text)))


def test_lines_are_the_right_ones():
    lines = line_index(TRICKY)
    expected = {
        ("quoted key",): 2,
        ("a",): 3,
        ("a", "b", "c"): 3,
        ("a", "lit.eral", "d"): 4,
        ("t",): 8,
        ("list",): 11,
        ("list", 0): 12,
        ("list", 1, 1): 13,
        ("list", 2, "x"): 13,
        ("list", 2, "y", 0): 14,
        ("table",): 17,
        ("table", "sub table", "flag"): 19,
        ("rows", 0, "name"): 21,
        ("rows", 0, "cells", 1, "v"): 25,
        ("rows", 0, "extra", "w"): 27,
        ("rows", 1): 28,
        ("rows", 1, "cells", 0, "last"): 31,
    }
    assert {keys: lines[keys] for keys in expected} == expected


def test_split_key():
    assert split_key('issues."service level".cost') == ["issues", "service level", "cost"]
    assert split_key(" a . 'b.c'") == ["a", "b.c"]
    assert [split_key(text) for text in ("", "a.", "a b", '"open', "a = 1")] == [None] * 5


_keys = st.text(min_size=1, max_size=5).map(
    lambda text: "".join(c for c in text if c.isprintable())
)
_scalars = st.one_of(
    st.integers(-9, 9),
    st.booleans(),
    st.sampled_from(
        ['"a # b"', "'c'", '"""m\n"\n"""', "''", "'''\n[x]\n'''", "1.5e3", "1979-05-27"]
    ),
)
_values = st.recursive(
    _scalars.map(lambda value: str(value).lower() if isinstance(value, bool) else str(value)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[ # c\n" + ",\n ".join(items) + "\n]"),
        st.lists(inner, max_size=3).map(
            lambda items: "{" + ", ".join(f"k{n}.x = {item}" for n, item in enumerate(items)) + "}"
        ),
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(st.sampled_from(["", "[t{}]\n", "[[r]]\n"]), _keys, _values), max_size=6))
def test_any_document_is_indexed_wholly(parts):
    text = ""
    for number, (header, key, value) in enumerate(parts):
        quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + f'{number}"'
        text += f"{header.format(number)}{quoted} = {value}\n"
    assert set(line_index(text)) == set(paths(tomllib.loads(text)))
