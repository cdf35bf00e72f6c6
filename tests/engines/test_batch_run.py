"""`mesa.batch_run` on our Mesa model: the numbers of `sim.run`, for people who come from there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.engines.market import MODEL_REPORTERS, NegotiationModel
from sim.faces.api import run

SMALL = {"run.months": 6, "negotiation.deadline": 6}
REGIMES = ["adversarial", "mediated"]
WORLDS = 3


def batch(every: int = -1, processes: int = 1, **more: Any) -> pd.DataFrame:
    """Run worlds and regimes by Mesa's batch runner; one row for each of them, or each `every` months."""
    from mesa.batchrunner import batch_run

    settings = {"scenario": "one_tie", "regime": REGIMES, "world": range(WORLDS), **SMALL, **more}
    rows = batch_run(
        NegotiationModel, settings, number_processes=processes, max_steps=100,
        data_collection_period=every, display_progress=False,
    )  # fmt: skip
    # A row per agent, each with the model's own columns: those are the same for all of them.
    table = pd.DataFrame(rows).drop_duplicates(["RunId", "Step"])
    return table.sort_values(["regime", "world", "Step"]).reset_index(drop=True)


def simulated(regime: str, **overrides: Any) -> pd.DataFrame:
    return run("one_tie", regime, worlds=WORLDS, overrides={**SMALL, **overrides}).periods


def test_over_regimes_and_worlds_it_gives_the_numbers_of_run():
    table = batch()
    assert len(table) == len(REGIMES) * WORLDS and (table["Step"] == SMALL["run.months"] - 1).all()
    for regime in REGIMES:
        found = table[table["regime"] == regime]
        months = simulated(regime)
        assert found["world"].tolist() == list(range(WORLDS))
        last = months[months["period"] == SMALL["run.months"] - 1]
        for name in ("surplus", "buyer", "vendor", "mediator", "trust_buyer", "trust_vendor"):
            assert np.array_equal(found[name], last[name], equal_nan=True), name
        means = months.groupby("world")["surplus"].mean()
        assert found["surplus_so_far"].to_numpy() == pytest.approx(means.to_numpy(), rel=1e-12)
    by = table.pivot(index="world", columns="regime", values="surplus_so_far")
    assert (by["mediated"] != by["adversarial"]).any()  # the control: regimes do differ


def test_every_month_is_there_if_asked_for():
    table = batch(every=1, regime="mediated")
    months = simulated("mediated")
    assert len(table) == len(months) == WORLDS * SMALL["run.months"]
    assert set(MODEL_REPORTERS) <= set(table.columns)
    for name in ("surplus", "active", "signed", "impasses", "dispute_count"):
        assert np.array_equal(table[name], months[name]), name


def test_any_key_of_the_scenario_can_vary():
    table = batch(regime="mediated", world=1, **{"mediator.competence": [0.0, 1.0]})
    assert table["mediator.competence"].tolist() == [0.0, 1.0]
    for competence, found in zip((0.0, 1.0), table["surplus_so_far"], strict=True):
        months = simulated("mediated", **{"mediator.competence": competence})
        expected = months[months["world"] == 1]["surplus"].mean()
        assert found == pytest.approx(expected, rel=1e-12)
    assert table["surplus_so_far"].nunique() == 2


def test_another_seed_is_other_luck():
    one, two = batch(regime="mediated", seed=1), batch(regime="mediated", seed=2)
    assert np.array_equal(one["surplus_so_far"], batch(regime="mediated")["surplus_so_far"])
    assert not np.array_equal(one["surplus_so_far"], two["surplus_so_far"])


@pytest.mark.deep
def test_processes_change_nothing():
    pd.testing.assert_frame_equal(
        batch(processes=2).drop(columns="RunId"), batch().drop(columns="RunId"), check_exact=True
    )
