"""What was set on the page as text to keep: a scenario file, or the command that compares it."""

from __future__ import annotations

from typing import Any

from sim.page.allowed_code import consent_of_page
from sim.page.regime_pair import Choice
from sim.scenario.load import load
from sim.scenario.values import toml
from sim.study.results.command import command_line

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
    here, keys = int(choice.world), dict(choice.overrides)
    consent = consent_of_page(choice.scenario, choice.overrides)
    among = not here or here < load(choice.scenario, keys, consent=consent).scenario.run.worlds
    return command_line(
        "compare", choice.scenario, regimes=list(dict.fromkeys(choice.regimes)),
        worlds=None if among else here + 1,  # they are numbered from 0
        seed=choice.seed.strip(), set=keys,
    )  # fmt: skip


def as_story(choice: Choice) -> str:
    """Return the `sim story` command of the tie and world that are watched, a line for each regime."""
    watched = {"world": int(choice.world), "tie": choice.tie, "seed": choice.seed.strip()}
    return "\n".join(
        command_line("story", choice.scenario, regime=name, **watched, set=dict(choice.overrides))
        for name in dict.fromkeys(choice.regimes)
    )


def _is_item(key: str) -> bool:
    return key.startswith(f"{LIST}.")
