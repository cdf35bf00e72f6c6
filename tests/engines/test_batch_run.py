"""Mesa's batch_run gives the numbers of sim.run, for several parameters and for agents."""

import itertools
from inspect import signature

import pandas as pd
import pytest
from mesa.batchrunner import batch_run

from sim.engines.market import MODEL_REPORTERS, NegotiationModel
from sim.lab.api import run

QUIET = {"display_progress": False, "number_processes": 1}
MONTHS = 9
FIXED = {"scenario": "one_tie", "rng": 4, "run.months": MONTHS}


def rows(parameters, **how) -> pd.DataFrame:
    """Return the frame of batch_run for some parameters, one row per run unless asked otherwise."""
    given = {**FIXED, "collect": "model", **parameters}
    return pd.DataFrame(batch_run(NegotiationModel, given, **{**QUIET, **how}))


def test_several_parameters_equal_sim_run():
    """Regime × world × a dotted key × the same in identifier form."""
    varied = {
        "regime": ["adversarial", "mediated"],
        "world": range(3),
        "mediator.competence": [0.3, 0.9],
        "problems__rate": [0.05, 0.3],
    }
    found = rows(varied)
    assert len(found) == 2 * 3 * 2 * 2
    for regime, competence, rate in itertools.product(
        varied["regime"], varied["mediator.competence"], varied["problems__rate"]
    ):
        overrides = {
            "run.months": MONTHS, "mediator.competence": competence, "problems.rate": rate,
        }  # fmt: skip
        periods = run("one_tie", regime, worlds=3, seed=4, overrides=overrides).periods
        want = periods.query(f"period == {MONTHS - 1}")
        mine = found[
            (found["regime"] == regime)
            & (found["mediator.competence"] == competence)
            & (found["problems__rate"] == rate)
        ].sort_values("world")
        for name in ("surplus", "buyer", "vendor", "trust_buyer", "trust_vendor", "active"):
            assert mine[name].astype(float).tolist() == want[name].astype(float).tolist()
        means = periods.groupby("world")["surplus"].mean()
        assert mine["surplus_so_far"].to_numpy() == pytest.approx(means.to_numpy(), rel=1e-12)
    assert found["surplus"].nunique() >= 8


def test_every_month_can_be_had():
    found = rows({"world": [0, 1]}, data_collection_period=1)
    periods = run("one_tie", worlds=2, seed=4, overrides={"run.months": MONTHS}).periods
    assert found["surplus"].tolist() == periods["surplus"].tolist()
    assert set(MODEL_REPORTERS) <= set(found.columns)


def test_agents_are_reported_as_they_are_after_the_same_month():
    """Mesa 3.3.1 looks agents up by another number than months; their rows must agree all the same."""
    found = rows({"collect": "all", "world": 2}, data_collection_period=1)
    model = NegotiationModel(**{**FIXED, "world": 2})
    for month in range(MONTHS):
        model.step()
        now = found[(found["Step"] == found["Step"].unique()[month]) & found["kind"].notna()]
        assert now["AgentID"].tolist() == [agent.unique_id for agent in model.agents]
        assert now["gain"].tolist() == [agent.gain for agent in model.agents]
        assert now["surplus"].unique().tolist() == [model.surplus]
    assert found["gain"].nunique() > MONTHS


def test_iterations_repeat_and_worlds_or_seeds_replicate():
    """Luck is a function of seed and world, so a repetition is the same run to the last bit."""
    later = "rng" in signature(batch_run).parameters  # Mesa from 3.4 on: seeds, no iterations
    again = rows({"rng": None}, rng=[4, 4]) if later else rows({}, iterations=2)
    assert len(again) == 2 and again["surplus"].nunique() == 1
    assert again["surplus"].tolist() == 2 * rows({})["surplus"].tolist()
    assert rows({"rng": [1, 2, 3]})["surplus"].nunique() == 3
    assert rows({"world": [0, 1, 2]})["surplus"].nunique() == 3
    if not later:  # from 3.4 on batch_run writes its own rng over a `seed` among the parameters
        assert rows({"rng": None, "seed": [1, 2]})["surplus"].nunique() == 2


def test_a_value_that_is_a_list_goes_into_a_list():
    found = rows({"mediator.functions": [["broker"], ["align", "warn"]]})
    for functions, surplus in zip(found["mediator.functions"], found["surplus"], strict=True):
        model = NegotiationModel(**FIXED, **{"mediator.functions": functions})
        model.run_model()
        assert model.surplus == surplus


def test_it_stops_where_asked_and_at_the_last_month():
    short = rows({}, max_steps=3, data_collection_period=1)
    assert len(short) in (3, 4)  # Mesa before 3.4 runs one step more
    assert len(rows({}, max_steps=1000, data_collection_period=1)) == MONTHS


@pytest.mark.deep
def test_two_processes_give_the_same():
    given = {"world": range(4), "regime": "mediated"}
    apart = rows(given, number_processes=2).sort_values("RunId").reset_index(drop=True)
    assert apart.equals(rows(given))
