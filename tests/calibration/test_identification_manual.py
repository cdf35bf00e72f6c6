"""The worked example of docs/identification.md: its files are valid, its commands run, and print what it says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from sim.calibration.identification.seen_panels import find_panels
from sim.calibration.priors import read_priors
from sim.cli.app import COMMANDS
from sim.scenario.load import load

Sim = Callable[..., Result]
MANUAL = Path(__file__).resolve().parents[2] / "docs" / "identification.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[str, str]]:
    """Return kind and text of every block of the manual, in order."""
    return BLOCK.findall(MANUAL.read_text(encoding="utf-8"))


def write_files(place: Path) -> list[str]:
    """Write the files of the manual, each named in its first line; return their names."""
    found = [text for kind, text in blocks() if kind == "toml"]
    names = [text.splitlines()[0].removeprefix("# ") for text in found]
    for name, text in zip(names, found, strict=True):
        (place / name).write_text(text, encoding="utf-8")
    return names


def commands() -> list[list[str]]:
    """Return the words of every command of the manual, after `sim`."""
    lines = [line for kind, text in blocks() if kind == "sh" for line in text.splitlines()]
    assert all(line.startswith("sim ") for line in lines)
    return [shlex.split(line)[1:] for line in lines]


def test_the_files_of_the_manual_are_valid_and_its_commands_are_commands(here: Path) -> None:
    names, one_tie = write_files(here), load("one_tie")
    assert names == ["beliefs.toml", "mediators.toml", "alone.toml", "panels.toml"]
    for name in names:
        if "[[priors]]" in (here / name).read_text(encoding="utf-8"):
            assert read_priors(Path(name), one_tie).keys
        else:
            assert find_panels(name, one_tie).asked.columns
    by_name = {command.name: command for command in COMMANDS}
    for name, *words in commands():
        assert by_name[name].make_context(name, list(words)).params["source"]


@pytest.mark.deep
def test_the_commands_of_the_manual_run_and_print_what_it_shows(sim: Sim, here: Path) -> None:
    write_files(here)
    printed = ""
    for words in commands():
        done = sim(*words)
        assert done.exit_code == 0, done.stderr
        printed += done.stdout
    shown = [text for kind, text in blocks() if kind == "text"]
    assert len(shown) == 2
    for text in shown:
        assert text in printed
    ladder = printed[printed.index("survey") :]
    line = re.search(r"^mediator\.competence +0\..*$", ladder, re.MULTILINE)
    assert line is not None
    promised = re.search(
        r"Competence\nof the mediator goes from (.*)\.\n", MANUAL.read_text("utf-8")
    )
    assert promised is not None
    assert re.findall(r"0(\.\d\d) \[", line[0]) == re.findall(r"\.\d\d", promised[1])
