"""`sim view`: serve the browser page from this machine, without fetching anything from another one."""

from __future__ import annotations

import ipaddress
import logging
import os
import secrets
import socket
import threading
import warnings
import webbrowser
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from sim.errors import SimError
from sim.page.access import TOKEN, Gate, HostNames
from sim.page.sockets import KnownKernel, SocketGate
from sim.page.tab_input import restrict_solara_control, restrict_tab_messages

REQUIRED = ("solara", "solara.server", "ipyvuetify", "uvicorn", "starlette")
MISSING = 'the browser page needs more packages; in the project\'s folder: pip install -e ".[view]"'
DEFAULT_PORT = 8765
FORGET_AFTER = "2m"  # a tab that lost its connection can reconnect within this time


def serve(
    scenario: str = "it_outsourcing",
    host: str = "127.0.0.1",
    port: int | None = None,
    open_browser: bool = True,
    allow_hosts: Sequence[str] = (),
    allow_code: bool = False,
) -> None:
    """Serve the page until Ctrl-C, opened on a scenario.

    With `allow_code` the Python files that this scenario names are run, and no others. Without
    `port` it is 8765, or any free port if that is in use. The page answers to the names of this
    machine, to `host`, and to each of `allow_hosts`. Raises SimError if it cannot start.
    """
    from sim.page.allowed_code import allow_code_of, page_consent
    from sim.scenario.load import load

    _check_packages()
    if allow_code:
        allow_code_of(scenario)
    load(scenario, consent=page_consent(scenario))
    listening = _listen(host, port)
    try:
        names = HostNames(host, listening.getsockname()[0], allow_hosts)
        _run(scenario, host, listening, names, open_browser)
    finally:
        listening.close()


def _check_packages() -> None:
    """Raise SimError unless the packages and browser files of the `view` extra are installed."""
    try:
        absent = [name for name in REQUIRED if find_spec(name) is None]
    except ModuleNotFoundError:
        raise SimError(MISSING) from None
    if absent:
        raise SimError(MISSING)
    import ipyvue
    from solara.server import settings

    modern = ipyvue.__version__.partition(".")[0]
    files = settings.assets.proxy_cache_dir / "@widgetti"
    if int(modern) >= 3 or not any(files.glob("solara-vuetify-app@*")):
        raise SimError(MISSING)


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens on a port; without one, on 8765 or any free port."""
    if port is not None and not 0 <= port < 2**16:
        raise SimError(f"`port` {port}: want a number from 0 to 65535; 0 picks a free one")
    problem: OSError | None = None
    for number in (DEFAULT_PORT, 0) if port is None else (port,):
        try:
            family, kind, _, _, place = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
            listening = socket.socket(family, kind)
        except (OSError, UnicodeError) as error:
            raise SimError(f"`host` {host}: no such address: {error}") from None
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
            listening.listen()  # now: a second page could bind here before the server runs
            return listening
        except OSError as error:
            listening.close()
            problem = error
    why = problem and (problem.strerror or problem)
    if port is None:
        raise SimError(
            f"`host` {host}: cannot be served on: {why}; want an address of this machine"
        )
    raise SimError(f"`port` {port}: cannot be used on {host}: {why}; leave `port` out to pick one")


def _address(host: str, port: int) -> str:
    """Return the address that a browser on this machine opens."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _configure_solara(address: str) -> None:
    """Configure Solara: no log, nothing sent or fetched, sessions that end with their tab."""
    import solara
    from solara.server import settings

    settings.main.mode = "production"
    settings.main.base_url = address + "/"
    settings.main.root_path = ""  # else a header of the first request could set it
    settings.session.http_only = True
    settings.telemetry.mixpanel_enable = False
    settings.theme.title = "vendor relations lab"
    settings.theme.loader = "plain"
    settings.theme.show_banner = False
    settings.assets.fontawesome_enabled = False
    settings.kernel.cull_timeout = FORGET_AFTER
    # Nothing listens there: a file that is missing here is never fetched from elsewhere.
    solara.settings.assets.cdn = "http://127.0.0.1:1/"
    solara.settings.storage.mutation_detection = False
    warnings.filterwarnings("ignore", message="Cookies with samesite")
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)


def _known_kernel(kernel: str) -> KnownKernel | None:
    """Return the session and pages of a kernel, or None if Solara does not know it."""
    from solara.server.kernel_context import PageStatus, contexts

    found = contexts.get(kernel)
    if found is None:
        return None
    pages = dict(found.page_status)
    closed = [page for page, status in pages.items() if status == PageStatus.CLOSED]
    return KnownKernel(found.session_id, list(pages), closed)


def _run(
    scenario: str, host: str, listening: socket.socket, names: HostNames, open_browser: bool
) -> None:
    """Run the server on a bound socket until it is interrupted."""
    bound, port = listening.getsockname()[:2]
    os.environ["SOLARA_APP"] = "sim.page.layout"
    _configure_solara(_address(host, port))
    restrict_tab_messages()

    import click
    import uvicorn
    from solara.server import app as running
    from solara.server.starlette import app

    from sim.page.visitor import set_first_scenario, warm_up

    running.solara_comm_target = restrict_solara_control(running.solara_comm_target)
    set_first_scenario(scenario)
    token = secrets.token_urlsafe(24)
    address = f"{_address(host, port)}/?{TOKEN}={token}"

    class Server(uvicorn.Server):
        """A server that prints its address as soon as it answers, and opens the browser."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if not self.started:
                return
            threading.Thread(target=warm_up, name="sim-warm", daemon=True).start()
            click.echo(f"{address}  (Ctrl-C stops it)")
            if not _is_loopback(bound):
                click.echo(
                    f"Every machine that reaches {bound} can ask for the page. Whoever has the "
                    "address above, or listens in on the network, can open it and use this one's "
                    "processor for the scenarios it lists.",
                    err=True,
                )
            if open_browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    config = uvicorn.Config(
        Gate(SocketGate(app, _known_kernel), token, port, names),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    try:
        Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        click.echo("stopped")
