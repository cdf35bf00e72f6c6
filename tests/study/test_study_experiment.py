"""Experiments: a study is checked at the door, run row by row, and answered by its intervals."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tiny_market import names
from tiny_study import Stop, bits, unlike

from sim.errors import ScenarioError, SimError
from sim.render.text.verdict_text import verdict_as_markdown
from sim.scenario.load import LoadedScenario
from sim.study.design.studyfile import read_study
from sim.study.experiments import experiment, verdict
from sim.study.experiments.question import open_experiment, shipped_experiments
from sim.study.results.store import read_table
from sim.study.run.rerun import rerun
from sim.study.run.restore import study_status
from sim.study.run.run_options import RunOptions

run_experiment = partial(experiment.run_experiment, render=verdict_as_markdown)

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
run.months = 1
run.worlds = 3
negotiation.deadline = 4
"""
SWITCHES = """\
scenario = "tiny.toml"
worlds = 2
design = "coalitions"
of = ["broker", "align"]
outcome = "surplus"
"""
MAP = """\
scenario = "tiny.toml"
worlds = 2
design = "map"
regimes = ["adversarial", "mediated"]
contrast = ["mediated", "adversarial"]
outcome = "surplus"

[[factors]]
key = "mediator.competence"
values = [0.0, 1.0]

[[factors]]
key = "negotiation.deadline"
values = [3, 4]
"""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "a_question"
    folder.mkdir()
    (folder / "question.md").write_text("# Talking helps\n\nDoes it?\n")
    (folder / "study.toml").write_text(STUDY)
    (folder / "tiny.toml").write_text(SCENARIO)
    return folder


def ask_instead(study: Path, text: str) -> Path:
    (study / "study.toml").write_text(text)
    return study


