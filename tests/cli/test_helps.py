"""What a help promises is kept: its examples run, and every option says what it does and its default."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from command import context_of
from counts import DEEP, only

from sim.cli import help_groups as declared
from sim.cli.app import main
from sim.cli.options import WholeNumber
from sim.scenario.shipped import shipped

Sim = Callable[..., Result]
REPOSITORY = Path(__file__).resolve().parents[2]
STUDY = """\
scenario = "one_tie"
worlds = 2
design = "factorial"
regimes = ["adversarial", "mediated"]
overrides = { "run.months" = 3, "negotiation.deadline" = 4 }

[[factors]]
key = "problems.rate"
values = [0.1, 0.3]
"""
# What makes an example small: values of options that are replaced or added.
FEW = {"--worlds": "2", "--points": "2", "--rounds": "5", "--threads": "1"}
SHORT = {"run.months": "3", "negotiation.deadline": "4"}
# What takes more than a few seconds even so.
BIG = (
    "compare", "sweep", "plan", "attribute", "sensitivity", "map", "report", "query", "experiment",
    "mediators", "mediators check", "validate", "identify", "calibrate",
)  # fmt: skip
FAILS_A_CHECK = 1  # other numbers of worlds than expected.json was made of


def commands(found: click.Command = main, words: str = "") -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it, "" for `sim` itself."""
    yield words, found
    if isinstance(found, click.Group):
        for name, inner in found.commands.items():
            yield from commands(inner, f"{words} {name}".strip())


COMMANDS = dict(commands())


def examples(found: click.Command, words: str = "") -> list[str]:
    """Return the lines under "Examples:" of a help."""
    text = found.get_help(context_of(found, info_name=f"sim {words}".strip()))
    _, heading, lines = text.partition("\nExamples:\n")
    return [line.strip() for line in lines.splitlines()] if heading else []


def small(line: str) -> list[str]:
    """Return the words of an example after `sim`, with a small market and few worlds and months."""
    words = shlex.split(line)[1:]
    words = [re.sub(r"(?<==)([\d.]+:[\d.]+):\d+$", r"\1:2", word) for word in words]
    found, scenarios = main, {name for name, _, _ in shipped()}
    for word in words:
        if not isinstance(found, click.Group) or word not in found.commands:
            break
        found = found.commands[word]
    if not DEEP and found.name != "explain":  # interpreted, a large market takes a minute
        words = ["one_tie" if word == "it_outsourcing" else word for word in words]
    taken = {name for param in found.params for name in param.opts}
    for name, value in FEW.items():
        if name in words:
            words[words.index(name) + 1] = value
        elif (name == "--rounds" and name in taken) or (
            name in taken and name != "--points" and scenarios & set(words)
        ):
            words += [name, value]
    if "--method" in words or "morris" in taken:
        words += [] if "--points" in words else ["--points", "2"]
    if "--set" in taken and scenarios & set(words):
        words += [f"--set={k}={v}" for k, v in SHORT.items() if f"{k}=" not in line]
    return words


def failures(sim: Sim, lines: list[str]) -> list[str]:
    """Run examples one after another; return those that do not do what they promise."""
    wrong = []
    for line in lines:
        done = sim(*small(line))
        if done.exit_code not in (0, FAILS_A_CHECK if "--check" in line else 0):
            wrong.append(f"{line}: {done.exit_code}: {done.stderr[-300:]}")
    return wrong


def unclear(found: click.Command) -> list[str]:
    """Return the gaps in the help of a command's options: no sentence, no default, or no unit."""
    ctx, wrong = context_of(found), []
    for param in found.params:
        record = param.get_help_record(ctx) if isinstance(param, click.Option) else None
        if record is None or not isinstance(param, click.Option):
            continue
        names, text = record
        if not re.match(r"[A-Za-z].{9,}\.(?:  ?\[|$)", text, re.DOTALL):
            wrong.append(f"{names}: no sentence")
        if not param.is_flag and not re.search(r"\[(default: .+|required)\]$", text, re.DOTALL):
            wrong.append(f"{names}: no default")
        if isinstance(param.type, WholeNumber) and param.type.unit not in text.lower():
            wrong.append(f"{names}: no unit")
    return wrong


