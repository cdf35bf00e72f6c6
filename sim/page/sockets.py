"""What passes the gate and still is nothing the page sends: refused here, before Solara meets it.

Solara takes it for granted that a socket names its session and its page, that a kernel is its own,
and that every frame is a message. Whoever holds the token may send something else; it is answered
with a status or a close code, in one line, and the server says nothing of it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from sim.page.access import App, Receive, Scope, Send, cookie_values, query_pairs, refuse

SESSION = "solara-session-id"  # the cookie that Solara gives with the page
PAGE = "session_id"  # what Jupyter calls a page, in the address
IDENTIFIER = r"[A-Za-z0-9_-]{1,64}"
SOCKET = re.compile(rf"/jupyter/api/kernels/({IDENTIFIER})/channels")
CLOSING = re.compile(r"/_solara/api/close/(.*)", re.DOTALL)
UNKNOWN_ADDRESS = "400: not an address of the page\n"
COOKIE_MISSING = "403: open the page first; its cookie is missing\n"
OTHER_VISITOR = "403: not a page of this visitor\n"
ALREADY_CONNECTED = "403: this page is connected already, or was closed\n"

NOT_UNDERSTOOD, TOO_LONG = 1007, 1009  # close codes
LONGEST_FRAME = 1_000_000  # letters of a frame
DEEPEST_NESTING = 32  # lists within lists; the page's own go down to eight
HEADER_FIELDS = ("msg_id", "msg_type", "session", "username", "version", "date")
CHANNELS = ("shell", "control")
TARGETS = ("solara.control", "jupyter.widget")
MESSAGE_FIELDS: dict[str, dict[str, type]] = {  # what a message of a kind has to say
    "kernel_info_request": {},
    "comm_info_request": {},
    "comm_open": {"comm_id": str, "target_name": str},
    "comm_msg": {"comm_id": str, "data": dict},
    "comm_close": {"comm_id": str},
    "shutdown_request": {},
}


class KnownKernel(NamedTuple):
    """What Solara keeps of a kernel: whose it is, and its pages, those that were closed too."""

    session: str
    pages: Collection[str]
    closed: Collection[str]


class SocketGate:
    """An ASGI application around Solara, which lets through what a page of this visitor sends."""

    def __init__(self, inside: App, known: Callable[[str], KnownKernel | None]):
        self.inside, self.known = inside, known
        self._open: dict[tuple[str, str], str] = {}  # sessions of sockets by kernel and page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request or a socket through, or refuse it; what fails within is one line."""
        if scope["type"] not in ("http", "websocket"):
            return await self.inside(scope, receive, send)
        refusal = self.refusal(scope)
        if refusal:
            return await refuse(scope, send, refusal)
        if scope["type"] == "websocket":
            return await self._serve(scope, receive, send)
        try:
            await self.inside(scope, receive, send)
        except Exception as error:  # Starlette has answered 500 already
            _report_failure(error)

    def refusal(self, scope: Scope) -> str:
        """Return in one line why a request is refused; empty if it is not."""
        if scope["type"] == "websocket":
            return self._refused_socket(scope)
        if not scope["path"].isprintable():  # no file has such a name, and some cannot be asked for
            return UNKNOWN_ADDRESS
        closing = CLOSING.fullmatch(scope["path"])
        return self._refused_closing(scope, closing[1]) if closing else ""

    def _refused_socket(self, scope: Scope) -> str:
        found, page = SOCKET.fullmatch(scope["path"]), _page(scope)
        if found is None or not page:
            return UNKNOWN_ADDRESS
        session, kernel = _session(scope), self.known(found[1])
        if not session:
            return COOKIE_MISSING
        others = [whose for (one, _), whose in self._open.items() if one == found[1]]
        if any(whose != session for whose in ([kernel.session] if kernel else []) + others):
            return OTHER_VISITOR
        closed = kernel is not None and page in kernel.closed
        return ALREADY_CONNECTED if closed or (found[1], page) in self._open else ""

    def _refused_closing(self, scope: Scope, kernel: str) -> str:
        page = _page(scope)
        if not re.fullmatch(IDENTIFIER, kernel) or not page:
            return UNKNOWN_ADDRESS
        session, known = _session(scope), self.known(kernel)
        if not session:
            return COOKIE_MISSING
        mine = known is None or (known.session == session and page in known.pages)
        return "" if mine else OTHER_VISITOR

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
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
    """One socket whose frames are looked at; one that is no message of a page ends it."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send, self._over = receive, send, False

    async def receive(self) -> Any:
        """Return what arrives, as Solara may read it."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            self._over = True
        if message["type"] != "websocket.receive":
            return message
        text = message.get("text")
        if text is not None and len(text) > LONGEST_FRAME:
            return await self.close(TOO_LONG)
        understood = None if text is None else sanitised_message(text)
        if understood is None:
            return await self.close(NOT_UNDERSTOOD)
        return {"type": "websocket.receive", "text": understood}

    async def send(self, message: Any) -> None:
        """Send what Solara says, as long as somebody is there."""
        if not self._over:
            self._over = message["type"] == "websocket.close"
            await self._send(message)

    async def close(self, code: int) -> dict[str, Any]:
        """Close the socket, and return what Solara is told of it."""
        if not self._over:
            self._over = True
            why = "not a message of the page"
            await self._send({"type": "websocket.close", "code": code, "reason": why})
        return {"type": "websocket.disconnect", "code": code}


def sanitised_message(text: str) -> str | None:
    """Return a message of a page as Solara may read it, and None for anything else."""
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
    # Solara hands on what else a message holds: it is left out, buffers too, which no page sends.
    rest: dict[str, Any] = {"parent_header": {}, "metadata": {}, "buffers": []}
    return json.dumps({"header": head, "content": kept, "channel": channel, **rest})


def _is_too_deep(data: Any) -> bool:
    """Return True where lists and tables lie deeper in each other than any page sends."""
    here = [data]
    for _ in range(DEEPEST_NESTING):
        held = [one.values() if isinstance(one, dict) else one for one in here
                if isinstance(one, dict | list)]  # fmt: skip
        here = [one for inner in held for one in inner]
    return bool(here)


def _session(scope: Scope) -> str:
    """Return the session of the visitor, empty where no cookie says one, or several differ."""
    found = {*cookie_values(scope, SESSION)}
    value = found.pop() if len(found) == 1 else ""
    return value if re.fullmatch(IDENTIFIER, value) else ""


def _page(scope: Scope) -> str:
    """Return the page that an address names, empty where it names none, or several."""
    found = [value for name, value in query_pairs(scope) if name == PAGE]
    return found[0] if len(found) == 1 and re.fullmatch(IDENTIFIER, found[0]) else ""


def _report_failure(error: Exception) -> None:
    said = (str(error).splitlines() or [""])[0]
    sys.stderr.write(f"note: the page failed: {type(error).__name__}: {said}\n")
