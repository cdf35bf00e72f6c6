"""One visitor of the browser page: choices, what is shown, and the threads that build and play it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import solara
from solara.server import kernel_context
from solara.server.kernel_context import PageStatus

from sim.engines.model_arguments import parse_whole_number
from sim.errors import SimError
from sim.page.allowed_code import page_consent
from sim.page.levers import (
    FUNCTIONS_KEY,
    Dropdown,
    Lever,
    mediator_functions,
    toggle_function,
    value_at,
)
from sim.page.regime_pair import Choice, Frame, RegimePair
from sim.page.screens import SCREENS, TIE_SCREEN
from sim.page.tab_input import finite_number, offered_word, shortened, whole_number_within
from sim.scenario.key_kinds import MACHINE
from sim.scenario.load import LoadedScenario, load, shipped
from sim.scenario.overrides import Overrides

DEFAULT_SCENARIO = "it_outsourcing"
REGIMES = ("adversarial", "mediated")
SETTLE_SECONDS = 0.15  # seconds without a further change before the pair is rebuilt
FRAMES_PER_SECOND = 10  # most pictures per second; faster play runs several months for each
FASTEST = 60  # months per second
RECONNECT_SECONDS = 0.5  # seconds between two looks whether a lost tab is connected again

opened: list[str] = []  # the scenario that the page was started with, if any
_warm = threading.Event()  # set once this process has compiled the rules of a step


def set_first_scenario(scenario: str) -> None:
    """Set the scenario that new visitors see first, and add it to those they can choose."""
    opened[:] = [scenario]


def warm_up() -> None:
    """Compile the rules before the first visitor comes; an error is left for that visitor to see."""
    with suppress(Exception):
        RegimePair(Choice(opened[0] if opened else DEFAULT_SCENARIO, REGIMES)).warm_up()
        _warm.set()


class Visitor:
    """The choices of one visitor and what is shown to them."""

    def __init__(self) -> None:
        first = opened[0] if opened else DEFAULT_SCENARIO
        self.scenarios = list(dict.fromkeys([*opened, *(name for name, _, _ in shipped())]))
        self.choice = solara.reactive(Choice(first, REGIMES))
        self.pair: solara.Reactive[RegimePair | None] = solara.reactive(None)
        self.frame: solara.Reactive[Frame | None] = solara.reactive(None)
        self.message = solara.reactive("")
        self.busy = solara.reactive(False)
        self.playing = solara.reactive(False)
        self.speed = solara.reactive(6)
        self.resets = solara.reactive(0)
        self.tab = solara.reactive(0)
        self.starts_over = True
        # Held by the one thread that steps the present pair or replaces it. Nothing is shown while it
        # is held: showing waits for the page, and the page may be waiting for a step.
        self._turn = threading.Lock()
        self._present: RegimePair | None = None
        here = kernel_context.has_current_context()
        self._tabs = kernel_context.get_current_context().page_status if here else None

    def is_tab_connected(self) -> bool:
        """Return whether the visitor's tab is open and connected; always true without a server."""
        return self._tabs is None or PageStatus.CONNECTED in tuple(self._tabs.values())

    def change(self, **parts: Any) -> None:
        """Change parts of the choice; the same months are run again under the new one."""
        self.choice.set(replace(self.choice.peek(), **parts))

    def pick_scenario(self, scenario: Any) -> None:
        """Switch to another listed scenario, at its first month and with its own keys."""
        name = offered_word(scenario, self.scenarios)
        if name is not None and name != self.choice.peek().scenario:
            self.playing.set(False)
            self.starts_over = True
            self.choice.set(Choice(name, REGIMES))

    def set_regime(self, which: int, regime: Any, names: Sequence[str]) -> None:
        """Set the first (0) or second (1) regime to one of those listed."""
        name, regimes = offered_word(regime, names), list(self.choice.peek().regimes)
        if name is not None:
            regimes[which] = name
            self.change(regimes=(regimes[0], regimes[1]))

    def follow_tie(self, tie: Any) -> None:
        """Follow the tie of that number and show its screen; ignore anything that is no tie's number.

        `tie` comes from the tab, so it may be any JSON.
        """
        frame = self.frame.peek()
        number = whole_number_within(tie, 0, len(frame.tie_names) - 1) if frame else None
        if number is None:
            return
        self.tab.set(TIE_SCREEN)
        if number != self.choice.peek().tie:
            self.change(tie=number)

    def show_screen(self, tab: Any) -> None:
        """Show another screen."""
        number = whole_number_within(tab, 0, len(SCREENS) - 1)
        if number is not None:
            self.tab.set(number)

    def set_speed(self, speed: Any) -> None:
        """Play at another speed."""
        number = whole_number_within(speed, 1, FASTEST)
        if number is not None:
            self.speed.set(number)

    def set_luck(self, what: str, text: str) -> str:
        """Set `seed` or `world` from a typed text; return an error message, or an empty string."""
        try:
            number = str(parse_whole_number(what, shortened(text), "page")) if text.strip() else ""
        except SimError as error:
            return field_message(error)
        if what == "world" and not number:
            number = "0"
        self.change(**{what: number})
        return ""

    def move_slider(self, lever: Lever, to: Any) -> None:
        """Set a key to the position its slider was moved to."""
        number = finite_number(to)
        if number is not None:
            self.set_key(lever.key, lever.nearest_position(number), lever.value)

    def enter_number(self, lever: Lever, text: str) -> str:
        """Set a key from a typed number; return an error message, or an empty string."""
        choice = self.choice.peek()
        try:
            number = lever.parse(text)
            setting = Overrides([(lever.key, number, "page")])
            load(choice.scenario, setting, consent=page_consent(choice.scenario))
        except SimError as error:
            return field_message(error)
        self.set_key(lever.key, number, lever.value)
        return ""

    def choose_word(self, pick: Dropdown, word: Any) -> None:
        """Set a key to one of the words offered."""
        offered = offered_word(word, pick.words)
        if offered is not None:
            self.set_key(pick.key, offered, pick.value)

    def set_key(self, key: str, value: Any, own: Any) -> None:
        """Override one key, or stop overriding it if the value is the scenario's (`own`)."""
        kept = {k: v for k, v in self.choice.peek().overrides if k != key}
        if value != own:
            kept[key] = value
        self.change(overrides=tuple(sorted(kept.items())))

    def toggle_function(self, name: str, loaded: LoadedScenario) -> None:
        """Turn a function of the mediator on or off."""
        own = mediator_functions(loaded.scenario)
        now = dict(self.choice.peek().overrides).get(FUNCTIONS_KEY, list(own))
        found = toggle_function(tuple(now), name)
        self.set_key(FUNCTIONS_KEY, list(own) if set(found) == set(own) else found, list(own))

    def reset(self) -> None:
        """Go back to before the first month, keeping all settings."""
        self.playing.set(False)
        self.starts_over = True
        self.resets.set(self.resets.peek() + 1)

    def restore_scenario(self) -> None:
        """Restore every key to the scenario's value."""
        self.change(overrides=())

    def build(self) -> Callable[[], None]:
        """Build the pair of the present choice in a thread; return the function that cancels it."""
        choice, off = self.choice.peek(), threading.Event()

        def work() -> None:
            if off.wait(SETTLE_SECONDS if self.pair.peek() else 0.0):
                return
            self.busy.set(True)
            with self.errors_as_messages(off):
                pair = RegimePair(choice)
                if not _warm.is_set():
                    pair.warm_up()
                    _warm.set()
                self.catch_up(pair, off)
                with self._turn:
                    self.catch_up(pair, off)
                    if not off.is_set():
                        self.starts_over, self._present = False, pair
                if self._present is pair:
                    self.pair.set(pair)
                    self.frame.set(pair.frame)
                    self.message.set("")
            if not off.is_set():
                self.busy.set(False)

        threading.Thread(target=work, name="sim-build", daemon=True).start()
        return off.set

    def catch_up(self, pair: RegimePair, off: threading.Event) -> None:
        """Run a new pair up to the month on the screen, unless it starts over."""
        frame = self.frame.peek()
        if frame is not None and not self.starts_over:
            pair.step(max(0, frame.period - pair.frame.period), off.is_set)

    def play(self) -> Callable[[], None] | None:
        """Step the pair in a thread while `playing`, if the tab is connected; return what stops it."""
        pair, off = self.pair.peek(), threading.Event()
        if pair is None or not self.playing.peek():
            return None

        def work() -> None:
            with self.errors_as_messages(off):
                while not off.is_set():
                    if not self.is_tab_connected():
                        off.wait(RECONNECT_SECONDS)
                        continue
                    started, speed = time.monotonic(), self.speed.peek()
                    self.advance(max(1, round(speed / FRAMES_PER_SECOND)), off.is_set, pair)
                    if pair.frame.over and not off.is_set():
                        self.playing.set(False)
                        return
                    pause = max(1.0 / speed, 1.0 / FRAMES_PER_SECOND) - (time.monotonic() - started)
                    off.wait(max(0.0, pause))

        threading.Thread(target=work, name="sim-play", daemon=True).start()
        return off.set

    def step(self, months: int = 1) -> None:
        """Run some months and show the last one."""
        with self.errors_as_messages(threading.Event()):
            self.advance(months, lambda: False)

    def advance(
        self, months: int, stop: Callable[[], bool], only: RegimePair | None = None
    ) -> None:
        """Step the present pair and show it; if `only` is given and not present any more, do nothing."""
        with self._turn:
            pair = self._present
            if pair is None or stop() or only not in (None, pair):
                return
            pair.step(months, stop)
        if not stop() and pair is self._present:
            self.frame.set(pair.frame)

    def errors_as_messages(self, off: threading.Event) -> ErrorsAsMessages:
        """Return a context that turns errors into messages on the page, unless `off` is set."""
        return ErrorsAsMessages(self, off)


