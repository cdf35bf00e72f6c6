"""Every command end to end on the smallest world, and how it ends when something is wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from click.testing import Result
from said import said

from sim.engines import batch
from sim.study.results.parts import Parts

Sim = Callable[..., Result]
REPOSITORY = Path(__file__).resolve().parents[2]
TINY = ("--set", "run.months=3", "--set", "run.worlds=3", "--set", "negotiation.deadline=4")
GRID = (
    "sweep", "one_tie", *TINY, "--regimes", "mediated", "--outcomes", "surplus", "--out", "grid",
)  # fmt: skip
HELP = """\
Usage: sim [OPTIONS] [COMMAND] [ARGS]...

  Simulate buyers and vendors who negotiate, deliver and remember, adversarially
  or mediated.

  SCENARIO is the name of a shipped scenario (see `sim scenarios`) or the path
  of a file.

Options:
  --version   Show the version and exit.
  -h, --help  Show this message and exit.

Commands:
  compare      Compare regimes world by world under the same luck.
  run          Run one regime and print its measures.
  explain      Explain a scenario before it is run.
  story        Tell the life of one tie in sentences.
  scenarios    List the shipped scenarios: name, title, size.
  schema       Print the JSON Schema of scenario files, for editors.
  new          Write a small commented scenario to start from.
  rerun        Recompute a result and check whether it is identical.
  sweep        Run a scenario, or a study, at many points.
  plan         Estimate the cost of a study before it is started.
  status       Show the progress of a study, and how to resume it.
  attribute    Divide the worth of a mediator among its functions.
  sensitivity  Find the keys of a scenario that matter most.
  map          Map the best regime over two keys.
  facts        Hold a scenario against published facts.
  calibrate    Find which values of keys published facts leave possible.
  identify     Ask which keys could be told from which data.
  report       Rewrite the report of a result.
  query        Query the tables of a result with SQL.
  experiment   Run an experiment and give its verdict.
  view         Watch one world under two regimes in the browser.
  negotiate    Let two strategies negotiate over a domain, without money.
  tournament   Let every strategy meet every other and itself.
  strategies   List the strategies, or check one against its claims.
  mediators    List the styles of mediators, or check one against its claims.
  validate     Check the laboratory against known results of theory.

Examples:
  sim compare it_outsourcing
  sim compare one_tie --set mediator.competence=0.2
