"""The browser page: two regimes of one world under the same luck, played month by month.

Mesa's own controls are not used: they drive one model, keep running after the tab is closed, and
replace the page by a traceback if a step fails. Here two models have to stay in step.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import solara

from sim.page.regime_pair import Frame
from sim.page.screens import SCREENS
from sim.page.settings import Settings, component
from sim.page.visitor import FASTEST, Visitor, error_message
from sim.render.templates import render

if TYPE_CHECKING:
    from markupsafe import Markup

STYLE = Path(__file__).with_name("page.css")


@component
def Layout(children: list[Any]) -> Any:
    """Show the page without a frame around it; it has its own two columns."""
    return solara.Div(children=children)


@component
def Page() -> None:
    """Show the page of one visitor."""
    visitor = solara.use_memo(Visitor, [])
    choice, pair = visitor.choice.value, visitor.pair.value
    solara.use_effect(visitor.build, [choice, visitor.resets.value])
    solara.use_effect(visitor.play, [pair, visitor.playing.value])
    solara.Style(STYLE)
    solara.Title("vendor relations lab")
    with solara.Div(classes=["sim-page"]):
        with solara.Div(classes=["sim-side"]):
            Settings(visitor)
        with solara.Div(classes=["sim-main"]):
            with solara.Div(classes=["sim-top"]):
                Controls(visitor)
                Screens(visitor)
            Messages(visitor)
            Stage(visitor)


@component
def Controls(visitor: Visitor) -> None:
    """Show the title, the month, and the buttons that move to later months."""
    frame, playing = visitor.frame.value, visitor.playing.value
    idle = frame is None or frame.over
    with solara.Div(classes=["sim-bar"]):
        solara.HTML(
            tag="div",
            classes=["sim-name"],
            unsafe_innerHTML=render("page/fragments/bar.html.j2", frame=frame),
        )
        with solara.Div(classes=["sim-buttons"]):
            solara.Button(
                "Pause" if playing else "Play",
                icon_name="mdi-pause" if playing else "mdi-play",
                color="primary",
                disabled=idle,
                on_click=lambda: visitor.playing.set(not playing),
            )
            solara.Button("Step", on_click=visitor.step, disabled=idle or playing, outlined=True)
            solara.Button(
                "Year", on_click=lambda: visitor.step(12), disabled=idle or playing, outlined=True
            )
            solara.Button("Reset", on_click=visitor.reset, disabled=frame is None, outlined=True)
            solara.HTML(
                tag="label",
                unsafe_innerHTML=render("page/fragments/speed.html.j2", speed=visitor.speed.value),
            )
            solara.v.Slider(
                v_model=visitor.speed.value, min=1, max=FASTEST, step=1, hide_details=True,
                attributes={"aria-label": "Speed"}, on_v_model=visitor.set_speed,
            )  # fmt: skip


@component
def Screens(visitor: Visitor) -> None:
    """Show the tabs of the screens, and the choice of the tie to follow."""
    frame = visitor.frame.value
    with solara.Div(classes=["sim-screens"]):
        solara.v.Tabs(
            v_model=visitor.tab.value,
            on_v_model=visitor.show_screen,
            children=[solara.v.Tab(children=[screen.name]) for screen in SCREENS],
        )
        names = frame.tie_names if frame else ()
        # The list is attached here: attached to the page, it would slide over the buttons on scrolling.
        with solara.Div(classes=["sim-followed"]):
            solara.v.Autocomplete(
                label="Tie",
                items=[{"text": name, "value": number} for number, name in enumerate(names)],
                v_model=frame.tie if frame else None,
                on_v_model=visitor.follow_tie,
                attach=".sim-followed",
                dense=True,
                hide_details=True,
                outlined=True,
            )


@component
def Messages(visitor: Visitor) -> None:
    """Show the last error, and that the model is being built."""
    if visitor.message.value:
        solara.HTML(
            tag="div",
            classes=["sim-trouble"],
            attributes={"role": "alert"},
            unsafe_innerHTML=render("page/fragments/words.html.j2", words=visitor.message.value),
        )
    if visitor.busy.value and visitor.frame.value is None:
        solara.HTML(
            tag="p",
            classes=["sim-wait"],
            unsafe_innerHTML=render("page/fragments/getting_ready.html.j2"),
        )


@component
def Stage(visitor: Visitor) -> None:
    """Show the chosen screen with the months so far."""
    frame, tab = visitor.frame.value, visitor.tab.value
    html = solara.use_memo(lambda: draw_screen(frame, tab) if frame else "", [frame, tab])
    Drawing(html=html, event_picked=visitor.follow_tie)


@solara.component_vue("stage.vue")  # type: ignore[untyped-decorator]
def Drawing(html: str, event_picked: Callable[[Any], None]) -> Any:
    """Show HTML in which a click on a tie follows that tie."""


def draw_screen(frame: Frame, tab: int) -> Markup:
    """Return screen number `tab` as HTML; an error becomes a message, so that the page stays usable."""
    try:
        return SCREENS[tab].draw(frame)
    except Exception as error:
        return render("page/fragments/undrawn.html.j2", why=error_message(error))
