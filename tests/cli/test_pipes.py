"""No command waits at a pipe or reads a device: every file that is named is looked at first."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from counts import one_in

from sim.errors import SimError
from sim.files import check_ordinary, open_ordinary, read_bytes, read_text
from sim.strategies.catalogue import parse_strategy

pytestmark = pytest.mark.usefixtures("undrawn")

Sim = Callable[..., Result]
SETS = ("--set=run.months=2", "--set=negotiation.deadline=4", "--worlds", "2")
SWEEP = (
    "sweep",
    "one_tie",
    "--vary",
    "buyers.blame=0.1,0.2",
    "--outcomes",
    "surplus",
    *SETS,
    "--out",
    "o",
)
EXPERIMENT = (
    'scenario = "one_tie"\nregimes = ["adversarial", "mediated"]\nworlds = 2\n'
    'contrast = ["mediated", "adversarial"]\noutcome = "surplus"\n'
    '[overrides]\n"run.months" = 2\n[[rows]]\nname = "one"\n'
)


@pytest.fixture(autouse=True)
def bell() -> Iterator[None]:
    """End a test that waits at a pipe; nothing here is measured by it."""

    def ring(*_: object) -> None:
        raise AssertionError("it waits at a pipe")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(500)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def refused(result: Result, *said: str) -> None:
    """Check that a command ended with 2 and one line."""
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    for words in said:
        assert words in line, line


def test_what_is_opened_is_an_ordinary_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/zero")
    assert read_text(tmp_path / "file") == "text"
    assert read_bytes(tmp_path / "file", 4) == b"text"
    with pytest.raises(OSError, match="want at most 3 bytes"):
        read_bytes(tmp_path / "file", 3)
    for name in ("pipe", "link", "/dev/null"):
        for read in (open_ordinary, read_bytes, read_text, check_ordinary):
            with pytest.raises(OSError, match="want an ordinary file"):
                read(tmp_path / name)
    with pytest.raises(IsADirectoryError):
        open_ordinary(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_ordinary(tmp_path / "none")


@pytest.mark.parametrize("command", ["report", "status", "rerun", "query", "sweep"])
def test_a_manifest_that_is_a_pipe(sim: Sim, here: Path, command: str) -> None:
    (here / "f").mkdir()
    os.mkfifo(here / "f" / "manifest.json")
    more = {"query": ("select 1",), "sweep": ("--out", "f")}.get(command, ())
    refused(sim(command, "f", *more), "f")
    refused(sim("run", "one_tie", "--out", "f", "--force"), "f/manifest.json")


def test_other_files_that_are_pipes(sim: Sim, here: Path) -> None:
    os.mkfifo(here / "pipe.toml")
    os.mkfifo(here / "pipe.csv")
    os.mkfifo(here / "pipe.py")
    (here / "d").mkdir()
    os.mkfifo(here / "d" / "a.json")
    (here / "extends.toml").write_text('extends = "pipe.toml"\n')
    (here / "zero.py").symlink_to("/dev/zero")
    want = "want an ordinary file"
    for command in ("explain", "run", "sweep", "plan", "story"):
        refused(sim(command, "pipe.toml"), "pipe.toml", want)
    refused(sim("explain", "extends.toml"), "pipe.toml", want)
    refused(sim("sweep", "one_tie", "--list", "pipe.csv", "--out", "o"), "pipe.csv", want)
    for name in ("pipe.toml", "d"):
        refused(sim("negotiate", name), want)
    for name in ("pipe.py", "zero.py"):
        refused(sim("strategies", "check", f"{name}:Y"), name, want)
        refused(sim("negotiate", "office_supplies", "--buyer", f"{name}:Y"), name, want)
        refused(sim("explain", "one_tie", "--set", f"buyers.strategy={name}:Y"), name, want)
    assert not (here / "o").exists()


@pytest.mark.parametrize("name", ["study.toml", "question.md", "expected.json"])
def test_an_experiment_with_a_pipe_in_it(sim: Sim, here: Path, name: str) -> None:
    (here / "e").mkdir()
    (here / "e" / "study.toml").write_text(EXPERIMENT)
    (here / "e" / "question.md").write_text("# Is it so?\n")
    (here / "e" / name).unlink(missing_ok=True)
    os.mkfifo(here / "e" / name)
    refused(sim("experiment", "e", "--out", "o"), "e")
    assert not (here / "o").exists()


NAMES = ("parts/part-00001-0000000.parquet", "summary.parquet", "receipts.jsonl", "report.html")


@pytest.mark.parametrize("name", one_in(4, NAMES))
def test_a_study_with_a_pipe_in_it(sim: Sim, here: Path, name: str) -> None:
    assert sim(*SWEEP).exit_code == 0
    (here / "o" / name).unlink()
    os.mkfifo(here / "o" / name)
    refused(sim(*SWEEP), f"o/{name}")
    refused(sim("report", "o"), f"o/{name}")
    for words in (("status", "o"), ("query", "o", "select count(*) from worlds"), ("rerun", "o")):
        assert sim(*words).exit_code in (0, 1, 2)


ASKS = (("status", "o"), ("query", "o", "select 1 from worlds"), ("report", "o"))


@pytest.mark.parametrize("name", ["parts/part-00001-0000000.parquet", "manifest.json"])
def test_a_part_or_manifest_that_is_a_pipe_is_no_damage_to_count_over(
    sim: Sim, here: Path, name: str
) -> None:
    assert sim(*SWEEP).exit_code == 0
    (here / "o" / name).unlink()
    os.mkfifo(here / "o" / name)
    for words in ASKS:
        refused(sim(*words), f"o/{name}: ", "ordinary file")


@pytest.mark.deep
def test_a_report_on_a_comparison_with_a_pipe_in_it(sim: Sim, here: Path) -> None:
    words = ("compare", "one_tie", *SETS, "--regimes", "adversarial,mediated", "--out", "o")
    assert sim(*words).exit_code == 0
    shutil.copytree("o", "p")
    (here / "p" / "ties.parquet").unlink()
    os.mkfifo(here / "p" / "ties.parquet")
    refused(sim("report", "p"), "p/ties.parquet")
    assert sim("rerun", "p").exit_code == 1


ENDS = {
    "exit()": "SystemExit", "import sys\nsys.exit(7)": "line 2: SystemExit: 7",
    "raise BaseException('no')": "line 1: BaseException: no", "raise SystemExit": "SystemExit",
    "raise GeneratorExit": "GeneratorExit", "raise KeyboardInterrupt": "line 1: KeyboardInterrupt",
    "class E(Exception):\n def __str__(self): raise self\nraise E": "line 3: E",
    "import os\nos.kill": "no such strategy in it",
}  # fmt: skip


@pytest.mark.parametrize("code", ENDS)
def test_a_strategy_that_would_end_the_program_is_one_line(sim: Sim, here: Path, code: str) -> None:
    (here / "x.py").write_text(f"{code}\n# {here}\n")
    for words in (
        ("strategies", "check", "x.py:Y"), ("negotiate", "office_supplies", "--buyer", "x.py:Y"),
        ("run", "one_tie", "--set", "buyers.strategy=x.py:Y", "--out", "o"),
    ):  # fmt: skip
        refused(sim(*words), "x.py", ENDS[code])


RULE = (
    "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Y:\n"
    "    traits = ()\n\n    def ask(self, seen):\n        {}\n# {}\n"
)


@pytest.mark.parametrize("said", ["raise SystemExit(7)", "exit()", "raise BaseException('no')"])
def test_a_rule_that_would_end_the_program_is_one_line(sim: Sim, here: Path, said: str) -> None:
    (here / "x.py").write_text(RULE.format(said, here))
    with pytest.raises(SimError, match=r"SystemExit|BaseException: no"):
        from sim.outcomes.many.conformance import check_conformance

        check_conformance(parse_strategy("x.py:Y"))
    refused(sim("strategies", "check", "x.py:Y"), "x.py:Y")


ASKED = (
    ("strategies", "check", "x.py:Y"),
    ("negotiate", "office_supplies", "--buyer", "x.py:Y"),
    (
        "run",
        "one_tie",
        "--regime",
        "adversarial",
        *SETS,
        "--set",
        "buyers.strategy=x.py:Y",
        "--out",
        "o",
    ),
)


@pytest.mark.parametrize("words", ASKED)
def test_a_rule_that_says_it_was_interrupted_is_one_line(
    sim: Sim, here: Path, words: tuple[str, ...]
) -> None:
    (here / "x.py").write_text(RULE.format("raise KeyboardInterrupt", here))
    result = sim(*words)
    assert result.exit_code == 2, result.output
    (line,) = [one for one in result.stderr.splitlines() if not one.startswith("note: ")]
    assert "x.py:Y" in line and "line 9: KeyboardInterrupt" in line
    assert not (here / "o").exists()


@pytest.mark.parametrize("words", ASKED)
def test_ctrl_c_within_a_rule_is_still_ctrl_c(sim: Sim, here: Path, words: tuple[str, ...]) -> None:
    pressed = (
        "import os, signal; os.path.exists('sent') or (os.mkdir('sent'), signal.raise_signal(2))"
    )
    once = f"{pressed}; return 0.9"  # a second one would end this process
    (here / "x.py").write_text(RULE.format(once, here))
    result = sim(*words)
    assert result.exit_code == 130 and "\ninterrupted: " in result.stderr, result.output


def test_a_file_without_end_is_one_line(sim: Sim, here: Path) -> None:
    with (here / "x.py").open("wb") as file:
        file.truncate(2**40)
    refused(sim("strategies", "check", "x.py:Y"), "x.py", "want at most 1,000,000 bytes")
