"""The left column of the browser page: scenario, regimes, seed and world, and the main keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec

import solara

from sim.page.levers import FUNCTIONS_KEY, Dropdown, Lever, mediator_functions, setting_groups
from sim.page.saved_settings import as_command, as_story, as_toml
from sim.page.tab_input import finite_number, typed_text
from sim.page.visitor import Visitor, error_message, keys_set_by_regimes, load_or_none
from sim.render.templates import render
from sim.scenario.expected_values import node_at
from sim.scenario.key_kinds import BUILT_IN, FUNCTIONS
from sim.scenario.load import LoadedScenario

if TYPE_CHECKING:
    from markupsafe import Markup

FUNCTION_MEANINGS = {
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


P = ParamSpec("P")


def component(function: Callable[P, object]) -> Callable[P, Any]:
    """Make a function a component of the page, typed; Solara's own decorator has no types."""
    typed: Callable[P, Any] = solara.component(function)
    return typed


@component
def Settings(visitor: Visitor) -> None:
    """Show the choices of scenario, regimes, seed and world, and the settings of keys."""
    choice = visitor.choice.value
    loaded = solara.use_memo(lambda: load_or_none(choice.scenario), [choice.scenario])
    names = loaded.regimes() if loaded else list(BUILT_IN)
    solara.v.Html(tag="h1", children=["vendor relations lab"])
    solara.Select(
        "Scenario",
        values=visitor.scenarios,
        value=choice.scenario,
        on_value=visitor.pick_scenario,
        dense=True,
    )
    for place, label in enumerate(("Regime", "compared with")):

        def choose_regime(name: Any, place: int = place) -> None:
            visitor.set_regime(place, name, names)

        solara.Select(
            label, values=names, value=choice.regimes[place], on_value=choose_regime, dense=True
        )
    with solara.Div(classes=["sim-two"]):
        own = str(loaded.scenario.run.seed) if loaded else ""
        TextField(choice.seed or own, partial(visitor.set_luck, "seed"), title="Seed")
        TextField(choice.world, partial(visitor.set_luck, "world"), title="World")
    if loaded:
        KeySettings(visitor, loaded)
    solara.HTML(tag="p", unsafe_innerHTML=render("page/fragments/note.html.j2"))


@component
def KeySettings(visitor: Visitor, loaded: LoadedScenario) -> None:
    """Show the settings under headings that fold, and the changed keys as text to copy."""
    choice = visitor.choice.value
    chosen = dict(choice.overrides)
    found = solara.use_memo(lambda: setting_groups(loaded.scenario), [choice.scenario])
    every = [FUNCTIONS_KEY, *(setting.key for settings in found.values() for setting in settings)]
    notes = solara.use_memo(
        lambda: keys_set_by_regimes(loaded, choice.regimes, every),
        [choice.scenario, choice.regimes],
    )
    for number, (title, settings) in enumerate(found.items()):
        changed = sum(setting.key in chosen for setting in settings)
        changed += title == "Mediator" and FUNCTIONS_KEY in chosen
        with _folding_box(f"{title}{f' · {changed} changed' if changed else ''}", number == 0):
            for setting in settings:
                value = chosen.get(setting.key, setting.value)
                note = notes[setting.key]
                if isinstance(setting, Dropdown):
                    DropdownField(visitor, setting, value, note)
                else:
                    Slider(visitor, setting, value, note)
            if title == "Mediator":
                FunctionSwitches(visitor, loaded, notes[FUNCTIONS_KEY])
    solara.Button(
        "Reset to the scenario", on_click=visitor.restore_scenario, disabled=not chosen, text=True,
        small=True,
    )  # fmt: skip
    with _folding_box("Keep these settings", False):
        solara.HTML(tag="div", classes=["sim-copy"], unsafe_innerHTML=_settings_as_text(visitor))


def _folding_box(title: str, is_open: bool) -> Any:
    """Return a box that opens and closes by a click or the Enter key on its title."""
    summary = solara.v.Html(tag="summary", children=[title])
    attributes = {"open": True} if is_open else {}
    return solara.v.Html(
        tag="details", class_="sim-fold", attributes=attributes, children=[summary]
    )


def _settings_as_text(visitor: Visitor) -> Markup:
    """Return the changed settings as texts to copy."""
    choice = visitor.choice.value
    try:
        texts = {
            "as a scenario file": as_toml(choice),
            "as a command": as_command(choice),
            "as the story of this tie": as_story(choice),
        }
    except Exception as error:
        return render("page/fragments/not_kept.html.j2", why=error_message(error))
    rows = {title: min(8, text.count("\n") + 2) for title, text in texts.items()}
    return render(
        "page/fragments/copies.html.j2",
        texts=[(title, text, rows[title]) for title, text in texts.items()],
    )


