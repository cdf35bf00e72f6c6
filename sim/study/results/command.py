"""Command lines that pages, messages and manifests show, spelt and quoted in one place.

They name the command that reproduces a result or resumes a study. Callers name the options; this
module spells and joins them as words, and quotes them for a shell when they are shown.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.scenario.values import toml

TOOL = "sim"
IDENTIFY = "identify"  # a command, and the kind of its studies


def command_words(name: str, *places: str | Path, **options: Any) -> list[str]:
    """Return the words of a command: what it is about, then its settings in the order given.

    A setting that is None, False or empty is left out, and one that is True has no value. Names are
    joined by commas. A mapping becomes one option for each key, `KEY=VALUE` with the value as TOML.

    Example:
        >>> command_words("story", "one_tie", regime=None)
        ['sim', 'story', 'one_tie']
    """
    words = [TOOL, name, *map(_place_word, places)]
    for option, value in options.items():
        words += _option_words(f"--{option.replace('_', '-')}", value)
    return words


def shell_text(words: Sequence[str]) -> str:
    """Return the words of a command quoted for a shell."""
    return shlex.join(words)


def command_line(name: str, *places: str | Path, **options: Any) -> str:
    """Return a command quoted for a shell; arguments are those of `command_words`."""
    return shell_text(command_words(name, *places, **options))


def resume_command(
    folder: str | Path, *, experiment: str = "", allow_code: bool = False, only_failed: bool = False
) -> str:
    """Return the command that resumes the study in a folder, or the experiment it belongs to."""
    if experiment:
        return command_line("experiment", experiment, out=folder, allow_code=allow_code)
    return command_line("sweep", folder, allow_code=allow_code, only_failed=only_failed)


def command_of_record(folder: str | Path, record: Mapping[str, Any]) -> str:
    """Return the command that resumes the study in a folder, by the kind that its manifest records."""
    has_code = bool(record.get("strategies"))
    if record["kind"] == IDENTIFY:
        return command_line(IDENTIFY, folder, allow_code=has_code)
    name = str(record["design"].get("experiment") or "")
    return resume_command(folder, experiment=name, allow_code=has_code)


def shell_path(path: Path) -> str:
    """Return a path quoted for a shell, with `./` so that it cannot be taken for a shipped name."""
    return shlex.quote(str(path) if path.is_absolute() else f"./{path}")


def _place_word(place: str | Path) -> str:
    """Return an argument as a word, with `./` if a leading dash would make it an option."""
    return f"./{place}" if str(place).startswith("-") else str(place)


def _option_words(option: str, value: Any) -> Iterator[str]:
    """Yield the words of an option; a value with a leading dash is joined to it by `=`."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _option_words(option, f"{key}={toml(item)}")
    elif value is True:
        yield option
    elif value is not None and value is not False:
        text = ",".join(value) if isinstance(value, tuple | list) else str(value)
        if text:
            yield from ([f"{option}={text}"] if text.startswith("-") else [option, text])
