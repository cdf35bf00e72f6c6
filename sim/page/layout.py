"""The browser page: two regimes of one world under the same luck, played month by month.

Mesa's own controls drive one model, run on after the tab is closed and turn the page into a
traceback when a step fails; two models that must keep in step are driven by the controls here.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import solara

from sim.page.board import causes, overview
from sim.page.pair import Frame
from sim.page.settings import Settings
from sim.page.tie_panel import tie
from sim.page.visitor import FASTEST, TABS, Watch, in_words

STYLE = Path(__file__).with_name("page.css")
SCREENS: tuple[Callable[[Frame], str], ...] = (overview, causes, tie)


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
            with solara.Div(classes=["sim-top"]):
                Controls(watch)
                Screens(watch)
            Trouble(watch)
            Stage(watch)


@solara.component
def Controls(watch: Watch) -> None:
    """Show the title, the month, and the buttons that move it."""
    frame, playing = watch.frame.value, watch.playing.value
    idle = frame is None or frame.over
    month = f"month {frame.period} of {frame.months}" if frame else "…"
    luck = f"seed {frame.seed} · world {frame.world}" if frame else ""
    title = escape(frame.title) if frame else ""
    period = f' data-period="{frame.period}"' if frame else ""
    with solara.Div(classes=["sim-bar"]):
        solara.HTML(
            tag="div",
            classes=["sim-name"],
            unsafe_innerHTML=f"<h2>{title}</h2>"
            f'<span data-month aria-live="polite"{period}>{month}</span><i>{luck}</i>',
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
                attributes={"aria-label": "Speed"}, on_v_model=watch.hurry,
            )  # fmt: skip


@solara.component
def Screens(watch: Watch) -> None:
    """Show which screen is on, and which tie is followed."""
    frame = watch.frame.value
    with solara.Div(classes=["sim-screens"]):
        solara.v.Tabs(
            v_model=watch.tab.value,
            on_v_model=watch.turn_to,
            children=[solara.v.Tab(children=[name]) for name in TABS],
        )
        names = frame.names if frame else ()
        # Its list is drawn within: hung up in the page, it would slide over the buttons on scrolling.
        with solara.Div(classes=["sim-followed"]):
            solara.v.Autocomplete(
                label="Tie",
                items=[{"text": name, "value": number} for number, name in enumerate(names)],
                v_model=frame.tie if frame else None,
                on_v_model=watch.follow,
                attach=".sim-followed",
                dense=True,
                hide_details=True,
                outlined=True,
            )


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
    """Show the chosen screen of the months so far."""
    frame, tab = watch.frame.value, watch.tab.value
    html = solara.use_memo(lambda: drawn(frame, tab) if frame else "", [frame, tab])
    Drawing(html=html, event_picked=watch.follow)


@solara.component_vue("stage.vue")
def Drawing(html: str, event_picked: Callable[[Any], None]) -> Any:
    """Show HTML in which a click on a tie picks that tie."""


def drawn(frame: Frame, tab: int) -> str:
    """Return a screen as HTML; what cannot be drawn becomes a message, not a dead page."""
    try:
        return SCREENS[tab](frame)
    except Exception as error:
        said = escape(f"This screen cannot be drawn. {in_words(error)}")
        return f'<div class="sim-trouble" role="alert">{said}</div>'
