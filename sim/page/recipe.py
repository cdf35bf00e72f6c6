"""What was set on the page as text to keep: a scenario file, or the command that compares it."""

from __future__ import annotations

import shlex
from typing import Any

from sim.page.let_in import consent_of_page
from sim.page.pair import Choice
from sim.scenario.load import load
from sim.scenario.values import toml

LIST = "conducts"


def as_toml(choice: Choice) -> str:
    """Return a scenario file that extends the one chosen by what was changed.

    A file cannot change one item of a list, so that types of conduct are written out.
    """
    lines = [f"extends = {toml(choice.scenario)}"]
    keys = dict(choice.overrides)
    if choice.seed.strip():
        keys["run.seed"] = int(choice.seed)
    lines += [f"{key} = {toml(value)}" for key, value in keys.items() if not _is_item(key)]
    if any(_is_item(key) for key in keys):
        consent = consent_of_page(choice.scenario, choice.overrides)
        types = load(choice.scenario, keys, consent=consent).scenario.conducts
        shown: list[Any] = [kind.model_dump(exclude_defaults=True) for kind in types]
        lines.append(f"{LIST} = {toml(shown)}")
    return "\n".join(lines) + "\n"


def as_command(choice: Choice) -> str:
    """Return the `sim compare` command of what was chosen, for many worlds; this one is among them."""
    regimes = ",".join(dict.fromkeys(choice.regimes))
    words = ["sim", "compare", choice.scenario, "--regimes", regimes]
    here, keys = int(choice.world), dict(choice.overrides)
    consent = consent_of_page(choice.scenario, choice.overrides)
    if here and here >= load(choice.scenario, keys, consent=consent).scenario.run.worlds:
        words += ["--worlds", str(here + 1)]  # they are numbered from 0
    return shlex.join([*words, *_luck_and_keys(choice)])


def as_story(choice: Choice) -> str:
    """Return the `sim story` command of the tie and world that are watched, a line for each regime."""
    place = ["--world", str(int(choice.world)), "--tie", str(choice.tie)]
    return "\n".join(
        shlex.join(
            ["sim", "story", choice.scenario, "--regime", name, *place, *_luck_and_keys(choice)]
        )
        for name in dict.fromkeys(choice.regimes)
    )


def _luck_and_keys(choice: Choice) -> list[str]:
    words = ["--seed", choice.seed.strip()] if choice.seed.strip() else []
    for key, value in choice.overrides:
        words += ["--set", f"{key}={toml(value)}"]
    return words


def _is_item(key: str) -> bool:
    return key.startswith(f"{LIST}.")
