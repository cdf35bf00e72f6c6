"""HTML and SVG from Jinja templates that escape every value."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sim.render.tables import to_html

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# Templates in folders of this name are indented for reading; the indentation is not rendered.
FRAGMENTS = "/fragments/"
BESIDE_TAG = re.compile(r"(?<=[>])\s*\n\s*|(?<=[%#]\})\s*\n\s*|\s*\n\s*(?=<|\{[%#]|\Z)")
WITHIN_TEXT = re.compile(r"\s*\n\s*")


def render(template: str, **values: Any) -> Markup:
    """Return a rendered template, named by its path in the package; all values are escaped.

    A value of type `Markup` is HTML already and is inserted unchanged.
    """
    from markupsafe import Markup

    return Markup(_environment().get_template(template).render(**values))


def read_template(template: str) -> None:
    """Read a template before it is rendered; what it is compiled to is kept."""
    _environment().get_template(template)


@cache
def _environment() -> Environment:
    """Return the one Jinja environment; `table` is the function that writes a `Grid`."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined
    )
    environment.globals["table"] = to_html
    return environment


def _source(name: str) -> str:
    """Return the text of a template; fragments become one line."""
    text = files("sim").joinpath(name).read_text("utf-8")
    return join_lines(text) if FRAGMENTS in name else text


def join_lines(text: str) -> str:
    """Return a fragment as one line: a break beside a tag is dropped, one within text is a space."""
    return WITHIN_TEXT.sub(" ", BESIDE_TAG.sub("", text))
