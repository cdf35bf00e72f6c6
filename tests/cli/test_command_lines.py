"""Drawn command lines of every command, good and bad: each ends with 0 or 2, or 1 for a check that fails.

Drawn lines stop before they simulate much: the smallest scenario, few worlds, months and rounds.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from small_facts import FACT

from sim.cli.app import COMMANDS

Sim = Callable[..., Result]
SMALL = ("run.months=2", "run.worlds=2", "negotiation.deadline=3")
NUMBERS = (
    "1",
    "2",
    "0",
    "-1",
    "nan",
    "-inf",
    "1e400",
    "1e-400",
    "0x10",
    "",
    " ",
    "9" * 5_000,
    "²",
    "1_0",
    "two",
)
WORDS = (
    "",
    " ",
    "-",
    "--",
    "=",
    ":",
    ",",
    "a,b",
    "\0",
    "\x1b[2J",
    "é\u00a0ü",
    "\ud800",
    "y" * 5_000,
    "'",
    "[",
    "{}",
    "*",
    "../..",
    "/",
    "/dev/null",
    "~nobody",
)
KEYS = (
    "problems.rate",
    "run.months",
    "mediator.competence",
    "market.buyers",
    "negotiation.level",
    "title",
    "issues",
    "issues.0.worth",
    "regimes",
    "regimes.a.extends",
    "buyers.strategy",
    "a.b.c",
    "",
)
VALUES = (
    "0",
    "0.5",
    "1",
    "true",
    '"x"',
    "[]",
    "{}",
    "[1, 2]",
    "truthful",
    "linear",
    "boulware:e=4",
    *NUMBERS,
)
FILES = {
    "good.toml": 'extends = "one_tie"\n',
    "study.toml": 'scenario = "one_tie"\n[[factors]]\nkey = "problems.rate"\nvalues = [0.1, 0.2]\n',
    "bad.toml": 'extends = "one_tie"\n[run]\nmonths = nan\nyears = 3\n',
    "badstudy.toml": 'scenario = "one_tie"\nworlds = -1\noutcomes = ["x"]\n[[factors]]\nkey = "run.months"\nlow = 1e400\n',
    "torn.toml": "[run\n",
    "deep.toml": "a = " + "[" * 3_000,
    "binary.toml": "\0\1\2",
    "points.csv": "problems.rate\n0.1\n0.2\n",
    "bad.csv": "problems.rate,\nnan\n",
    "domain.toml": 'title = "d"\n',
    "mine.py": "1 / 0\n",
    "facts.toml": FACT,
    "badfacts.toml": FACT.replace("low = 0.1", "low = nan") + "[[overlaps]]\nfacts = [1]\n",
    "mine/manifest.json": '{"schema": 1}',
    "deep/manifest.json": '{"schema": ' + "[" * 3_000,
    "odd/domain.xml": "<a>&",
    "odd/p.json": "[1]",
}
SCENARIOS = (
    "one_tie",
    "one_tie",
    "one_tie",
    "good.toml",
    "bad.toml",
    "torn.toml",
    "deep.toml",
    "binary.toml",
    "study.toml",
    "badstudy.toml",
    "onetie",
    "mine",
    "deep",
    "points.csv",
)
DOMAINS = (
    "office_supplies",
    "office_supplies",
    "office_suplies",
    "domain.toml",
    "torn.toml",
    "odd",
    "mine",
    "deep.toml",
)
STRATEGIES = (
    "linear",
    "boulware:e=2",
    "micro",
    "hill_climber",
    "linear:e=nan",
    "boulware:e=",
    "bulware",
    "mine.py:X",
    "nowhere.py:X",
    "linear:model=frequency",
    "linear,micro",
    "linear:accept=next,scale=1e400",
)
PLACES = ("out", "out", "mine", "/", "/dev/null/x", "good.toml", "a/b/c", "x" * 300, "deep")
FOLDERS = ("mine", "deep", "odd", "nowhere", ".", "good.toml", "out")
OPTIONS: dict[str, tuple[str, ...]] = {
    "--worlds": ("1", "2", *NUMBERS[2:]),
    "--seed": NUMBERS,
    "--regimes": ("adversarial", "mediated,planner", "mediatd", ","),
    "--regime": ("mediated", "planner", "mediatd"),
    "--tables": ("periods", "ties,offers", "tables"),
    "--out": PLACES,
    "--threads": ("1", *NUMBERS[2:]),
    "--workers": ("1", *NUMBERS[2:]),
    "--align": ("deceit", "recession", "x"),
    "--window": ("-1:1", "1:-1", "nan:3", "9" * 50 + ":1", "x"),
    "--world": NUMBERS,
    "--tie": NUMBERS,
    "--design": ("factorial", "sobol", "map", "x", "list"),
    "--points": ("2", "4", *NUMBERS[2:]),
    "--waves": ("1", "2", *NUMBERS[2:]),
    "--without": ("value_created", "facst", ","),
    "--list": ("points.csv", "bad.csv", "/"),
    "--outcomes": ("surplus", "surplsu", "a,b", ","),
    "--until": ("surplus=1e9", "surplus=nan", "x=1", "="),
    "--at-most": NUMBERS,
    "--chunk": ("1", *NUMBERS[2:]),
    "--panel": ("department", "departmnt", "good.toml", "/", "x.toml"),
    "--prior": ("good.toml", "none.toml", "/"),
    "--method": ("morris", "x"),
    "--of": ("broker", "brokr", "a,b"),
    "--vary": (
        "problems.rate=0.1,0.2",
        "problems.rate=0:1:2",
        "run.months=1:x:2",
        "=",
        "problems.rate=nan,1",
        "run.seed=1,1",
    ),
    "--factors": ("problems.rate=0:1", "problems.rate=1:0", "x=0:1", "problems.rate=0:1e999999"),
    "--x": ("problems.rate=0:1:2", "x"),
    "--y": ("mediator.competence=0:1:2", "run.months=1e400:2:2"),
    "--buyer": STRATEGIES,
    "--vendor": STRATEGIES,
    "--strategies": ("linear,micro", *STRATEGIES),
    "--protocol": ("alternating", "sealed", "veto_text", "x"),
    "--rounds": ("1", "3", *NUMBERS[2:8]),
    "--first": ("buyer", "x"),
    "--plot": ("a.svg", "a.gif", "/a/b.svg"),
    "--only": ("T99", "T02,x", ","),
    "--page": ("/", "/dev/null/x"),
    "--facts": (
        "facts.toml",
        "badfacts.toml",
        "torn.toml",
        "deep.toml",
        "binary.toml",
        "none.toml",
    ),
    "--port": ("9000", *NUMBERS[2:]),
    "--host": ("::1", "no host"),
}
FLAGS = (
    "--trace",
    "--json",
    "--force",
    "--talks",
    "--csv",
    "--signs",
    "--check",
    "--deep",
    "--no-open",
    "--help",
    "--version",
    "--figurs",
)
ARGUMENTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "compare": (SCENARIOS,),
    "run": (SCENARIOS,),
    "explain": (SCENARIOS,),
    "story": (SCENARIOS,),
    "scenarios": (),
    "schema": (),
    "new": (("mine2", "good.toml", *WORDS),),
    "rerun": (FOLDERS,),
    "sweep": ((*SCENARIOS, *FOLDERS),),
    "plan": (SCENARIOS,),
    "status": (FOLDERS,),
    "attribute": (SCENARIOS,),
    "sensitivity": (SCENARIOS,),
    "map": (SCENARIOS,),
    "facts": (SCENARIOS,),
    "calibrate": (SCENARIOS,),
    "identify": ((*SCENARIOS, *FOLDERS),),
    "report": (FOLDERS,),
    "query": (FOLDERS, ("select 1", "selec", "", "--")),
    "experiment": ((*FOLDERS, "mediation"),),
    "view": (SCENARIOS,),
    "negotiate": (DOMAINS,),
    "tournament": (DOMAINS,),
    "strategies": (("check",), ("linear:e=nan", "bulware", "mine.py:X", *WORDS)),
    "mediators": (("check",), ("single_text:failures=x", "singel_text", "mine.py:X", *WORDS)),
    "validate": (),
}
NEEDED = {
    "sweep": ("--vary", "--worlds"),
    "plan": ("--vary", "--worlds"),
    "attribute": ("--of", "--worlds"),
    "sensitivity": ("--factors", "--points", "--worlds"),
    "map": ("--x", "--y", "--worlds"),
    "calibrate": ("--waves", "--points", "--worlds"),
    "identify": ("--points", "--worlds"),
    "tournament": ("--strategies", "--rounds"),
    "negotiate": ("--rounds",),
    "validate": ("--only",),
    "compare": ("--worlds",),
    "run": ("--worlds",),
    "explain": ("--worlds",),
    "facts": ("--worlds",),
}
NO_SETS = {
    "scenarios",
    "schema",
    "new",
    "rerun",
    "status",
    "report",
    "query",
    "experiment",
    "view",
    "negotiate",
    "tournament",
    "strategies",
    "mediators",
    "validate",
}


def draw_command(luck: random.Random) -> list[str]:
    """Return a command line: a command with its arguments, some options of it, and now and then another's."""
    command = luck.choice([str(c.name) for c in COMMANDS])
    known = [
        o for c in COMMANDS if c.name == command for p in c.params for o in p.opts if o in OPTIONS
    ]
    words = [command, *(luck.choice(choice) for choice in ARGUMENTS[command])]
    options = [*NEEDED.get(command, ()), *luck.sample(known, min(len(known), luck.randint(0, 3)))]
    if luck.random() < 0.1:
        options.append(luck.choice([*OPTIONS]))
    for option in options:
        good = luck.random() < 0.5
        value = OPTIONS[option][0] if good else luck.choice(OPTIONS[option])
        words += [option, luck.choice(WORDS) if luck.random() < 0.05 else value]
    if command not in NO_SETS:
        if luck.random() < 0.5:
            words += ["--set", f"{luck.choice(KEYS)}={luck.choice(VALUES)}"]
        words += [word for text in SMALL for word in ("--set", text)]
    if luck.random() < 0.3:
        words.append(luck.choice(FLAGS))
    if luck.random() < 0.1:
        words.insert(luck.randrange(1, len(words) + 1), luck.choice(WORDS))
    if luck.random() < 0.05:
        words.remove(luck.choice(words))
    return words


