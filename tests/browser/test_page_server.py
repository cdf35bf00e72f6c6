"""What the server does for a page: it starts, opens a browser, and rests once nobody looks."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import Visit, until
from tab import Address

pytestmark = pytest.mark.browser


def test_a_closed_tab_stops_what_it_played(browser, server):
    """The server works while a tab plays a long run, and rests once that tab is closed."""
    context = browser.new_context()
    one = Visit(context, server[0])
    one.unfold("World")
    months = one.typed("Horizon, months")
    months.fill("12000")
    months.press("Enter")
    one.page.get_by_text("of 12000").wait_for()
    speed = one.slider("Speed")
    speed.focus()
    speed.press("End")
    one.button("Play").click()
    one.page.wait_for_function(
        "Number(document.querySelector('[data-month]').dataset.period) >= 20"
    )
    shown = one.month()
    until(lambda: one.month() > shown + 5)  # while it plays, the server works
    context.close()
    until(lambda: used(server.process, 2.0) < 0.1)  # nobody looks any more


def test_the_command_says_its_address_and_opens_the_browser(tmp_path, server):
    """The address is printed, and the browser of the system is asked to open it."""
    note = tmp_path / "opened"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {note}\n')
    browser.chmod(0o755)
    with command("one_tie", "--port", free(), BROWSER=f"{browser} %s") as process:
        address = process.stdout.readline().split()[0]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{32}", address)
        until(lambda: note.exists() and note.read_text().strip() == address)
        with socket.create_connection(("127.0.0.1", urlsplit(address).port)):
            pass
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
        assert process.stderr.read() == "", "an address of this machine's own needs no warning"


def test_an_open_address_is_reported_and_no_browser_is_opened(tmp_path):
    note = tmp_path / "opened"
    words = ("one_tie", "--port", free(), "--host", "0.0.0.0", "--allow-host", "lab.example")
    with command(*words, "--no-open", BROWSER=f"touch {note} %s") as process:
        printed = process.stdout.readline().split()[0]
        assert printed.startswith("http://127.0.0.1:")
        said = process.stderr.readline()
        assert said.startswith("Every machine that reaches 0.0.0.0 can ask for the page")
        assert "listens in on the network" in said
        address = Address(printed)
        for host, status in (("lab.example", 303), ("10.1.2.3", 303), ("evil.example", 403)):
            assert address.ask(f"/?token={address.token}", Host=host)[0] == status
        time.sleep(0.5)
        assert not note.exists()


@contextmanager
def command(*words, **environment):
    """Run `sim view`, ended when it is done with."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", "view", *words],
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=120)


def free():
    """Return a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def used(process, seconds):
    """Return the processor time a process takes over some seconds."""

    start = spent(process)
    time.sleep(seconds)
    return spent(process) - start


def spent(process):
    """Return the processor time a process has taken so far, in seconds."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
