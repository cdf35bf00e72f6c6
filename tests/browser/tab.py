"""A tab without a browser: plain requests, and the messages of a page written by hand."""

import http.client
import json
import socket
import time
import uuid
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

KERNEL = "/jupyter/api/kernels/{}/channels?session_id={}"


class Address:
    """The address that was printed, in its parts."""

    def __init__(self, printed: str):
        parts = urlsplit(printed)
        self.host, self.port = parts.hostname, parts.port
        self.site = f"{self.host}:{self.port}"
        self.token = parse_qs(parts.query).get("token", [""])[0]
        self.cookie = f"sim-view-{self.port}={self.token}"

    def ask(self, path="/", method="GET", **headers):
        """Return status, headers and text of an answer."""
        asking = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            asking.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                asking.putheader(name.replace("_", "-"), value)
            asking.endheaders()
            found = asking.getresponse()
            return found.status, found.headers, found.read().decode()
        finally:
            asking.close()

    def visitor(self):
        """Return the cookies of a new visitor who has the token."""
        return f"{self.cookie}; solara-session-id={uuid.uuid4()}"

    def socket(self, host=None, origin=None, cookie=None, path=None):
        """Return an open socket to the tab's own kernel, unless an address is given."""
        path = path or KERNEL.format(uuid.uuid4(), uuid.uuid4())
        return connect(
            f"ws://{host or self.site}{path}",
            sock=socket.create_connection((self.host, self.port), timeout=20),
            origin=origin,
            additional_headers={"Cookie": cookie} if cookie else None,
            max_size=None,
            proxy=None,
        )

    def refused(self, **how):
        """Return the status with which a socket is refused, None if it opens."""
        try:
            with self.socket(**how):
                return None
        except InvalidStatus as refusal:
            return refusal.response.status_code


class Tab:
    """What a tab shows, as the states of its widgets, and a hand to send it any message."""

    def __init__(self, socket):
        self.socket, self.states, self.closed, self.heard = socket, {}, set(), ""
        self.control = str(uuid.uuid4())
        self.send("comm_open", comm_id=self.control, target_name="solara.control", data={})
        args = {"path": "/", "themes": {"light": {}, "dark": {}}, "dark": False}
        self.message(self.control, {"method": "run", "args": args})

    def send(self, kind, **content):
        header = {
            "msg_id": str(uuid.uuid4()),
            "msg_type": kind,
            "username": "",
            "session": "s",
            "version": "5.2",
            "date": "2026-01-01T00:00:00Z",
        }
        parts = {"parent_header": {}, "metadata": {"version": "2.1.0"}, "buffers": []}
        self.socket.send(
            json.dumps({"header": header, "content": content, "channel": "shell", **parts})
        )

    def message(self, widget, data):
        """Send a message to one widget."""
        self.send("comm_msg", comm_id=widget, data=data)

    def set(self, widget, value):
        """Send that the visitor has chosen a value."""
        state = {"v_model": value}
        self.message(widget, {"method": "update", "state": state, "buffer_paths": []})

    def event(self, widget, name, data):
        """Send that something has happened to a widget."""
        content = {"event": name, "data": data}
        self.message(widget, {"method": "custom", "content": content})

    def hear(self, seconds):
        """Receive the server's messages for some time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                said = self.socket.recv(timeout=left)
            except TimeoutError:
                return
            said = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
            self.heard += said
            if not said.startswith("{"):
                continue
            found = json.loads(said)
            content, kind = found["content"], found["header"]["msg_type"]
            if kind == "comm_close":
                self.closed.add(content["comm_id"])
            elif kind in ("comm_open", "comm_msg"):
                new = content["data"].get("state", {})
                self.states.setdefault(content["comm_id"], {}).update(new)

    def until(self, condition, seconds=30):
        """Hear until something is true; return it."""
        end = time.monotonic() + seconds
        while not (found := condition()) and time.monotonic() < end:
            self.hear(0.2)
        assert found
        return found

    def called(self, label):
        """Return the widget that is called so."""
        return self.until(lambda: next(self._called(label), None))

    def _called(self, label):
        for widget, state in self.states.items():
            names = (state.get("attributes") or {}, {"aria-label": state.get("label")})
            if any(one.get("aria-label") == label for one in names):
                yield widget

    def stage(self):
        """Return the widget that holds the drawn screen, once something is drawn."""
        return self.until(lambda: next(self._stage(), None), 120)  # it may have to compile

    def _stage(self):
        return (w for w, state in self.states.items() if "sim-tiles" in str(state.get("html")))

    def button(self, name):
        """Return the button with a name."""
        return self.until(lambda: next(self._buttons(name), None))

    def _buttons(self, name):
        return (w for w, state in self.states.items() if name in (state.get("children") or ()))

    def shows(self, words):
        """Wait until something is shown."""
        self.until(lambda: any(words in str(state) for state in self.states.values()))
