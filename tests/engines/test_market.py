"""The Mesa model: bit for bit what the batch engine computes, and a well-behaved Mesa model."""

import gc
import math
import pickle
import weakref

import numpy as np
import pytest
from counts import count, one_in, only
from in_turn import SCENARIOS, WORLDS, regimes_of

from sim.engines.batch import simulate
from sim.engines.market import AGENT_REPORTERS, MODEL_REPORTERS, Buyer, NegotiationModel, Vendor
from sim.errors import ScenarioError
from sim.scenario.load import load

MONTHS = count(16, 40)
EVERY_PAIR = [(name, regime) for name in SCENARIOS for regime in regimes_of(name)]
LONGER = [pair for pair in EVERY_PAIR if pair[0] in ("one_tie", "secret_mediator")]
SMALL = {"run.months": 18, "market.needs": 6, "market.vendors": 6}


def same(left: np.ndarray, right: np.ndarray) -> bool:
    """Say whether two tables hold the same bits in every column."""
    return all(
        left[name].astype(left[name].dtype).tobytes() == right[name].tobytes()
        for name in right.dtype.names
    )


def run(model: NegotiationModel, months: int) -> NegotiationModel:
    for _ in range(months):
        model.step()
    return model


@pytest.mark.parametrize(("scenario", "regime"), only(LONGER, EVERY_PAIR))
def test_every_month_equals_the_batch_engine(scenario, regime):
    model = run(NegotiationModel(scenario, regime, rng=5, world=3), MONTHS)
    rows = simulate(model.regime, [1, 3], 5).periods
    assert same(model.rows, rows[rows["world"] == 3][:MONTHS])


@pytest.mark.parametrize("scenario", one_in(4, SCENARIOS))
def test_every_scenario_and_regime_equals_the_batch_engine(scenario):
    """A few months of each, so that none is left to the deep suite."""
    for regime in load(scenario).regimes():
        model = run(NegotiationModel(scenario, regime, world=1, collect="model"), 5)
        rows = simulate(model.regime, [1], model.luck, tables=("periods",)).periods
        assert same(model.rows, rows[:5])


def test_worlds_with_binding_capacities_are_among_them():
    """There the whole market is matched before anybody talks, in both engines alike."""
    bound = [name for name in SCENARIOS if load(name).scenario.market.capacity > 0]
    assert bound
    for name in bound:
        model = run(NegotiationModel(name), 2)
        served = [vendor.contracts for vendor in model.vendors]
        assert 0 < max(served) <= model.regime.scenario.market.capacity


@pytest.mark.parametrize("scenario", one_in(6, WORLDS))
def test_overrides_equal_the_batch_engine(scenario):
    overrides = {"mediator.competence": 0.3, "problems.rate": 0.2}
    model = run(NegotiationModel(scenario, overrides=overrides), 24)
    regime = load(scenario, overrides).regime("mediated")
    rows = simulate(regime, [0], regime.scenario.run.seed).periods
    assert same(model.rows, rows[:24])
    again = run(NegotiationModel(scenario, **overrides), 24)
    assert same(again.rows, model.rows)


def test_a_key_can_be_spelt_as_an_identifier():
    spelt = {"mediator__competence": 0.3, "run__months": 6, "mediator__fee__success": 2.0}
    dotted = {name.replace("__", "."): value for name, value in spelt.items()}
    one, other = (run(NegotiationModel("one_tie", **keys), 6) for keys in (spelt, dotted))
    assert same(one.rows, other.rows) and one.loaded.digest == other.loaded.digest
    over = NegotiationModel("one_tie", overrides={"run.months": 9}, run__months=4)
    assert over.months == 4
    assert not same(run(NegotiationModel("one_tie"), 6).rows, one.rows)


def test_another_seed_or_world_is_another_run():
    """Negative control: the comparison above would notice."""
    model = run(NegotiationModel("one_tie", rng=5), 12)
    assert not same(run(NegotiationModel("one_tie", rng=6), 12).rows, model.rows)
    assert not same(run(NegotiationModel("one_tie", rng=5, world=1), 12).rows, model.rows)


def test_it_stops_at_the_last_month():
    model = NegotiationModel("one_tie", **{"run.months": 7})
    assert model.running
    model.run_model()
    assert (model.period, model.running, len(model.rows)) == (7, False, 7)
    before = model.rows.copy()
    model.step()
    assert same(model.rows, before) and len(model.datacollector.model_vars["surplus"]) == 7


def test_mesa_draws_no_luck():
    model = NegotiationModel("one_tie")
    states = model.rng.bit_generator.state, model.random.getstate()
    run(model, 12)
    assert (model.rng.bit_generator.state, model.random.getstate()) == states


@pytest.mark.parametrize("given", [11, "11", " 11 ", np.int64(11)])
def test_seeds_and_worlds_as_people_and_mesa_pass_them(given):
    model = NegotiationModel("one_tie", rng=given, world=given)
    assert (model.luck, model.world_number) == (11, 11)
    assert NegotiationModel("one_tie", seed=given).luck == 11


