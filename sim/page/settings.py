"""The left column of the browser page: scenario, regimes, luck, and the keys that matter most."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import solara

from sim.page.levers import SWITCHES, Lever, Pick, functions, groups
from sim.page.saved_settings import as_command, as_story, as_toml
from sim.page.tab_input import number_of, text_of
from sim.page.visitor import Watch, in_words, loaded_or_none, set_elsewhere
from sim.render.templates import render
from sim.scenario.expected_values import node_at
from sim.scenario.key_kinds import BUILT_IN, FUNCTIONS
from sim.scenario.load import LoadedScenario

if TYPE_CHECKING:
    from markupsafe import Markup

WORDS = {
    "broker": "drafts one text",
    "align": "sets expectations",
    "warn": "carries bad news",
    "resolve": "weighs disputes",
    "metrics": "picks the measure",
    "terms": "proposes risk terms",
    "review": "hears reviews",
    "grow": "sees opportunities",
    "continue": "keeps the record",
}


@solara.component
def Settings(watch: Watch) -> None:
    """Show what can be chosen: scenario, regimes, luck and a few keys."""
    choice = watch.choice.value
    loaded = solara.use_memo(lambda: loaded_or_none(choice.scenario), [choice.scenario])
    names = loaded.regimes() if loaded else list(BUILT_IN)
    solara.v.Html(tag="h1", children=["vendor relations lab"])
    solara.Select(
        "Scenario", values=watch.scenarios, value=choice.scenario, on_value=watch.pick, dense=True
    )
    for k, label in enumerate(("Regime", "compared with")):

        def put(name: Any, k: int = k) -> None:
            watch.compare(k, name, names)

        solara.Select(label, values=names, value=choice.regimes[k], on_value=put, dense=True)
    with solara.Div(classes=["sim-two"]):
        own = str(loaded.scenario.run.seed) if loaded else ""
        Typed(choice.seed or own, partial(watch.draw, "seed"), title="Seed")
        Typed(choice.world, partial(watch.draw, "world"), title="World")
    if loaded:
        Keys(watch, loaded)
    solara.HTML(tag="p", unsafe_innerHTML=render("page/fragments/note.html.j2"))


@solara.component
def Keys(watch: Watch, loaded: LoadedScenario) -> None:
    """Show every key that can be set, under headings that fold, and what was changed as text."""
    choice = watch.choice.value
    chosen = dict(choice.overrides)
    found = solara.use_memo(lambda: groups(loaded.scenario), [choice.scenario])
    every = [SWITCHES, *(one.key for keys in found.values() for one in keys)]
    notes = solara.use_memo(
        lambda: set_elsewhere(loaded, choice.regimes, every), [choice.scenario, choice.regimes]
    )
    for number, (title, keys) in enumerate(found.items()):
        changed = sum(one.key in chosen for one in keys)
        changed += title == "Mediator" and SWITCHES in chosen
        with _folding(f"{title}{f' · {changed} changed' if changed else ''}", number == 0):
            for one in keys:
                value = chosen.get(one.key, one.value)
                note = notes[one.key]
                if isinstance(one, Pick):
                    Words(watch, one, value, note)
                else:
                    Slider(watch, one, value, note)
            if title == "Mediator":
                Functions(watch, loaded, notes[SWITCHES])
    solara.Button(
        "As the scenario has them", on_click=watch.as_filed, disabled=not chosen, text=True,
        small=True,
    )  # fmt: skip
    with _folding("Keep these settings", False):
        solara.HTML(tag="div", classes=["sim-copy"], unsafe_innerHTML=_copies(watch))


def _folding(title: str, is_open: bool) -> Any:
    """Return a box that a click or the Enter key on its title opens and closes."""
    summary = solara.v.Html(tag="summary", children=[title])
    attributes = {"open": True} if is_open else {}
    return solara.v.Html(
        tag="details", class_="sim-fold", attributes=attributes, children=[summary]
    )


def _copies(watch: Watch) -> Markup:
    """Return what was changed as text to select or copy."""
    choice = watch.choice.value
    try:
        texts = {
            "as a scenario file": as_toml(choice),
            "as a command": as_command(choice),
            "as the story of this tie": as_story(choice),
        }
    except Exception as error:
        return render("page/fragments/not_kept.html.j2", why=in_words(error))
    rows = {title: min(8, text.count("\n") + 2) for title, text in texts.items()}
    return render(
        "page/fragments/copies.html.j2",
        texts=[(title, text, rows[title]) for title, text in texts.items()],
    )


def _hint(one: Lever | Pick, wants: str, note: str) -> str:
    """Return what a key means and may be; it appears on pointing at it."""
    return "\n".join(part for part in (f"{one.key}: {one.meaning}", wants, note) if part)


def _label(one: Lever | Pick, unit: str, changed: bool, wants: str, note: str) -> None:
    """Show what a key is called, its unit, and whether it has been changed."""
    solara.HTML(
        tag="div",
        classes=["sim-lever"],
        attributes={"title": _hint(one, wants, note)},
        unsafe_innerHTML=render(
            "page/fragments/label.html.j2",
            key=one.key,
            label=one.label,
            unit=unit,
            changed=changed,
            note=note,
        ),
    )


@solara.component
def Slider(watch: Watch, lever: Lever, value: Any, note: str) -> None:
    """Show one key with its unit and range, as a slider and as a number that can be typed."""
    # Sending back a tidied value would pull the slider away from under the next key or drag.
    raw = solara.use_ref(value)
    # What was typed may lie beside or beyond its positions: it then stands at the nearest one.
    place = lever.tidy(value if isinstance(value, int | float) else lever.value)
    at_rest = isinstance(raw.current, int | float) and lever.tidy(raw.current) == place

    def moved(to: Any) -> None:
        position = number_of(to)
        if position is None:
            return
        raw.current = position
        if lever.tidy(position) != place:
            watch.slide(lever, position)

    _label(lever, lever.unit, value != lever.value, lever.wants, note)
    with solara.Div(classes=["sim-set"]):
        solara.v.Slider(
            v_model=raw.current if at_rest else place,
            min=lever.low,
            max=lever.high,
            step=lever.step,
            hide_details=True,
            dense=True,
            attributes={"aria-label": lever.label, "title": _hint(lever, lever.wants, note)},
            on_v_model=moved,
        )
        Typed(
            f"{value:g}" if isinstance(value, int | float) else str(value),
            partial(watch.enter, lever),
            label=f"{lever.label}, {lever.unit}",
        )


@solara.component
def Typed(text: str, on_text: Callable[[str], str], label: str = "", title: str = "") -> None:
    """Show a small field; what is typed counts when Enter is pressed or the field is left.

    What `on_text` finds wrong with it stands below; the field is called by its title, or its label.
    """
    # What is being typed stays while the page around it changes.
    shown, show = solara.use_state(text)
    wrong, say = solara.use_state("")

    def taken_over() -> None:
        show(text)
        say("")

    solara.use_effect(taken_over, [text])

    def changed(widget: Any, event: str, data: Any) -> None:
        typed = text_of(data).strip()
        say("" if typed == text else on_text(typed))

    with solara.Div(classes=["sim-typed"]):
        field = solara.v.TextField(
            v_model=shown, on_v_model=lambda typed: show(text_of(typed)), dense=not title,
            hide_details=True, label=title, error=bool(wrong),
            attributes={"aria-label": label} if label else {},
        )  # fmt: skip
        if wrong:
            solara.HTML(
                tag="p",
                classes=["sim-wrong"],
                attributes={"role": "alert"},
                unsafe_innerHTML=render("page/fragments/words.html.j2", words=wrong),
            )
    solara.v.use_event(field, "change", changed)


@solara.component
def Words(watch: Watch, pick: Pick, value: str, note: str) -> None:
    """Show one key that is a word out of a few."""
    _label(pick, "", value != pick.value, f"want one of {', '.join(pick.words)}", note)
    solara.v.Select(
        items=[{"text": word.replace("_", " "), "value": word} for word in pick.words],
        v_model=value,
        on_v_model=partial(watch.choose, pick),
        dense=True,
        hide_details=True,
        attributes={"aria-label": pick.label},
    )


def _switch(watch: Watch, loaded: LoadedScenario, name: str, is_on: bool) -> None:
    watch.switch(name, loaded)


@solara.component
def Functions(watch: Watch, loaded: LoadedScenario, note: str) -> None:
    """Show each function of the mediator as a switch."""
    own = functions(loaded.scenario)
    now = tuple(dict(watch.choice.value.overrides).get(SWITCHES, own))
    meaning = (node_at(tuple(SWITCHES.split("."))) or {}).get("description", "")
    _label(
        Pick(SWITCHES, "Functions", "", (), meaning), "on or off", set(now) != set(own), "", note
    )
    with solara.Div(classes=["sim-switches"]):
        for name in FUNCTIONS:
            changed = (name in now) != (name in own)
            solara.v.Checkbox(
                label=name,
                v_model=name in now,
                on_v_model=partial(_switch, watch, loaded, name),
                dense=True,
                hide_details=True,
                ripple=False,
                class_="sim-changed" if changed else "",
                attributes={"title": f"{name}: {WORDS[name]}", "aria-label": name},
            )