def test_an_experiment_leaves_data_a_verdict_and_its_question(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    steps: list[tuple[int, int]] = []
    result = run_experiment(study, out, on_progress=lambda *step: steps.append(step[:2]))
    assert steps[-1] == (12, 12)
    assert names(out) == [
        "manifest.json", "parts", "points.parquet", "question.md", "receipts.jsonl",
        "study.toml", "summary.parquet", "verdict.md", "verdict.parquet",
    ]  # fmt: skip
    assert list(result.table["row"]) == ["truthful", "no reading"]
    worlds = pd.concat([read_table(p) for p in sorted((out / "parts").iterdir())])
    assert len(worlds) == 2 * 2 * 3
    part = worlds[worlds["row"] == "no reading"].set_index(["regime", "world"])["surplus"]
    assert result.table["mean"][1] == pytest.approx((part["mediated"] - part["adversarial"]).mean())
    assert result.table["favoured"][1] == pytest.approx(part["mediated"].mean())
    assert bits(read_table(out / "verdict.parquet")) == bits(result.table)
    assert (out / "verdict.md").read_text() == result.text
    assert result.text.startswith("# Talking helps\n")
    assert f"**Verdict: the claim {result.verdict}.**" in result.text
    assert "3 worlds, seed 1, as decided before the run." in result.text
    assert (out / "question.md").read_text() == "# Talking helps\n\nDoes it?\n"
    record = json.loads((out / "manifest.json").read_text())
    assert (record["kind"], record["analysis"], record["complete"]) == ("experiment", "rows", True)
    assert record["design"]["experiment"] == "a_question"
    assert {"verdict.md", "verdict.parquet", "question.md"} <= set(record["files"])


def test_the_page_is_written_by_who_asks_and_vouched_for(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    seen: list[Any] = []

    def draw(folder: Path, record: dict[str, Any]) -> None:
        seen.append((names(folder), record["complete"], record["points"]["done"]))
        (folder / "report.html").write_text("<p>a page")

    run_experiment(study, out, worlds=2, before_seal=draw)
    ((there, complete, done),) = seen
    assert {"verdict.parquet", "summary.parquet", "manifest.json"} <= set(there)
    assert (complete, done) == (True, 2)
    assert "report.html" in json.loads((out / "manifest.json").read_text())["files"]


def test_an_experiment_is_recomputed_bit_for_bit(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    run_experiment(study, out, worlds=2, options=RunOptions(chunk=1))
    assert rerun(out, threads=2) == (True, [], [], [])


def test_another_number_of_worlds_is_reported(tiny: LoadedScenario, study: Path, out: Path) -> None:
    run_experiment(study, out, worlds=2)
    said = "Run with 2 worlds instead of the 3 decided before the run"
    assert said in (out / "verdict.md").read_text()


def test_ctrl_c_keeps_the_finished_rows_says_so_and_the_same_command_resumes(
    tiny: LoadedScenario, study: Path, out: Path, tmp_path: Path
) -> None:
    ask_instead(study, STUDY + '[[rows]]\nname = "as it is"\n')
    result = run_experiment(study, out, on_progress=Stop())
    assert (result.interrupted, result.exit_code) == (True, 130)
    assert result.verdict == "is not decided: cut short after 2 of 3 rows"
    assert not json.loads((out / "manifest.json").read_text())["complete"]
    assert rerun(out).identical
    found = study_status(out)
    assert (found.complete, found.partly, found.missing) == (2, 0, 1)
    again = run_experiment(study, out)
    assert (again.sweep.found, again.exit_code) == (2, 0)
    run_experiment(study, tmp_path / "whole")
    assert unlike(out, tmp_path / "whole") == []


def test_a_folder_of_something_else_is_refused_before_anything_runs(study: Path, out: Path) -> None:
    out.mkdir()
    with pytest.raises(SimError, match="already exists"):
        run_experiment(study, out)


# --- other designs ----------------------------------------------------------------------------


def test_switches_are_judged_by_their_shapley_values(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    result = run_experiment(ask_instead(study, SWITCHES), out)
    assert list(result.table["row"]) == ["broker", "align"]
    found = read_table(out / "attribution.parquet")
    own = found[(found["outcome"] == "surplus") & (found["kind"] == "shapley")]
    assert list(result.table["mean"]) == list(own["mean"])
    assert "the exact Shapley value of each switch" in result.text
    assert result.table["favoured"].isna().all()
    again = run_experiment(study, out)
    assert bits(again.table) == bits(result.table)


def test_cells_of_a_map_are_rows_with_their_values(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    result = run_experiment(ask_instead(study, MAP), out)
    assert list(result.table["row"]) == [
        f"mediator.competence={c}, negotiation.deadline={d}" for c in (0, 1) for d in (3, 4)
    ]
    assert "map.parquet" in names(out)
    found = read_table(out / "map.parquet")
    lead = found[found["outcome"] == "surplus"].reset_index(drop=True)
    signed = lead["lead"].where(lead["best"].astype(str) == "mediated", -lead["lead"])
    assert list(result.table["mean"]) == pytest.approx(list(signed))


# --- what is expected -------------------------------------------------------------------------


def test_what_is_expected_is_written_and_found_again(
    tiny: LoadedScenario, study: Path, out: Path
) -> None:
    with pytest.raises(SimError, match=r"expected\.json: missing, so there is nothing to check"):
        run_experiment(study, out, check=True)
    result = run_experiment(study, out, expect=True)
    assert result.unexpected is None
    told = json.loads((study / "expected.json").read_text())
    assert told["headline"] == result.verdict
    assert (told["outcome"], told["worlds"], told["seed"]) == ("surplus", 3, 1)
    assert [row["row"] for row in told["rows"]] == ["truthful", "no reading"]
    assert told["rows"][1]["mean"] == pytest.approx(result.table["mean"][1], rel=1e-11)
    again = run_experiment(study, out, check=True)
    assert (again.unexpected, again.exit_code) == ((), 0)


def test_what_is_not_as_expected_is_reported(tiny: LoadedScenario, study: Path, out: Path) -> None:
    run_experiment(study, out, expect=True)
    path = study / "expected.json"
    told = json.loads(path.read_text())
    mean = told["rows"][0]["mean"]
    told["rows"][0]["mean"] = mean * (1 + 1e-6)
    told["rows"][1]["row"] = "no reading at all"
    told["headline"] = "holds nowhere"
    path.write_text(json.dumps(told))
    result = run_experiment(study, out, check=True)
    assert result.exit_code == 1
    said = result.unexpected or ()
    assert f"headline: holds nowhere expected, {result.verdict} found" in said
    assert any(line.startswith("truthful, mean: ") for line in said)
    assert "no reading at all: expected, not found" in said
    assert not any(line.startswith("truthful, low") for line in said)
    told["rows"][0]["mean"] = mean * (1 + 1e-13)  # another version of a library
    path.write_text(json.dumps(told))
    said = run_experiment(study, out, check=True).unexpected or ()
    assert not any(line.startswith("truthful") for line in said)


def test_nothing_is_compared_if_the_worlds_differ(study: Path, out: Path) -> None:
    (study / "expected.json").write_text('{"rows": []}')
    for more in ({"check": True}, {"expect": True}):
        with pytest.raises(SimError, match="holds for 3 worlds; want no `worlds`"):
            run_experiment(study, out, worlds=2, **more)
    (study / "expected.json").write_text('{"rows": ')
    with pytest.raises(SimError, match=r"expected\.json: cannot be read; `expect=True` writes it"):
        run_experiment(study, out)
    assert not out.exists()


# --- the door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("worlds = 3", 'worlds = "3"'), 'toml:2: worlds = "3": want a whole number from 1'),
        (("worlds = 3", "worlds = 0"), "toml:2: worlds = 0: want a whole number from 1"),
        (("worlds = 3", "world = 3"), "toml:2: world: unknown key; .*did you mean 'worlds'?"),
        (("worlds = 3\n", ""), "toml:1: worlds: missing; want the number of worlds, decided"),
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
def test_what_is_wrong_with_a_study_is_reported_with_its_line(
    study: Path, change: tuple[str, str], said: str
) -> None:
    (study / "study.toml").write_text(STUDY.replace(*change))
    with pytest.raises(ScenarioError, match=said):
        open_experiment(study)


def test_a_misspelt_experiment_is_one_line() -> None:
    with pytest.raises(ScenarioError, match=r"did you mean 'mediation_premium'\?$"):
        open_experiment("mediation_premum")


def test_the_shipped_experiments_say_what_they_claim_and_when_they_stop() -> None:
    """That every point of them can be run is seen in `test_verify.py`."""
    names = [name for name, _, _ in shipped_experiments()]
    assert {"mediation_premium", "when_not_to_mediate", "which_function_matters"} <= set(names)
    for _, path, _ in shipped_experiments():
        question = (path / "question.md").read_text(encoding="utf-8")
        for part in ("Claim", "Outcome", "Verdict rule", "Stopping rule"):
            assert f"**{part}.**" in question
        assert f"{read_study(path / 'study.toml')[0].worlds} worlds" in question


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
        ([(1, 2)], 2, "is not decided: cut short after 1 of 2 rows"),
        (
            [(float("nan"),) * 2],
            1,
            "is undecided: in none of 1 row does the interval exclude 0",
        ),
    ],
)
def test_the_verdict_follows_the_intervals(
    intervals: list[tuple[float, float]], rows: int, said: str
) -> None:
    table = pd.DataFrame({
        "row": [f"row {n}" for n in range(len(intervals))],
        "verdict": [verdict.judge_interval(*interval, 20) for interval in intervals],
    })  # fmt: skip
    assert verdict.overall_verdict(table, rows) == said
    assert all(verdict.judge_interval(*interval, 19) == "undecided" for interval in intervals)
