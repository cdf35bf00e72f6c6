"""What passes the gate and is nothing the page sends ends here, before Solara meets it."""

import json

import pytest
from aside import finish

from sim.page.sockets import (
    ALREADY_CONNECTED,
    COOKIE_MISSING,
    OTHER_VISITOR,
    UNKNOWN_ADDRESS,
    KnownKernel,
    SocketGate,
    sanitised_message,
)

CHANNELS = "/jupyter/api/kernels/k/channels"
CLOSE = "/_solara/api/close/k"
MINE, THEIRS = "x=y; solara-session-id=me", "solara-session-id=they"
KERNEL = KnownKernel("me", ("p", "q"), ("q",))


def scope(path, query="session_id=p", cookie=MINE, kind="websocket"):
    """Return an ASGI server's scope of a request."""
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return {"type": kind, "path": path, "query_string": query.encode(), "headers": headers}


def refusal(*what, known=KERNEL, **how):
    """Return the reason why a request is refused if one kernel is known."""
    return SocketGate(None, {"k": known}.get).refusal(scope(*what, **how))


def test_a_page_of_the_visitor_s_own_passes():
    assert refusal(CHANNELS) == refusal(CHANNELS, "session_id=new") == ""
    assert refusal(CHANNELS, cookie=THEIRS, known=None) == "", "a kernel that is not yet"
    assert refusal("/", "", "", kind="http") == ""
    assert refusal(CLOSE, kind="http") == refusal(CLOSE, known=None, kind="http") == ""


@pytest.mark.parametrize(("kind", "path"), [("websocket", CHANNELS), ("http", CLOSE)])
def test_what_names_no_page_or_no_visitor_is_refused(kind, path):
    for query in ("", "session_id=", "session_id=p&session_id=q", "session_id=%00", "p=p"):
        assert refusal(path, query, kind=kind) == UNKNOWN_ADDRESS, query
    for cookie in ("", "solara-session-id=", "solara-session-id=a b", f"{MINE}; {THEIRS}"):
        assert refusal(path, cookie=cookie, kind=kind) == COOKIE_MISSING, cookie
    assert refusal(path, cookie=THEIRS, kind=kind) == OTHER_VISITOR
    for place in (path.replace("/k", "/%"), path.replace("/k", "/\0"), path.replace("/k", "/")):
        assert refusal(place, kind=kind) == UNKNOWN_ADDRESS, place
    assert refusal("/static/\0", kind="http") == UNKNOWN_ADDRESS


def test_a_page_is_closed_once_and_by_its_own_kernel():
    assert refusal(CHANNELS, "session_id=q") == ALREADY_CONNECTED
    assert refusal(CLOSE, "session_id=other", kind="http") == OTHER_VISITOR


def served(inside, *frames, sockets=None):
    """Return the messages sent to a socket that sends some frames and closes."""
    sent = []
    arriving = iter([{"type": "websocket.receive", **frame} for frame in frames])

    async def receive():
        return next(arriving, {"type": "websocket.disconnect", "code": 1000})

    async def send(message):
        sent.append(message)

    finish((sockets or SocketGate(inside, lambda _: None))(scope(CHANNELS), receive, send))
    return sent


HEAD = dict.fromkeys(("msg_id", "session", "username", "version", "date"), "x")
SAID = {"header": {**HEAD, "msg_type": "comm_msg"}, "channel": "shell", "extra": 1,
        "content": {"comm_id": "c", "data": {"method": "update"}}}  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "code"),
    [({"text": "hello"}, 1007), ({"bytes": b"\0"}, 1007), ({"text": "x" * 2_000_000}, 1009)],
)
def test_a_frame_that_is_no_message_closes_and_nothing_is_said_afterwards(frame, code):
    heard = []

    async def inside(scope, receive, send):
        heard.extend([await receive(), await receive()])
        await send({"type": "websocket.send", "text": "late"})
        await send({"type": "websocket.close"})

    (closed,) = served(inside, {"text": json.dumps(SAID)}, frame)
    assert (closed["type"], closed["code"]) == ("websocket.close", code)
    assert [one["type"] for one in heard] == ["websocket.receive", "websocket.disconnect"]
    assert json.loads(heard[0]["text"])["content"] == SAID["content"]


def test_what_fails_within_is_one_line(capsys):
    async def inside(scope, receive, send):
        raise ValueError("no\nmore")

    (closed,) = served(inside)
    assert closed["type"] == "websocket.close"
    finish(SocketGate(inside, None)(scope("/", kind="http"), None, None))
    assert capsys.readouterr().err == "note: the page failed: ValueError: no\n" * 2


def test_one_page_has_one_socket_and_one_visitor_has_a_kernel():
    found = []

    async def inside(*_):
        for query, cookie in (
            ("session_id=p", MINE),
            ("session_id=n", THEIRS),
            ("session_id=n", MINE),
        ):
            found.append(sockets.refusal(scope(CHANNELS, query, cookie)))

    sockets = SocketGate(inside, lambda _: None)
    served(inside, sockets=sockets)
    assert found == [ALREADY_CONNECTED, OTHER_VISITOR, ""]
    assert sockets.refusal(scope(CHANNELS)) == ""


def changed(**parts):
    return json.dumps({**SAID, **parts})


def test_a_message_is_understood_without_what_no_page_sends():
    found = json.loads(sanitised_message(changed(buffers=[1], metadata={"a": 1})))
    assert found.pop("buffers") == [] and found.pop("metadata") == {} == found.pop("parent_header")
    assert found == {name: SAID[name] for name in ("header", "content", "channel")}


@pytest.mark.parametrize(
    "text",
    ["", "x", "null", "[]", "{}", "9" * 5_000, "[" * 100_000, changed(header=None), changed(header={}),
     changed(content=[]), changed(content={"comm_id": "c"}), changed(content={"comm_id": 1, "data": {}}),
     changed(content={"comm_id": "c", "data": []}), changed(channel=[]), changed(channel="iopub"),
     changed(header={**HEAD, "msg_type": "execute_request"}), changed(header={**HEAD, "msg_type": {}}),
     changed(header={**SAID["header"], "date": 1}),
     changed(content={"comm_id": "c", "data": {"a": json.loads("[" * 40 + "]" * 40)}}),
     changed(header={**HEAD, "msg_type": "comm_open"},
             content={"comm_id": "c", "target_name": "jupyter.widget.control", "data": {}})],
)  # fmt: skip
def test_anything_else_is_not_understood(text):
    assert sanitised_message(text) is None
