"""Command lines as a person types them: whatever tells of one has it written here.

A page, a message and a manifest name commands that make a result again, or go on with it. They are
written as words, and quoted for a shell where they are shown. Who uses this names the options; how
they are spelt, joined and quoted is said once.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.scenario.values import toml

TOOL = "sim"


def command_words(name: str, *places: str | Path, **options: Any) -> list[str]:
    """Return the words of a command: its places, then its options in the order given.

    An option that is None, False or empty is left out, and one that is True stands alone; names are
    joined by commas; keys with values are an option each, `KEY=VALUE` as TOML has it.
    """
    said = [TOOL, name, *map(_place_word, places)]
    for option, value in options.items():
        said += _option_words(f"--{option.replace('_', '-')}", value)
    return said


def shell_text(said: Sequence[str]) -> str:
    """Return the words of a command as one types it in a shell."""
    return shlex.join(said)


def command_line(name: str, *places: str | Path, **options: Any) -> str:
    """Return a command as one types it in a shell, of what `command_words` is given."""
    return shell_text(command_words(name, *places, **options))


def resume_command(
    folder: str | Path, *, experiment: str = "", allow_code: bool = False, only_failed: bool = False
) -> str:
    """Return the command that goes on with the study in a folder, or with its experiment."""
    if experiment:
        return command_line("experiment", experiment, out=folder, allow_code=allow_code)
    return command_line("sweep", folder, allow_code=allow_code, only_failed=only_failed)


def shell_path(path: Path) -> str:
    """Return a path as one types it if its name alone would mean something else."""
    return shlex.quote(str(path) if path.is_absolute() else f"./{path}")


def _place_word(place: str | Path) -> str:
    """Return a place as a word; a dash in front would make it an option."""
    return f"./{place}" if str(place).startswith("-") else str(place)


def _option_words(option: str, value: Any) -> Iterator[str]:
    """Yield the words of an option; a value with a dash in front is tied to it."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _option_words(option, f"{key}={toml(item)}")
    elif value is True:
        yield option
    elif value is not None and value is not False:
        said = ",".join(value) if isinstance(value, tuple | list) else str(value)
        if said:
            yield from ([f"{option}={said}"] if said.startswith("-") else [option, said])
