"""Doubling all money and halving every rate per money: the same acts, exactly doubled money.

A power of two changes no bit of a mantissa, so the test is exact: every unit error shows. A fixed
subset of ten drawn scenarios runs here; the deep test draws 1,000.
"""

from pathlib import Path

import numpy as np
import pytest
from counts import count, one_in
from drawn import (
    few,
    fresh,
    in_other_money,
    money_power,
    run,
    scenarios,
    tables_of,
)
from hypothesis import given
from in_turn import BUILT_IN

from sim.records import PERIODS, TIES
from sim.scenario.key_kinds import FUNCTIONS, INSTITUTIONS
from sim.scenario.load import LoadedScenario, load
from sim.scenario.schema import Scenario

SMALL = {"run.months": 30}
EQUAL_SCORES = Path(__file__).with_name("equal_scores.toml")
# A month's books balance to rounding, which is compared with at least one unit of money.
NOT_SCALED = ("residual",)


def scaled_columns(loaded: LoadedScenario, regime: str, factor: float, but: str = "") -> list[str]:
    """Return the columns that do not scale as their unit says when all money is multiplied."""
    before = run(loaded, regime, tables=("periods", "ties"))
    after = run(in_other_money(loaded, factor, but), regime, tables=("periods", "ties"))
    wrong = []
    for table, columns in (("periods", PERIODS), ("ties", TIES)):
        old, new = getattr(before, table), getattr(after, table)
        for column in columns:
            if column.name in NOT_SCALED:
                continue
            is_money = column.unit.startswith("money")
            expected = old[column.name] * (factor if is_money else 1)
            if not np.array_equal(expected, new[column.name]):
                wrong.append(f"{table}.{column.name}")
    return wrong


def money_keys() -> dict[str, int]:
    """Return every key of the schema that scales with money, with its power."""
    found: dict[str, int] = {}

    def walk(model, path):
        for name, inner in tables_of(model).items():
            if name != "regimes":
                walk(inner, f"{path}{name}.")
        for name in model.model_fields:
            if power := money_power(model, name):
                found[path + name] = power

    walk(Scenario, "")
    return found


def test_the_schema_says_what_money_is():
    """Units and powers of money agree for every key, so no key is forgotten."""
    keys = money_keys()
    assert keys["buyers.risk_aversion"] == keys["vendors.risk_aversion"] == -1
    assert {"mediator.fee.case", "issues.worth", "issues.cost", "negotiation.offer_cost"} <= {*keys}

    def walk(model, path):
        inner = tables_of(model)
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            if name in inner:
                if name != "regimes":
                    walk(inner[name], f"{path}{name}.")
            elif isinstance(extra, dict):
                unit = extra["unit"]
                power = 1 if unit.startswith("money") else -1 if unit == "1/money" else 0
                assert keys.get(path + name, 0) == power, path + name

    walk(Scenario, "")


@pytest.mark.parametrize(("name", "regime"), BUILT_IN)
def test_shipped_scenarios_in_other_money(name, regime):
    assert scaled_columns(load(name, SMALL), regime, 2.0) == []


@pytest.mark.parametrize("factor", [2.0, 0.5])
@pytest.mark.parametrize("regime", INSTITUTIONS)
def test_scores_that_are_equal_on_paper_are_a_tie(regime, factor):
    """T^a G^(1 − a) rounds otherwise in other money; which vendor comes first must not hang on it."""
    assert scaled_columns(load(EQUAL_SCORES), regime, factor) == []


def test_drawn_scenarios_in_other_money():
    for number, loaded in enumerate(few()[: count(4, 10)]):
        regime = loaded.regimes()[number % len(loaded.regimes())]
        assert scaled_columns(loaded, regime, (2.0, 0.5)[number % 2]) == [], (number, regime)


EVERY_FRICTION = {
    "run.months": 60,
    "buyers.quality_worth": 20.0,
    "delivery.quality_noise": 0.3,
    "delivery.alignment": 0.8,
    "vendors.outside": 3.0,
    "disputes.threshold": 5.0,
    "disputes.cost_buyer": 1.0,
    "disputes.cost_vendor": 1.0,
    "mediator.fee.success": 2.0,
    "mediator.fee.case": 1.0,
    "mediator.cost": 0.5,
    "mediator.functions": [*FUNCTIONS],
    "market.switching_cost": 4.0,
    "buyers.budget": 90.0,
    "buyers.budget_spread": 0.5,
    "buyers.cooperation": 8.0,
    "buyers.recession": "squeeze",
    "reviews.every": 4,
    "reviews.mode": "two_way",
    "reviews.cost": 0.5,
    "reviews.change_cost": 0.5,
    "reviews.learning": 0.3,
    "reviews.learning_worth": 3.0,
    "change_requests.every": 3,
    "change_requests.cost": 0.5,
    "termination.every": 3,
    "termination.notice": 1,
    "termination.fee": 0.2,
    "growth.rate": 0.2,
    "growth.value": 3.0,
    "growth.notice": 0.4,
    "recession.rate": 0.1,
    "recession.worth": 0.1,
    "recession.credit": 0.2,
    "drift.rate": 0.1,
    "adaptation.every": 6,
    "adaptation.intensity": 0.1,  # a tenth of earnings that differ by some ten: neither chance nor sure
    "conducts": [
        {"name": "plain", "side": "vendor"},
        {"name": "kind", "side": "vendor", "goodwill": 0.6, "oversell": 0.2},
    ],
}
KEYS = money_keys()


@pytest.mark.parametrize("regime", ["adversarial", "mediated"])
def test_every_friction_at_once_in_other_money(regime):
    assert scaled_columns(load("it_outsourcing", EVERY_FRICTION), regime, 2.0) == []


@pytest.mark.parametrize("key", one_in(3, KEYS))
def test_a_key_left_out_is_noticed(key):
    """Negative control, for every key: money that does not scale with the rest changes acts."""
    loaded = load("it_outsourcing", EVERY_FRICTION)
    regime = "mediated" if key.startswith("mediator") else "adversarial"
    assert scaled_columns(loaded, regime, 2.0, but=key) != []


@pytest.mark.deep
@fresh(1_000)
@given(scenarios())
def test_many_drawn_scenarios_in_other_money(loaded):
    for regime in loaded.regimes():
        for factor in (2.0, 2.0**-10):
            assert scaled_columns(loaded, regime, factor) == [], (regime, factor)