def too_much(words: list[str]) -> bool:
    """Say whether a line would simulate for long: a drawn line that lost the option that stops it early."""
    alone = {"validate", "experiment"} & set(words[:1])
    if words[:1] == ["validate"]:
        return "--only" not in words
    if words[:1] == ["tournament"]:
        return "--strategies" not in words or "--rounds" not in words
    if alone or (words[:1] and words[0] in NO_SETS):
        return "all" in words
    return bool(words) and any(text not in words for text in SMALL)


def check(sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch, first: int, count: int) -> None:
    """Run `count` lines; every ending must occur."""
    monkeypatch.setattr("sim.page.serve.serve", lambda *_, **__: None)
    for name, text in FILES.items():
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text(text)
    codes: dict[int, int] = {}
    number = first
    while sum(codes.values()) < count:
        words = draw_command(random.Random(number))
        number += 1
        if too_much(words):
            continue
        try:
            found = sim(*words)
        except BaseException as error:
            raise AssertionError(f"line {number - 1}: {words}") from error
        codes[found.exit_code] = codes.get(found.exit_code, 0) + 1
        assert found.exit_code in (0, 1, 2), (number - 1, words, found.output)
        assert "Traceback" not in found.output, (number - 1, words)
        if found.exit_code == 2:
            assert found.stderr.strip(), (number - 1, words)
            assert max(map(len, found.stderr.splitlines())) < 7_000, (number - 1, words)
    assert codes[0] > count // 20 and codes[2] > count // 4


def test_drawn_command_lines_end_well(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fixed subset of 200; the deep test has 2,000."""
    check(sim, here, monkeypatch, 0, 200)


@pytest.mark.deep
def test_many_drawn_command_lines_end_well(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(sim, here, monkeypatch, 10_000, 2_000)


def test_every_command_is_drawn() -> None:
    assert {str(c.name) for c in COMMANDS} == {*ARGUMENTS}
    named = {o for c in COMMANDS for p in c.params for o in p.opts}
    assert set(OPTIONS) <= named