def _tooltip(setting: Lever | Dropdown, wants: str, note: str) -> str:
    """Return the tooltip of a key: its meaning, its possible values (`wants`), and a note."""
    return "\n".join(part for part in (f"{setting.key}: {setting.meaning}", wants, note) if part)


def _show_label(setting: Lever | Dropdown, unit: str, changed: bool, wants: str, note: str) -> None:
    """Show the label of a key, its unit, and whether it differs from the scenario's value.

    `wants` says which values are possible; `note` says if a regime sets the key itself.
    """
    solara.HTML(
        tag="div",
        classes=["sim-lever"],
        attributes={"title": _tooltip(setting, wants, note)},
        unsafe_innerHTML=render(
            "page/fragments/label.html.j2",
            key=setting.key,
            label=setting.label,
            unit=unit,
            changed=changed,
            note=note,
        ),
    )


@component
def Slider(visitor: Visitor, lever: Lever, value: Any, note: str) -> None:
    """Show one key as a slider and as a number that can be typed."""
    # Sending a rounded value back would move the slider away under the next key press or drag.
    raw = solara.use_ref(value)
    # A typed value may lie between or beyond the positions: the slider then stands at the nearest.
    place = lever.nearest_position(value if isinstance(value, int | float) else lever.value)
    at_rest = isinstance(raw.current, int | float) and lever.nearest_position(raw.current) == place

    def moved(to: Any) -> None:
        position = finite_number(to)
        if position is None:
            return
        raw.current = position
        if lever.nearest_position(position) != place:
            visitor.move_slider(lever, position)

    _show_label(lever, lever.unit, value != lever.value, lever.wants, note)
    with solara.Div(classes=["sim-set"]):
        solara.v.Slider(
            v_model=raw.current if at_rest else place,
            min=lever.low,
            max=lever.high,
            step=lever.step,
            hide_details=True,
            dense=True,
            attributes={"aria-label": lever.label, "title": _tooltip(lever, lever.wants, note)},
            on_v_model=moved,
        )
        TextField(
            f"{value:g}" if isinstance(value, int | float) else str(value),
            partial(visitor.enter_number, lever),
            label=f"{lever.label}, {lever.unit}",
        )


@component
def TextField(text: str, on_text: Callable[[str], str], label: str = "", title: str = "") -> None:
    """Show a small text field; a text is taken when Enter is pressed or the field is left.

    `on_text` returns an error, shown below the field, or an empty string. The accessible name of the
    field is its title, or its label.
    """
    # A state of its own, so that a text being typed stays while the page around it changes.
    shown, set_shown = solara.use_state(text)
    wrong, set_wrong = solara.use_state("")

    def take_over() -> None:
        set_shown(text)
        set_wrong("")

    solara.use_effect(take_over, [text])

    def changed(widget: Any, event: str, data: Any) -> None:
        typed = typed_text(data).strip()
        set_wrong("" if typed == text else on_text(typed))

    with solara.Div(classes=["sim-typed"]):
        field = solara.v.TextField(
            v_model=shown, on_v_model=lambda typed: set_shown(typed_text(typed)), dense=not title,
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


@component
def DropdownField(visitor: Visitor, pick: Dropdown, value: str, note: str) -> None:
    """Show one key as a choice out of a few words."""
    _show_label(pick, "", value != pick.value, f"want one of {', '.join(pick.words)}", note)
    solara.v.Select(
        items=[{"text": word.replace("_", " "), "value": word} for word in pick.words],
        v_model=value,
        on_v_model=partial(visitor.choose_word, pick),
        dense=True,
        hide_details=True,
        attributes={"aria-label": pick.label},
    )


def _toggle_function(visitor: Visitor, loaded: LoadedScenario, name: str, is_on: bool) -> None:
    """Turn a function of the mediator on or off; Solara also hands over the new state."""
    visitor.toggle_function(name, loaded)


@component
def FunctionSwitches(visitor: Visitor, loaded: LoadedScenario, note: str) -> None:
    """Show each function of the mediator as a switch."""
    own = mediator_functions(loaded.scenario)
    now = tuple(dict(visitor.choice.value.overrides).get(FUNCTIONS_KEY, own))
    meaning = (node_at(tuple(FUNCTIONS_KEY.split("."))) or {}).get("description", "")
    _show_label(
        Dropdown(FUNCTIONS_KEY, "Functions", "", (), meaning),
        "on or off",
        set(now) != set(own),
        "",
        note,
    )
    with solara.Div(classes=["sim-switches"]):
        for name in FUNCTIONS:
            changed = (name in now) != (name in own)
            solara.v.Checkbox(
                label=name,
                v_model=name in now,
                on_v_model=partial(_toggle_function, visitor, loaded, name),
                dense=True,
                hide_details=True,
                ripple=False,
                class_="sim-changed" if changed else "",
                attributes={"title": f"{name}: {FUNCTION_MEANINGS[name]}", "aria-label": name},
            )