def test_without_a_seed_the_scenario_decides():
    assert NegotiationModel("one_tie", **{"run.seed": 77}).luck == 77
    assert NegotiationModel("one_tie", rng=0, **{"run.seed": 77}).luck == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rng": "abc"}, "want a whole number"),
        ({"rng": 1.5}, "want a whole number"),
        ({"rng": True}, "want a whole number"),
        ({"world": -1}, "want a whole number"),
        ({"rng": 1, "seed": 2}, "want rng or seed, not both"),
        ({"regime": "medated"}, "did you mean 'mediated'"),
        ({"mediator.competense": 0.5}, "did you mean 'competence'"),
        ({"mediator.competence": 1.5}, "0 to 1"),
        ({"mediator__competense": 0.5}, "did you mean 'competence'"),
        ({"competence": 0.5}, "did you mean 'mediator.competence'"),
        ({"needs": 5}, "overrides: needs = 5: no such key in a scenario"),
        ({"wrold": 1}, "did you mean 'world'"),
        ({"mediator__competence": 0.5, "mediator.competence": 0.5}, "given twice"),
        ({"seed": "abc"}, "model: seed = 'abc'"),
        ({"rng": np.random.default_rng(1)}, "want a whole number"),
        ({"scenario": "one_tye"}, "did you mean 'one_tie'"),
    ],
)
def test_what_is_wrong_is_reported(wrong, said):
    with pytest.raises(ScenarioError, match=said):
        NegotiationModel(**{"scenario": "one_tie", **wrong})


def test_defaults_alone_make_a_model():
    model = NegotiationModel()
    assert model.loaded.name == "it_outsourcing" and model.regime.name == "mediated"


def test_reporters():
    model = run(NegotiationModel("it_outsourcing", **SMALL), 10)
    months = model.datacollector.get_model_vars_dataframe()
    assert list(months.columns) == list(MODEL_REPORTERS) and len(months) == 10
    assert months["surplus"].tolist() == (model.rows["surplus"] / 6).tolist()
    assert months["trust_buyer"].tolist() == model.rows["trust_buyer"].tolist()
    assert months["surplus_so_far"].iloc[-1] == model.surplus_so_far
    for kind in AGENT_REPORTERS:
        agents = model.datacollector.get_agenttype_vars_dataframe(kind)
        assert len(agents) == 10 * len(model.agents_by_type[kind])
        assert agents.notna().all().drop("price", errors="ignore").all()


def test_before_the_first_month_there_are_no_numbers():
    model = NegotiationModel("one_tie")
    assert math.isnan(model.surplus) and math.isnan(model.surplus_so_far)
    assert math.isnan(model.trust_buyer)


def test_agents_are_views_of_the_rows():
    model = run(NegotiationModel("it_outsourcing", **SMALL), 10)
    needs, ties = model.state.needs, model.state.ties
    assert [b.under_contract for b in model.buyers] == (needs.partner >= 0).astype(int).tolist()
    assert [b.vendor_row for b in model.buyers] == ties.vendor_id[needs.last].tolist()
    assert sum(v.contracts for v in model.vendors) == model.active
    assert np.mean([b.trust for b in model.buyers]) == pytest.approx(model.trust_buyer)
    before = model.buyers[0].trust
    model.state.trust.now[model.state.ties.met[model.buyers[0].tie], 0] = before / 2
    assert model.buyers[0].trust == before / 2


def test_the_mediator_is_there_only_if_it_has_a_function():
    mediated = run(NegotiationModel("one_tie", **{"mediator.functions": ["broker", "warn"]}), 3)
    (mediator,) = mediated.mediators
    assert mediator.functions == ("broker", "warn") and mediator.receipts == mediated.mediator
    assert 0 < mediator.trust_of_buyers < 1 and mediator.accompanies == mediated.active
    for model in (
        NegotiationModel("one_tie", "adversarial"),
        NegotiationModel("one_tie", **{"mediator.functions": []}),
    ):
        assert model.mediators == [] and set(model.agent_types) == {Buyer, Vendor}


def test_a_pickled_model_continues_alike():
    model = run(NegotiationModel("one_tie"), 5)
    twin = pickle.loads(pickle.dumps(model))
    assert same(run(twin, 10).rows, run(model, 10).rows)


def test_models_do_not_pile_up_in_memory():
    gone = [weakref.ref(run(NegotiationModel("one_tie"), 2)) for _ in range(3)]
    gc.collect()
    assert [ref() for ref in gone] == [None, None, None]


@pytest.mark.deep
@pytest.mark.filterwarnings("ignore")
def test_mesas_own_page_shows_it():
    """Mesa's page renders, steps and resets it, keeping the scenario it was given."""
    solara = pytest.importorskip("solara")
    pytest.importorskip("altair")
    import ipyvuetify
    from mesa.visualization import SolaraViz, make_plot_component

    model = solara.reactive(NegotiationModel("one_tie", "adversarial", rng=4))
    parameters = {"scenario": "one_tie", "regime": "adversarial", "rng": 4}
    page = SolaraViz(
        model,
        components=[make_plot_component("surplus", backend="altair")],
        model_params=parameters,
    )
    _, rendered = solara.render(solara.AppLayout(children=[page]), handle_error=False)
    buttons = {b.children[0]: b for b in rendered.find(ipyvuetify.Btn).widgets if b.children}
    buttons["Step"].click()
    assert model.value.period == 1
    buttons["Reset"].click()
    assert (model.value.period, model.value.loaded.name, model.value.luck) == (0, "one_tie", 4)
    rendered.close()
