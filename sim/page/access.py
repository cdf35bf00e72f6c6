"""Who may open the page: every request is checked here, before anything of the page sees it.

A page that listens on this machine only is still reachable from every site its browser visits: by a
form or a socket (so the origin is checked), or under a name that was pointed at this machine
afterwards (so the name is). What such a site cannot know is the token of this start.
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

TOKEN = "token"  # the word before the token in the address
AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::[0-9]{1,5})?")
UNKNOWN_NAME = "403: the page is not served under this name; sim view --allow-host NAME adds one\n"
OTHER_SITE = "403: another site asks for the page\n"
TOKEN_MISSING = "403: open the address that sim view printed, with its token\n"
# A strict cookie does not go with what another site began, not even with our own redirect of it.
REDIRECT_PAGE = "page/fragments/onward.html.j2"


class Gate:
    """An ASGI application around another, which lets in who holds the token and asks by a known name."""

    def __init__(self, inside: App, token: str, port: int, names: HostNames):
        self.inside, self.token, self.names = inside, token.encode(), names
        self.cookie = f"sim-view-{port}"  # cookies know no ports, so that its name has to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, send it on to the address without the token, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            return await self.inside(scope, receive, send)
        refusal = self.refusal(scope)
        if refusal:
            return await refuse(scope, send, refusal)
        if scope["type"] == "websocket":
            return await self.inside(scope, receive, send)
        if self._opens(scope):
            return await self._open(scope, send)
        return await self.inside(scope, receive, _with_strict_cookies(send))

    def refusal(self, scope: Scope) -> str:
        """Return in one line why a request is refused; empty if it is not."""
        hosts, origins = header_values(scope, b"host"), header_values(scope, b"origin")
        if len(hosts) != 1 or not self.names.has(hosts[0]):
            return UNKNOWN_NAME
        if any(origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for origin in origins):
            return OTHER_SITE
        return "" if self._is_known(scope) or self._opens(scope) else TOKEN_MISSING

    def _is_known(self, scope: Scope) -> bool:
        """Return True where the request carries the cookie of this start."""
        return any(map(self._is_token, cookie_values(scope, self.cookie)))

    def _opens(self, scope: Scope) -> bool:
        """Return True where the address itself carries the token, as the one that was printed does."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        return any(name == TOKEN and self._is_token(value) for name, value in query_pairs(scope))

    def _is_token(self, value: str) -> bool:
        return secrets.compare_digest(value.encode("utf-8", "replace"), self.token)

    async def _open(self, scope: Scope, send: Send) -> None:
        """Give the cookie, and send the browser to the same address without the token."""
        rest = urlencode([pair for pair in query_pairs(scope) if pair[0] != TOKEN])
        # One slash: an address that begins with two names another site.
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
    """The names under which the page may be asked for: this machine's own, and those allowed."""

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
        """Return True for a name that may be asked for, with or without a port."""
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
    """Return True for an address in figures, and of a kind."""
    try:
        return bool(getattr(ipaddress.ip_address(name), what))
    except ValueError:
        return False


def _normalised(name: str) -> str:
    """Return a name as it is compared; an address has many spellings."""
    return ipaddress.ip_address(name).compressed if _is_ip_address(name) else name.lower()


def _allowed_name(name: str) -> str:
    """Return a name that is to be allowed; raise SimError for what can be none."""
    found = AUTHORITY.fullmatch(
        f"[{name}]".lower() if ":" in name and _is_ip_address(name) else name.lower()
    )
    if found is None or (":" in name and not _is_ip_address(name)):
        raise SimError(f"`allow_hosts` {name}: want a name or an address, without a port")
    return _normalised(name)


def header_values(scope: Scope, wanted: bytes, exactly: bool = False) -> list[str]:
    """Return every value of a header, in small letters unless exactly as sent."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == wanted]
    return found if exactly else [value.lower() for value in found]


def cookie_values(scope: Scope, wanted: str) -> list[str]:
    """Return every value that a request brings of a cookie."""
    lines = header_values(scope, b"cookie", exactly=True)
    pairs = [pair.strip().partition("=") for line in lines for pair in line.split(";")]
    return [value for name, _, value in pairs if name == wanted]


def query_pairs(scope: Scope) -> list[tuple[str, str]]:
    """Return what follows the question mark of an address, in pairs."""
    return parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)


async def refuse(scope: Scope, send: Send, why: str) -> None:
    """Answer with one plain line that begins with its status; a socket is closed before it was open."""
    if scope["type"] == "websocket":
        return await send({"type": "websocket.close", "code": 1008, "reason": why.strip()})
    return await _respond(send, int(why[:3]), why, {"cache-control": "no-store"})


async def _respond(
    send: Send, status: int, text: str, headers: dict[str, str], kind: str = "plain"
) -> None:
    said = {
        "content-type": f"text/{kind}; charset=utf-8",
        "content-length": str(len(text.encode())),
        "x-content-type-options": "nosniff",
        **headers,
    }
    lines = [(name.encode(), value.encode("latin-1")) for name, value in said.items()]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": text.encode()})


def _with_strict_cookies(send: Send) -> Send:
    """Return a `send` under which no cookie goes with what another site asks for.

    Solara gives its own as `SameSite=None` on localhost, to be shown within other sites.
    """

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            lines = [
                (name, _strict_cookie(value) if name.lower() == b"set-cookie" else value)
                for name, value in message.get("headers", ())
            ]
            message = {**message, "headers": lines}
        await send(message)

    return sent


def _strict_cookie(cookie: bytes) -> bytes:
    # Secure goes too: some browsers keep no such cookie of a page without encryption.
    parts = [part.strip() for part in cookie.split(b";")]
    kept = [p for p in parts if p.lower() != b"secure" and not p.lower().startswith(b"samesite")]
    return b"; ".join([*kept, b"SameSite=Strict"])
