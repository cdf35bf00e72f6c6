import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, NoReturn

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from chromium import ARGUMENTS, Visit, find_chromium

REPOSITORY = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:1"  # a proxy nobody answers at: the server cannot fetch anything
# Serve the flagship, and note every connection the server itself tries to make to elsewhere.
SERVE = """
import sys

def watch(event, details):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = details[1][0] if event == "socket.connect" else details[0]
        if str(host) not in ("127.0.0.1", "::1", "localhost", "None"):
            print("CALLED", event, details, flush=True)

sys.addaudithook(watch)
from sim.page.serve import serve
serve("it_outsourcing", open_browser=False)
"""


class Server(NamedTuple):
    """The address it printed, with the token, what else it printed, and the process itself."""

    address: str
    log: Path
    process: subprocess.Popen


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Serve the page from a separate process, cut off from the network; yield its address."""
    if find_spec("solara") is None:
        give_up("needs the `view` extra")
    log = tmp_path_factory.mktemp("server") / "log.txt"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), NOWHERE)
    environment = {**os.environ, **proxies, "NO_PROXY": "127.0.0.1", "PYTHONUNBUFFERED": "1"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            cwd=REPOSITORY,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    compile_here()
    try:
        yield Server(wait_for_address(process, log), log, process)
    finally:
        process.terminate()
        process.wait(120)


def compile_here() -> None:
    """Compile while the server starts: the first time on a machine takes a minute."""
    from sim.engines.market import NegotiationModel

    for regime in ("adversarial", "mediated"):
        NegotiationModel("one_tie", regime).step()


def wait_for_address(process, log: Path, seconds: float = 300.0) -> str:
    for _ in range(int(seconds / 0.1)):
        found = re.search(r"http://[\d.]+:\d+\S*", log.read_text())
        if found:
            return found[0]
        try:
            process.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


def give_up(reason: str) -> NoReturn:
    """Skip the test, or fail if the environment says that there has to be a browser."""
    if os.environ.get("SIM_NEED_BROWSER"):
        pytest.fail(f"{reason} (SIM_NEED_BROWSER is set)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def browser():
    """Start a headless Chromium; skip with the reason, unless SIM_NEED_BROWSER is set."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("needs playwright (`test` extra)")
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            give_up("no Chromium: set $CHROMIUM, or run `playwright install chromium`")
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def context(browser):
    """One browser profile, so that later pages come from its cache."""
    return browser.new_context()


@pytest.fixture
def visit(context, server):
    """Open the page as a new visitor; whatever the browser complained of fails the test."""
    one = Visit(context, server[0])
    yield one
    one.close()
    assert one.complaints == []
