"""Templates escape every value, and keep text that they rendered before unchanged."""

import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from sim.render import templates
from sim.render.templates import join_lines, render

WORDS = "page/fragments/words.html.j2"


@pytest.mark.parametrize("sign", ["<", ">", "&", "'", '"'])
def test_every_sign_of_markup_is_escaped_everywhere(sign):
    for said in (sign, f"{sign}a", f"a{sign}b", f"a{sign}"):
        assert render(WORDS, words=said) == escape(said)
        assert sign == "&" or sign not in render(WORDS, words=said)


class OtherText(str):
    """A string of a subclass, with another text."""

    def __str__(self):
        return "<i>"


def test_what_is_no_plain_text_is_escaped_too():
    for said in (OtherText("a"), ["<b>"], {"<": 1}, ValueError("a < b"), -3, True, 2.5, None):
        assert render(WORDS, words=said) == escape(said)
    assert "<" not in render(WORDS, words=OtherText("a"))


def test_what_was_rendered_before_goes_in_once():
    inner = render(WORDS, words="<b>")
    assert render(WORDS, words=inner) == inner == "&lt;b&gt;"
    assert render(WORDS, words=str(inner)) == "&amp;lt;b&amp;gt;", (
        "as plain text it is escaped again"
    )


def test_what_is_not_told_is_an_error():
    with pytest.raises(UndefinedError):
        render(WORDS)


def test_there_is_one_environment():
    assert templates._environment() is templates._environment()


def test_breaks_beside_tags_are_nothing_and_within_words_a_space():
    text = '<p\n  a="1">\n  one\n  two {{ x }}\n  {% if y %}\n    three\n  {% endif %}\n</p>\n'
    assert join_lines(text) == '<p a="1">one two {{ x }}{% if y %}three{% endif %}</p>'
