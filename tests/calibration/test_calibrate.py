"""Calibrations in a folder: one arm only, resumed with the same bytes, sealed, and honest about what is left."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from command import interpret
from ranks import FAMILY_WISE, halved, rank_of, smallest_chance
from small import RULE, STATISTICS, facts_at, priors, small

from sim.calibration.alternatives import targets_of
from sim.calibration.calibrate import CalibrationResult, calibrate, read_calibration
from sim.calibration.calibration_findings import NO_FACT
from sim.calibration.choices import ChosenPoints, Forgotten
from sim.calibration.emulator import one_thread
from sim.calibration.ensembles import read_ensemble
from sim.calibration.sealed_question import SealedQuestion, ask
from sim.calibration.study_simulator import StudySimulator
from sim.calibration.targets import scaled
from sim.cli.app import main
from sim.errors import SimError
from sim.render.calibration_tables import finding_lines
from sim.scenario.load import LoadedScenario
from sim.study.results.owned_folders import check_replaceable
from sim.study.run.run_options import RunOptions

SAME = (
    "calibration.json",
    "ensemble-all_facts.parquet",
    "ensemble-all_facts.json",
    "question.json",
)


@pytest.fixture(autouse=True)
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    interpret(monkeypatch)


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in SAME}


def run(question: SealedQuestion, out: Path, workers: int = 1) -> CalibrationResult:
    return calibrate(question, out=out, options=RunOptions(workers))


def test_only_the_calibrated_arm_is_resolved_run_or_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    resolve = LoadedScenario.regime

    def raise_unless_adversarial(self: LoadedScenario, name: str):
        if name != "adversarial":
            raise AssertionError(f"{name} was resolved")
        return resolve(self, name)

    monkeypatch.setattr(LoadedScenario, "regime", raise_unless_adversarial)
    out = tmp_path / "out"
    done = run(small(), out)
    (about,) = done.found["alternatives"]
    assert about["status"] == "sampled" and about["effective"] > 1.0
    ensemble = read_ensemble(out, "all_facts", small())
    assert ensemble.keys == priors().keys and not ensemble.deviations
    assert ensemble.weights.sum() == pytest.approx(1.0)
    competence = ensemble.values[:, ensemble.keys.index("mediator.competence")]
    assert competence.std() > 0.1 and about["keys"][3]["posterior"] is None
    assert (
        ensemble.about["question"]
        == small().digest
        == json.loads((out / "question.json").read_text())["digest"]
    )
    check_replaceable(out)  # so that force may replace it
    # What is there is read, not computed again.
    monkeypatch.setattr("sim.calibration.calibrate.search_and_sample", None)
    assert run(small(), out).found == done.found == read_calibration(out)
    with pytest.raises(
        SimError, match=r"sealed another question.*(?s:.)*seed: 1 there, 2 asked for"
    ):
        run(small(seed=2), out)
    assert read_ensemble(out, "all_facts", small(seed=2)).deviations == (
        "seed: 1 there, 2 asked for",
    )
    with pytest.raises(SimError, match="want one of all_facts"):
        read_ensemble(out, "value_75_95")


@pytest.mark.deep
@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_a_calibration_that_died_goes_on_with_the_same_bytes(tmp_path: Path, stop_at: int):
    whole, out = tmp_path / "whole", tmp_path / "out"
    run(small(), whole)

    class Died(Exception):
        pass

    stages: list[str] = []

    def die(done: int, total: int, words: str) -> None:
        name = words.partition(":")[0]
        stages.append(name)
        if len(set(stages)) == stop_at and stages.count(name) == 5:
            raise Died

    with pytest.raises(Died):
        calibrate(small(), out=out, on_progress=die)
    assert not (out / "calibration.json").exists()
    run(small(), out, workers=2)
    assert bytes_of(out) == bytes_of(whole)


KILLED = """
import os, signal, sys
from pathlib import Path
import pytest
sys.path[:0] = {paths!r}
from command import interpret
from small import small
from sim.calibration.calibrate import calibrate
interpret(pytest.MonkeyPatch())
plain, calls = os.fsync, iter(range(1, 10**6))

def fsync(handle):
    if next(calls) == {number}:
        os.kill(os.getpid(), signal.SIGKILL)
    plain(handle)