@pytest.fixture
def supplied(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put into the folder what a user of the examples has: a strategy, a style, a study, a domain."""
    monkeypatch.setattr("sim.page.serve.serve", lambda *_, **__: None)
    (here / "study.toml").write_text(STUDY, encoding="utf-8")
    genius = REPOSITORY / "tests" / "outcomes" / "domains" / "genius"
    (here / "mydomain").mkdir()
    for name, kept in (
        ("lamps_domain", "domain"), ("profile_1_buyer", "a"), ("profile_2_vendor", "b"),
    ):  # fmt: skip
        shutil.copy(genius / f"{name}.xml", here / "mydomain" / f"{kept}.xml")


def write_custom_code(place: Path, manual: str) -> None:
    """Write the class `Patient` of a manual to patient.py."""
    text = (REPOSITORY / "docs" / manual).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    (code,) = [block for block in blocks if "class Patient" in block]
    (place / "patient.py").write_text(code, encoding="utf-8")


@pytest.mark.parametrize("words", only([c for c in COMMANDS if c not in BIG][1::2], COMMANDS))
def test_every_example_of_a_help_runs(words: str, sim: Sim, here: Path, supplied: None) -> None:
    if words == "query":
        pytest.importorskip("duckdb")
    write_custom_code(here, "mediators.md" if words.startswith("mediators") else "strategies.md")
    lines = examples(COMMANDS[words], words)
    assert any(f"{line} ".startswith(f"sim {words}".rstrip()) for line in lines), "no example"
    assert failures(sim, lines) == []


@pytest.mark.parametrize("words", COMMANDS)
def test_every_option_says_what_it_does_its_unit_and_its_default(words: str) -> None:
    assert unclear(COMMANDS[words]) == []


def test_many_options_stand_in_groups() -> None:
    text = COMMANDS["sweep"].get_help(context_of(COMMANDS["sweep"]))
    headings = [line for line in text.splitlines() if re.fullmatch(r"[A-Z].*:", line)]
    order = (declared.SIMULATE, declared.VARY, declared.COMPARE, declared.OUTPUT, declared.SPEED)
    assert headings == [f"{h}:" for h in (*order, declared.SAFETY, declared.OTHER, "Examples")]
    for words, found in COMMANDS.items():
        many = sum(isinstance(param, click.Option) for param in found.params) + 1
        grouped = "\nOptions:\n" not in found.get_help(context_of(found))
        assert grouped == (many > declared.MOST_UNGROUPED), words


def planted() -> click.Command:
    """Return a command whose help promises what does not hold."""

    @declared.command("sim run one_tie --mnths 3", "sim run no_such_scenario")
    @declared.option("--months", type=WholeNumber(1, 9, "months"), help="How long it runs.")
    @declared.option("--noise", is_flag=True, help="Noise")
    def bad() -> None:
        """Do nothing."""

    return bad


def test_what_is_left_unsaid_would_be_seen() -> None:
    assert unclear(planted()) == [
        "--months N: no default", "--months N: no unit", "--noise: no sentence",
    ]  # fmt: skip


def test_an_example_that_fails_would_be_seen(sim: Sim) -> None:
    lines = examples(planted())
    assert len(lines) == 2 and len(failures(sim, lines)) == 2
    assert examples(click.Command("bare")) == []


def test_an_option_of_no_group_stands_under_help() -> None:
    @declared.command()
    def bare() -> None:
        """Do nothing."""

    done = CliRunner().invoke(bare, ["--help"])
    assert done.stdout.endswith("Options:\n  --help  Show this message and exit.\n")
