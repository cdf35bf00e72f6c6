"""What one visitor of the browser page has chosen and sees, and the threads that build and play it."""

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
from sim.page.allowed_code import consent_of_page
from sim.page.levers import SWITCHES, Lever, Pick, functions, switched, value_at
from sim.page.regime_pair import Choice, Frame, Pair
from sim.page.screens import OF_A_TIE, SCREENS
from sim.page.tab_input import number_of, shortened, whole_of, word_of
from sim.scenario.key_kinds import MACHINE
from sim.scenario.load import Loaded, load, shipped
from sim.scenario.overrides import Settings

DEFAULT = "it_outsourcing"
REGIMES = ("adversarial", "mediated")
PATIENCE = 0.15  # seconds without a further change before the pair is built anew
PICTURES = 10  # most pictures per second
FASTEST = 60
AWAY = 0.5  # seconds between looks for a tab that has lost its connection

opened: list[str] = []
_warm = threading.Event()  # set once this process has compiled what a step needs


def open_with(scenario: str) -> None:
    """Say which scenario new visitors see first, and add it to those they can pick."""
    opened[:] = [scenario]


def warm_up() -> None:
    """Get the model ready before the first visitor comes; what goes wrong is said to that visitor."""
    with suppress(Exception):
        Pair(Choice(opened[0] if opened else DEFAULT, REGIMES)).warm_up()
        _warm.set()


