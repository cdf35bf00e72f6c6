"""Who may open the page, and what an opened page may make the server do, on a real server."""

import json
import time
import uuid
from contextlib import contextmanager

import pytest
from chromium import Visit
from tab import KERNEL, Address, Tab
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.browser

EVIL = "evil.example"


@pytest.fixture
def address(server):
    return Address(server.address)


def test_without_the_token_nothing_is_there(address):
    for path in ("/", "/readyz", "/static/main-vuetify.js", "/?token=", "/?token=wrong"):
        status, _, said = address.ask(path)
        assert status == 403, path
        assert said == "403: open the address that sim view printed, with its token\n"
    cookies = ("", "sim-view-1=x", f"sim-view-{address.port}=", f"sim-view-{address.port}=wrong")
    assert [address.ask(Cookie=one)[0] for one in cookies] == [403] * 4
    assert address.ask(f"/?token={address.token}", "POST")[0] == 403, "only an address opens"


def test_the_token_opens_and_goes_away(address):
    status, headers, _ = address.ask(f"/?a=b&token={address.token}")
    assert (status, headers["Location"]) == (303, "/?a=b")
    given = headers["Set-Cookie"].split("; ")
    assert given[0] == address.cookie
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} == set(given[1:])
    status, headers, said = address.ask(Cookie=address.cookie)
    assert status == 200 and "solara" in said
    assert address.token not in said


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_solaras_own_cookie_is_strict_too(address, host):
    _, headers, _ = address.ask(Host=f"{host}:{address.port}", Cookie=address.cookie)
    (given,) = headers.get_all("Set-Cookie")
    assert given.startswith("solara-session-id=")
    assert given.endswith("; SameSite=Strict") and "HttpOnly" in given
    assert "none" not in given.lower() and "secure" not in given.lower()


def test_what_another_site_began_is_sent_on_by_this_server(address):
    """A strict cookie is not sent after a redirect of what another site began."""
    status, headers, said = address.ask(f"/?token={address.token}", Sec_Fetch_Site="cross-site")
    assert status == 200 and 'content="0; url=/"' in said
    assert address.cookie in headers["Set-Cookie"]


def test_no_other_site_gets_in(address):
    for host in (EVIL, f"{EVIL}:{address.port}", "localhost.evil.example", "1.2.3.4", ""):
        for path in ("/", f"/?token={address.token}"):
            status, headers, said = address.ask(path, Host=host, Cookie=address.cookie)
            assert status == 403 and "Set-Cookie" not in headers, host
        assert host == "" or said.startswith("403: the page is not served under this name")
    other = (f"http://{EVIL}", "null", f"http://127.0.0.1:{address.port + 1}", "http://127.0.0.1")
    for origin in other:
        status, _, said = address.ask(Origin=origin, Cookie=address.cookie)
        assert (status, said) == (403, "403: another site asks for the page\n"), origin
    assert address.ask(Origin=f"http://{address.site}", Cookie=address.cookie)[0] == 200


def test_sockets_are_refused_before_they_open(address):
    own = f"http://{address.site}"
    assert address.refused(origin=own) == 403
    assert address.refused(origin=own, cookie=f"sim-view-{address.port}=wrong") == 403
    assert address.refused(origin=f"http://{EVIL}", cookie=address.cookie) == 403
    assert address.refused(origin="null", cookie=address.cookie) == 403
    host = f"{EVIL}:{address.port}"
    assert address.refused(host=host, origin=f"http://{host}", cookie=address.cookie) == 403
    assert address.refused(origin=own, cookie=address.cookie) == 403, "no session"
    assert address.refused(origin=own, cookie=address.visitor()) is None


@contextmanager
def opened(address):
    """Open the page as a visitor who has the token and writes messages by hand."""
    with address.socket(origin=f"http://{address.site}", cookie=address.visitor()) as socket:
        tab = Tab(socket)
        tab.stage()
        yield tab


@pytest.mark.parametrize("label", ["Buyers' strategy", "Vendors' strategy"])
def test_no_message_runs_a_file(address, tmp_path, label):
    ran, file = tmp_path / "ran", tmp_path / "x.py"
    file.write_text(f"open({str(ran)!r}, 'w').close()\nclass Y:\n    pass\n")
    with opened(address) as tab:
        words = tab.called(label)
        for value in (f"{file}:Y", str(file), {f"{file}:Y": 1.0}, [f"{file}:Y"]):
            tab.set(words, value)
            tab.hear(1.0)
            assert not ran.exists()
        for field in ("Scenario", "Regime", "compared with", "Blame", "Competence", "Speed"):
            for widget in tab._called(field):
                tab.set(widget, f"{file}:Y")
        for field in ("Seed", "World", "Competence, share", "Horizon, months"):
            tab.event(tab.called(field), "change", f"{file}:Y")
        tab.hear(1.0)
        assert not ran.exists()
        tab.set(words, "linear")
        key = label.partition("'")[0].lower()
        tab.shows(f'<span class="sim-changed" data-key="{key}.strategy">')