class ErrorsAsMessages:
    """A context that turns an error into a message on the page and stops playing."""

    def __init__(self, visitor: Visitor, off: threading.Event):
        self.visitor, self.off = visitor, off

    def __enter__(self) -> None:
        """Do nothing; there is nothing to prepare."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """Show the error; KeyboardInterrupt and the like are raised further."""
        if not isinstance(error, Exception):
            return False
        if not self.off.is_set():
            self.visitor.message.set(error_message(error))
            self.visitor.playing.set(False)
        return True


def error_message(error: Exception) -> str:
    """Return the message of an error; an unexpected one has its type before it."""
    return str(error) if isinstance(error, SimError) else f"{type(error).__name__}: {error}"


def field_message(error: SimError) -> str:
    """Return the message of an error for the line below a field, without its place."""
    return str(error).partition("\n")[0].removeprefix("page: ")


def load_or_none(scenario: str) -> LoadedScenario | None:
    """Return a scenario, or None if its file can no longer be read."""
    try:
        return load(scenario, consent=page_consent(scenario))
    except SimError:
        return None


def keys_set_by_regimes(
    loaded: LoadedScenario, regimes: tuple[str, str], keys: Iterable[str]
) -> dict[str, str]:
    """Return a note for each key that a regime sets itself, so that the page's value has no effect.

    The note is empty if both regimes take the value of the page.
    """
    own = [
        name
        for name in dict.fromkeys(regimes)
        if name == MACHINE or name in loaded.scenario.regimes
    ]
    resolved = {name: loaded.regime(name).scenario for name in own}
    notes = {}
    for key in keys:
        here = value_at(loaded.scenario, key)
        sets = [name for name, scenario in resolved.items() if value_at(scenario, key) != here]
        notes[key] = f"{' and '.join(sets)} sets this itself" if sets else ""
    return notes
