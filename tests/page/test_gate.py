"""The gate before the page: by name, by origin, by token, and nothing else passes."""

import pytest
from aside import finish

from sim.errors import SimError
from sim.page.access import OTHER_SITE, TOKEN_MISSING, UNKNOWN_NAME, Gate, HostNames

TOKEN = "abc-DEF_123"
COOKIE = f"sim-view-80={TOKEN}"
LOCAL = HostNames("127.0.0.1", "127.0.0.1")


def request_through_gate(path="/", query="", kind="http", names=LOCAL, **headers):
    """Return the requests that an application behind the gate saw, and the messages sent."""
    seen, sent = [], []

    async def inside(scope, receive, send):
        seen.append(scope)
        lines = [(b"set-cookie", b"a=b; Path=/; SameSite=none; Secure"), (b"x-other", b"Secure")]
        await send({"type": f"{kind}.response.start", "headers": lines})

    async def send(message):
        sent.append(message)

    given = {"host": "127.0.0.1:80", **headers}
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()]
    scope = {
        "type": kind,
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": [line for line in lines if line[1] != b"-"],
    }
    finish(Gate(inside, TOKEN, 80, names)(scope, None, send))
    return seen, sent


def is_let_in(**how):
    return bool(request_through_gate(**how)[0])


def gate_says(**how):
    """Return the line with which a request is refused."""
    seen, (start, body) = request_through_gate(**how)
    assert not seen and start["status"] == 403
    return body["body"].decode()


def test_a_cookie_with_the_token_lets_in():
    assert is_let_in(cookie=COOKIE) and is_let_in(cookie=f"x=y; {COOKIE};z")
    assert is_let_in(kind="websocket", cookie=COOKIE)
    for cookie in (
        "", TOKEN, "sim-view-80=", f"sim-view-81={TOKEN}", COOKIE + "x", COOKIE[:-1],
        f'sim-view-80="{TOKEN}"', "sim-view-80=ünïcode", COOKIE.upper(),
    ):  # fmt: skip
        assert gate_says(cookie=cookie) == TOKEN_MISSING, cookie


def test_the_token_in_the_address_gives_the_cookie_and_goes():
    seen, (start, _) = request_through_gate("/a b", f"x=1&token={TOKEN}&y=%26")
    lines = dict(start["headers"])
    assert not seen and start["status"] == 303
    assert lines[b"location"] == b"/a%20b?x=1&y=%26"
    assert lines[b"set-cookie"] == f"{COOKIE}; HttpOnly; SameSite=Strict; Path=/".encode()
    for query in ("token=", "token=x", f"Token={TOKEN}", f"token={TOKEN}x", f"tokens={TOKEN}"):
        assert gate_says(query=query) == TOKEN_MISSING


@pytest.mark.parametrize("path", ["//evil.example/", "///evil.example", "/\\evil.example"])
def test_it_sends_nobody_elsewhere(path):
    _, (start, _) = request_through_gate(path, f"token={TOKEN}")
    place = dict(start["headers"])[b"location"].decode()
    assert place[0] == "/" and place[1] not in "/\\"


def test_a_socket_is_closed_before_it_is_open():
    for how in (
        {},
        {"query": f"token={TOKEN}"},
        {"cookie": COOKIE, "origin": "http://evil.example"},
    ):
        seen, sent = request_through_gate(kind="websocket", **how)
        assert not seen and [message["type"] for message in sent] == ["websocket.close"]


def test_what_is_no_request_passes():
    """The server's start and stop belong to the application behind."""
    assert request_through_gate(kind="lifespan")[0]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:80", "LOCALHOST:9", "127.0.0.1", "127.0.0.2:1", "[::1]:80"]
)
def test_names_of_this_machine_are_known(host):
    assert is_let_in(host=host, cookie=COOKIE)


@pytest.mark.parametrize(
    "host",
    ["evil.example", "localhost.evil.example", "10.1.2.3", "[2001:db8::1]", "", "-", "a b", "::1",
     "localhost:", "localhost:80:80", "localhost:x", "user@localhost", "127.0.0.1.evil.example",
     "127.1", "[localhost]", "localhost\n"],
)  # fmt: skip
def test_other_names_are_refused(host):
    assert gate_says(host=host, cookie=COOKIE) == UNKNOWN_NAME
    assert gate_says(host=host, query=f"token={TOKEN}") == UNKNOWN_NAME


def test_names_can_be_added():
    names = HostNames("10.1.2.3", "10.1.2.3", ["Lab.Example", "2001:DB8::1"])
    for host in ("lab.example:80", "10.1.2.3", "[2001:db8:0::1]:80", "localhost"):
        assert names.has(host)
    for host in ("x.lab.example", "10.1.2.4", "[2001:db8::2]"):
        assert not names.has(host)
    for name in ("", "*", "a:80", "http://a", "a/b", "[::1]", "a b", "::1]"):
        with pytest.raises(SimError, match="want a name or an address, without a port"):
            HostNames("127.0.0.1", "127.0.0.1", [name])


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_every_address_is_known_by_its_figures_and_this_machines_name(bound, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Box.lab")
    names = HostNames(bound, bound)
    for host in ("10.1.2.3:80", "[2001:db8::1]", "box.lab", "box", "localhost"):
        assert names.has(host)
    assert not names.has("evil.example") and not LOCAL.has("box.lab")


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:81", "127.0.0.1:80",
     "http://127.0.0.1:80/", "http://localhost:80", "file://", "http://127.0.0.1:80.evil.example"],
)  # fmt: skip
def test_another_origin_is_refused(origin):
    assert gate_says(origin=origin, cookie=COOKIE) == OTHER_SITE
    assert gate_says(origin=origin, query=f"token={TOKEN}") == OTHER_SITE


def test_its_own_origin_is_let_in():
    assert is_let_in(origin="http://127.0.0.1:80", cookie=COOKIE)
    assert is_let_in(origin="https://LAB.example", host="lab.example", cookie=COOKIE,
                     names=HostNames("127.0.0.1", "127.0.0.1", ["lab.example"]))  # fmt: skip


def test_cookies_of_the_page_itself_become_strict():
    _, (start,) = request_through_gate(cookie=COOKIE)
    assert start["headers"] == [
        (b"set-cookie", b"a=b; Path=/; SameSite=Strict"),
        (b"x-other", b"Secure"),
    ]


def test_what_another_site_began_continues_on_this_server():
    _, (start, body) = request_through_gate(
        query=f"token={TOKEN}&a=1&b=2", sec_fetch_site="cross-site"
    )
    assert start["status"] == 200 and b'content="0; url=/?a=1&amp;b=2"' in body["body"]
    assert COOKIE.encode() in dict(start["headers"])[b"set-cookie"]
