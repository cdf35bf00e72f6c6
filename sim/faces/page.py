"""The browser page: two regimes of one world under the same luck, played month by month.

Mesa's own controls drive one model, run on after the tab is closed and turn the page into a
traceback when a step fails; two models that must keep in step are driven by the controls here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

import solara

from sim.errors import SimError
from sim.faces.board import board
from sim.faces.levers import Lever, levers
from sim.faces.pair import Choice, Frame, Pair
from sim.scenario.keys import INSTITUTIONS
from sim.scenario.load import Loaded, load, shipped

DEFAULT = "it_outsourcing"
STYLE = Path(__file__).with_name("page.css")
REGIMES = ("adversarial", "mediated")
PATIENCE = 0.15  # seconds without a further change before the pair is built anew
PICTURES = 10  # most pictures per second
FASTEST = 60

opened: list[str] = []


def open_with(scenario: str) -> None:
    """Say which scenario new visitors see first, and add it to those they can pick."""
    opened[:] = [scenario]


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
        self.month = 0

    def change(self, **parts: Any) -> None:
        """Choose something else; the same months are run again under the new choice."""
        frame = self.frame.peek()
        self.month = frame.period if frame else 0
        self.choice.set(replace(self.choice.peek(), **parts))

    def pick(self, scenario: str) -> None:
        """Go to another scenario, from its first month and as its file has it."""
        if scenario in self.scenarios and scenario != self.choice.peek().scenario:
            self.playing.set(False)
            self.month = 0
            self.choice.set(Choice(scenario, REGIMES))

    def move(self, key: str, value: float, lever: Lever) -> None:
        """Set one slider; at the scenario's own value the key is not overridden at all."""
        kept = {k: v for k, v in self.choice.peek().overrides if k != key}
        if value != lever.value:
            kept[key] = value
        self.change(overrides=tuple(sorted(kept.items())))

    def reset(self) -> None:
        """Go back to before the first month, with everything as it is set."""
        self.playing.set(False)
        self.month = 0
        self.attempt.set(self.attempt.peek() + 1)

    def as_filed(self) -> None:
        """Put every slider back to what the scenario says."""
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
                if self.pair.peek() is None:
                    pair.warm_up()
                pair.step(self.month, off.is_set)
                if not off.is_set():
                    self.pair.set(pair)
                    self.frame.set(pair.frame)
                    self.message.set("")
            if not off.is_set():
                self.busy.set(False)

        threading.Thread(target=work, name="sim-build", daemon=True).start()
        return off.set

    def play(self) -> Callable[[], None] | None:
        """Step the pair in a thread while `playing`; return what stops it."""
        pair, off = self.pair.peek(), threading.Event()
        if pair is None or not self.playing.peek():
            return None

        def work() -> None:
            with self.mishaps(off):
                while not off.is_set():
                    started, speed = time.monotonic(), self.speed.peek()
                    self.show(pair, max(1, round(speed / PICTURES)), off)
                    if pair.frame.over and not off.is_set():
                        self.playing.set(False)
                        return
                    pause = max(1.0 / speed, 1.0 / PICTURES) - (time.monotonic() - started)
                    off.wait(max(0.0, pause))

        threading.Thread(target=work, name="sim-play", daemon=True).start()
        return off.set

    def step(self, months: int = 1) -> None:
        """Run some months at once."""
        pair, off = self.pair.peek(), threading.Event()
        if pair is not None:
            with self.mishaps(off):
                self.show(pair, months, off)

    def show(self, pair: Pair, months: int, off: threading.Event) -> None:
        """Step a pair and put it on the screen unless it has been replaced meanwhile."""
        frame = pair.step(months, off.is_set)
        if not off.is_set() and pair is self.pair.peek():
            self.frame.set(frame)

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
            said = str(error) if isinstance(error, SimError) else f"{kind.__name__}: {error}"
            self.watch.message.set(said)
            self.watch.playing.set(False)
        return True


@solara.component
def Layout(children: list[Any]) -> Any:
    """Nothing around the page: it has its own two columns."""
    return solara.Div(children=children)


@solara.component
def Page() -> None:
    """Show the page of one visitor."""
    watch = solara.use_memo(Watch, [])
    choice, pair = watch.choice.value, watch.pair.value
    solara.use_effect(watch.build, [choice, watch.attempt.value])
    solara.use_effect(watch.play, [pair, watch.playing.value])
    solara.Style(STYLE)
    solara.Title("vendor relations lab")
    with solara.Div(classes=["sim-page"]):
        with solara.Div(classes=["sim-side"]):
            Settings(watch)
        with solara.Div(classes=["sim-main"]):
            Controls(watch)
            Trouble(watch)
            Stage(watch)


