"""What arrives from a tab, checked: any JSON may come where the page offers a list or a range.

What is not offered is dropped without a word, since no browser that shows the page sends it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.errors import SimError

LONGEST = 200  # letters that a field takes
SHOWN = 30  # letters of it that a refusal repeats


def word_of(value: Any, words: Sequence[str]) -> str | None:
    """Return the word that was chosen, if it is one of those offered."""
    return next((word for word in words if isinstance(value, str) and value == word), None)


def number_of(value: Any) -> float | None:
    """Return a number as it is, if it is one and finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number too long for a float
        return None


def whole_of(value: Any, low: int, high: int) -> int | None:
    """Return a whole number, if it is one from `low` to `high`."""
    number = number_of(value)
    if number is None or number != int(number) or not low <= number <= high:
        return None
    return int(number)


def text_of(value: Any) -> str:
    """Return what was typed, as far as a field takes it."""
    return value[:LONGEST] if isinstance(value, str) else ""


def shortened(text: str) -> str:
    """Return what was typed as a refusal repeats it."""
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def keep_code_out() -> None:
    """Let tabs send values and named events only, for as long as this process runs.

    ipyvue imports and calls whatever module and name a tab's message says, and lets a tab call any
    method; ipywidgets makes whatever widget of its own a tab asks for. The page needs none of it.
    """
    from ipyvue.VueTemplateWidget import Events
    from ipywidgets import Widget

    if not (hasattr(Events, "_handle_event") and hasattr(Widget, "handle_comm_opened")):
        raise SimError("this ipyvue or ipywidgets is not known: its messages cannot be kept in")
    Events._handle_event = _fire
    Widget.handle_comm_opened = staticmethod(_close)


def _fire(widget: Any, _: Any, content: Any, buffers: Any) -> None:
    """Fire an event that the widget's class names."""
    event = content.get("event") if isinstance(content, dict) else None
    handler = getattr(type(widget), f"vue_{event}", None) if isinstance(event, str) else None
    if handler is not None:
        handler(widget, content.get("data"))


def _close(comm: Any, _: Any) -> None:
    """Close what a tab opened."""
    comm.close()
