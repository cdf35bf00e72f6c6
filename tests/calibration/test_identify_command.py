"""`sim identify` for its user: known answers, resumed and asked again, refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from counts import count

from sim.calibration.identification.answer_tables import read_answer
from sim.lab.identification import resolve_identification
from sim.lab.requested import Request
from sim.study.results.store import read_table

Sim = Callable[..., Result]
PANELS = """\
ties = 2

[[panels]]
name = "nothing"
regimes = ["adversarial"]
measures = ["draft_share"]

[[panels]]
name = "books"
adds_to = "nothing"
regimes = ["adversarial"]
measures = ["coverage"]
keys = ["problems.rate"]
"""
PRIORS = """\
[[priors]]
key = "problems.rate"
distribution = "uniform"
low = 0.05
high = 0.3
reason = "a test"

[[priors]]
key = "mediator.competence"
distribution = "uniform"
low = 0.0
high = 1.0
reason = "a test"
"""
SMALL = ("--set", "run.months=2", "--set", "negotiation.deadline=4", "--workers", "1")
POINTS = count(24, 60)
ASK = ("identify", "one_tie", "--panel", "p.toml", "--prior", "priors.toml", *SMALL)


@pytest.fixture
def files(here: Path) -> Path:
    """Put a file of panels and one of priors into the folder."""
    (here / "p.toml").write_text(PANELS, encoding="utf-8")
    (here / "priors.toml").write_text(PRIORS, encoding="utf-8")
    return here


@pytest.mark.usefixtures("undrawn")
def test_a_key_that_is_a_column_is_told_and_one_that_nothing_reads_is_not(
    sim: Sim, files: Path
) -> None:
    done = sim(*ASK, "--points", str(POINTS), "--out", "told")
    assert done.exit_code == 0, done.stderr
    answer = read_answer(files / "told")
    assert answer is not None and answer.points == POINTS
    books, nothing = ({t.key: t for t in answer.of_panel(n)} for n in ("books", "nothing"))
    assert books["problems.rate"].r2 > 0.9 and books["problems.rate"].rank == 1
    # The control: in the arm without a mediator nothing reads what a mediator is.
    assert not books["mediator.competence"].is_told
    assert not any(one.is_told for one in nothing.values())
    assert "Of 2 keys, the panel books tells 1 well, 1 not at all." in done.stdout
    assert f"Each of {POINTS} points shows 2 ties over 2 months (2 worlds of 1 need)" in done.stdout
    page = (files / "told" / "report.html").read_text(encoding="utf-8")
    assert "What each panel tells" in page and "problems.rate itself" in page

    record = json.loads((files / "told" / "manifest.json").read_text(encoding="utf-8"))
    assert record["kind"] == "identify" and record["regimes"] == ["adversarial"]
    worlds = read_table(next((files / "told" / "parts").iterdir()))
    assert worlds.groupby("world")["point"].nunique().max() == 1, "no world has two points"

    _ask_again(sim, files)


def _ask_again(sim: Sim, files: Path) -> None:
    """Ask the folder again, about another panel, and for what it does not have."""
    before = (files / "told" / "told.parquet").read_bytes()
    manifest = (files / "told" / "manifest.json").read_bytes()
    again = sim("identify", "told")
    assert again.exit_code == 0 and "told.parquet" in str(list((files / "told").iterdir()))
    assert (files / "told" / "manifest.json").read_bytes() == manifest, "left as it is"
    fewer = files / "fewer.toml"
    fewer.write_text(PANELS[: PANELS.rindex("[[panels]]")], encoding="utf-8")
    other = sim("identify", "told", "--panel", "fewer.toml")
    assert other.exit_code == 0 and "Nothing here tells" in other.stdout
    assert (files / "told" / "told.parquet").read_bytes() != before
    assert sim("identify", "told", "--panel", "p.toml").exit_code == 0
    assert (files / "told" / "told.parquet").read_bytes() == before
    refused = sim("identify", "told", "--panel", "department")
    assert refused.exit_code == 2 and "--panel = mediated: its points ran under" in refused.stderr
    refused = sim("identify", "told", "--points", "30")
    assert refused.exit_code == 2 and "--points: the points of a folder" in refused.stderr
    refused = sim("sweep", "told")
    assert refused.exit_code == 2 and "kind: identify there, sweep asked for" in refused.stderr
    assert (
        "identify told" in sim("status", "told").stdout
        or "complete" in sim("status", "told").stdout
    )


REFUSED = (
    (("--panel", "departmnt"), "--panel = 'departmnt': want one of department, survey", "'department'"),
    (("--panel", "none.toml"), "none.toml: file: cannot be read", ""),
    (("--prior", "none.toml"), "none.toml: file: cannot be read", ""),
    (("--points", "19"), "--points = 19: want at least 20", ""),
    (("--set", "problems.rat=1"), "--set 1: problems.rat = 1: no such key", "'rate'"),
)  # fmt: skip


@pytest.mark.parametrize(("words", "line", "hint"), REFUSED)
def test_what_cannot_be_asked_is_refused_in_one_line_and_writes_nothing(
    words: tuple[str, ...], line: str, hint: str, sim: Sim, files: Path
) -> None:
    done = sim("identify", "one_tie", *words, "--out", "told")
    assert done.exit_code == 2 and len(done.stderr.splitlines()) == 1
    assert line in done.stderr and hint in done.stderr
    assert not (files / "told").exists()


def test_a_bad_panel_is_refused_with_file_line_and_key(sim: Sim, files: Path) -> None:
    (files / "p.toml").write_text(PANELS.replace("coverage", "covrage"), encoding="utf-8")
    done = sim(*ASK, "--out", "told")
    assert done.exit_code == 2
    assert done.stderr.startswith('p.toml:12: panels.1.measures.0 = "covrage": want a measure')
    assert "did you mean 'coverage'?" in done.stderr and not (files / "told").exists()


def test_a_folder_of_something_else_is_refused(sim: Sim, files: Path) -> None:
    assert sim("sweep", "one_tie", "--vary", "problems.rate=0.1,0.2", "--worlds", "1", *SMALL,
               "--out", "swept").exit_code == 0  # fmt: skip
    done = sim("identify", "swept")
    assert done.exit_code == 2 and "is the folder of a sweep; want a scenario" in done.stderr


def test_the_panel_says_how_many_worlds_are_its_sample(files: Path) -> None:
    ask = {"panel": "p.toml", "prior": "priors.toml", "points": 20}
    asked = resolve_identification(Request("identify", "one_tie", **ask))
    study = asked.study
    assert study.worlds == 2 and [p.first for p in study.points] == list(range(0, 40, 2))
    fixed = resolve_identification(Request("identify", "one_tie", worlds=5, seed=4, **ask)).study
    assert (fixed.worlds, fixed.seed) == (5, 4)
    assert fixed.points[0].values != study.points[0].values


@pytest.mark.deep
def test_workers_and_an_interruption_change_no_bit(sim: Sim, files: Path) -> None:
    """Ctrl-C after some chunks, resumed by what is printed: the same bytes as in one go with two workers."""
    ask = (*ASK[:-2], "--points", "40")
    assert sim(*ask, "--workers", "2", "--out", "whole").exit_code == 0
    from sim.lab import identification

    class Stop:
        left = 2

        def __call__(self, *_: object) -> None:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt

    request = Request(
        "identify", "one_tie", panel="p.toml", prior="priors.toml", points=40, out="cut", threads=1,
        overrides={"run.months": 2, "negotiation.deadline": 4},
    )  # fmt: skip
    question = resolve_identification(request)
    from contextlib import nullcontext

    done = identification.run_identification(
        request, question, lambda *_: nullcontext(lambda *_: None), Stop()
    )
    assert done.sweep.interrupted and done.answer is None
    assert not (files / "cut" / "told.parquet").exists()
    assert "No answer yet" in (files / "cut" / "report.html").read_text(encoding="utf-8")
    assert "to resume: sim identify cut" in sim("status", "cut").stdout
    assert sim("identify", "cut").exit_code == 0
    for name in ("told.parquet", "further.parquet"):
        assert (files / "cut" / name).read_bytes() == (files / "whole" / name).read_bytes()
    assert sim("rerun", "cut").stdout.splitlines()[-1] == "identical"
