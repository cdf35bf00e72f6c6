"""Checks of sockets and their messages, after the gate and before Solara.

Solara assumes that a socket names its session and its page, that the kernel belongs to the session,
and that every frame is a message. A visitor with the token could send anything else: it is answered
with a status or a close code, in one line, and nothing is logged.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from sim.page.access import App, Receive, Scope, Send, cookie_values, query_pairs, refuse

SESSION = "solara-session-id"  # the cookie that Solara sets with the page
PAGE = "session_id"  # Jupyter's name of a page, in the address
IDENTIFIER = r"[A-Za-z0-9_-]{1,64}"
SOCKET = re.compile(rf"/jupyter/api/kernels/({IDENTIFIER})/channels")
CLOSING = re.compile(r"/_solara/api/close/(.*)", re.DOTALL)
UNKNOWN_ADDRESS = "400: not an address of the page\n"
COOKIE_MISSING = "403: open the page first; its cookie is missing\n"
OTHER_VISITOR = "403: not a page of this visitor\n"
ALREADY_CONNECTED = "403: this page is connected already, or was closed\n"

NOT_UNDERSTOOD, TOO_LONG = 1007, 1009  # close codes
LONGEST_FRAME = 1_000_000  # characters
DEEPEST_NESTING = 32  # levels of lists in lists; messages of the page have at most eight
HEADER_FIELDS = ("msg_id", "msg_type", "session", "username", "version", "date")
CHANNELS = ("shell", "control")
TARGETS = ("solara.control", "jupyter.widget")
MESSAGE_FIELDS: dict[str, dict[str, type]] = {  # required fields of each kind of message
    "kernel_info_request": {},
    "comm_info_request": {},
    "comm_open": {"comm_id": str, "target_name": str},
    "comm_msg": {"comm_id": str, "data": dict},
    "comm_close": {"comm_id": str},
    "shutdown_request": {},
}


class KnownKernel(NamedTuple):
    """A kernel that Solara knows: its session, all its pages, and those that were closed."""

    session: str
    pages: Collection[str]
    closed: Collection[str]


class SocketGate:
    """An ASGI application around Solara; it admits what a page of the same visitor sends."""

    def __init__(self, inside: App, known: Callable[[str], KnownKernel | None]):
        self.inside, self.known = inside, known
        self._open: dict[tuple[str, str], str] = {}  # sessions of open sockets, by kernel and page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request or a socket, or refuse it; an error inside becomes one line on stderr."""
        if scope["type"] not in ("http", "websocket"):
            return await self.inside(scope, receive, send)
        refusal = self.refusal(scope)
        if refusal:
            return await refuse(scope, send, refusal)
        if scope["type"] == "websocket":
            return await self._serve(scope, receive, send)
        try:
            await self.inside(scope, receive, send)
        except Exception as error:  # Starlette has already responded with 500
            _report_failure(error)

    def refusal(self, scope: Scope) -> str:
        """Return one line that says why a request is refused, or an empty string if it is not."""
        if scope["type"] == "websocket":
            return self._refused_socket(scope)
        if not scope[
            "path"
        ].isprintable():  # no file of the page has such a name, and some names raise
            return UNKNOWN_ADDRESS
        closing = CLOSING.fullmatch(scope["path"])
        return self._refused_closing(scope, closing[1]) if closing else ""

    def _refused_socket(self, scope: Scope) -> str:
        """Return why a socket is refused, or an empty string."""
        found, page = SOCKET.fullmatch(scope["path"]), _page(scope)
        if found is None or not page:
            return UNKNOWN_ADDRESS
        session, kernel = _session(scope), self.known(found[1])
        if not session:
            return COOKIE_MISSING
        others = [whose for (kernel_id, _), whose in self._open.items() if kernel_id == found[1]]
        if any(whose != session for whose in ([kernel.session] if kernel else []) + others):
            return OTHER_VISITOR
        closed = kernel is not None and page in kernel.closed
        return ALREADY_CONNECTED if closed or (found[1], page) in self._open else ""

    def _refused_closing(self, scope: Scope, kernel: str) -> str:
        """Return why a page may not be closed by this visitor, or an empty string."""
        page = _page(scope)
        if not re.fullmatch(IDENTIFIER, kernel) or not page:
            return UNKNOWN_ADDRESS
        session, known = _session(scope), self.known(kernel)
        if not session:
            return COOKIE_MISSING
        mine = known is None or (known.session == session and page in known.pages)
        return "" if mine else OTHER_VISITOR

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run an admitted socket until it ends."""
        found = SOCKET.fullmatch(scope["path"])
        place = (found[1] if found else "", _page(scope))
        self._open[place] = _session(scope)
        checked = CheckedSocket(receive, send)
        try:
            await self.inside(scope, checked.receive, checked.send)
        except Exception as error:
            _report_failure(error)
            await checked.close(1011)
        finally:
            del self._open[place]


class CheckedSocket:
    """One socket whose frames are checked; a frame that is no message of the page closes it."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send, self._over = receive, send, False

    async def receive(self) -> Any:
        """Return the next event, with its frame sanitised."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._over = True
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text")
        if text is not None and len(text) > LONGEST_FRAME:
            return await self.close(TOO_LONG)
        clean = None if text is None else sanitised_message(text)
        if clean is None:
            return await self.close(NOT_UNDERSTOOD)
        return {"type": "websocket.receive", "text": clean}

    async def send(self, message: Any) -> None:
        """Send an event of Solara, unless the socket is closed."""
        if not self._over:
            self._over = message["type"] == "websocket.close"
            await self._send(message)

    async def close(self, code: int) -> dict[str, Any]:
        """Close the socket, and return the event that tells Solara of it."""
        if not self._over:
            self._over = True
            why = "not a message of the page"
            await self._send({"type": "websocket.close", "code": code, "reason": why})
        return {"type": "websocket.disconnect", "code": code}


def sanitised_message(text: str) -> str | None:
    """Return a message of a page with its known fields only, or None if it is not one.

    Other fields and buffers are dropped, since Solara hands them on unchecked.
    """
    try:
        message = json.loads(text)
        if _is_too_deep(message):
            return None
        head = {name: message["header"][name] for name in HEADER_FIELDS}
        content, channel = message["content"], message["channel"]
        wanted = MESSAGE_FIELDS[head["msg_type"]]
        data = content.get("data", {})
        right = all(isinstance(content[name], kind) for name, kind in wanted.items())
        right = right and all(isinstance(word, str) for word in head.values())
        right = right and isinstance(data, dict) and channel in CHANNELS
        if not right or content.get("target_name", TARGETS[0]) not in TARGETS:
            return None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    kept = {name: content[name] for name in wanted} | {"data": data}
    # No page sends buffers, so that they are always empty.
    rest: dict[str, Any] = {"parent_header": {}, "metadata": {}, "buffers": []}
    return json.dumps({"header": head, "content": kept, "channel": channel, **rest})


def _is_too_deep(data: Any) -> bool:
    """Return whether lists and tables are nested deeper than in any message of the page."""
    level = [data]
    for _ in range(DEEPEST_NESTING):
        held = [value.values() if isinstance(value, dict) else value for value in level
                if isinstance(value, dict | list)]  # fmt: skip
        level = [value for inner in held for value in inner]
    return bool(level)


def _session(scope: Scope) -> str:
    """Return the session of the visitor; empty if no cookie names one, or several differ."""
    found = {*cookie_values(scope, SESSION)}
    value = found.pop() if len(found) == 1 else ""
    return value if re.fullmatch(IDENTIFIER, value) else ""


def _page(scope: Scope) -> str:
    """Return the page that an address names; empty if it names none or several."""
    found = [value for name, value in query_pairs(scope) if name == PAGE]
    return found[0] if len(found) == 1 and re.fullmatch(IDENTIFIER, found[0]) else ""


def _report_failure(error: Exception) -> None:
    """Print an error inside Solara as one line on stderr."""
    first_line = (str(error).splitlines() or [""])[0]
    sys.stderr.write(f"note: the page failed: {type(error).__name__}: {first_line}\n")
