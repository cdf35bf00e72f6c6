"""Experiments: a study is checked at the door, run row by row, and answered by its intervals."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from tiny_market import names

from sim.errors import ScenarioError, SimError
from sim.scenario.load import Loaded
from sim.study import verdict
from sim.study.experiment import run_experiment
from sim.study.question import open_experiment, shipped
from sim.study.rerun import rerun
from sim.study.store import read_table

STUDY = """\
scenario = "tiny.toml"
worlds = 3
regimes = ["adversarial", "mediated"]
contrast = ["mediated", "adversarial"]
outcome = "surplus"

[[rows]]
name = "truthful"
overrides = { "negotiation.level" = "truthful" }

[[rows]]
name = "no reading"
[rows.overrides]
mediator.competence = 0.0
"""
SCENARIO = """\
extends = "one_tie"
run.months = 2
run.worlds = 3
negotiation.deadline = 4
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "a_question"
    folder.mkdir()
    (folder / "question.md").write_text("# Talking helps\n\nDoes it?\n")
    (folder / "study.toml").write_text(STUDY)
    (folder / "tiny.toml").write_text(SCENARIO)
    return folder


def test_an_experiment_leaves_data_a_verdict_and_its_question(
    tiny: Loaded, study: Path, out: Path
) -> None:
    steps: list[tuple[int, int]] = []
    result = run_experiment(study, out, on_progress=lambda *step: steps.append(step))
    assert steps[-1] == (12, 12)
    assert names(out) == [
        "manifest.json", "question.md", "study.toml", "summary.parquet",
        "verdict.html", "verdict.md", "verdict.parquet", "worlds.parquet",
    ]  # fmt: skip
    assert list(result.table["row"]) == ["truthful", "no reading"]
    worlds = read_table(out / "worlds.parquet")
    assert len(worlds) == 2 * 2 * 3
    part = worlds[worlds["row"] == "no reading"].set_index(["regime", "world"])["surplus"]
    assert result.table["mean"][1] == pytest.approx((part["mediated"] - part["adversarial"]).mean())
    text = (out / "verdict.md").read_text()
    assert text.startswith("# Talking helps\n")
    assert f"**Verdict: the claim {result.verdict}.**" in text
    assert "3 worlds, seed 1, as decided before the run." in text
    page = (out / "verdict.html").read_text()
    assert result.verdict in page
    assert "http" not in page
    assert json.loads((out / "manifest.json").read_text())["complete"]


def test_an_experiment_is_made_again_bit_for_bit(tiny: Loaded, study: Path, out: Path) -> None:
    run_experiment(study, out)
    assert rerun(out, threads=2) == (True, [], [])


def test_another_number_of_worlds_is_said(tiny: Loaded, study: Path, out: Path) -> None:
    run_experiment(study, out, worlds=2)
    said = "Run with 2 worlds instead of the 3 decided before the run"
    assert said in (out / "verdict.md").read_text()


def test_ctrl_c_keeps_the_finished_rows_and_says_so(tiny: Loaded, study: Path, out: Path) -> None:
    def stop(done: int, _: int) -> None:
        if done > 6:
            raise KeyboardInterrupt

    result = run_experiment(study, out, on_progress=stop)
    assert (result.interrupted, result.exit_code) == (True, 130)
    assert result.verdict == "none, cut short after 1 of 2 rows"
    assert not json.loads((out / "manifest.json").read_text())["complete"]
    assert rerun(out).identical


def test_an_existing_folder_is_refused_before_anything_runs(study: Path, out: Path) -> None:
    out.mkdir()
    with pytest.raises(SimError, match="already exists"):
        run_experiment(study, out)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("worlds = 3", 'worlds = "3"'), 'toml:2: worlds = "3": want a whole number from 2'),
        (("worlds = 3", "worlds = 1"), "toml:2: worlds = 1: want a whole number from 2"),
        (("worlds = 3", "world = 3"), "toml:2: world: unknown key; .*did you mean 'worlds'?"),
        (("worlds = 3\n", ""), "toml:1: worlds: missing; want a whole number from 2"),
        (("surplus", "surplas"), r"toml:5: outcome = .*want a measure; did you mean 'surplus'\?"),
        (
            ('contrast = ["mediated"', 'contrast = ["planner"'),
            "toml:4: contrast = .*want two different",
        ),
        (('"no reading"', '"truthful"'), r"toml:12: rows\.1\.name = .*want a name used once"),
        (('name = "no reading"', "nam = 1"), r"toml:12: rows\.1\.nam: unknown key; .*'name'"),
        (
            ("mediator.competence = 0.0", '"mediator.competense" = 0.0'),
            r"toml:14: mediator\.competense = 0\.0: .*did you mean 'competence'",
        ),
        (
            ('truthful" }', 'thruthful" }'),
            r"toml:9: negotiation\.level = .*did you mean 'truthful'",
        ),
        (("tiny.toml", "tinny"), r"toml:1: scenario = .*no such scenario; want one of"),
        (("worlds = 3", "worlds = ="), "study.toml: file: want valid TOML"),
    ],
)
def test_what_is_wrong_with_a_study_is_said_with_its_line(
    study: Path, change: tuple[str, str], said: str
) -> None:
    (study / "study.toml").write_text(STUDY.replace(*change))
    with pytest.raises(ScenarioError, match=said):
        open_experiment(study)


def test_a_misspelt_experiment_is_one_line() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'mediation_premium'\?$"):
        open_experiment("mediation_premum")


def test_the_shipped_experiments_can_be_opened() -> None:
    names = [name for name, _, _ in shipped()]
    assert "mediation_premium" in names
    for name in names:
        experiment = open_experiment(name)
        assert "**Claim.**" in experiment.question
        assert "**Stopping rule.**" in experiment.question
        assert f"{experiment.study.worlds} worlds" in experiment.question


@pytest.mark.parametrize(
    ("intervals", "rows", "said"),
    [
        ([(1, 2), (0.1, 3)], 2, "holds"),
        ([(1, 2), (-1, 1)], 2, "holds only where: row 0"),
        (
            [(-1, 2), (-3, -1)],
            2,
            "fails: in none of 2 rows is the interval above 0, in 1 below",
        ),
        ([(1, 2)], 2, "none, cut short after 1 of 2 rows"),
        (
            [(float("nan"),) * 2],
            1,
            "fails: in none of 1 rows is the interval above 0, in 0 below",
        ),
    ],
)
def test_the_verdict_follows_the_intervals(
    intervals: list[tuple[float, float]], rows: int, said: str
) -> None:
    table = pd.DataFrame({
        "row": [f"row {n}" for n in range(len(intervals))],
        "verdict": [verdict.of(*interval) for interval in intervals],
    })  # fmt: skip
    assert verdict.overall(table, rows) == said