"""
MODULES = 200  # NumPy alone would load more modules than the limit allows
RESULT = ["ledger.parquet", "manifest.json", "periods.parquet", "summary.parquet", "ties.parquet"]
FIGURES = ["difference", "ledger", "surplus", "survival", "trust"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def outside(*words: str, cwd: Path, **more: object) -> subprocess.Popen[str]:
    """Start the command as a separate process."""
    return subprocess.Popen(
        [sys.executable, "-m", "sim", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,  # type: ignore[call-overload]
    )


# --- help -------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_help_reads_like_this(sim: Sim, words: tuple[str, ...]) -> None:
    found = sim(*words)
    assert found.exit_code == 0
    assert found.stdout == HELP
    assert found.stderr == ""


def test_help_loads_little() -> None:
    """Counted in modules: seconds, which a busy machine changes, are for `make bench`."""
    count = "import atexit, sys; atexit.register(lambda: print(len(sys.modules), file=sys.stderr))"
    words = [sys.executable, "-c", f"{count}; from sim.cli.app import main; main(['--help'])"]
    done = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert int(done.stderr) < MODULES


def test_version(sim: Sim) -> None:
    assert re.fullmatch(r"sim (\d+\.\d+\.\d+|source)\n", sim("--version").stdout)


# --- compare, run, rerun ----------------------------------------------------------------------


def test_compare_prints_and_leaves_everything(sim: Sim, here: Path) -> None:
    found = sim("compare", "one_tie", *TINY, "--out", "mine")
    assert found.exit_code == 0, found.stderr
    assert found.stdout.startswith("one_tie: One buyer and one vendor\n3 worlds × 1 ")
    assert "mediated − adversarial" in found.stdout
    assert found.stdout.endswith(
        "\ndata:    mine/\nfigures: mine/figures/\nreport:  mine/report.html\n"
    )
    assert names(here) == ["mine"]
    assert names(here / "mine") == sorted([*RESULT, "figures", "report.html"])
    assert names(here / "mine" / "figures") == [f"{n}.{t}" for n in FIGURES for t in ("png", "svg")]
    manifest = json.loads((here / "mine" / "manifest.json").read_text())
    assert manifest["complete"] is True
    assert manifest["regimes"] == ["adversarial", "partnership", "mediated", "drafter", "planner"]
    assert manifest["overrides"]["run.months"] == 3
    assert "figures/trust.svg" in manifest["files"]
    periods = pd.read_parquet(here / "mine" / "periods.parquet")
    assert len(periods) == 6 * 3 * 3 and manifest["control"] == "machine"
    assert "Of this, the procedure alone" in found.stdout
    assert "Of this, the procedure alone" in (here / "mine" / "report.html").read_text("utf-8")


def test_the_recorded_command_makes_the_same_result(sim: Sim, here: Path) -> None:
    sets = ("--set", 'run.currency="k$ of 2026"', "--set", "buyers.strategy={linear=1,boulware=2}")
    assert sim("run", "one_tie", *TINY, *sets, "--out", "first").exit_code == 0
    first = json.loads((here / "first" / "manifest.json").read_text())
    assert first["command"][:4] == ["sim", "run", "one_tie", "--regime"]
    assert sim(*first["command"][1:], "--out", "second").exit_code == 0
    second = json.loads((here / "second" / "manifest.json").read_text())
    assert second["scenario_digest"] == first["scenario_digest"]
    assert second["files"] == first["files"]


@pytest.mark.deep
def test_what_happens_around_an_event_is_shown_and_kept(sim: Sim, here: Path) -> None:
    often = ("--set", "turnover.vendor=0.4", "--set", "problems.rate=0.4", *TINY)
    words = (
        "--align",
        "deceit",
        "--window=-1:1",
        "--set",
        "buyers.blame=9",
        "--set",
        "run.months=9",
    )
    two = ("--regimes", "adversarial,mediated")
    found = sim("compare", "one_tie", *often, *words, *two, "--out", "mine")
    assert found.exit_code == 0, found.stderr
    assert "Around the month in which a problem the vendor hid is found out" in found.stdout
    assert {"aligned.svg", "aligned.png"} < set(names(here / "mine" / "figures"))
    aligned = pd.read_parquet(here / "mine" / "aligned.parquet")
    assert set(aligned["month"]) == {-1, 0, 1} and aligned["events"].max() > 0
    assert "events.parquet" not in names(here / "mine")
    manifest = json.loads((here / "mine" / "manifest.json").read_text())
    assert manifest["design"] == {"align": "deceit", "window": "-1:1"}
    assert sim("rerun", "mine").stdout.splitlines()[-1] == "identical"


def test_run_writes_one_regime_under_results(sim: Sim, here: Path) -> None:
    found = sim("run", "one_tie", *TINY, "--regime", "partnership", "--worlds", "2")
    assert found.exit_code == 0, found.stderr
    (folder,) = (here / "results" / "one_tie").iterdir()
    assert names(folder) == RESULT
    assert found.stdout.endswith(f"\ndata:    results/one_tie/{folder.name}/\n")
    assert "partnership" in found.stdout and "planner" not in found.stdout
    assert pd.read_parquet(folder / "periods.parquet")["world"].nunique() == 2


@pytest.mark.usefixtures("undrawn")
def test_run_draws_when_asked_and_keeps_the_tables_named(sim: Sim, here: Path) -> None:
    tables = ("--tables", "events,offers")
    assert sim("run", "one_tie", *TINY, *tables, "--figures", "--out", "mine").exit_code == 0
    assert names(here / "mine") == sorted(
        ["events.parquet", "offers.parquet", "figures", "report.html", *RESULT[:2], RESULT[3]]
    )


def test_an_existing_result_is_kept_unless_forced(sim: Sim, here: Path) -> None:
    words = ("run", "one_tie", *TINY, "--out", "mine")
    assert sim(*words).exit_code == 0
    before = (here / "mine" / "manifest.json").read_text()
    found = sim(*words)
    assert found.exit_code == 2
    assert (
        said(found.stderr)
        == "mine: already exists; choose another --out, or replace it with --force\n"
    )
    assert (here / "mine" / "manifest.json").read_text() == before
    assert sim(*words, "--seed", "2", "--force").exit_code == 0
    assert json.loads((here / "mine" / "manifest.json").read_text())["seed"] == 2


def test_rerun_says_identical_or_what_differs(sim: Sim, here: Path) -> None:
    assert sim("run", "one_tie", *TINY, "--out", "mine").exit_code == 0
    assert sim("rerun", "mine/manifest.json").stdout == "identical\n"
    record = json.loads((here / "mine" / "manifest.json").read_text())
    (here / "mine" / "manifest.json").write_text(json.dumps({**record, "seed": 2}))
    found = sim("rerun", "mine")
    assert found.exit_code == 1
    assert "periods.parquet: column surplus: " in found.stdout
    assert found.stdout.endswith("not identical\n")


# --- what can be typed wrong ------------------------------------------------------------------

WRONG = [
    (("compar", "one_tie"), "did you mean 'compare'?"),
    (("compare",), "missing argument 'SCENARIO'"),
    (("compare", "one_tie", "--wolrds", "3"), "--worlds"),
    (("compare", "one_ti"), "did you mean 'one_tie'?"),
    (("compare", "one_tie", "--regimes", "mediatd"), "did you mean 'mediated'?"),
    (("compare", "one_tie", "--regimes", "a,,b"), "want names with commas between them"),
    (("compare", "one_tie", "--regimes", ""), "want names with commas between them"),
    (("compare", "one_tie", "--worlds", "0"), "--worlds = '0': want a whole number from 1 to"),
    (("compare", "one_tie", "--worlds", "-3"), "--worlds = '-3': want a whole number from 1 to"),
    (("compare", "one_tie", "--worlds", "many"), "--worlds = 'many': want a whole number"),
    (("compare", "one_tie", "--worlds", "1.5"), "--worlds = '1.5': want a whole number"),
    (("compare", "one_tie", "--worlds", "9" * 5_000), "want a whole number from 1 to"),
    (("compare", "one_tie", "--seed", "-1"), "--seed = '-1': want a whole number from 0 to"),
    (("compare", "one_tie", "--threads", "0"), "--threads = '0': want a whole number from 1"),
    (("compare", "one_tie", "--tables", "ofers"), "did you mean 'offers'?"),
    (("compare", "one_tie", "--set", "run.month=3"), "did you mean 'months'?"),
    (("compare", "one_tie", "--align", "recesion"), "did you mean 'recession'?"),
    (("compare", "one_tie", "--align", "deceit", "--window", "12"), "want BEFORE:AFTER in months"),
    (("compare", "one_tie", "--window=-1:1"), "want --align with it, one of recession, deceit"),
    (("compare", "one_tie", "--set", "nonsense"), "want key.path=value"),
    (("run", "one_tie", "--regime", "x"), "want one of adversarial, partnership"),
    (("story", "one_tie", "--world", "-1"), "--world = '-1': want a whole number from 0"),
    (("explain", "no/such.toml"), "no such file"),
    (("sweep", "one_tie"), "--vary: nothing is varied: want key=from:to:number"),
    (("sweep", "one_tie", "--vary", "mediator.competense=0:1:11"), "did you mean 'competence'?"),
    (("sweep", "one_tie", "--vary", "mediator.competence=0:1:3", "--worlds", "0"), "want a whole"),
    (("sweep", "one_tie", "--vary", "mediator.competence=1:0:3"), "the range runs backwards"),
    (
        ("compare", "one_tie", "--align", "recession"),
        "it can happen under no regime here; want recession.rate above 0",
    ),
    (
        ("compare", "one_tie", "--align", "turnover"),
        "want turnover.buyer or turnover.vendor above 0",
    ),
    (("sweep", "one_tie", "--vary", "mediator.competence=x,y"), "want a number from 0 to 1"),
    (("sweep", "one_tie", "--vary", "run.months=6,7", "--outcomes", "surplas"), "'surplus'?"),
    (("sweep", "one_tie", "--vary", "run.months=6,7", "--until", "surplus"), "OUTCOME=WIDTH"),
    (("sweep", "one_tie", "--vary", "run.months=6,7", "--design", "grid"), "want some of factor"),
    (("plan", "no/such.toml", "--vary", "run.months=6,7"), "no such file"),
    (("status", "nowhere"), "nowhere/manifest.json: cannot read"),
    (("report", "nowhere"), "nowhere/manifest.json: cannot read"),
    (("query", "nowhere", "select 1"), "nowhere: holds no result"),
    (("attribute", "one_tie", "--of", "brokr"), "did you mean 'broker'?"),
    (("sweep", "one_tie", "--vary", "run.months=6,7", "--dask", "foo"), "want tcp://HOST:PORT"),
    (("sweep", "one_tie", "--design", "coalitions", "--vary", "run.months=6,7"), "turn switches"),
    (
        (
            "map",
            "one_tie",
            "--x",
            "run.months=6,7",
            "--y",
            "mediator.bias=0,1",
            "--regimes",
            "planner",
        ),
        "want at least two",
    ),
    (("attribute", "one_tie", "--of", "drift.rate"), "it is off in this scenario"),
    (("sensitivity", "one_tie", "--factors", "problems.rate=0.3:0.1"), "runs backwards"),
    (("map", "one_tie", "--x", "run.months=6,7", "--y", "run.months=6,7"), "varied twice"),
    (("sweep", "one_tie", "--vary", "run.months"), "want key=from:to:number"),
    (("sweep", "one_tie", "--vary", "run.worlds=1:2:2"), "want --worlds"),
    (("experiment", "mediation_premiun"), "did you mean 'mediation_premium'?"),
    (("experiment", "mediation_premium", "--worlds", "1"), "want a whole number from 2"),
    (("rerun", "nowhere"), "nowhere/manifest.json: cannot read"),
    (("new", ""), "want the name of a scenario"),
    (("new", "no/such/folder"), "cannot write"),
    (("view", "one_tie", "--port", "70000"), "want a whole number from 1 to 65535"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=lambda part: " ".join(part)[:40])
def test_what_is_typed_wrong_ends_in_one_line(
    sim: Sim, here: Path, words: tuple[str, ...], said: str
) -> None:
    found = sim(*words)
    assert found.exit_code == 2
    assert found.stdout == ""
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert names(here) == []


ASKING = (
    ("sweep", "one_tie", "--vary"),
    ("plan", "one_tie", "--vary"),
    ("sweep", "one_tie", "--design", "sobol", "--vary"),
    ("sensitivity", "one_tie", "--factors"),
    ("map", "one_tie", "--y", "problems.rate=0:1:3", "--x"),
)


@pytest.mark.parametrize("words", ASKING, ids=" ".join)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1:0:5", "the range runs backwards; want 0:1:5"),
        ("0:1:0.1", "the third part is how many values, not a step; for steps of 0.1 write 0:1:11"),
        ("0:1:5.0", "the third part is how many values, without point or e; want 0:1:5"),
        ("0:1:1e1", "the third part is how many values, without point or e; want 0:1:10"),
    ],
)
def test_a_range_is_refused_everywhere_in_the_same_words(
    sim: Sim, here: Path, words: tuple[str, ...], text: str, wanted: str
) -> None:
    found = sim(*words, f"mediator.competence={text}")
    assert found.exit_code == 2
    assert found.stderr == f"{words[-1]}: mediator.competence = {text}: {wanted}\n"
    assert names(here) == []


def test_every_problem_of_a_scenario_has_its_line(sim: Sim, here: Path) -> None:
    (here / "bad.toml").write_text('extends = "one_tie"\n[run]\nmonths = 0\nwrlds = 3\n')
    found = sim("compare", "bad.toml")
    assert found.exit_code == 2
    assert [line.split(": ")[0] for line in found.stderr.splitlines()] == [
        "bad.toml:3",
        "bad.toml:4",
    ]
    assert names(here) == ["bad.toml"]


def test_too_little_memory_is_reported(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    def hungry(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(batch, "simulate", hungry)
    found = sim("compare", "one_tie", "--out", "mine")
    assert found.exit_code == 2
    assert said(found.stderr) == "not enough memory; want fewer --worlds or fewer --tables\n"
    assert names(here) == []


def test_data_that_ends_too_soon_is_no_interruption(
    sim: Sim, monkeypatch: pytest.MonkeyPatch, here: Path
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise EOFError("Ran out of input")

    monkeypatch.setattr(batch, "simulate", cut)
    found = sim("compare", "one_tie", "--out", "mine")
    assert found.exit_code == 2
    assert found.stderr == "something that was read ended too soon: Ran out of input\n"
    assert names(here) == []


NO_BACKEND = {"PYTHONPATH": str(REPOSITORY), "MPLBACKEND": "nonsense"}


@pytest.mark.deep
def test_a_canvas_needs_no_backend_of_that_name(here: Path) -> None:
    program = "from sim.render.figures.figure_style import house_style, make_panels as make\n"
    program += "with house_style(): make((2, 2), 1)"
    around = {**os.environ, **NO_BACKEND}
    subprocess.run([sys.executable, "-c", program], cwd=here, env=around, check=True)


@pytest.mark.deep
def test_figures_are_drawn_whatever_the_backend_is_called(here: Path) -> None:
    words = ("run", "one_tie", *TINY, "--figures", "--out", "mine")
    around = {**os.environ, **NO_BACKEND}
    done = subprocess.run(
        [sys.executable, "-m", "sim", *words], cwd=here, env=around, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert (here / "mine" / "figures" / "surplus.png").stat().st_size > 1_000


@pytest.mark.usefixtures("undrawn")
def test_a_sweep_says_which_width_was_not_reached(sim: Sim, here: Path) -> None:
    found = sim(
        "sweep", "one_tie", *TINY, "--vary", "problems.rate=0.1,0.3", "--regimes", "mediated",
        "--outcomes", "surplus", "--until", "surplus=1e-6", "--at-most", "30", "--out", "mine",
    )  # fmt: skip
    assert found.exit_code == 0
    told = found.stdout.replace("\n  ", " ").splitlines()
    told = [line for line in told if "not reached" in line]
    assert [line.split(":")[0] for line in told] == ["point-00000", "point-00001"]
    assert all(
        line.endswith("30 worlds, the most allowed; requested is less than 1e-06") for line in told
    )


def test_what_is_to_be_typed_next_can_be_typed(sim: Sim, here: Path) -> None:
    for name in ("bad name!", "-x", "it's"):
        found = sim("new", "--", name)
        hints = [line.split(":  ")[1].split("    ")[-1] for line in found.stdout.splitlines()[1:]]
        explain, schema = (shlex.split(hint) for hint in hints)
        assert explain == ["sim", "explain", f"{'./' * (name == '-x')}{name}.toml"]
        assert schema == ["sim", "schema", "--out", "scenario.schema.json"]
        assert sim(*explain[1:]).exit_code == 0


def test_a_scenario_with_the_name_of_a_shipped_one_is_told_how_to_run(sim: Sim, here: Path) -> None:
    assert sim("new", "mine").stderr == ""
    found = sim("new", "one_tie")
    assert found.exit_code == 0
    told = "one_tie alone is the shipped scenario of this name; yours is ./one_tie.toml"
    assert found.stderr == f"note: {told}\n"


@pytest.mark.deep
def test_a_study_in_a_folder_with_a_space_resumes_by_its_message(sim: Sim, here: Path) -> None:
    words = ("sweep", "one_tie", *TINY, "--vary", "problems.rate=0.1,0.2", "--regimes", "mediated")
    assert sim(*words, "--outcomes", "surplus", "--out", "my own").exit_code == 0
    part = here / "my own" / "parts" / "part-00000-0000000.parquet"
    part.unlink()
    assert "to resume: sim sweep 'my own'\n" in sim("status", "my own").stdout
    assert "; sim sweep 'my own' recomputes it" in sim("report", "my own").stderr


# --- interrupted ------------------------------------------------------------------------------


def after(calls: int, function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that presses Ctrl-C instead of its next call."""
    left = [calls]

    def call(*words: object, **more: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return function(*words, **more)

    return call


def once(function: Callable[..., object]) -> Callable[..., object]:
    """Return a function that presses Ctrl-C after its first call, and never again."""
    calls = []

    def call(*words: object, **more: object) -> object:
        found = function(*words, **more)
        calls.append(found)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return found

    return call


@pytest.mark.usefixtures("undrawn")
def test_ctrl_c_keeps_the_worlds_that_every_regime_has(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "simulate", after(6, batch.simulate))
    monkeypatch.setattr("sim.measure.compare.BLOCK", 2)
    found = sim("compare", "one_tie", *TINY, "--out", "mine")
    assert found.exit_code == 130
    assert found.stderr.endswith("interrupted: 2 of 3 worlds are complete and kept\n")
    manifest = json.loads((here / "mine" / "manifest.json").read_text())
    assert manifest["complete"] is False
    assert manifest["worlds"] == {"asked": 3, "done": 2}
    assert pd.read_parquet(here / "mine" / "periods.parquet")["world"].nunique() == 2


@pytest.mark.parametrize("words", [("compare", "one_tie"), ("run", "one_tie")])
def test_not_even_the_folders_around_a_result_are_left(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    def cut(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.lab.comparisons.simulate_request", cut)
    (here / "kept").mkdir()
    for place in ((), ("--out", "a/b/c"), ("--out", "kept/c")):
        assert sim(*words, *TINY, *place).exit_code == 130
        assert names(here) == ["kept"]


def test_ctrl_c_before_anything_is_complete_leaves_nothing(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "simulate", after(2, batch.simulate))
    found = sim("compare", "one_tie", *TINY, "--out", "mine")
    assert found.exit_code == 130
    assert said(found.stderr).strip() == "interrupted: nothing was complete, so nothing is kept"
    assert names(here) == []


def test_ctrl_c_while_drawing_keeps_the_tables(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.render.figures.figure_style.to_png", after(1, lambda *_: b"picture"))
    found = sim("run", "one_tie", *TINY, "--figures", "--out", "mine")
    assert found.exit_code == 130
    assert found.stderr.endswith("interrupted: all worlds are kept, but not the figures\n")
    assert set(RESULT) < set(names(here / "mine"))
    assert sim("rerun", "mine").stdout.splitlines()[-1] == "identical"


@pytest.mark.deep
def test_a_closed_pipe_ends_quietly(here: Path) -> None:
    with outside("schema", cwd=here) as process:
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0


# --- scenarios --------------------------------------------------------------------------------


def test_scenarios_are_listed_with_title_and_size(sim: Sim) -> None:
    lines = sim("scenarios").stdout.splitlines()
    (one,) = [line for line in lines if line.startswith("one_tie")]
    assert "One buyer and one vendor" in one
    assert one.endswith("1 need, 1 vendor, 48 months, 200 worlds")
    assert any(line.startswith("it_outsourcing") for line in lines)


def test_new_writes_a_scenario_that_runs_and_keeps_what_is_there(sim: Sim, here: Path) -> None:
    found = sim("new", "mine")
    assert found.exit_code == 0
    assert found.stdout == (
        "wrote mine.toml\n"
        "see what it means:  sim explain mine.toml\n"
        "for your editor:    sim schema --out scenario.schema.json\n"
    )
    first = (here / "mine.toml").read_text().splitlines()[0]
    assert sim(*found.stdout.splitlines()[-1].split("  sim ")[1].split()).exit_code == 0
    assert (here / first.removeprefix("#:schema ")).is_file()
    before = (here / "mine.toml").read_text()
    assert sim("new", "mine.toml").stderr == "mine.toml: already exists; choose another name\n"
    assert (here / "mine.toml").read_text() == before
    found = sim("run", "mine.toml", "--worlds", "1", "--set", "run.months=2", "--out", "r")
    assert found.exit_code == 0, found.stderr


def test_schema_is_printed_or_written(sim: Sim, here: Path) -> None:
    printed = sim("schema").stdout
    assert json.loads(printed)["properties"]["run"]
    assert sim("schema", "--out", "s.json").stdout == "wrote s.json\n"
    assert (here / "s.json").read_text() == printed
    assert sim("schema", "--out", "s.json").stderr.endswith("or replace it with --force\n")
    assert sim("schema", "--out", "s.json", "--force").exit_code == 0
    for force in ((), ("--force",)):
        assert sim("schema", "--out", ".", *force).stderr == ".: is a folder; want a file\n"


@pytest.mark.parametrize("text", ["", "mine", "[]", "{}", '{"title": "Scenario"}'])
def test_a_file_that_is_no_schema_is_not_replaced_by_one(sim: Sim, here: Path, text: str) -> None:
    (here / "mine").write_text(text)
    told = sim("schema", "--out", "mine")
    assert (told.exit_code, told.stderr) == (2, "mine: already exists; choose another --out\n")
    told = sim("schema", "--out", "mine", "--force")
    assert told.exit_code == 2 and told.stderr.startswith("mine: is no schema of this tool")
    assert (here / "mine").read_text() == text


def test_explain_says_what_a_scenario_means(sim: Sim, here: Path) -> None:
    found = sim("explain", "one_tie")
    assert found.exit_code == 0
    assert "One buyer and one vendor" in found.stdout
    assert names(here) == []


def test_story_tells_a_life(sim: Sim, here: Path) -> None:
    found = sim("story", "one_tie", *TINY, "--regime", "adversarial", "--world", "2")
    assert found.exit_code == 0
    assert len(found.stdout.splitlines()) > 5
    assert sim("story", "one_tie", "--tie", "7").exit_code == 2
    assert names(here) == []


# --- studies ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("undrawn")
def test_sweep_shows_every_point_and_resumes(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("sweep", "one_tie", *TINY, "--regimes", "adversarial,mediated", "--out", "grid")
    vary = ("--vary", "mediator.competence=0:1:3", "--vary", "problems.rate=0.1,0.3")
    found = sim(*words, *vary)
    assert found.exit_code == 0, found.stderr
    head = found.stdout.splitlines()[2].split("  ")
    assert [word.strip() for word in head if word][:4] == [
        "point",
        "mediator.competence",
        "problems.rate",
        "adversarial",
    ]
    assert found.stdout.endswith(
        "6 of 6 points are complete\ndata:    grid/\nreport:  grid/report.html\n"
    )
    report = (here / "grid" / "report.html").read_text()
    assert report.count("<figure") > 2
    monkeypatch.setattr("sim.lab.studies.draw_study", lambda *_: None)  # drawn once is enough
    again = sim(*words, *vary)
    assert "6 of 6 points are complete, 6 of them found there\n" in again.stdout
    whole = sim("sweep", "grid")  # the folder knows its study
    assert "6 of 6 points are complete, 6 of them found there\n" in whole.stdout
    assert "points:   6 of 6 complete" in sim("status", "grid").stdout
    assert sim("report", "grid").stdout == "report:  grid/report.html\n"
    assert sim(*words, "--vary", "problems.rate=0.1,0.3").exit_code == 2


@pytest.mark.usefixtures("undrawn")
def test_an_interrupted_sweep_says_how_to_resume_it(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sim.study.results.parts.Parts.add", once(Parts.add))
        found = sim(*GRID, "--vary", "problems.rate=0.1,0.2,0.3")
    assert found.exit_code == 130
    assert "of 3 points are complete; `sim sweep grid` resumes the study" in found.stderr
    monkeypatch.setattr("sim.lab.studies.draw_study", lambda *_: None)  # drawn in the tests above
    assert sim("sweep", "grid").exit_code == 0


def test_ctrl_c_while_drawing_keeps_what_was_made(
    sim: Sim, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("sim.lab.studies.draw_study", after(0, print))
        found = sim(*GRID, "--vary", "problems.rate=0.1,0.2")
    assert found.exit_code == 130
    assert said(found.stderr) == "interrupted: finished work is kept; `sim sweep grid` resumes it\n"
    assert "2 of 2 points are complete, 2 of them found there" in sim("sweep", "grid").stdout


def test_help_says_where_results_go(sim: Sim) -> None:
    for command in ("compare", "run", "sweep", "experiment"):
        assert "results/SCENARIO/TIME" in sim(command, "--help").stdout


@pytest.mark.deep
def test_one_regime_has_nothing_to_be_compared_with(sim: Sim, here: Path) -> None:
    alone = sim("compare", "one_tie", *TINY, "--regimes", "mediated", "--out", "alone")
    assert alone.exit_code == 0
    assert "nothing to compare it with; want --regimes adversarial,mediated" in alone.stderr
    two = ("--regimes", "adversarial,mediated", "--out", "two")
    assert "nothing to compare" not in sim("compare", "one_tie", *TINY, *two).stderr


@pytest.mark.usefixtures("undrawn")
def test_experiment_gives_its_verdict(sim: Sim, here: Path) -> None:
    (here / "why").mkdir()
    (here / "why" / "question.md").write_text("# Talking helps\n\nDoes it?\n")
    (here / "tiny.toml").write_text('extends = "one_tie"\nrun.months = 2\n')
    (here / "why" / "study.toml").write_text(
        'scenario = "../tiny.toml"\nworlds = 3\nregimes = ["adversarial", "mediated"]\n'
        'contrast = ["mediated", "adversarial"]\noutcome = "surplus"\n[[rows]]\nname = "as it is"\n'
    )
    found = sim("experiment", "why", "--out", "answer")
    assert found.exit_code == 0, found.stderr
    assert found.stdout.startswith("Talking helps\n-------------\n\nVerdict: the claim ")
    assert not any(mark in found.stdout for mark in ("**", "`", "| ", "# "))
    assert (
        re.search("^row +verdict ", found.stdout, re.M)
        and "sim experiment why runs it again.\n" in found.stdout
    )
    assert re.search(r" −\d", found.stdout) and not re.search(r"[ (]-\d", found.stdout)
    assert max(map(len, found.stdout.splitlines())) <= 100
    kept = (here / "answer" / "verdict.md").read_text(encoding="utf-8")
    assert kept.startswith("# Talking helps\n\n**Verdict: the claim ") and " −" in kept
    assert found.stdout.endswith("data:    answer/\nreport:  answer/report.html\n\n")


def test_view_serves_what_it_is_asked_to(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("sim.page.serve.serve", lambda *words, **more: asked.append((words, more)))
    assert sim("view").exit_code == 0
    assert sim("view", "one_tie", "--port", "9000", "--no-open").exit_code == 0
    names = ("--allow-host", "a", "--allow-host", "b")
    words = ("view", "one_tie", "--host", "::1", *names, "--no-browser")
    assert sim(*words).exit_code == 0, "its old name"
    assert asked == [
        (
            ("it_outsourcing", "127.0.0.1", None),
            {"open_browser": True, "allow_hosts": (), "allow_code": False},
        ),
        (
            ("one_tie", "127.0.0.1", 9000),
            {"open_browser": False, "allow_hosts": (), "allow_code": False},
        ),
        (
            ("one_tie", "::1", None),
            {"open_browser": False, "allow_hosts": ("a", "b"), "allow_code": False},
        ),
    ]


# --- a separate process -----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to a process there")
def test_a_real_ctrl_c_ends_with_130_and_no_traceback(here: Path) -> None:
    words = ("compare", "it_outsourcing", "--worlds", "1000000", "--threads", "2", "--out", "mine")
    with outside(*words, cwd=here, start_new_session=True) as process:
        try:
            while not names(here) and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=600)
        finally:
            process.kill()  # hours of work, if it were not stopped
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "interrupted: " in errors
    assert [n for n in names(here) if n.startswith(".")] == []
