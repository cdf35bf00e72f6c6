"""Finding a real Chromium, and watching what a page does."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--proxy-server=http://127.0.0.1:1",  # nobody answers there: only this machine can be reached
    "--proxy-bypass-list=127.0.0.1",
]
INSTALL_SECONDS = 120
PATIENCE = 120  # seconds, never reached if all is well


def find_chromium(playwright) -> str | None:
    """Return the path of a Chromium: $CHROMIUM, on the PATH, playwright's, or one it installs."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        try:
            subprocess.run(command, capture_output=True, timeout=INSTALL_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return None
    return own if Path(own).exists() else None


def until(condition, seconds: float = PATIENCE) -> None:
    """Wait for something to become true, as long as it takes on a busy machine.

    Once is enough: a field may show its old value again until the server has heard of the new one.
    """
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class Visit:
    """A page of the server under test; notes whatever the browser complains of or asks elsewhere."""

    def __init__(self, context, address: str, wait: bool = True):
        self.context, self.origin = context, address.partition("/?")[0]
        self.page = context.new_page()
        self.page.set_viewport_size({"width": 1280, "height": 800})
        self.page.set_default_timeout(1_000 * PATIENCE)
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"page: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        self.page.goto(address, wait_until="domcontentloaded" if wait else "commit")
        if wait:
            self.at_month(0)

    def _hear(self, message) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _answered(self, response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def _asked(self, request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.complaints.append(f"asked elsewhere: {request.url}")

    def button(self, name: str):
        return self.page.get_by_role("button", name=name, exact=True)

    def tab(self, name: str) -> None:
        """Go to one of the three screens."""
        self.page.get_by_role("tab", name=name, exact=True).click()

    def unfold(self, name: str) -> None:
        """Open one group of settings."""
        self.page.locator("summary", has_text=name).click()

    def typed(self, label: str):
        return self.page.get_by_role("textbox", name=label, exact=True)

    def slider(self, name: str):
        return self.page.get_by_role("slider", name=name)

    def at_month(self, month: int) -> None:
        """Wait until the page shows a month."""
        self.page.locator(f'[data-month][data-period="{month}"]').wait_for()

    def month(self) -> int:
        return int(self.page.locator("[data-month]").get_attribute("data-period"))

    def shown(self) -> list[dict[str, float]]:
        """Return the stored numbers behind the table, one mapping for each regime."""
        cells = self.page.locator("td[data-column]").evaluate_all(
            "cells => cells.map(c => [c.dataset.side, c.dataset.column, c.dataset.raw])"
        )
        sides: list[dict[str, float]] = [{}, {}]
        for side, column, raw in cells:
            sides[int(side)][column] = float(raw)
        return sides

    def picture(self, name: str, whole: bool = True) -> None:
        folder = Path(__file__).resolve().parents[2] / "artefacts"
        folder.mkdir(exist_ok=True)
        self.page.screenshot(path=folder / f"page-{name}.png", full_page=whole)

    def close(self) -> None:
        self.page.close()
