"""`explain` reports what the scenario and its drawn population hold, and warns of doubts."""

import re

import numpy as np
import pytest

from sim.engines.batch import OneWorld
from sim.errors import SimError
from sim.measure.explain import FUNCTIONS
from sim.measure.explain import explain as meaning
from sim.render.text.explanation_text import WIDTH, explanation_as_text
from sim.scenario import key_kinds
from sim.scenario.load import load


def explain(loaded, **asked):
    return explanation_as_text(meaning(loaded, **asked))


def one_line(text):
    return " ".join(text.split())


def warnings(text):
    return [one_line(part) for part in re.split(r"^(?=warning:)", text, flags=re.M)[1:]]


@pytest.fixture(scope="module")
def flagship():
    return explain(load("it_outsourcing"))


@pytest.mark.parametrize("name", ["it_outsourcing", "one_tie"])
def test_shipped_scenarios_read_well_and_without_doubt(name):
    told = explain(load(name), worlds=3)
    assert max(map(len, told.splitlines())) <= WIDTH
    assert warnings(told) == []
    assert not re.search(r"\bnan\b|\binf\b|[{}]| \n", told)


def test_first_best_is_that_of_the_drawn_population(flagship):
    regime = load("it_outsourcing").regime("mediated")
    needs = np.array([OneWorld(regime, 1, k).state.needs.first_best.copy() for k in range(20)])
    said = re.search(r"on average, from ([\d.]+) to ([\d.]+)", one_line(flagship))
    assert f"first best is {needs.mean():.1f} k€ per need and month" in one_line(flagship)
    assert said.groups() == (f"{needs.min():.1f}", f"{needs.max():.1f}")


def test_every_issue_level_and_regime_is_named(flagship):
    loaded = load("it_outsourcing")
    for issue in loaded.scenario.issues:
        assert f"\n{issue.name} " in flagship
        for level in issue.levels:
            assert re.search(rf"{re.escape(str(level))}\b|{re.escape(str(level))} ", flagship)
    for name in loaded.regimes():
        assert f"\n{name}: " in flagship
    for function in loaded.scenario.mediator.functions:
        assert f"{function} (" in one_line(flagship)


def test_every_function_of_a_mediator_has_its_words():
    assert tuple(FUNCTIONS) == key_kinds.FUNCTIONS


def test_size_of_the_run_follows_worlds():
    told = one_line(explain(load("one_tie"), worlds=7))
    months = load("one_tie").scenario.run.months
    assert f"7 worlds × {months} months × 1 need = {7 * months:,} tie-months per regime" in told
    assert f"{7 * months:,} rows of periods and 7 of ties" in told


def test_fee_is_spread_over_a_contract():
    changes = {"mediator.fee.retainer": 1.0, "mediator.fee.success": 24.0}
    changes |= {"issues.duration.levels": [12], "issues.duration.worth": [0]}
    changes |= {"issues.duration.cost": [0]}
    assert "fee 3.0 k€ per need and month over a contract" in one_line(
        explain(load("one_tie", changes), worlds=1)
    )


def test_defined_regimes_say_what_they_change(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'extends = "one_tie"\n[regimes.lenient]\nextends = "mediated"\n'
        "mediator.bias = -0.5\nmediator.fee.retainer = 2.0\n"
    )
    told = one_line(explain(load(file), worlds=1))
    assert "lenient: extends mediated; changes mediator.bias = -0.5, mediator.fee.retainer" in told


DOUBTS = [
    ({"vendors.outside": 1000.0}, "the bargaining zone is empty: in 2 drawn worlds no need"),
    (
        {
            "issues.scope.worth": [0, 1, 2],
            "issues.service level.worth": [0, 1],
            "issues.duration.worth_range": 0.0,
        },
        "nothing to trade: no generic issue",
    ),
    ({"mediator.fee.retainer": 500.0}, "mediated: the fee of 500"),
    (
        {"problems.severity": 3000.0},
        "no pair with something to gain sees a zone",
    ),
    ({"problems.severity": 3000.0}, "problems cost more than there is to gain"),
    ({"problems.severity": 300.0}, "problems cost more than there is to gain"),
    ({"negotiation.offer_cost": 500.0}, "a talk that uses all its offers costs"),
    ({"governance.monitoring": 500.0}, "watching over a stranger costs 300"),
    ({"disputes.cost_buyer": 50_000.0}, "one dispute that is fought costs"),
    ({"mediator.functions": []}, "mediated: mediator.functions is empty"),
    ({"problems.growth": 0.5}, "hidden problems grow faster than they are found"),
    (
        {"negotiation.deadline": 1, "mediator.drafts": 1},
        "negotiation.deadline = 1 with alternating",
    ),
    ({"mediator.drafts": 6, "negotiation.deadline": 6}, "drafts use up the whole deadline"),
    ({"market.needs": 5}, "1 vendor for 5 needs: needs share"),
    ({"market.vendors": 5}, "4 of 5 vendors are never met"),
    ({"run.months": 6, "run.in_force": 0.0}, "no contract runs out before the end"),
    ({"termination.notice": 60}, "nobody can leave one early"),
    ({"termination.every": 100}, "termination.every = 100 with run.months = 48: its time never"),
    ({"change_requests.every": 48}, "change_requests.every = 48 with run.months"),
    ({"buyers.custom": 2.0}, "buyers.custom = 2: no issue of kind 'penalty' to ask for"),
    ({"vendors.first_fear": 3.0, "vendors.blame_fear": "trust"}, "fear is distrust, and nothing"),
    ({"reviews.learning_worth": 0.0}, "what reviews or work teach is worth nothing"),
    ({"run.stagger": 130}, "needs that would come after the end never come to market"),
    ({"run.stagger": 12}, "count needs that have not come to market"),
    ({"negotiation.protocol": "sealed_bid"}, "only the price is bid"),
    ({"problems.rate": 0.0, "mediator.functions": ["warn"]}, "“warn” has nothing to carry"),
    (
        {"disputes.threshold": 0.0, "mediator.functions": ["resolve"]},
        "“resolve” has nothing to hear",
    ),
]


@pytest.mark.parametrize(("changes", "said"), DOUBTS, ids=[said[:24] for _, said in DOUBTS])
def test_likely_mistakes_are_reported(changes, said):
    doubts = warnings(explain(load("one_tie", changes), worlds=2))
    assert any(said in doubt for doubt in doubts), doubts


def test_shading_that_leaves_no_room_is_reported(tmp_path):
    """On a wide zone a best reply to truth asks for nearly all of it, and so does the other side's."""
    file = tmp_path / "wide.toml"
    file.write_text(
        '[market]\nneeds = 20\nvendors = 20\n[[issues]]\nname = "good"\nlevels = ["no", "yes"]\n'
        "worth = [0, 200]\nworth_spread = 0.1\ncost = [0, 50]\ncost_spread = 0.1\n"
        '[negotiation]\nlevel = "level_1"\n'
    )
    doubts = warnings(explain(load(file), worlds=2))
    assert any("negotiation.level = level_1" in doubt for doubt in doubts), doubts
    calm = load(file, {"negotiation.level": "truthful"})
    assert not any("negotiation.level" in doubt for doubt in warnings(explain(calm, worlds=2)))


@pytest.mark.parametrize(("name", "value"), [("worlds", 0), ("worlds", True), ("seed", -1)])
def test_impossible_sizes_are_one_line(name, value):
    with pytest.raises(SimError, match=f"{name} = {value}: want a whole number") as caught:
        explain(load("one_tie"), **{name: value})
    assert "\n" not in str(caught.value)
