"""Messages for Python and for the command line: the former name arguments, the latter options."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

import sim as package
from sim.cli.app import COMMANDS
from sim.cli.as_options import (
    ARGUMENTS_IN_SENTENCES,
    OPTION_VALUES,
    describe_error,
    name_options,
    option_name,
)
from sim.errors import Argument, Problem, ScenarioError, SimError

Sim = Callable[..., Result]
PACKAGE = Path(__file__).resolve().parents[2] / "sim"
TINY = {"run.months": 2, "negotiation.deadline": 3}
SETS = tuple(f"--set={key}={value}" for key, value in TINY.items())
RANGE = {"problems.rate": [0.1, 0.2]}
VARY = ("--vary", "problems.rate=0.1,0.2")


def python(name: str, **said: Any) -> str:
    """Return the message with which a Python function refuses."""
    with pytest.raises(SimError) as caught:
        getattr(package, name)("one_tie", **{"overrides": TINY, "worlds": 2, **said})
    return str(caught.value)


FACES: list[tuple[str, dict[str, Any], str, tuple[str, ...], str]] = [
    (
        "compare", {"out": "there"}, "there: already exists; choose another `out`",
        ("--out", "there"), "there: already exists; choose another --out",
    ),
    (
        "compare", {"out": "made"},
        "made: already exists; choose another `out`, or replace it with `force=True`",
        ("--out", "made"), "made: already exists; choose another --out, or replace it with --force",
    ),
    (
        "compare", {"window": "1:2"}, "sim.compare: window = '1:2': want `align` with it",
        ("--window", "1:2"), "sim compare: --window = '1:2': want --align with it",
    ),
    (
        "compare", {"align": "recesion"}, "sim.compare: align = 'recesion': want one of",
        ("--align", "recesion"), "sim compare: --align = 'recesion': want one of",
    ),
    (
        "compare", {"overrides": {**TINY, "run.mnths": 1}}, "overrides: run.mnths = 1: no such key",
        ("--set", "run.mnths=1"), "--set 3: run.mnths = 1: no such key",
    ),
    (
        "sweep", {"vary": ["problems.rate=0.2:0.1:3"]}, "vary: problems.rate = 0.2:0.1:3: the range runs",
        ("--vary", "problems.rate=0.2:0.1:3"), "--vary: problems.rate = 0.2:0.1:3: the range runs",
    ),
    (
        "sweep", {"vary": {"run.seed": [1, 2]}}, "vary: run.seed: worlds and seed are the same",
        ("--vary", "run.seed=1,2"),
        "--vary: run.seed: worlds and seed are the same at every point; want --seed",
    ),
    (
        "sweep", {"vary": RANGE, "until": "surplus=1", "at_most": 3}, "at_most: stop.at_most = 3",
        (*VARY, "--until", "surplus=1", "--at-most", "3"), "--at-most: stop.at_most = 3",
    ),
    (
        "sweep", {"vary": RANGE, "dask": "nowhere"}, "`dask` = 'nowhere': want tcp://HOST:PORT",
        (*VARY, "--dask", "nowhere"), "--dask = 'nowhere': want tcp://HOST:PORT",
    ),
    (
        "sweep", {"vary": RANGE, "regimes": ["mediatd"]}, "regimes: regimes.0 = ",
        (*VARY, "--regimes", "mediatd"), "--regimes: regimes.0 = ",
    ),
    (
        "attribute", {"of": ["drift.rate"]}, "of: of = drift.rate: it is off in this scenario (0.0)",
        ("--of", "drift.rate"),
        "--of: of = drift.rate: it is off in this scenario (0.0); set it with --set",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said", "heard", "words", "shown"), FACES)
def test_each_face_hears_its_own_words(
    name: str, said: dict[str, Any], heard: str, words: tuple[str, ...], shown: str,
    sim: Sim, here: Path,
) -> None:  # fmt: skip
    (here / "there").mkdir()
    if "made" in words:
        assert sim("run", "one_tie", "--worlds", "1", *SETS, "--out", "made").exit_code == 0
    told = python(name, **said)
    assert told.startswith(heard) and "--" not in told
    typed = sim(name, "one_tie", "--worlds", "2", *SETS, *words)
    assert typed.exit_code == 2 and typed.stderr.splitlines()[-1].startswith(shown)
    assert "`" not in typed.stderr


def test_code_of_others_is_let_in_by_either_face(sim: Sim, here: Path) -> None:
    (here / "own.py").write_text(
        "class Own:\n    def aspiration(self, turn):\n        return 1.0\n"
    )
    (here / "theirs.toml").write_text('extends = "one_tie"\nbuyers.strategy = "own.py:Own"\n')
    with pytest.raises(SimError, match=r"; want `allow_code=True` if you trust it$"):
        package.explain("theirs.toml")
    told = sim("explain", "theirs.toml").stderr
    assert told.endswith("; want --allow-code if you trust it\n")


def test_only_what_is_an_argument_is_an_option() -> None:
    said = "`sim sweep a --out b` resumes; `out`, `outs`, out and `force=True`, not `force=False`"
    assert name_options(said) == (
        "`sim sweep a --out b` resumes; --out, `outs`, out and --force, not `force=False`"
    )
    assert name_options('`dask="local"`, `design="saltelli"`') == "--dask local, --method sobol"
    folder = ScenarioError([Problem("vary", "out", "`out`", "want `out`")])
    assert (
        describe_error(folder) == "vary: out = `out`: want --out"
    )  # a file, its key and its value
    asked = ScenarioError([Problem(Argument("vary"), Argument("at_most"), "", "want some")])
    assert describe_error(asked) == "--vary: --at-most: want some"
    assert (
        describe_error(ScenarioError([Problem(Argument("overrides 2"), "a", "", "b")]))
        == "--set 2: a: b"
    )


def test_every_option_that_is_said_is_there() -> None:
    known = {option for one in COMMANDS for param in one.params for option in param.opts}
    said = {option_name(name) for name in ARGUMENTS_IN_SENTENCES}
    said |= {words.split()[0] for words in OPTION_VALUES.values()}
    assert said - known == set()


COMMAND = re.compile(r"(^|[\s`(])sim [a-z]+ [^`\n]*")
OPTION = re.compile(r"(?<![\w-])--[a-z]")
# Pages for users of both, and messages for users who run a command of another tool.
MAY_SAY = ("cli/", "reference/")


def options_said(path: str, source: str) -> Iterator[str]:
    """Yield the places at which a text names an option outside of a whole command."""
    if "--" not in source:  # most files: parsing takes longer than all else here
        return
    for node in ast.walk(ast.parse(source)):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and OPTION.search(COMMAND.sub(" ", text)):
            yield f"{path}:{node.lineno}: {text[:60]}"


def test_only_the_command_line_names_options() -> None:
    files = {p.relative_to(PACKAGE).as_posix(): p.read_text("utf-8") for p in PACKAGE.rglob("*.py")}
    below = {path: text for path, text in files.items() if not path.startswith(MAY_SAY)}
    assert [line for path, text in below.items() for line in options_said(path, text)] == []


@pytest.mark.parametrize(
    "text", ["'want --force'", "f'choose another --out, {x}'", "'--dask: gone'"]
)
def test_an_option_said_below_would_be_seen(text: str) -> None:
    assert len(list(options_said("x.py", text))) == 1
    assert list(options_said("x.py", "'`sim sweep x --force` resumes'")) == []


ARGUMENT = re.compile(r"`([a-z_]+)(?:=[^`]*)?`")


def arguments_said(source: str) -> set[str]:
    """Return the single words in backquotes in the texts of a file that are not docstrings."""
    tree = ast.parse(source)
    documents = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    texts = (
        n.value for n in ast.walk(tree)
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in documents
    )  # fmt: skip
    return {name for text in texts for name in ARGUMENT.findall(text)}


def unknown(said: set[str]) -> set[str]:
    """Return the arguments of public functions that would reach the command line unchanged."""
    calls = (package.compare, package.run, package.sweep, package.attribute, package.explain)
    return said & {name for call in calls for name in signature(call).parameters} - set(
        ARGUMENTS_IN_SENTENCES
    )


def test_every_argument_that_is_said_has_its_option() -> None:
    files = [p for room in ("lab", "measure", "study") for p in (PACKAGE / room).rglob("*.py")]
    said = set().union(*(arguments_said(p.read_text("utf-8")) for p in files))
    assert {"out", "force", "dask", "overrides"} <= said
    assert unknown(said) == {"regime"}  # which is a column of tables there
    assert unknown(arguments_said("f'want no `threads`, {x}'")) == {"threads"}
