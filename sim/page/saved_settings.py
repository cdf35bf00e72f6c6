"""The settings of the page as text to copy: a scenario file, or a command."""

from __future__ import annotations

from typing import Any

from sim.page.allowed_code import page_consent
from sim.page.regime_pair import Choice
from sim.scenario.load import load
from sim.scenario.values import toml
from sim.study.results.command import command_line

LIST_KEY = "conducts"


def as_toml(choice: Choice) -> str:
    """Return a scenario file that extends the chosen scenario by the changed keys.

    A file cannot change one item of a list, so types of conduct are written in full.
    """
    lines = [f"extends = {toml(choice.scenario)}"]
    keys = dict(choice.overrides)
    if choice.seed.strip():
        keys["run.seed"] = int(choice.seed)
    lines += [f"{key} = {toml(value)}" for key, value in keys.items() if not _is_list_item(key)]
    if any(_is_list_item(key) for key in keys):
        consent = page_consent(choice.scenario, choice.overrides)
        types = load(choice.scenario, keys, consent=consent).scenario.conducts
        shown: list[Any] = [kind.model_dump(exclude_defaults=True) for kind in types]
        lines.append(f"{LIST_KEY} = {toml(shown)}")
    return "\n".join(lines) + "\n"


def as_command(choice: Choice) -> str:
    """Return the `sim compare` command of a choice, with enough worlds to include the one watched."""
    here, keys = int(choice.world), dict(choice.overrides)
    consent = page_consent(choice.scenario, choice.overrides)
    among = not here or here < load(choice.scenario, keys, consent=consent).scenario.run.worlds
    return command_line(
        "compare", choice.scenario, regimes=list(dict.fromkeys(choice.regimes)),
        worlds=None if among else here + 1,  # worlds are numbered from 0
        seed=choice.seed.strip(), set=keys,
    )  # fmt: skip


def as_story(choice: Choice) -> str:
    """Return the `sim story` commands of the followed tie in the watched world, one for each regime."""
    watched = {"world": int(choice.world), "tie": choice.tie, "seed": choice.seed.strip()}
    return "\n".join(
        command_line("story", choice.scenario, regime=name, **watched, set=dict(choice.overrides))
        for name in dict.fromkeys(choice.regimes)
    )


def _is_list_item(key: str) -> bool:
    return key.startswith(f"{LIST_KEY}.")
