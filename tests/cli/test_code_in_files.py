"""A file from somebody else runs no code unless the user who opens it consents."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from counts import one_in

from sim.engines.market import NegotiationModel
from sim.errors import ScenarioError, SimError
from sim.lab.api import attribute, compare, explain, run, sweep
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.study.design.plan import plan
from sim.study.design.studyfile import read_study
from sim.study.run.chunks import make_chunk
from sim.study.run.estimate import study_job
from sim.study.run.job import run_chunk
from sim.study.run.restore import restore_study

pytestmark = pytest.mark.usefixtures("undrawn")

Sim = Callable[..., Result]
CODE = """
from dataclasses import dataclass
from pathlib import Path

with Path(__file__).with_suffix(".ran").open("a") as file:
    file.write("ran")


@dataclass(frozen=True)
class Y:
    traits = ("monotone",)

    def ask(self, seen):
        return seen.opening
"""
TINY = "run = { months = 2, worlds = 2 }\nnegotiation = { deadline = 4 }\n"
SETS = tuple(f"--set={text}" for text in ("run.months=2", "run.worlds=2", "negotiation.deadline=4"))
OVER = {"run.months": 2, "run.worlds": 2, "negotiation.deadline": 4}
STUDY = """
scenario = "one_tie"
regimes = ["adversarial", "mediated"]
contrast = ["mediated", "adversarial"]
outcome = "surplus"
worlds = 2
overrides = { "run.months" = 2, "negotiation.deadline" = 4 }
"""
SCENARIOS = {
    "a side": 'buyers = { strategy = "x.py:Y" }',
    "with settings": 'vendors = { strategy = "x.py:Y:accept=next" }',
    "a mixture": 'buyers = { strategy = { linear = 3, "x.py:Y" = 1 } }',
}
STUDIES = {
    "overrides": STUDY.replace("{ ", '{ "buyers.strategy" = "x.py:Y", ')
    + '[[factors]]\nkey = "buyers.blame"\nvalues = [0.1, 0.2]\n',
    "a table in overrides": STUDY.replace("{ ", '{ buyers = { strategy = "x.py:Y" }, ')
    + '[[factors]]\nkey = "vendors.oversell"\nvalues = [0.1, 0.2]\n',
    "a factor": STUDY + '[[factors]]\nkey = "buyers.strategy"\nvalues = ["linear", "x.py:Y"]\n',
    "a row": STUDY + '[[rows]]\nname = "mine"\noverrides = { "buyers.strategy" = "x.py:Y" }\n',
    "a mixture by key": STUDY
    + "[[rows]]\nname = 'mine'\noverrides = { 'buyers.strategy.\"x.py:Y\"' = 1 }\n",
    "a list": STUDY + 'csv = "points.csv"\n',
}


@pytest.fixture
def files(here: Path) -> Path:
    """Return the current folder, with a file of code in it and scenarios and lists that name it."""
    mine = f"# of {here}: the same text is not run twice\n"
    (here / "x.py").write_text(textwrap.dedent(CODE) + mine)
    (here / "bad.toml").write_text(f'extends = "one_tie"\n{SCENARIOS["a side"]}\n{TINY}')
    (here / "points.csv").write_text("buyers.strategy\nlinear\nx.py:Y\n")
    return here


def ran(folder: Path) -> bool:
    """Say whether the code has run since the last call."""
    mark = folder / "x.ran"
    there = mark.exists()
    mark.unlink(missing_ok=True)
    return there


def refused(result: Result, folder: Path, *said: str) -> None:
    """Check that a command ended with 2 and one line about the code, and that it did not run."""
    assert not ran(folder)
    assert result.exit_code == 2, result.output
    (line,) = result.stderr.splitlines()
    for words in ("code from x.py", "--allow-code", *said):
        assert words in line, line


def noted(result: Result, where: str) -> bool:
    """Say whether a line reported that the code ran, and who named it."""
    return f"note: runs code from x.py, named in {where}\n" in result.stderr


COMMANDS = {
    "explain": (), "story": (), "run": ("--out", "o"), "compare": ("--out", "o"),
    "plan": ("--vary", "buyers.blame=0.1,0.2"),
    "sweep": ("--vary", "buyers.blame=0.1,0.2", "--out", "o"),
    "attribute": ("--of", "broker", "--out", "o"),
    "map": ("--x", "buyers.blame=0.1,0.2", "--y", "vendors.oversell=0,0.1", "--out", "o"),
    "sensitivity": ("--factors", "buyers.blame=0.1:0.2", "--out", "o"),
}  # fmt: skip


@pytest.mark.parametrize("command", one_in(2, COMMANDS))
def test_no_command_runs_what_a_scenario_names(sim: Sim, files: Path, command: str) -> None:
    before = sorted(files.iterdir())
    refused(sim(command, "bad.toml", *COMMANDS[command]), files, "bad.toml:2", "buyers.strategy")
    assert sorted(files.iterdir()) == before


@pytest.mark.parametrize("kind", one_in(2, SCENARIOS))
def test_however_it_is_written_it_is_refused_and_runs_when_it_is_let_in(
    sim: Sim, files: Path, kind: str
) -> None:
    (files / "base.toml").write_text(f'extends = "one_tie"\n{SCENARIOS[kind]}\n{TINY}')
    (files / "top.toml").write_text('extends = "base.toml"\ntitle = "Nothing to see here"\n')
    words = ("run", "top.toml", "--regime", "adversarial", "--out", "o")
    refused(sim(*words), files, "base.toml:2")
    done = sim(*words, "--allow-code")
    assert done.exit_code == 0, done.output
    assert ran(files) and noted(done, "base.toml")
    assert done.stderr.count("runs code") == 1


def test_a_regime_that_would_bring_code_is_refused_and_runs_nothing(sim: Sim, files: Path) -> None:
    text = '[regimes.theirs]\nextends = "mediated"\nbuyers.strategy = "x.py:Y"\n'
    (files / "r.toml").write_text(f'extends = "one_tie"\n{text}')
    found = sim("explain", "r.toml", "--allow-code")
    assert found.exit_code == 2 and "never people" in found.stderr and not ran(files)


def test_what_replaces_it_keeps_it_from_running(sim: Sim, files: Path) -> None:
    assert sim("run", "bad.toml", "--set", "buyers.strategy=linear", "--out", "o").exit_code == 0
    assert not ran(files)


def test_who_types_a_file_agreed_to_that_file_and_to_no_other(sim: Sim, files: Path) -> None:
    words = ("run", "--regime", "adversarial", *SETS)
    done = sim(*words, "one_tie", "--set", "buyers.strategy=x.py:Y", "--out", "a")
    assert done.exit_code == 0 and ran(files) and not noted(done, "--set 4")
    done = sim(*words, "one_tie", "--set", 'buyers={strategy="x.py:Y"}', "--out", "b")
    assert done.exit_code == 0
    mine = ("--set", f"vendors.strategy={files / 'x.py'}:Y")
    assert sim(*words, "bad.toml", *mine, "--out", "c").exit_code == 0
    (files / "other.py").write_text((files / "x.py").read_text())
    ran(files)
    other = ("--set", "vendors.strategy=other.py:Y")
    refused(sim(*words, "bad.toml", *other, "--out", "d"), files)


@pytest.mark.parametrize("kind", one_in(6, STUDIES))
def test_no_study_brings_code(sim: Sim, files: Path, kind: str) -> None:
    (files / "study.toml").write_text(STUDIES[kind])
    (files / "question.md").write_text("# Is it so?\n")
    place = "points.csv" if kind == "a list" else "study.toml:"
    refused(sim("sweep", "study.toml", "--out", "o"), files, place)
    refused(sim("plan", "study.toml"), files, place)
    refused(sim("experiment", ".", "--out", "o"), files, place)
    assert not (files / "o").exists()
    done = sim("sweep", "study.toml", "--out", "o", "--allow-code")
    assert done.exit_code == 0, done.output
    assert ran(files) and done.stderr.count("runs code from x.py, named in ") == 1
    assert "x.py" in json.loads((files / "o" / "manifest.json").read_text())["strategies"]


@pytest.mark.deep
def test_a_list_on_the_command_line_brings_none_either(sim: Sim, files: Path) -> None:
    words = (
        "sweep",
        "one_tie",
        "--outcomes",
        "surplus",
        *SETS,
        "--list",
        "points.csv",
        "--out",
        "o",
    )
    refused(sim(*words), files, "points.csv")
    assert sim(*words, "--allow-code").exit_code == 0 and ran(files)


def test_an_experiment_runs_it_when_it_is_let_in(sim: Sim, files: Path) -> None:
    (files / "study.toml").write_text(STUDIES["a row"])
    (files / "question.md").write_text("# Is it so?\n")
    done = sim("experiment", ".", "--out", "o", "--allow-code")
    assert done.exit_code == 0, done.output
    assert ran(files) and noted(done, "study.toml:10")


@pytest.mark.deep
def test_a_study_is_resumed_by_the_command_that_named_the_code_and_not_by_its_folder(
    sim: Sim, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (
        "sweep",
        "one_tie",
        "--outcomes",
        "surplus",
        *SETS,
        "--vary",
        "buyers.strategy=linear,x.py:Y",
        "--out",
        "o",
    )
    done = sim(*words)
    assert done.exit_code == 0 and ran(files) and "runs code" not in done.stderr
    part = next((files / "o" / "parts").iterdir())
    part.unlink()
    refused(sim("sweep", "o"), files, "o/manifest.json")
    refused(sim("rerun", "o"), files, "o/manifest.json")
    assert not part.exists()
    assert sim(*words).exit_code == 0 and part.exists()
    part.unlink()
    told = sim("status", "o")
    assert "to resume: sim sweep o --allow-code" in told.output
    done = sim("sweep", "o", "--allow-code")
    assert done.exit_code == 0 and noted(done, "o/manifest.json") and part.exists()
    assert sim("rerun", "o", "--allow-code").output.splitlines()[-1] == "identical"


@pytest.mark.deep
def test_who_only_reads_a_result_needs_no_code(sim: Sim, files: Path) -> None:
    """Neither with the file nor without it, and not in another process either."""
    words = ("--set", "buyers.strategy=x.py:Y", "--regimes", "adversarial,mediated")
    assert sim("compare", "one_tie", *SETS, *words, "--out", "c").exit_code == 0
    words = ("--vary", "buyers.strategy=linear,x.py:Y", "--out", "s")
    assert sim("sweep", "one_tie", "--outcomes", "surplus", *SETS, *words).exit_code == 0
    (files / "x.py").write_text((files / "x.py").read_text() + "# another state of it\n")
    ran(files)
    for remains in (True, False):
        if not remains:
            (files / "x.py").unlink()
        for folder in ("c", "s"):
            assert sim("report", folder).exit_code == 0
            assert sim("query", folder, "select 1 as one from summary").exit_code == 0
        told = sim("status", "s")
        assert told.exit_code == 0 and "complete" in told.output
    assert not ran(files)


def test_the_command_in_a_report_says_that_it_needs_the_option(sim: Sim, files: Path) -> None:
    words = ("run", "bad.toml", "--regime", "adversarial", "--out", "o", "--allow-code")
    assert sim(*words).exit_code == 0
    command = json.loads((files / "o" / "manifest.json").read_text())["command"]
    assert command[-1] == "--allow-code"
    again = ("run", "one_tie", *SETS, "--set", "buyers.strategy=x.py:Y", "--out", "p")
    assert sim(*again).exit_code == 0
    command = json.loads((files / "p" / "manifest.json").read_text())["command"]
    assert "--allow-code" not in command


CALLS: dict[str, Callable[..., Any]] = {
    "compare": lambda **more: compare("bad.toml", ["adversarial"], threads=1, **more),
    "run": lambda **more: run("bad.toml", "adversarial", threads=1, **more),
    "explain": lambda **more: explain("bad.toml", **more),
    "sweep": lambda **more: sweep("bad.toml", {"buyers.blame": [0.1]}, out="o", workers=1, **more),
    "attribute": lambda **more: attribute("bad.toml", ["broker"], out="o", workers=1, **more),
    "model": lambda **more: NegotiationModel("bad.toml", "adversarial", **more),
}


@pytest.mark.parametrize("name", one_in(4, CALLS))
def test_no_call_runs_what_a_scenario_names(
    name: str, files: Path, interpreted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(
        ScenarioError,
        match=r"bad\.toml:2: .*code from x\.py; want `allow_code=True`",
    ):
        CALLS[name]()
    assert not ran(files)
    CALLS[name](allow_code=True)
    assert ran(files)
    assert capsys.readouterr().err.count("runs code from x.py, named in bad.toml\n") == 1
    with pytest.raises(ScenarioError):  # what has run before is let in no more easily
        CALLS[name]()
    assert not ran(files)


def test_overrides_of_python_are_consent_and_a_scenario_object_is_not(
    files: Path, interpreted: None
) -> None:
    keys = {**OVER, "buyers.strategy": "x.py:Y"}
    run("one_tie", "adversarial", overrides=keys, threads=1)
    assert ran(files)
    made = load("one_tie", keys).scenario
    assert isinstance(made, Scenario)
    with pytest.raises(ScenarioError, match="scenario: buyers"):
        run(made, "adversarial", threads=1)
    run(made, "adversarial", threads=1, allow_code=True)


def test_the_page_runs_none(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.page import serve
    from sim.page.regime_pair import Choice, RegimePair
    from sim.page.saved_settings import as_command

    monkeypatch.setattr(serve, "_check_packages", lambda: None)
    with pytest.raises(ScenarioError, match=r"code from x\.py; the page runs none"):
        serve.serve("bad.toml")
    keys = (("buyers.strategy", "x.py:Y"),)
    with pytest.raises(ScenarioError, match=r"code from x\.py; the page runs none"):
        RegimePair(Choice("one_tie", ("adversarial", "mediated"), overrides=keys))
    with pytest.raises(ScenarioError, match=r"code from x\.py; the page runs none"):
        as_command(Choice("one_tie", ("adversarial", "mediated"), world="1", overrides=keys))
    assert not ran(files)


def test_the_page_runs_what_its_owner_let_in_and_nothing_a_tab_sends(
    files: Path, monkeypatch: pytest.MonkeyPatch, interpreted: None
) -> None:
    """The scenario that was opened with --allow-code plays; no other file, and none that a tab names."""
    from sim.page import allowed_code
    from sim.page.regime_pair import Choice, RegimePair

    monkeypatch.setattr(allowed_code, "_consents", {})
    twins = ("adversarial", "mediated")
    with pytest.raises(ScenarioError, match="the page runs none"):
        RegimePair(Choice("bad.toml", twins))
    assert not ran(files)
    allowed_code.allow_code_of("bad.toml")
    assert ran(files)
    RegimePair(Choice("bad.toml", twins))
    for keys in ((("mediator.style", "x.py:Y"),), (("buyers.strategy", "x.py:Z"),)):
        with pytest.raises(ScenarioError, match="the page runs none"):
            RegimePair(Choice("bad.toml", twins, overrides=keys))
    with pytest.raises(ScenarioError, match="the page runs none"):
        RegimePair(Choice("one_tie", twins, overrides=(("buyers.strategy", "x.py:Y"),)))


def test_a_study_with_mistakes_runs_none_while_all_of_them_are_found(files: Path) -> None:
    text = 'scenario = "bad.toml"\nregimess = ["mediated"]\n[[factors]]\n'
    (files / "study.toml").write_text(text + 'key = "mediator.competence"\nvalues = [0.1, 0.2]\n')
    with pytest.raises(ScenarioError) as caught:
        sweep("study.toml")
    assert [p.key for p in caught.value.problems] == ["regimess", "buyers.strategy"]
    assert not ran(files)


def test_a_worker_runs_what_its_session_was_allowed_and_nothing_else(
    files: Path, interpreted: None
) -> None:
    """A job is plain data that travels to other processes, in which nothing has run yet."""
    import pickle
    from dataclasses import replace

    from sim.strategies import custom_code as code
    from sim.strategies.code_consent import ALL_FILES, NO_FILES

    (files / "study.toml").write_text(STUDIES["a factor"])
    table, place = read_study(files / "study.toml")
    study = plan(table, place, consent=ALL_FILES)
    (files / "parts").mkdir()
    job = pickle.loads(pickle.dumps(study_job(study, files / "parts", "source")))
    one = make_chunk(study, study.points[1], 0, 1)
    code._loaded.clear()
    ran(files)
    no = run_chunk(replace(job, consent=NO_FILES, source="another"), one)
    assert "would run code from x.py" in no.error and not ran(files)
    assert run_chunk(job, one).error == "" and ran(files)


def test_a_manifest_that_names_code_is_only_read_without_consent(files: Path, sim: Sim) -> None:
    words = ("--vary", "buyers.strategy=linear,x.py:Y", "--out", "s")
    assert sim("sweep", "one_tie", "--outcomes", "surplus", *SETS, *words).exit_code == 0
    study = restore_study(json.loads((files / "s" / "manifest.json").read_text()))
    (files / "x.py").write_text((files / "x.py").read_text() + "# changed\n")
    ran(files)
    keys = study.points[1].values
    with pytest.raises(SimError, match="not loaded, or changed since"):
        from sim.scenario.strategy_texts import seated_strategies

        seated_strategies(load(study.loaded.scenario, keys, consent=study.loaded.consent).scenario)
    assert not ran(files)
