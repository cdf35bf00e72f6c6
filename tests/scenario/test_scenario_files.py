"""Files that are no scenario at all, or no TOML: one clear line each."""

import os
from pathlib import Path

import pytest
from worlds import SMALL

from sim.scenario.load import load

ISSUES = 'issues = [{ name = "a", levels = ["x"], worth = [1], cost = [0] }]\n'

SYNTAX = {
    "no equals": ("a = 1\nfoo\n", "w.toml:2: file: want valid TOML: expected '=' after a key"),
    "key twice": ("a = 1\nb = 2\na = 3\n", "w.toml:3: file: want valid TOML: cannot overwrite"),
    "open at the end": ("a = [1,\n\n", "w.toml:1: file: want valid TOML: "),
    "NUL": ("a = 1\n\0", "w.toml:2: file: want valid TOML: "),
    "too deep": ("a = " + "[" * 30 + "]" * 30, "w.toml:1: a: want values nested at most 16"),
    "far too deep": ("a = " + "[" * 5000, "w.toml: file: want values nested at most 16 deep"),
    "too many digits": ("a = " + "9" * 5000, "w.toml:1: file: want valid TOML: "),
}


@pytest.mark.parametrize("name", SYNTAX)
def test_syntax(name, write, complaints):
    text, start = SYNTAX[name]
    (line,) = complaints(load, write(text))
    assert line.startswith(start)


def test_files_that_are_no_scenario(tmp_path, monkeypatch, complaints):
    monkeypatch.chdir(tmp_path)
    Path("latin.toml").write_bytes(b"a = 1\ntitle = 'caf\xe9'\n")
    Path("big.toml").write_text("#" * 1_000_001)
    Path("folder.toml").mkdir()
    os.mkfifo("pipe.toml")
    expected = {
        "latin.toml": "latin.toml:2: file: want text in UTF-8",
        "big.toml": "big.toml: file: want at most 1 MB",
        "folder.toml": "folder.toml: file: want a TOML file, this is a folder",
        "pipe.toml": "pipe.toml: file: want an ordinary file",
        "a\0b": 'scenario: name = "a\\u0000b": want the name of a shipped scenario, or the path of'
        " a file",
        "": 'scenario: name = "": want the name of a shipped scenario, or the path of a file',
        "./latn.toml": (
            'scenario: name = "./latn.toml": no such file; want the path of a scenario;'
            " did you mean 'latin.toml'?"
        ),
    }
    for source, line in expected.items():
        assert complaints(load, source) == [line]
    assert complaints(load, 3) == [
        "scenario: name = 3: want the name of a shipped scenario, or the path of a file"
    ]


def test_unreadable_file(write, complaints, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    source = write(SMALL)
    monkeypatch.setattr("sim.scenario.load.read_bytes", refuse)
    assert complaints(load, source) == ["w.toml: file: cannot be read: Permission denied"]


def test_path_with_a_line_break_stays_on_one_line(write, complaints):
    (line,) = complaints(load, write("title = 3\n" + ISSUES, "a\nb.toml"))
    assert line == '"a\\nb.toml":1: title = 3: want text'
