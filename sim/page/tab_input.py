"""What arrives from a tab, checked: any JSON may come where the page offers a list or a range.

What is not offered is dropped without a word, since no browser that shows the page sends it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.errors import SimError

LONGEST_TEXT = 200  # letters that a field takes
LONGEST_ECHO = 30  # letters of it that a refusal repeats
SETTABLE = ("v_model", "dark_effective")  # what the page's widgets tell: a choice, and the colours
CONTROLS = ("run", "app-status")  # what the page asks of Solara itself


def offered_word(value: Any, words: Sequence[str]) -> str | None:
    """Return the word that was chosen, if it is one of those offered."""
    return next((word for word in words if isinstance(value, str) and value == word), None)


def finite_number(value: Any) -> float | None:
    """Return a number as it is, if it is one and finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number too long for a float
        return None


def whole_number_within(value: Any, low: int, high: int) -> int | None:
    """Return a whole number, if it is one from `low` to `high`."""
    number = finite_number(value)
    if number is None or number != int(number) or not low <= number <= high:
        return None
    return int(number)


def typed_text(value: Any) -> str:
    """Return what was typed, as far as a field takes it."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def shortened(text: str) -> str:
    """Return what was typed as a refusal repeats it."""
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


def restrict_tab_messages() -> None:
    """Let tabs send values and named events only, for as long as this process runs.

    ipyvue imports and calls whatever module and name a tab's message says, and lets a tab call any
    method; ipywidgets makes whatever widget of its own a tab asks for, and sets whatever a tab names. The
    page needs none of it.
    """
    from comm.base_comm import CommManager
    from ipyvue.VueTemplateWidget import Events as Named
    from ipyvue.VueWidget import Events
    from ipywidgets import Widget

    replaced: tuple[tuple[Any, str, Any], ...] = (
        (Named, "_handle_event", _fire_class_event),
        (Events, "_handle_event", _fire_listened_event),
        (Widget, "handle_comm_opened", staticmethod(_close_comm)),
        (Widget, "_handle_msg", _take_value),
        (CommManager, "unregister_comm", _unregister_comm),
    )
    if not all(hasattr(place, name) for place, name, _ in replaced):
        raise SimError("this ipyvue or ipywidgets is not known: its messages cannot be kept in")
    for place, name, ours in replaced:
        setattr(place, name, ours)


def _fire_class_event(widget: Any, _: Any, content: Any, buffers: Any) -> None:
    """Fire an event that the widget's class names."""
    event = content.get("event") if isinstance(content, dict) else None
    handler = getattr(type(widget), f"vue_{event}", None) if isinstance(event, str) else None
    if handler is not None:
        handler(widget, content.get("data"))


def _fire_listened_event(widget: Any, _: Any, content: Any, buffers: Any) -> None:
    """Fire an event that the page listens to."""
    event = content.get("event") if isinstance(content, dict) else None
    if isinstance(event, str) and event in widget._event_handlers_map:
        widget._fire_event(event, content.get("data", {}))


def _take_value(widget: Any, message: Any) -> None:
    """Take a value that a person chose, or an event; nothing else of a widget is a tab's to set."""
    data = message["content"]["data"]
    if data.get("method") == "custom":
        widget._handle_custom_msg(data.get("content"), [])
    state = data.get("state")
    if data.get("method") == "update" and isinstance(state, dict):
        right = {name: state[name] for name in SETTABLE if _is_value(widget, name, state)}
        if right:
            widget.set_state(right)


def _is_value(widget: Any, name: str, state: dict[str, Any]) -> bool:
    """Return True where a tab says a value that the widget has and can hold."""
    if name not in state or name not in widget.keys:
        return False
    return name == "v_model" or isinstance(state[name], bool)


def restrict_solara_control(target: Any) -> Any:
    """Return Solara's own target for tabs, which then hears only what the page asks of it."""

    def opened(comm: Any, message: Any) -> None:
        target(comm, message)
        heard = comm._msg_callback

        def hear(said: Any) -> None:
            data = said["content"]["data"]
            if data.get("method") == "run":
                # There is one page and one app; the colours are those of the program.
                dark = isinstance(data.get("args"), dict) and data["args"].get("dark") is True
                data["args"] = {"path": "/", "appName": None, "themes": {}, "dark": dark}
            if data.get("method") in CONTROLS:
                heard(said)

        comm.on_msg(hear)

    return opened


def _unregister_comm(manager: Any, comm: Any) -> None:
    """Forget a way to a tab, which the tab may have taken away before."""
    manager.comms.pop(comm.comm_id, None)


def _close_comm(comm: Any, _: Any) -> None:
    """Close what a tab opened."""
    comm.close()