@solara.component
def Settings(watch: Watch) -> None:
    """Show what can be chosen: scenario, regimes, luck and a few keys."""
    choice = watch.choice.value
    loaded = solara.use_memo(lambda: _load_or_none(choice.scenario), [choice.scenario])
    names = loaded.regimes() if loaded else list(INSTITUTIONS)
    solara.HTML(tag="h1", unsafe_innerHTML="vendor relations lab")
    solara.Select(
        "Scenario", values=watch.scenarios, value=choice.scenario, on_value=watch.pick, dense=True
    )
    for k, label in enumerate(("Regime", "compared with")):

        def put(name: str, k: int = k) -> None:
            regimes = list(watch.choice.peek().regimes)
            regimes[k] = name
            watch.change(regimes=tuple(regimes))

        solara.Select(label, values=names, value=choice.regimes[k], on_value=put, dense=True)
    with solara.Div(classes=["sim-two"]):
        own = str(loaded.scenario.run.seed) if loaded else ""
        solara.InputText(
            "Seed", value=choice.seed or own, on_value=lambda text: watch.change(seed=text)
        )
        solara.InputText(
            "World", value=choice.world, on_value=lambda text: watch.change(world=text)
        )
    if loaded:
        chosen = dict(choice.overrides)
        for lever in levers(loaded.scenario):
            Slider(watch, lever, chosen.get(lever.key, lever.value))
        solara.Button(
            "As the scenario has them", on_click=watch.as_filed, disabled=not chosen, text=True,
            small=True,
        )  # fmt: skip
    solara.HTML(
        tag="p",
        unsafe_innerHTML="Both regimes meet the same people, the same problems and the same luck. "
        "Only the institution differs. A change runs the same months again.<br>First best is what "
        "full information, best terms and no friction would yield.",
    )


def _load_or_none(scenario: str) -> Loaded | None:
    try:
        return load(scenario)
    except SimError:
        return None


@solara.component
def Slider(watch: Watch, lever: Lever, value: float) -> None:
    """Show one key with its unit and range; its meaning appears on pointing at it."""
    # Sending back a tidied value would pull the slider away from under the next key or drag.
    raw = solara.use_ref(value)
    at_rest = lever.tidy(raw.current) == value

    def moved(to: float) -> None:
        raw.current = to
        watch.move(lever.key, lever.tidy(to), lever)

    changed = " sim-changed" if value != lever.value else ""
    solara.HTML(
        tag="div",
        classes=["sim-lever"],
        attributes={"title": f"{lever.key}: {lever.meaning}"},
        unsafe_innerHTML=f"<span>{escape(lever.label)}</span>"
        f'<b class="{changed}" data-key="{lever.key}">{value:g}</b><i>{escape(lever.unit)}</i>',
    )
    solara.v.Slider(
        v_model=raw.current if at_rest else value,
        min=lever.low,
        max=lever.high,
        step=lever.step,
        hide_details=True,
        dense=True,
        attributes={"aria-label": lever.label},
        on_v_model=moved,
    )


@solara.component
def Controls(watch: Watch) -> None:
    """Show the title, the month, and the buttons that move it."""
    frame, playing = watch.frame.value, watch.playing.value
    idle = frame is None or frame.over
    month = f"month {frame.period} of {frame.months}" if frame else "…"
    luck = f"seed {frame.seed} · world {frame.world}" if frame else ""
    title = escape(frame.title) if frame else ""
    with solara.Div(classes=["sim-bar"]):
        solara.HTML(
            tag="div",
            classes=["sim-name"],
            unsafe_innerHTML=f"<h2>{title}</h2><span data-month>{month}</span><i>{luck}</i>",
        )
        with solara.Div(classes=["sim-buttons"]):
            solara.Button(
                "Pause" if playing else "Play",
                icon_name="mdi-pause" if playing else "mdi-play",
                color="primary",
                disabled=idle,
                on_click=lambda: watch.playing.set(not playing),
            )
            solara.Button("Step", on_click=watch.step, disabled=idle or playing, outlined=True)
            solara.Button(
                "Year", on_click=lambda: watch.step(12), disabled=idle or playing, outlined=True
            )
            solara.Button("Reset", on_click=watch.reset, disabled=frame is None, outlined=True)
            solara.HTML(
                tag="label", unsafe_innerHTML=f"<b>{watch.speed.value}</b> months per second"
            )
            solara.v.Slider(
                v_model=watch.speed.value, min=1, max=FASTEST, step=1, hide_details=True,
                attributes={"aria-label": "Speed"}, on_v_model=watch.speed.set,
            )  # fmt: skip


@solara.component
def Trouble(watch: Watch) -> None:
    """Show what went wrong, and that work is going on."""
    if watch.message.value:
        solara.HTML(
            tag="div",
            classes=["sim-trouble"],
            attributes={"role": "alert"},
            unsafe_innerHTML=escape(watch.message.value),
        )
    if watch.busy.value and watch.frame.value is None:
        solara.HTML(
            tag="p",
            classes=["sim-wait"],
            unsafe_innerHTML="Getting the model ready. The first time on a machine it is compiled, "
            "which takes about half a minute.",
        )


@solara.component
def Stage(watch: Watch) -> None:
    """Show numbers and charts of the months so far."""
    frame = watch.frame.value
    html = solara.use_memo(lambda: board(frame) if frame else "", [frame])
    solara.HTML(tag="div", classes=["sim-board"], unsafe_innerHTML=html)
