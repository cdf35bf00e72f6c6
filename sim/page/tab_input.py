"""Checks of the values that a tab sends: any JSON can arrive for a list or a range.

A value that the page does not offer is dropped silently, since no browser that shows the page sends it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from sim.errors import SimError

LONGEST_TEXT = 200  # characters of a text field
LONGEST_ECHO = 30  # characters of it that an error repeats
SETTABLE = ("v_model", "dark_effective")  # traits that a tab may set: a value, the colour scheme
CONTROLS = ("run", "app-status")  # methods of Solara that the page calls


def offered_word(value: Any, words: Sequence[str]) -> str | None:
    """Return a value if it is one of the words offered, else None."""
    return next((word for word in words if isinstance(value, str) and value == word), None)


def finite_number(value: Any) -> float | None:
    """Return a value if it is a finite number, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number too long for a float
        return None


def whole_number_within(value: Any, low: int, high: int) -> int | None:
    """Return a value as a whole number if it is one from `low` to `high`, else None."""
    number = finite_number(value)
    if number is None or number != int(number) or not low <= number <= high:
        return None
    return int(number)


def typed_text(value: Any) -> str:
    """Return a typed text, cut to the length of a field; empty if it is no text."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def shortened(text: str) -> str:
    """Return a typed text as an error repeats it."""
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


def restrict_tab_messages() -> None:
    """Let tabs send only values and named events, for the rest of this process.

    ipyvue imports and calls any module and name that a message of a tab contains, and lets a tab call
    any method; ipywidgets creates any widget and sets any trait that a tab names. The page needs none
    of this. Raises SimError if the libraries have no such methods to replace.
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
    """Fire an event for which the class of the widget has a handler."""
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
    """Set the value of a widget, or pass on its event; a tab cannot set anything else."""
    data = message["content"]["data"]
    if data.get("method") == "custom":
        widget._handle_custom_msg(data.get("content"), [])
    state = data.get("state")
    if data.get("method") == "update" and isinstance(state, dict):
        right = {name: state[name] for name in SETTABLE if _is_value(widget, name, state)}
        if right:
            widget.set_state(right)


def _is_value(widget: Any, name: str, state: dict[str, Any]) -> bool:
    """Return whether a tab sends a trait that the widget has, with a possible value."""
    if name not in state or name not in widget.keys:
        return False
    return name == "v_model" or isinstance(state[name], bool)


def restrict_solara_control(target: Any) -> Any:
    """Return Solara's comm target, restricted to the methods that the page calls."""

    def open_comm(comm: Any, message: Any) -> None:
        target(comm, message)
        original = comm._msg_callback

        def handle(received: Any) -> None:
            data = received["content"]["data"]
            if data.get("method") == "run":
                # There is one page and one app; a tab only tells whether its colours are dark.
                dark = isinstance(data.get("args"), dict) and data["args"].get("dark") is True
                data["args"] = {"path": "/", "appName": None, "themes": {}, "dark": dark}
            if data.get("method") in CONTROLS:
                original(received)

        comm.on_msg(handle)

    return open_comm


def _unregister_comm(manager: Any, comm: Any) -> None:
    """Unregister a comm, even if the tab has closed it before."""
    manager.comms.pop(comm.comm_id, None)


def _close_comm(comm: Any, _: Any) -> None:
    """Close a comm that a tab opened."""
    comm.close()