def test_no_message_imports_calls_or_makes_anything(address, server, tmp_path):
    secret = tmp_path / "secret.vue"
    secret.write_text("<template><p>a file of this machine</p></template>")
    with opened(address) as tab:
        stage = tab.stage()
        wanted = (
            {"create_widget": ["this", "x"], "props": {}, "id": "1"},
            {
                "create_widget": ["ipyvue", "VueTemplate"],
                "props": {"template_file": str(secret)},
                "id": "2",
            },
            {
                "create_widget": ["ipyvue", "Html"],
                "props": {"tag": {"functionRef": "set_trait", "args": ["html", "<b>called</b>"]}},
                "id": "3",
            },
            {"event": "__init__"},
            {"event": {"a": 1}, "data": 1},
            "nothing",
        )
        for content in wanted:
            tab.message(stage, {"method": "custom", "content": content})
        tab.event(tab.button("Step"), "click", {})
        tab.shows('data-period="1"')
        assert "a file of this machine" not in tab.heard and "<b>called</b>" not in tab.heard
        assert "Zen of Python" not in server.log.read_text()
        made = str(uuid.uuid4())
        state = {
            "_model_module": "@jupyter-widgets/controls",
            "_model_module_version": "2.0.0",
            "_model_name": "TextModel",
            "_view_module": "@jupyter-widgets/controls",
            "_view_module_version": "2.0.0",
            "_view_name": "TextView",
        }
        tab.send("comm_open", comm_id=made, target_name="jupyter.widget", data={"state": state})
        tab.until(lambda: made in tab.closed)


WRONG = (None, True, -1, 10**400, 1.5, "1", "nan", [], {}, [1], {"a": 1}, "x" * 100_000)


def test_any_json_may_arrive_and_the_page_lives(address, server):
    before = len(server.log.read_text())
    with opened(address) as tab:
        for label in ("Scenario", "Regime", "compared with", "Competence", "Speed", "Tie"):
            for value in (*WRONG, 1e308):
                tab.set(tab.called(label), value)
        tabs = next(w for w, s in tab.states.items() if s.get("_model_name") == "TabsModel")
        for value in WRONG:
            tab.set(tabs, value)
            tab.event(tab.stage(), "picked", value)
        for label in ("Seed", "World", "Competence, share"):
            for value in WRONG:
                tab.event(tab.called(label), "change", value)
        tab.event(tab.button("Step"), "click", {})
        tab.shows('data-period="1"')
        assert "Traceback" not in tab.heard
    assert "Traceback" not in server.log.read_text()[before:]


@pytest.fixture
def quiet(server):
    """Fail if the server has printed anything by the end."""
    before = len(server.log.read_text())
    yield
    time.sleep(0.5)  # it would be printed late, if at all
    assert server.log.read_text()[before:] == ""


def test_a_kernel_is_its_visitor_s_alone(address, quiet):
    kernel, page, other = (str(uuid.uuid4()) for _ in range(3))
    mine, own = address.visitor(), f"http://{address.site}"
    path, again = KERNEL.format(kernel, page), KERNEL.format(kernel, other)
    close = f"/_solara/api/close/{kernel}"
    with address.socket(origin=own, cookie=mine, path=path) as socket:
        Tab(socket).stage()
        for one in (path, again):
            assert address.refused(origin=own, cookie=address.visitor(), path=one) == 403
        assert address.refused(origin=own, cookie=mine, path=path) == 403, "is connected"
        assert address.ask(f"{close}?session_id={page}", "POST", Cookie=address.cookie)[0] == 403
        theirs = address.visitor()
        assert address.ask(f"{close}?session_id={page}", "POST", Cookie=theirs)[0] == 403
        assert address.ask(f"{close}?session_id={other}", "POST", Cookie=mine)[0] == 403
        assert address.ask(close, "POST", Cookie=mine)[0] == 400
        assert address.refused(origin=own, cookie=mine, path=again) is None, (
            "another tab of the same visitor"
        )
    assert address.ask(f"{close}?session_id={page}", "POST", Cookie=mine)[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/jupyter/api/kernels/{k}/channels", "/jupyter/api/kernels/{k}/channels?session_id=",
     "/jupyter/api/kernels/{k}/channels?session_id=a&session_id=b",
     "/jupyter/api/kernels/{k}/channels?session_id=%00", "/jupyter/api/kernels/%00/channels?session_id=a",
     "/jupyter/api/kernels/{k}/other?session_id=a", "/other", "/"],
)  # fmt: skip
def test_addresses_of_no_socket_are_refused(address, quiet, path):
    place = path.replace("{k}", str(uuid.uuid4()))
    own = f"http://{address.site}"
    assert address.refused(origin=own, cookie=address.visitor(), path=place) == 403


