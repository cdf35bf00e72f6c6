"""What Python calls: the same numbers as the command, and the same refusals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim as package
from sim.errors import ScenarioError, SimError

TINY = {"run.months": 3, "run.worlds": 3, "negotiation.deadline": 4}


@pytest.fixture(autouse=True)
def small(interpreted: None, here: Path) -> None:
    """Run interpreted, in an empty folder."""


def test_compare_gives_tables_and_writes_nothing(here: Path) -> None:
    r = package.compare("one_tie", regimes=["adversarial", "mediated"], worlds=2, overrides=TINY)
    assert {"measure", "unit", "mean", "low", "high", "share_opposite"} <= set(r.table().columns)
    assert list(r.periods.columns[:3]) == ["regime", "world", "period"]
    assert list(r.ledger.columns[:3]) == ["regime", "world", "first_best"]
    assert list(r.ledger.columns[-1:]) == ["surplus"]
    assert len(r.periods) == 4 * 2 * 3
    assert r.parts == (("machine", "adversarial"), ("mediated", "machine"))
    parts = [r.row("surplus", *pair).mean for pair in r.parts]
    assert sum(parts) == pytest.approx(r.row("surplus", "mediated", "adversarial").mean, abs=1e-9)
    assert list(here.iterdir()) == []


def test_no_functions_is_adversarial() -> None:
    overrides = {**TINY, "mediator.functions": []}
    r = package.compare("one_tie", regimes=["adversarial", "mediated"], overrides=overrides)
    one, other = (r.periods[r.periods["regime"] == name] for name in ("adversarial", "mediated"))
    pd.testing.assert_frame_equal(
        one.drop(columns="regime").reset_index(drop=True),
        other.drop(columns="regime").reset_index(drop=True),
        check_exact=True,
    )


def test_run_is_the_regime_of_a_comparison_and_the_model_of_the_page(here: Path) -> None:
    asked = {"worlds": 2, "seed": 7, "overrides": TINY}
    alone = package.run("one_tie", "mediated", **asked)
    beside = package.compare("one_tie", **asked)
    assert alone.regimes == ("mediated",)
    kept = beside.outcomes["mediated"].periods
    assert np.array_equal(alone.outcomes["mediated"].periods, kept)
    model = package.NegotiationModel("one_tie", "mediated", rng=7, world=1, overrides=TINY)
    for _ in range(3):
        model.step()
    assert list(model.rows.surplus) == list(kept["surplus"][kept["world"] == 1])


def test_out_writes_the_folder_of_the_command(here: Path) -> None:
    package.run("one_tie", overrides=TINY, out="mine")
    assert (here / "mine" / "manifest.json").is_file()
    with pytest.raises(SimError, match="mine: already exists"):
        package.run("one_tie", overrides=TINY, out="mine")
    package.run("one_tie", overrides=TINY, out="mine", force=True)


@pytest.mark.parametrize("vary", [{"problems.rate": [0.1, 0.3]}, ["problems.rate=0.1,0.3"]])
def test_sweep_takes_values_or_texts(vary: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sim.lab.studies.draw_study", lambda *_: None
    )  # figures are drawn elsewhere
    frame = package.sweep("one_tie", vary, ["mediated"], worlds=2, overrides=TINY, out="grid")
    assert frame.attrs == {"out": "grid", "complete": True, "failed": {}}
    assert set(frame["problems.rate"]) == {0.1, 0.3}
    assert {"point", "measure", "unit", "mean", "low", "high", "n"} <= set(frame.columns)
    again = package.sweep("grid")
    assert again.equals(frame)


def test_attribute_is_a_table_that_adds_up(here: Path) -> None:
    frame = package.attribute("one_tie", ["broker", "align"], worlds=3, overrides=TINY, out="worth")
    gross = frame[frame["outcome"] == "surplus_gross"]
    by = gross.groupby("kind", observed=True)["mean"].sum()
    assert by["shapley"] == pytest.approx(by["total"], abs=1e-12)
    assert set(gross["player"]) == {"broker", "align", "all"}


def test_explain_is_text() -> None:
    assert "One buyer and one vendor" in package.explain("one_tie", overrides=TINY)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"worlds": 0}, "worlds = 0: want a whole number from 1"),
        ({"worlds": 2.5}, "worlds = 2.5: want a whole number"),
        ({"worlds": True}, "worlds = true: want a whole number"),
        ({"seed": -1}, "seed = -1: want a whole number from 0"),
        ({"threads": "two"}, 'threads = "two": want a whole number'),
        ({"tables": ["ofers"]}, "did you mean 'offers'"),
        ({"regimes": []}, "regimes = []: want a list of names"),
        ({"regimes": ["mediatd"]}, "did you mean 'mediated'"),
        ({"overrides": {"run.months": 0}}, "run.months = 0"),
    ],
)
def test_wrong_arguments_are_refused(wrong: dict[str, object], said: str, here: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        package.compare("one_tie", out="mine", **{"overrides": TINY, **wrong})
    assert said in str(caught.value)
    assert list(here.iterdir()) == []


RANGE = {"problems.rate": [0.1, 0.2]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"vary": ["problems.rate=0.2:0.1:3"]}, "vary: problems.rate = 0.2:0.1:3: the range runs"),
        ({"vary": "problems.rate"}, "vary: problems.rate: want key=from:to:number"),
        ({"vary": {"problems.rte": [1, 2]}}, "vary: problems.rte = 1: no such key"),
        ({"vary": {"problems.rate": [1, 1]}}, "vary: problems.rate"),
        ({"vary": {"problems.rate": 0.5}}, "vary: problems.rate = 0.5: want a list of values"),
        ({"vary": {"problems.rate": "ab"}}, 'vary: problems.rate = "ab": want a list of values'),
        ({"vary": 3}, "arguments: vary = 3: want keys with lists of values"),
        ({"vary": {"run.seed": [1, 2]}}, "vary: run.seed: worlds and seed are the same at every point; want `seed`"),
        ({"until": "surplus"}, "until: stop = surplus: want OUTCOME=WIDTH"),
        ({"until": 0.5}, "arguments: until = 0.5: want a text"),
        ({"until": "surplus=-1"}, "until: stop.width = -1.0: want a number above 0"),
        ({"until": "surplus=1", "at_most": 3}, "at_most: stop.at_most = 3: want at least"),
        ({"until": "surplus=1", "at_most": 0}, "arguments: at_most = 0: want a whole number"),
        ({"at_most": 5}, "arguments: at_most = 5: want `until` with it"),
        ({"points": 5}, "points: points = 5: want none: rows, switches or values"),
        ({"outcomes": ["surplu"]}, "outcomes: outcomes.0 = "),
        ({"regimes": ["mediatd"]}, "regimes: regimes.0 = "),
        ({"design": "sobl"}, "design: design = "),
        ({"design": "sobol", "points": 3, "vary": ["problems.rate=0:1"]}, "points: points = 3: want a power"),
        (
            {"design": "morris", "vary": {"problems.rate": [0.1, 0.2, 0.3]}},
            "vary: problems.rate = 3 values: Morris moves over a range, or over 2 or 4 values; `design=",
        ),
        ({"dask": "nowhere"}, "`dask` = 'nowhere': want tcp://HOST:PORT"),
        ({"overrides": {"run.mnths": 3}}, "overrides: run.mnths = 3: no such key"),
        ({"out": "taken"}, "taken: already exists and holds no sweep; choose another `out`"),
    ],
)  # fmt: skip
def test_python_is_told_of_arguments_not_of_options(
    wrong: dict[str, object], said: str, here: Path
) -> None:
    (here / "taken").mkdir()
    with pytest.raises(SimError) as caught:
        package.sweep("one_tie", **{"vary": RANGE, "overrides": TINY, "out": "mine", **wrong})
    assert str(caught.value).startswith(said)
    assert "--" not in str(caught.value)
    assert [path.name for path in here.iterdir()] == ["taken"]


def test_no_function_names_an_option(here: Path) -> None:
    (here / "mine").mkdir()
    for call, said in (
        (lambda: package.compare("one_tie", overrides=TINY, out="mine"), "choose another `out`"),
        (lambda: package.compare("one_tie", align="recesion"), "sim.compare: align = 'recesion'"),
        (
            lambda: package.compare("one_tie", window="1:2"),
            "sim.compare: window = '1:2': want `align`",
        ),
        (lambda: package.attribute("one_tie", ["brker"]), "of: of = brker: want a function"),
        (lambda: package.attribute("one_tie", ["drift.rate"]), "set it with `overrides`"),
        (lambda: package.explain("one_tie", overrides={"a": 1}), "overrides: a = 1"),
    ):
        with pytest.raises(SimError) as caught:
            call()
        assert said in str(caught.value)
        assert "--" not in str(caught.value)


def test_names_are_listed_and_unknown_ones_refused() -> None:
    assert set(package.__all__) <= set(dir(package))
    assert package.__version__
    with pytest.raises(AttributeError, match="no attribute 'comparee'"):
        _ = package.comparee


def test_a_star_import_gives_every_public_name() -> None:
    found: dict[str, object] = {}
    exec("from sim import *", found)
    assert set(package.__all__) <= set(found)
