"""Command lines that results, pages and messages tell of: the real commands read back what was meant."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import COMMANDS, UNTYPEABLE
from sim.lab.comparisons import reproducing_command as command_of
from sim.page.regime_pair import Choice
from sim.page.saved_settings import as_command, as_story
from sim.scenario.load import load, parse_overrides
from sim.scenario.strict_tables import Place
from sim.study.design.plan import plan
from sim.study.design.studyfile import check_study
from sim.study.results.command import command_line, command_words, resume_command, shell_path
from sim.study.results.manifest import ResolvedRequest
from sim.study.run.study_session import point_command as command_of_point
from sim.study.run.study_session import resume_study_command

PACKAGE = Path(__file__).resolve().parents[2] / "sim"
BY_NAME = {command.name: command for command in COMMANDS}
NASTY = (
    "my own",
    "it's",
    "$HOME",
    "a;b",
    '"q"',
    "-rf",
    "--force",
    "é\u00a0ü",
    "a=b",
    "#x",
    "*",
    "a\\b",
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda text: not UNTYPEABLE.search(text)
)


def read_back(typed: str) -> tuple[str, dict[str, Any]]:
    """Return the command that a shell would start and the values that it would be given."""
    shell = shlex.shlex(typed, posix=True, punctuation_chars=True)
    shell.whitespace_split = True
    tool, name, *rest = shell
    assert tool == "sim"
    with BY_NAME[name].make_context(name, rest) as context:
        return name, context.params


@given(
    place=TEXTS,
    regimes=st.lists(TEXTS.map(str.strip).filter(lambda t: t and "," not in t), min_size=1, unique=True),
    sets=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}\.[a-z_]{1,8}", fullmatch=True),
        st.one_of(TEXTS, st.integers(-9, 9), st.booleans(), st.lists(TEXTS, max_size=3)),
    ),
    seed=st.integers(0, 2**63 - 1),
    window=st.sampled_from([None, "-12:24", "0:3"]),
    allowed=st.booleans(),
)  # fmt: skip
def test_what_is_written_is_read_back_by_the_command(
    place: str,
    regimes: list[str],
    sets: dict[str, Any],
    seed: int,
    window: str | None,
    allowed: bool,
) -> None:
    name, read = read_back(
        command_line(
            "compare",
            place,
            regimes=regimes,
            seed=seed,
            set=sets,
            window=window,
            allow_code=allowed,
        )
    )
    assert name == "compare"
    assert read["scenario"].removeprefix("./") == place.removeprefix("./")
    assert read["regimes"] == tuple(regimes)
    assert (read["seed"], read["window"], read["allow_code"]) == (seed, window, allowed)
    assert dict(parse_overrides(read["sets"])) == sets
    assert read["worlds"] is None and read["out"] is None


@pytest.mark.parametrize("text", NASTY)
def test_no_place_and_no_value_gets_out_of_its_quotes(text: str) -> None:
    _, read = read_back(command_line("sweep", text, out=text, set={"title": text}))
    assert read["source"] == (f"./{text}" if text.startswith("-") else text)
    assert read["out"] == text
    assert dict(parse_overrides(read["sets"])) == {"title": text}
    _, read = read_back(resume_command(text, experiment="mine", allow_code=True))
    assert (read["name"], read["out"], read["allow_code"]) == ("mine", text, True)
    assert shlex.split(shell_path(Path(text))) == [f"./{text}"]


@pytest.mark.parametrize("text", ["my own", "it's", "a;b", "--force", "#x"])
def test_without_quotes_it_would(text: str) -> None:
    try:
        _, read = read_back(f"sim sweep {text} --out {text} --worlds 2")
    except (click.UsageError, ValueError):
        return
    assert (read["source"], read["out"], read["worlds"]) != (text, text, 2)


def test_what_is_nothing_is_left_out() -> None:
    assert command_words("run", "x", worlds=None, force=False, tables=(), set={}, seed=0) == [
        "sim", "run", "x", "--seed", "0",
    ]  # fmt: skip


SETS = {"title": 'it\'s $5; "so"', "mediator.functions": ["warn"], "run.months": 3}


def test_a_comparison_names_what_it_was_made_of() -> None:
    asked = ResolvedRequest(
        kind="compare", loaded=load("one_tie", SETS), regimes=("adversarial", "mediated", "planner"),
        worlds=2, seed=0, tables=("events", "need_months"), overrides=SETS,
        design={"align": "turnover", "window": "-1:2"},
    )  # fmt: skip
    name, read = read_back(shlex.join(command_of(asked)))
    assert (name, read["scenario"], read["regimes"]) == (
        "compare",
        "one_tie",
        ("adversarial", "mediated"),
    )
    assert (read["worlds"], read["seed"], read["tables"]) == (2, 0, ("events", "need_months"))
    assert (read["align"], read["window"]) == ("turnover", "-1:2")
    assert dict(parse_overrides(read["sets"])) == SETS
    alone = ResolvedRequest(
        kind="run", loaded=asked.loaded, regimes=("planner",), worlds=1, seed=7, overrides=SETS
    )
    name, read = read_back(shlex.join(command_of(alone)))
    assert (name, read["regime"], read["tables"]) == ("run", "planner", ("periods", "ties"))


@pytest.mark.parametrize("folder", ["grid", "my own", "-x"])
def test_a_point_and_a_study_name_the_command_that_resumes(folder: str) -> None:
    factors = [{"key": "title", "values": ["it's", "a b"]}]
    table = check_study(
        {"scenario": "one_tie", "factors": factors, "worlds": 2, "regimes": ["mediated"]}, Place()
    )
    study = plan(table, Place(), overrides={"run.months": 3})
    name, read = read_back(command_of_point(study, study.points[0], Path(folder)))
    assert (name, read["regimes"], read["worlds"]) == ("compare", ("mediated",), 2)
    assert dict(parse_overrides(read["sets"])) == {"run.months": 3, "title": "it's"}
    for only in (False, True):
        name, read = read_back(resume_study_command(study, Path(folder), only_failed=only))
        assert (name, read["only_failed"]) == ("sweep", only)
        assert Path(read["source"]) == Path(folder)


def test_the_page_names_what_is_watched() -> None:
    keys = (("title", 'it\'s; "so"'), ("mediator.bias", -0.5))
    choice = Choice("one_tie", ("adversarial", "mediated"), " 7 ", "100000", keys, tie=3)
    name, read = read_back(as_command(choice))
    assert (name, read["regimes"]) == ("compare", choice.regimes)
    assert (read["worlds"], read["seed"]) == (100_001, 7)
    assert dict(parse_overrides(read["sets"])) == dict(keys)
    for typed, regime in zip(as_story(choice).splitlines(), choice.regimes, strict=True):
        name, read = read_back(typed)
        assert (name, read["regime"]) == ("story", regime)
        assert (read["world"], read["tie"], read["seed"]) == (100_000, 3, 7)
        assert dict(parse_overrides(read["sets"])) == dict(keys)


COMPOSED = re.compile(rf"(^|[\s`;(])sim ({'|'.join(map(str, BY_NAME))}) [^`\n]*\0")
WRITER = "study/results/command.py"


def composed(path: str, source: str) -> Iterator[str]:
    """Yield the places at which a file composes a command line itself, or quotes for a shell."""
    if "sim " not in source and "shlex" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            parts = "".join(p.value if isinstance(p, ast.Constant) else "\0" for p in node.values)
            if COMPOSED.search(parts):
                yield f"{path}:{node.lineno}"
        elif isinstance(node, ast.Import) and any(a.name == "shlex" for a in node.names):
            yield f"{path}:{node.lineno}"


def test_one_module_writes_command_lines() -> None:
    files = {p.relative_to(PACKAGE).as_posix(): p.read_text("utf-8") for p in PACKAGE.rglob("*.py")}
    found = [place for path, text in files.items() for place in composed(path, text)]
    assert [place.split(":")[0] for place in found] == [WRITER]


@pytest.mark.parametrize(
    "source", ["import shlex", "f'sim sweep {place}'", "f'or `sim run {x} --force`'"]
)
def test_another_writer_would_be_seen(source: str) -> None:
    assert list(composed("x.py", source)) == ["x.py:1"]
    assert list(composed("x.py", "f'{x}: told by `sim story`'")) == []
