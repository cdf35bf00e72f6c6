"""The machine of a mediator, which knows nothing and is free: what tells procedure and mediator apart."""

import numpy as np
import pytest
from drawn import run, unlike

from sim.errors import ScenarioError
from sim.measure.compare import compare
from sim.measure.contrasts import control_of, split_of
from sim.records import TABLES
from sim.scenario.load import load
from sim.scenario.regimes import machine_of
from sim.scenario.shipped import shipped

SCENARIOS = [name for name, _, _ in shipped()]
EVERY = ("broker", "align", "warn", "resolve", "metrics", "terms", "review", "grow", "continue")
OWN = {  # the keys in which a machine differs, and no others
    "competence": 0.0, "competence_spread": 0.0, "bias": 0.0, "bias_spread": 0.0, "discretion": 1.0,
    "cost": 0.0, "fee": {"retainer": 0.0, "success": 0.0, "case": 0.0},
}  # fmt: skip
LIKE_IT = {f"mediator.{key}": value for key, value in OWN.items() if key != "fee"}
LIKE_IT |= {f"mediator.fee.{key}": 0.0 for key in OWN["fee"]}
SMALL = {"run.months": 24, "run.worlds": 3}


def mediator(loaded, name):
    return loaded.regime(name).scenario.model_dump()["mediator"]


def changed(loaded, regime, machine):
    """Return the keys of the whole scenario in which two regimes differ, by table."""
    one, two = (loaded.regime(name).scenario.model_dump() for name in (regime, machine))
    keys = {key for key in one if one[key] != two[key]}
    return keys, {key for key in one["mediator"] if one["mediator"][key] != two["mediator"][key]}


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_machine_has_those_keys_and_no_other(name):
    loaded = load(name)
    tables, keys = changed(loaded, "mediated", "machine")
    assert tables <= {"mediator"} and keys <= set(OWN)
    assert {key: mediator(loaded, "machine")[key] for key in OWN} == OWN
    assert machine_of(loaded.regime("mediated")) == loaded.regime("machine")


def test_another_key_would_be_seen():
    text = load("secret_mediator").scenario.model_dump()
    text["regimes"] = {"other": {"extends": "machine", "mediator": {"hearing": 0.9}}}
    loaded = load(type(load("one_tie").scenario).model_validate(text))
    assert "hearing" in changed(loaded, "mediated", "other")[1]
    assert {key: mediator(loaded, "other")[key] for key in OWN} == OWN


def test_every_one_of_those_keys_is_changed_if_it_is_set():
    sets = {"competence": 0.9, "competence_spread": 0.05, "bias": 0.4, "bias_spread": 0.1}
    sets |= {
        "discretion": 0.3,
        "cost": 1.0,
        "fee.retainer": 2.0,
        "fee.success": 3.0,
        "fee.case": 4.0,
    }
    loaded = load("secret_mediator", {f"mediator.{key}": value for key, value in sets.items()})
    assert changed(loaded, "mediated", "machine")[1] == set(OWN)
    assert mediator(loaded, "machine") == mediator(load("secret_mediator"), "machine")


def test_overrides_of_all_other_keys_reach_it():
    sets = {
        "functions": ["broker"],
        "style": "drafter:deferential=1",
        "drafts": 2,
        "prior_good": 5.0,
    }
    loaded = load("secret_mediator", {f"mediator.{key}": value for key, value in sets.items()})
    found = mediator(loaded, "machine")
    assert {key: found[key] for key in sets} == sets


def test_a_regime_that_extends_it_lies_over_it(tmp_path):
    path = tmp_path / "w.toml"
    path.write_text(
        'extends = "one_tie"\n[regimes.sighted]\nextends = "machine"\n'
        "mediator.competence.vendor = 0.9\nmediator.drafts = 2\n"
    )
    loaded = load(path, {"mediator.bias": 0.5, "mediator.competence": 0.6})
    found = mediator(loaded, "sighted")
    assert found["competence"] == {"buyer": 0.0, "vendor": 0.9} and found["drafts"] == 2
    assert found["bias"] == 0.0 and loaded.regime("sighted").institution.name == "MEDIATED"


def test_it_cannot_be_defined_again(tmp_path):
    """As any built-in regime, in the same words."""
    said = {}
    for name in ("mediated", "machine"):
        path = tmp_path / f"{name}.toml"
        path.write_text(f'extends = "one_tie"\n[regimes.{name}]\nmediator.drafts = 2\n')
        with pytest.raises(ScenarioError) as refused:
            load(path)
        (problem,) = refused.value.problems
        said[name] = problem.wanted
    assert said["machine"] == "want another name: 'machine' is built in"
    assert said["mediated"] == said["machine"].replace("machine", "mediated")


