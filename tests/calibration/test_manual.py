"""The commands of the manual run as they stand there, one after the other, in one folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.app import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "calibration.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_has_commands_and_options_that_exist():
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(lines) >= 4 and all(line.startswith("sim ") for line in lines)
    known = {
        option for command in main.commands.values() for p in command.params for option in p.opts
    }
    assert {word for line in lines for word in shlex.split(line) if word.startswith("--")} <= known


@pytest.mark.deep
def test_the_worked_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for line in (line for block in blocks("sh") for line in block.splitlines()):
        done = CliRunner().invoke(main, shlex.split(line)[1:])
        assert done.exit_code == 0, done.output
        if " calibrate " in line:
            assert "Facts before and after" in done.stdout and "question " in done.stdout
    for block in blocks("python"):
        exec(block, {})