class Watch:
    """What one visitor has chosen and sees; every visitor has their own."""

    def __init__(self) -> None:
        first = opened[0] if opened else DEFAULT
        self.scenarios = list(dict.fromkeys([*opened, *(name for name, _, _ in shipped())]))
        self.choice = solara.reactive(Choice(first, REGIMES))
        self.pair: solara.Reactive[Pair | None] = solara.reactive(None)
        self.frame: solara.Reactive[Frame | None] = solara.reactive(None)
        self.message = solara.reactive("")
        self.busy = solara.reactive(False)
        self.playing = solara.reactive(False)
        self.speed = solara.reactive(6)
        self.attempt = solara.reactive(0)
        self.tab = solara.reactive(0)
        self.begin_anew = True
        # One at a time steps the present pair or puts another in its place. Nothing is shown while
        # it is held: showing waits for the page, and the page may wait for a step.
        self._turn = threading.Lock()
        self._present: Pair | None = None
        here = kernel_context.has_current_context()
        self._tabs = kernel_context.get_current_context().page_status if here else None

    def is_looked_at(self) -> bool:
        """Say whether the visitor's tab is open and connected; without a server it is."""
        return self._tabs is None or PageStatus.CONNECTED in tuple(self._tabs.values())

    def change(self, **parts: Any) -> None:
        """Choose something else; the same months are run again under the new choice."""
        self.choice.set(replace(self.choice.peek(), **parts))

    def pick(self, scenario: Any) -> None:
        """Go to another scenario of those listed, from its first month and as its file has it."""
        name = word_of(scenario, self.scenarios)
        if name is not None and name != self.choice.peek().scenario:
            self.playing.set(False)
            self.begin_anew = True
            self.choice.set(Choice(name, REGIMES))

    def compare(self, which: int, regime: Any, names: Sequence[str]) -> None:
        """Put another regime of those listed in the first or second place."""
        name, regimes = word_of(regime, names), list(self.choice.peek().regimes)
        if name is not None:
            regimes[which] = name
            self.change(regimes=(regimes[0], regimes[1]))

    def follow(self, tie: Any) -> None:
        """Follow another tie and show its story."""
        frame = self.frame.peek()
        number = whole_of(tie, 0, len(frame.names) - 1) if frame else None
        if number is None:
            return
        self.tab.set(OF_A_TIE)
        if number != self.choice.peek().tie:
            self.change(tie=number)

    def turn_to(self, tab: Any) -> None:
        """Show another screen."""
        number = whole_of(tab, 0, len(SCREENS) - 1)
        if number is not None:
            self.tab.set(number)

    def hurry(self, speed: Any) -> None:
        """Play at another speed."""
        number = whole_of(speed, 1, FASTEST)
        if number is not None:
            self.speed.set(number)

    def draw(self, what: str, text: str) -> str:
        """Take another seed or world as typed; return what is wrong with it, or empty text."""
        try:
            number = str(parse_whole_number(what, shortened(text), "page")) if text.strip() else ""
        except SimError as error:
            return beside(error)
        if what == "world" and not number:
            number = "0"
        self.change(**{what: number})
        return ""

    def slide(self, lever: Lever, to: Any) -> None:
        """Set a key to the position its slider was moved to."""
        number = number_of(to)
        if number is not None:
            self.put(lever.key, lever.tidy(number), lever.value)

    def enter(self, lever: Lever, text: str) -> str:
        """Set a key to a number as typed; return what is wrong with it, or empty text."""
        choice = self.choice.peek()
        try:
            number = lever.typed(text)
            setting = Settings([(lever.key, number, "page")])
            load(choice.scenario, setting, consent=consent_of_page(choice.scenario))
        except SimError as error:
            return beside(error)
        self.put(lever.key, number, lever.value)
        return ""

    def choose(self, pick: Pick, word: Any) -> None:
        """Set a key to a word of those it offers."""
        offered = word_of(word, pick.words)
        if offered is not None:
            self.put(pick.key, offered, pick.value)

    def put(self, key: str, value: Any, own: Any) -> None:
        """Set one key; at the scenario's own value the key is not overridden at all."""
        kept = {k: v for k, v in self.choice.peek().overrides if k != key}
        if value != own:
            kept[key] = value
        self.change(overrides=tuple(sorted(kept.items())))

    def switch(self, name: str, loaded: Loaded) -> None:
        """Turn one of the mediator's functions on or off."""
        own = functions(loaded.scenario)
        now = dict(self.choice.peek().overrides).get(SWITCHES, list(own))
        found = switched(tuple(now), name)
        self.put(SWITCHES, list(own) if set(found) == set(own) else found, list(own))

    def reset(self) -> None:
        """Go back to before the first month, with everything as it is set."""
        self.playing.set(False)
        self.begin_anew = True
        self.attempt.set(self.attempt.peek() + 1)

    def as_filed(self) -> None:
        """Put every key back to what the scenario says."""
        self.change(overrides=())

    def build(self) -> Callable[[], None]:
        """Build the pair of the present choice in a thread; return what calls it off."""
        choice, off = self.choice.peek(), threading.Event()

        def work() -> None:
            if off.wait(PATIENCE if self.pair.peek() else 0.0):
                return
            self.busy.set(True)
            with self.mishaps(off):
                pair = Pair(choice)
                if not _warm.is_set():
                    pair.warm_up()
                    _warm.set()
                self.catch_up(pair, off)
                with self._turn:
                    self.catch_up(pair, off)
                    if not off.is_set():
                        self.begin_anew, self._present = False, pair
                if self._present is pair:
                    self.pair.set(pair)
                    self.frame.set(pair.frame)
                    self.message.set("")
            if not off.is_set():
                self.busy.set(False)

        threading.Thread(target=work, name="sim-build", daemon=True).start()
        return off.set

    def catch_up(self, pair: Pair, off: threading.Event) -> None:
        """Run a new pair up to the month on the screen, unless it is to begin anew."""
        frame = self.frame.peek()
        if frame is not None and not self.begin_anew:
            pair.step(max(0, frame.period - pair.frame.period), off.is_set)

    def play(self) -> Callable[[], None] | None:
        """Step the pair in a thread while `playing` and looked at; return what stops it."""
        pair, off = self.pair.peek(), threading.Event()
        if pair is None or not self.playing.peek():
            return None

        def work() -> None:
            with self.mishaps(off):
                while not off.is_set():
                    if not self.is_looked_at():
                        off.wait(AWAY)
                        continue
                    started, speed = time.monotonic(), self.speed.peek()
                    self.advance(max(1, round(speed / PICTURES)), off.is_set, pair)
                    if pair.frame.over and not off.is_set():
                        self.playing.set(False)
                        return
                    pause = max(1.0 / speed, 1.0 / PICTURES) - (time.monotonic() - started)
                    off.wait(max(0.0, pause))

        threading.Thread(target=work, name="sim-play", daemon=True).start()
        return off.set

    def step(self, months: int = 1) -> None:
        """Run some months at once."""
        with self.mishaps(threading.Event()):
            self.advance(months, lambda: False)

    def advance(self, months: int, stop: Callable[[], bool], only: Pair | None = None) -> None:
        """Step the present pair, if it is the one that is meant, and put it on the screen."""
        with self._turn:
            pair = self._present
            if pair is None or stop() or only not in (None, pair):
                return
            pair.step(months, stop)
        if not stop() and pair is self._present:
            self.frame.set(pair.frame)

    def mishaps(self, off: threading.Event) -> Mishaps:
        """Return a context in which whatever goes wrong becomes a message on the page."""
        return Mishaps(self, off)


class Mishaps:
    """A context that turns an error into a message on the page and stops playing."""

    def __init__(self, watch: Watch, off: threading.Event):
        self.watch, self.off = watch, off

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        """Say what went wrong; KeyboardInterrupt and its like pass on."""
        if not isinstance(error, Exception):
            return False
        if not self.off.is_set():
            self.watch.message.set(in_words(error))
            self.watch.playing.set(False)
        return True


def in_words(error: Exception) -> str:
    """Return what went wrong as a message for people."""
    return str(error) if isinstance(error, SimError) else f"{type(error).__name__}: {error}"


def beside(error: SimError) -> str:
    """Return what is wrong with a field as one line beside it, which need not say where."""
    return str(error).partition("\n")[0].removeprefix("page: ")


def loaded_or_none(scenario: str) -> Loaded | None:
    """Return a scenario, None where its file can no longer be read."""
    try:
        return load(scenario, consent=consent_of_page(scenario))
    except SimError:
        return None


def set_elsewhere(loaded: Loaded, regimes: tuple[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Return for each key which of two regimes set it themselves, so that the page's does not reach them.

    Empty text where both take the page's value.
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
