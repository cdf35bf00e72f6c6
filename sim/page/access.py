"""Who may open the page: every request is checked here before the page sees it.

A page that listens on this machine only can still be reached by every site that the browser visits:
through a form or a socket (so the origin is checked), or under a host name that was redirected to
this machine later (so the name is checked). Such a site cannot know the token of this session.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from sim.errors import SimError
from sim.render.templates import render

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN = "token"  # name of the query parameter with the token
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?")
UNKNOWN_NAME = "403: the page is not served under this name; sim view --allow-host NAME adds one\n"
OTHER_SITE = "403: another site asks for the page\n"
TOKEN_MISSING = "403: open the address that sim view printed, with its token\n"
# A browser sends a strict cookie with nothing that another site began, not even with our redirect of
# it; a page that refreshes itself is a start of our own.
REDIRECT_PAGE = "page/fragments/onward.html.j2"


class Gate:
    """An ASGI application around another; it admits requests with the token to a known host name."""

    def __init__(self, inside: App, token: str, port: int, names: HostNames):
        self.inside, self.token, self.names = inside, token.encode(), names
        # Cookies ignore ports, so the name has to tell two pages apart.
        self.cookie = f"sim-view-{port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit a request, redirect it to the address without the token, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            return await self.inside(scope, receive, send)
        refusal = self.refusal(scope)
        if refusal:
            return await refuse(scope, send, refusal)
        if scope["type"] == "websocket":
            return await self.inside(scope, receive, send)
        if self._has_token(scope):
            return await self._set_cookie(scope, send)
        return await self.inside(scope, receive, _with_strict_cookies(send))

    def refusal(self, scope: Scope) -> str:
        """Return one line that says why a request is refused, or an empty string if it is not."""
        hosts, origins = header_values(scope, b"host"), header_values(scope, b"origin")
        if len(hosts) != 1 or not self.names.has(hosts[0]):
            return UNKNOWN_NAME
        if any(origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for origin in origins):
            return OTHER_SITE
        return "" if self._has_cookie(scope) or self._has_token(scope) else TOKEN_MISSING

    def _has_cookie(self, scope: Scope) -> bool:
        """Return whether the request has the cookie of this session."""
        return any(map(self._is_token, cookie_values(scope, self.cookie)))

    def _has_token(self, scope: Scope) -> bool:
        """Return whether the address itself has the token, as the printed address does."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        return any(name == TOKEN and self._is_token(value) for name, value in query_pairs(scope))

    def _is_token(self, value: str) -> bool:
        return secrets.compare_digest(value.encode("utf-8", "replace"), self.token)

    async def _set_cookie(self, scope: Scope, send: Send) -> None:
        """Set the cookie, and redirect the browser to the same address without the token."""
        rest = urlencode([pair for pair in query_pairs(scope) if pair[0] != TOKEN])
        # Exactly one slash: an address that begins with two slashes means another site.
        place = quote("/" + scope["path"].lstrip("/")) + (f"?{rest}" if rest else "")
        cookie = f"{self.cookie}={self.token.decode()}; HttpOnly; SameSite=Strict; Path=/"
        headers = {
            "set-cookie": cookie,
            "cache-control": "no-store",
            "referrer-policy": "no-referrer",
        }
        if "cross-site" in header_values(scope, b"sec-fetch-site"):
            page = f"{render(REDIRECT_PAGE, place=place)}\n"
            return await _respond(send, 200, page, headers, "html")
        return await _respond(send, 303, "", {"location": place, **headers})


class HostNames:
    """The host names that the page answers to: those of this machine, and those allowed."""

    def __init__(self, host: str, bound: str, allowed: Iterable[str] = ()):
        named = {
            "localhost",
            _normalised(host),
            _normalised(bound),
            *(_allowed_name(name) for name in allowed),
        }
        self.any_address = _is_ip_address(bound, "is_unspecified")
        if self.any_address:
            own = socket.gethostname().lower()
            named |= {own, own.partition(".")[0]}
        self.named = named

    def has(self, authority: str) -> bool:
        """Return whether the page answers to a name, with or without a port."""
        found = AUTHORITY.fullmatch(authority)
        if found is None:
            return False
        name = _normalised(found[1] or found[2])
        return (
            name in self.named
            or _is_ip_address(name, "is_loopback")
            or (self.any_address and _is_ip_address(name))
        )


def _is_ip_address(name: str, what: str = "version") -> bool:
    """Return whether a name is an IP address with a property of `ipaddress`, e.g. `is_loopback`."""
    try:
        return bool(getattr(ipaddress.ip_address(name), what))
    except ValueError:
        return False


def _normalised(name: str) -> str:
    """Return a name in the form in which names are compared; an IP address has many spellings."""
    return ipaddress.ip_address(name).compressed if _is_ip_address(name) else name.lower()


def _allowed_name(name: str) -> str:
    """Return a name that is to be allowed. Raises SimError if it cannot be a host name."""
    found = AUTHORITY.fullmatch(
        f"[{name}]".lower() if ":" in name and _is_ip_address(name) else name.lower()
    )
    if found is None or (":" in name and not _is_ip_address(name)):
        raise SimError(f"`allow_hosts` {name}: want a name or an address, without a port")
    return _normalised(name)


def header_values(scope: Scope, wanted: bytes, exactly: bool = False) -> list[str]:
    """Return every value of a header, in lower case unless `exactly` as sent."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
    return found if exactly else [value.lower() for value in found]


def cookie_values(scope: Scope, wanted: str) -> list[str]:
    """Return every value of a cookie that a request has."""
    lines = header_values(scope, b"cookie", exactly=True)
    pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
    return [value for name, _, value in pairs if name == wanted]


def query_pairs(scope: Scope) -> list[tuple[str, str]]:
    """Return the names and values of the query of an address."""
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


async def refuse(scope: Scope, send: Send, why: str) -> None:
    """Respond with one plain line that begins with its status; a socket is closed before it opens."""
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008, "reason": why.strip()})
    return await _respond(send, int(why[:3]), why, {"cache-control": "no-store"})


async def _respond(
    send: Send, status: int, text: str, headers: dict[str, str], kind: str = "plain"
) -> None:
    """Send a whole HTTP response of text; `kind` is its subtype, plain or html."""
    fields = {
        "content-type": f"text/{kind}; charset=utf-8",
        "content-length": str(len(text.encode())),
        "x-content-type-options": "nosniff",
        **headers,
    }
    lines = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": text.encode()})


def _with_strict_cookies(send: Send) -> Send:
    """Return a `send` that makes every cookie strict: no request of another site gets it.

    Solara sets its own as `SameSite=None` on localhost, so that it can be embedded in other sites.
    """

    async def send_strictly(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            lines = [
                (name, _strict_cookie(value) if name.lower() == b"set-cookie" else value)
                for name, value in message.get("headers", ())
            ]
            message = {**message, "headers": lines}
        await send(message)

    return send_strictly


def _strict_cookie(cookie: bytes) -> bytes:
    """Return a `set-cookie` value with `SameSite=Strict` and without `Secure`."""
    # Secure is dropped too: some browsers ignore such a cookie of a page without encryption.
    parts = [part.strip() for part in cookie.split(b";")]
    kept = [p for p in parts if p.lower() != b"secure" and not p.lower().startswith(b"samesite")]
    return b"; ".join([*kept, b"SameSite=Strict"])
