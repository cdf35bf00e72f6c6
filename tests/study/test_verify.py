"""The shipped experiments reproduce: every headline is derived again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from sim.errors import SimError
from sim.render.text.verdict_text import verdict_as_markdown
from sim.study.experiments import experiment
from sim.study.experiments.experiment import expected_differences
from sim.study.experiments.question import open_experiment, shipped_experiments
from sim.study.results.store import read_table
from sim.study.run.run_options import RunOptions

run_experiment = partial(experiment.run_experiment, render=verdict_as_markdown)

NAMES = [name for name, _, _ in shipped_experiments()]


@pytest.mark.verify
@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_finds_what_it_is_expected_to(name: str, tmp_path: Path) -> None:
    done = run_experiment(name, tmp_path / "again", options=RunOptions(2), check=True)
    assert done.unexpected == ()
    assert done.exit_code == 0


@pytest.mark.verify
def test_another_number_would_be_seen(tmp_path: Path) -> None:
    done = run_experiment(
        "mediation_premium", tmp_path / "again", options=RunOptions(2), check=True
    )
    table = read_table(done.out / "verdict.parquet")
    table["mean"] *= 1.0 + 1e-6
    assert len(expected_differences(open_experiment("mediation_premium"), table)) == len(table)


@pytest.mark.deep
def test_every_shipped_experiment_says_what_it_expects() -> None:
    assert set(NAMES) >= {"mediation_premium", "which_function_matters", "when_not_to_mediate"}
    for name in NAMES:
        expected = open_experiment(name).expected
        assert expected is not None
        assert expected["headline"]
        assert all(row["low"] <= row["mean"] <= row["high"] for row in expected["rows"])


def test_other_worlds_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(SimError, match=r"^expected.json holds for 200 worlds; want no `worlds`$"):
        run_experiment("mediation_premium", tmp_path / "again", worlds=3, check=True)
