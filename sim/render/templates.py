"""Pages and fragments of HTML and SVG, from templates in which everything told is escaped."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sim.render.tables import to_html

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# In folders of this name line breaks and margins are for the reader of the template alone.
FRAGMENTS = "/fragments/"
BESIDE_TAG = re.compile(r"(?<=[>])\s*\n\s*|(?<=[%#]\})\s*\n\s*|\s*\n\s*(?=<|\{[%#]|\Z)")
WITHIN_TEXT = re.compile(r"\s*\n\s*")


def render(template: str, **told: Any) -> Markup:
    """Return what a template of the package says, named by its path in it; all told is escaped.

    Only what was rendered before, which is `Markup`, goes in as it is.
    """
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(**told))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined
    )
    environment.globals["table"] = to_html
    return environment


def _source(name: str) -> str:
    text = files("sim").joinpath(name).read_text("utf-8")
    return join_lines(text) if FRAGMENTS in name else text


def join_lines(text: str) -> str:
    """Return a fragment as one line: a break beside a tag is nothing, one within words a space."""
    return WITHIN_TEXT.sub(" ", BESIDE_TAG.sub("", text))