def test_a_regime_of_the_scenarios_own_has_a_machine():
    loaded = load("secret_mediator")
    found = loaded.regime("machine:dear")
    assert found == machine_of(loaded.regime("dear")) and found.name == "machine:dear"
    for strange in ("machine:", "machine:mediated", "machine:adversarial", "machine:deer"):
        with pytest.raises(ScenarioError):
            loaded.regime(strange)


def test_who_has_a_control():
    loaded = load("secret_mediator")
    assert control_of(loaded, ("mediated", "adversarial")) == "machine"
    assert control_of(loaded, ("dear", "partnership")) == "machine:dear"
    assert control_of(loaded, ("dear", "mediated")) == ""
    assert control_of(loaded, ("machine", "adversarial")) == ""
    assert control_of(loaded, ("partnership", "adversarial")) == ""
    idle = load("secret_mediator", {"mediator.functions": []})
    assert control_of(idle, ("mediated", "adversarial")) == ""
    assert control_of(loaded, ("mediated", "planner")) == "", "no procedure stands below a ceiling"


def test_a_difference_is_split_in_the_direction_it_is_told():
    loaded = load("secret_mediator")
    procedure, mediator = ("machine:dear", "adversarial"), ("dear", "machine:dear")
    assert split_of(loaded, ("dear", "adversarial")) == ("machine:dear", (procedure, mediator))
    turned = (procedure[::-1], mediator[::-1])
    assert split_of(loaded, ("adversarial", "dear")) == ("machine:dear", turned)
    for pair in (("dear", "mediated"), ("machine", "adversarial"), ("planner", "mediated")):
        assert split_of(loaded, pair) == ("", ())


@pytest.mark.parametrize("name", ["secret_mediator", "one_tie", "biased_mediator"])
def test_a_mediator_that_knows_nothing_and_is_free_is_the_machine_bit_for_bit(name):
    loaded = load(name, {**SMALL, **LIKE_IT})
    assert (
        unlike(run(loaded, "mediated", tables=TABLES), run(loaded, "machine", tables=TABLES)) == []
    )


@pytest.mark.parametrize("key", ["competence", "bias"])
def test_one_that_knows_or_leans_is_not(key):
    loaded = load("secret_mediator", {**SMALL, **LIKE_IT, f"mediator.{key}": 0.8})
    assert unlike(run(loaded, "mediated"), run(loaded, "machine"))


def surpluses(found, measure="surplus"):
    return {name: table[measure].to_numpy() for name, table in found.per_world.items()}


def test_the_parts_add_up_in_every_world():
    found = compare(
        load("secret_mediator", {**SMALL, "run.months": 6}), ["adversarial", "mediated"]
    )
    assert found.regimes == ("adversarial", "mediated", "planner") and found.control == "machine"
    assert found.parts == (("machine", "adversarial"), ("mediated", "machine"))
    for measure in ("surplus", "buyer", "vendor", "three_party"):
        by = surpluses(found, measure)
        whole = by["mediated"] - by["adversarial"]
        parts = [by[one] - by[other] for one, other in found.parts]
        assert np.abs(parts[0] + parts[1] - whole).max() < 1e-9
        rows = [found.row(measure, *pair).mean for pair in found.parts]
        assert sum(rows) == pytest.approx(
            found.row(measure, "mediated", "adversarial").mean, abs=1e-9
        )
    by = surpluses(found)
    assert (
        np.abs(by["machine"] - by["adversarial"] - (by["mediated"] - by["adversarial"])).max()
        > 1e-3
    )


def test_a_machine_that_is_compared_is_not_run_twice():
    found = compare(load("one_tie", SMALL), ["adversarial", "machine", "mediated"])
    assert found.control == "" and set(found.outcomes) == {*found.regimes}
    assert found.parts == (("machine", "adversarial"), ("mediated", "machine"))


def beyond_the_fee(**sets):
    """Return the most that a mediator's part and its fee differ by in a world, and the most paid."""
    keys = {
        **SMALL,
        **LIKE_IT,
        "mediator.hiring": "imposed",
        "mediator.style": "drafter",
        "mediator.participation": "always",
        "run.months": 60,
        "run.worlds": 8,
    } | {f"mediator.{k}": v for k, v in sets.items()}
    found = compare(load("one_tie", keys), ["adversarial", "mediated"])
    by, paid = surpluses(found), surpluses(found, "mediator")["mediated"]
    return np.abs(by["mediated"] - by["machine"] + paid).max(), paid.max()


@pytest.mark.parametrize("fee", ["retainer", "success", "case"])
def test_with_a_fee_alone_the_mediators_part_is_the_fee(fee):
    """Hiring is imposed and nobody reacts to a fee, so it is all there is between the two."""
    off, paid = beyond_the_fee(**{f"fee.{fee}": 2.0})
    assert off < 1e-9 and paid > 0.01


def test_one_that_also_knows_brings_more_than_its_fee():
    assert beyond_the_fee(**{"fee.retainer": 2.0, "competence": 0.9})[0] > 1e-3