os.fsync = fsync
calibrate(small(), out=Path({out!r}))
"""


@pytest.mark.deep
@pytest.mark.parametrize("number", [3, 9, 14, 25, 60, 90])
def test_a_calibration_that_was_killed_within_a_write_goes_on_with_the_same_bytes(
    tmp_path: Path, number: int
):
    run(small(), tmp_path / "whole")
    here, out = Path(__file__).resolve().parent, tmp_path / "out"
    code = KILLED.format(paths=[str(here), str(here.parent)], number=number, out=str(out))
    killed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    run(small(), out)
    assert bytes_of(out) == bytes_of(tmp_path / "whole")


@pytest.mark.deep
def test_dask_gives_the_same_bytes(tmp_path: Path):
    run(small(), tmp_path / "threads")
    calibrate(small(), out=tmp_path / "dask", options=RunOptions(2, "local"))
    assert bytes_of(tmp_path / "dask") == bytes_of(tmp_path / "threads")


def test_an_alternative_without_any_fact_is_told_nothing():
    about = {"label": "without value created", "status": NO_FACT, "left": [0.0], "facts": []}
    about |= {"out_of_reach": [], "conflicts": [], "rare": [], "did_it": [], "effective": 0.0}
    found = {"alternatives": [about], "facts": [], "candidates": 8_192}
    (line,) = finding_lines(found)
    assert line.endswith("no fact counts, so nothing is told of any key: the prior stands.")
    (line,) = finding_lines({**found, "alternatives": [{**about, "status": "nothing left"}]})
    assert "nothing is left after wave 1" in line


@pytest.mark.deep
def test_nothing_left_is_said_with_the_facts_that_did_it(tmp_path: Path):
    done = run(small(values=(-3.0, -9.0, -1.0), spreads=(0.01, 0.01, 0.001)), tmp_path / "out")
    (about,) = done.found["alternatives"]
    assert about["status"] == "nothing left" and set(about["did_it"]) == set(STATISTICS)
    assert not list((tmp_path / "out").glob("ensemble-*"))


@pytest.mark.deep
def test_one_fact_out_of_reach_is_a_finding_and_the_others_go_on(tmp_path: Path):
    done = run(small(values=(0.5, 1.0, 5.0), spreads=(0.1, 0.4, 0.02)), tmp_path / "out")
    (about,) = done.found["alternatives"]
    assert about["status"] == "sampled" and about["out_of_reach"] == ["governance_share"]
    assert "governance_share" in done.found["deviations"][0]


def published(folder: Path, seed: int) -> tuple[np.ndarray, SealedQuestion]:
    """Draw a truth from the prior, simulate it, and publish facts about it with their errors."""
    luck = np.random.default_rng(seed)
    spreads = np.array([0.08, 0.3, 0.008])
    wide = replace(RULE, points=56, population=96, waves=2, candidates=2_048, generations=3)
    question = small(spreads=spreads, seed=seed, rule=wide)
    folder.mkdir()
    simulator = StudySimulator(question, folder, f"truth {seed}", "test", RunOptions(1))
    at = luck.random((1, 3))
    worlds = RULE.worlds * RULE.more_worlds
    choice = ChosenPoints(at, [10_000_000], {})
    seen = scaled(simulator.run("wave-1", choice, worlds), targets_of(question.facts)).values[0]
    errors = spreads * np.sqrt(1.0 + RULE.discrepancy**2)
    values = seen + luck.normal(0.0, errors)
    return at[0], small(values, spreads, seed=seed, rule=wide)


@pytest.mark.deep
def test_simulation_based_calibration_of_the_whole(tmp_path: Path):
    sound, narrow, lost = [], [], 0
    for seed in range(100):
        truth, question = published(tmp_path / f"truth-{seed}", seed)
        done = run(question, tmp_path / f"out-{seed}")
        (about,) = done.found["alternatives"]
        if about["status"] != "sampled":
            lost += 1
            continue
        ensemble = read_ensemble(tmp_path / f"out-{seed}", "all_facts")
        wanted = question.priors.only(question.priors.keys[:3]).at(truth[None, :])[0]
        columns = ensemble.values[:, :3].T
        sound.append(
            [rank_of(t, c, ensemble.weights) for t, c in zip(wanted, columns, strict=True)]
        )
        narrow.append(
            [
                rank_of(t, halved(c, ensemble.weights), ensemble.weights)
                for t, c in zip(wanted, columns, strict=True)
            ]
        )
    assert lost <= 3  # a truth may be beyond the cutoff by chance
    assert smallest_chance(np.array(sound)) > FAMILY_WISE
    assert smallest_chance(np.array(narrow)) < FAMILY_WISE


def test_without_the_extra_it_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    done = CliRunner().invoke(main, ["calibrate", "one_tie", "--out", str(tmp_path / "c")])
    assert done.exit_code == 2 and not (tmp_path / "c").exists()
    assert done.stderr.strip().splitlines() == [
        'calibrate: scikit-learn is not installed; want the extra packages of: pip install -e ".[calibrate]"'
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["captive_vendor"], "no priors of this scenario are shipped: name a file, --prior"),
        (["one_tie", "--without", "value_creatd"], "did you mean 'value_created'"),
        (["one_tie", "--prior", "nowhere.toml"], "nowhere.toml: file: cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_one_line(words: list[str], said: str, tmp_path: Path):
    done = CliRunner().invoke(main, ["calibrate", *words, "--out", str(tmp_path / "c")])
    assert (
        done.exit_code == 2 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1
    )
    assert not (tmp_path / "c").exists()


def test_linear_algebra_has_one_thread():
    from threadpoolctl import threadpool_info

    with one_thread():
        assert all(
            pool["num_threads"] == 1 for pool in threadpool_info() if pool["user_api"] == "blas"
        )


def test_nothing_in_memory_is_kept():
    assert Forgotten().read("wave-1") is None
    assert facts_at((1, 2, 3), (1, 1, 1)).covariance(STATISTICS)[0, 1] == 0.0
    assert ask(small().loaded, small().source, priors(), waves=1, seed=1).rule.points == 64