HEAD = {"msg_id": "m", "msg_type": "comm_msg", "session": "s", "username": "", "version": "5.2",
        "date": "2026-01-01T00:00:00Z"}  # fmt: skip
REST = {"channel": "shell", "parent_header": {}, "metadata": {}, "buffers": []}
SAID = {"header": HEAD, "content": {"comm_id": "c", "data": {}}, **REST}
FRAMES = {
    "nothing": "", "words": "hello", "half": '{"header": ', "no message": "[1, 2]", "null": "null",
    "deep": "[" * 100_000, "deep and whole": "[" * 500 + "]" * 500, "bytes": b"\0\0\0\1",
    "a long number": "9" * 5_000, "long": json.dumps("x" * 2_000_000), "no header": "{}",
    "no date": json.dumps({**SAID, "header": {**HEAD, "date": None}}),
    "a kind of no message": json.dumps({**SAID, "header": {**HEAD, "msg_type": "execute_request"}}),
    "a kind that is a list": json.dumps({**SAID, "header": {**HEAD, "msg_type": []}}),
    "a channel": json.dumps({**SAID, "channel": "iopub"}),
    "an id": json.dumps({**SAID, "content": {"comm_id": [], "data": {}}}),
    "data": json.dumps({**SAID, "content": {"comm_id": "c", "data": 5}}),
    "deep data": json.dumps(SAID).replace("{}}", '{"a": ' + "[" * 400 + "]" * 400 + "}}", 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", FRAMES)
def test_a_frame_that_is_no_message_ends_its_socket_and_nothing_is_said(address, quiet, kind):
    own = f"http://{address.site}"
    with address.socket(origin=own, cookie=address.visitor()) as socket:
        socket.send(FRAMES[kind])
        with pytest.raises(ConnectionClosed) as ended:
            while True:
                socket.recv(timeout=20)
        assert ended.value.rcvd.code == (1009 if kind == "long" else 1007)


def test_messages_with_the_wrong_things_in_them_are_dropped(address, quiet):
    with opened(address) as tab:
        stage, button = tab.stage(), tab.button("Step")
        for widget in (stage, button, tab.called("Speed"), tab.control, "nobody"):
            for value in (*WRONG, "reload", "evict", "run", "update", "request_state"):
                tab.message(widget, {"method": value, "state": value, "args": value})
                tab.message(widget, {"method": "update", "state": value, "buffer_paths": value})
                tab.message(widget, {"method": "custom", "content": value})
                tab.event(widget, value, {})
            for name in ("_model_name", "children", "layout", "events", "_events", "html", "x"):
                for value in WRONG:
                    state = {name: value}
                    tab.message(widget, {"method": "update", "state": state, "buffer_paths": [[]]})
        tab.send("comm_open", comm_id=tab.called("Seed"), target_name="jupyter.widget", data={})
        tab.send("comm_close", comm_id=tab.called("World"), data={})
        tab.event(button, "click", {})
        tab.shows('data-period="1"')
        tab.send("shutdown_request")


def test_a_browser_loads_reloads_and_plays(browser, server):
    context = browser.new_context()
    visit = Visit(context, server.address)
    assert visit.page.url == f"{visit.origin}/", "the token has gone from the address"
    visit.page.reload()
    visit.at_month(0)
    visit.button("Play").click()
    visit.page.wait_for_function(
        "Number(document.querySelector('[data-month]').dataset.period) >= 3"
    )
    other = Visit(context, visit.origin)  # another tab, by the address without the token
    other.close()
    cookies = {one["name"]: one for one in context.cookies()}
    assert {one["sameSite"] for one in cookies.values()} == {"Strict"}
    assert all(one["httpOnly"] for one in cookies.values()) and len(cookies) == 2
    assert visit.complaints == other.complaints == []
    context.close()


def test_a_browser_without_the_token_sees_one_line(browser, server):
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.address.partition("/?")[0])
    assert page.inner_text("body").startswith("403: open the address that sim view printed")
    context.close()
