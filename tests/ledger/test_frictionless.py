"""Without friction nothing is lost; each friction alone opens its own cause and no other.

Also here: a mediator with no function is no mediator, and price moves money and nothing else.
"""

import copy

import numpy as np
import pytest
from counts import one_in
from drawn import few, run, unlike
from in_turn import in_turn

from sim.engines.batch import OneWorld, simulate
from sim.records import CAUSE_COLUMNS
from sim.scenario.key_kinds import INSTITUTIONS
from sim.scenario.load import from_resolved, load, shipped

CAUSES = [column.name for column in CAUSE_COLUMNS]
# Columns that a price decides: how much each side gains, and whether both do.
FOLLOW_PRICE = ("buyer", "vendor", "residual", "both_gain", "trait_success")

SCOPE = {
    "name": "scope",
    "levels": ["none", "basic", "full"],
    "worth": [0, 60, 90],
    "worth_spread": 0.3,
    "cost": [0, 20, 40],
    "cost_spread": 0.3,
}
EXTRA = {
    "name": "extra",
    "levels": ["without", "with"],
    "worth": [0, 12],
    "worth_spread": 0.9,
    "cost": [0, 10],
    "cost_spread": 0.5,
}
# κ = 12, σ² = 16, r_b = r_v = 0.25: s* = (12 + 4) / (12 + 8) = 0.8.
RISK_SHARE = {"name": "risk share", "kind": "risk_share", "levels": [0.0, 0.4, 0.8, 1.0]}
EXIT_FEE = {"name": "exit fee", "kind": "liability", "levels": [0.0, 1.0]}
TERM = {
    "name": "term",
    "kind": "duration",
    "levels": [3, 6],
    "worth": [0, 2],
    "worth_spread": 0.5,
    "cost": [0, 1],
    "cost_spread": 0.5,
}

IDEAL = {
    "run": {"months": 24, "worlds": 4, "seed": 11},
    "market": {"needs": 12, "vendors": 12, "candidates": 1},
    "issues": [SCOPE, EXTRA, RISK_SHARE, EXIT_FEE, TERM],
    "buyers": {
        "outside": 4.0,
        "outside_spread": 0.5,
        "risk_aversion": 0.25,
        "quality_worth": 20.0,
        "quality_worth_spread": 0.5,
    },
    "vendors": {
        "outside": 3.0,
        "outside_spread": 0.5,
        "risk_aversion": 0.25,
        "productivity": 12.0,
        "capability_spread": 0.3,
        "oversell": 0.5,
    },
    "delivery": {"noise": 4.0},
    "beliefs": {"fixed_pie": 0.0, "known": 1.0},
    "negotiation": {"protocol": "take_it_or_leave_it", "offer_cost": 0.0, "first": "random"},
}

# Everybody of one kind, so that strangers who expect the average are right about each other.
ALIKE = {
    "issues": [issue | {"worth_spread": 0.0, "cost_spread": 0.0} for issue in (SCOPE, EXTRA)]
    + [RISK_SHARE, EXIT_FEE],
    "buyers": {"outside_spread": 0.0, "quality_worth_spread": 0.0},
    "vendors": {"outside_spread": 0.0, "capability_spread": 0.0, "oversell": 0.0},
}
STRANGERS = {**ALIKE, "beliefs": {"known": 0.0}}
# A frill that costs more than it is worth: a buyer that takes its gain for the other's loss buys it.
FRILL = {"issues": [*ALIKE["issues"], {**ALIKE["issues"][1], "name": "frill", "cost": [0, 14]}]}
FREE_TALK = {"negotiation": {"protocol": "alternating_offers"}}
PRIVATE_NEEDS = {
    "issues": [*ALIKE["issues"], {**EXTRA, "name": "frill", "cost_spread": 0.0}],
    "negotiation": {"first": "vendor"},
}
RISKLESS = {
    "buyers": {"risk_aversion": 0.0},
    "vendors": {"risk_aversion": 0.0},
    "issues": [SCOPE, EXTRA, {**RISK_SHARE, "levels": [0.0, 1.0]}],
}


def merged(base: dict, over: dict) -> dict:
    """Return a merge of two values: tables are merged, everything else is replaced."""
    found = copy.deepcopy(base)
    for name, value in over.items():
        inner = isinstance(value, dict) and isinstance(found.get(name), dict)
        found[name] = merged(found[name], value) if inner else copy.deepcopy(value)
    return found


def lost(*changes: dict, regime: str = "adversarial") -> dict[str, float]:
    """Return the largest amount each cause took in a month, and how many needs were served."""
    data = IDEAL
    for change in changes:
        data = merged(data, change)
    loaded = from_resolved(data, "ideal")
    rows = simulate(loaded.regime(regime), range(4), loaded.scenario.run.seed).periods
    assert rows["residual"].max() < 1e-9
    found = {cause: float(np.abs(rows[cause]).max()) for cause in CAUSES}
    return found | {"served": float(rows["active"].mean() / 12)}


IDEAL_WORLDS = {
    "as it is": {},
    "buyer first": {"negotiation": {"first": "buyer"}},
    "vendor first": {"negotiation": {"first": "vendor"}},
    "no risk, s = 1": {**RISKLESS, "delivery": {"noise": 0.0}},
    "no risk but noise": RISKLESS,
    "everybody alike": ALIKE,
    "strangers who are right": STRANGERS,
    "strangers who are right talk at length": {**STRANGERS, **FRILL, **FREE_TALK},
    "some pairs have nothing to trade": {"buyers": {"outside": 60.0}},
    "another trust rule": {"relationship": {"trust_rule": "two_layer"}},
}


@pytest.mark.parametrize("name", IDEAL_WORLDS)
def test_without_friction_nothing_is_lost(name):
    found = lost(IDEAL_WORLDS[name])
    served = found.pop("served")
    assert max(found.values()) <= 1e-12, found
    assert served == 1.0 if name != "some pairs have nothing to trade" else 0.1 < served < 0.9


def test_the_ideal_is_what_the_planner_says():
    """The yardstick and the ideal world earn the same, by two different ways of talking."""
    loaded = from_resolved(IDEAL, "ideal")
    ideal, planner = (
        simulate(loaded.regime(name), range(4), 11).periods for name in ("adversarial", "planner")
    )
    assert np.array_equal(ideal["first_best"], planner["first_best"])
    assert np.allclose(ideal["surplus"], planner["surplus"], rtol=1e-13, atol=0.0)
    assert not np.allclose(ideal["buyer"], planner["buyer"], rtol=0.01)


FRICTIONS = {
    "fixed pie": ("misfit", [STRANGERS, FRILL, FREE_TALK, {"beliefs": {"fixed_pie": 0.9}}]),
    "needs nobody knows": ("misfit", [STRANGERS, PRIVATE_NEEDS]),
    "outside options nobody knows": (
        "no_deal",
        [STRANGERS, {"vendors": {"outside": 30.0, "outside_spread": 1.0}}],
    ),
    "cost of offers": ("haggling", [{"negotiation": {"offer_cost": 0.5}}]),
    "measures that miss the point": ("incentives", [{"delivery": {"alignment": 0.7}}]),
    "s* between two levels": (
        "incentives",
        [{"issues": [SCOPE, EXTRA, {**RISK_SHARE, "levels": [0.0, 0.5, 1.0]}, EXIT_FEE, TERM]}],
    ),
    "no risk share to agree on": ("incentives", [{"issues": [SCOPE, EXTRA, EXIT_FEE, TERM]}]),
    "problems that are hidden": (
        "problems",
        [{"problems": {"rate": 0.3, "severity": 2.0}, "buyers": {"blame": 1.0}}],
    ),
    "disputes": (
        "disputes",
        [
            {"delivery": {"quality_noise": 0.2}, "buyers": {"optimism": 1.0}},
            {"vendors": {"optimism": 1.0}},
            {"disputes": {"threshold": 2.0, "cost_buyer": 0.2, "cost_vendor": 0.2}},
        ],
    ),
    "protection out of fear": (
        "protection",
        [
            {"protection": {"deadweight": 1.0, "exit_fee": 50.0, "break_rate": 0.1}},
            {"negotiation": {"first": "vendor"}},
        ],
    ),
    "watching over the vendor": ("governance", [{"governance": {"monitoring": 0.5}}]),
    "a vendor chosen for trust alone": (
        "wrong_vendor",
        [{"market": {"candidates": 3, "trust_weight": 1.0}}],
    ),
}


@pytest.mark.parametrize("name", FRICTIONS)
def test_each_friction_alone_opens_its_own_cause(name):
    cause, changes = FRICTIONS[name]
    found = lost(*changes)
    found.pop("served")
    assert {one for one in CAUSES if found[one] > 1e-9} == {cause}, found


def test_shading_alone_costs_deals():
    """Sealed bids: truthful ones trade whenever there is a gain; shaded ones sometimes do not."""
    alike = {**ALIKE, "buyers": {"outside": 60.0}, "beliefs": {"known": 1.0}}
    spread = {"buyers": {"outside_spread": 0.5}, "vendors": {"outside_spread": 1.0}}
    auction = {"negotiation": {"protocol": "sealed_bid"}}
    truthful = lost(alike, spread, auction)
    assert truthful.pop("served") < 1.0
    assert max(truthful.values()) <= 1e-12
    shaded = lost(alike, spread, auction, {"negotiation": {"level": "level_1"}})
    shaded.pop("served")
    assert {cause for cause in CAUSES if shaded[cause] > 1e-9} == {"no_deal"}


@pytest.mark.parametrize(
    "mediator",
    [
        {"functions": ["warn"], "fee": {"retainer": 0.5}},
        {"functions": ["resolve"], "fee": {"retainer": 0.25}},
    ],
)
def test_a_mediator_with_nothing_to_do_costs_its_fee(mediator):
    found = lost({"mediator": mediator}, regime="mediated")
    found.pop("served")
    assert {cause for cause in CAUSES if found[cause] > 1e-9} == {"fee"}
    assert found["fee"] == 12 * mediator["fee"]["retainer"]


# --- a mediator without functions --------------------------------------------------------------

IDLE = {
    "mediator.competence": 0.11,
    "mediator.bias": -0.9,
    "mediator.discretion": 0.2,
    "mediator.drafts": 1,
    "mediator.veto_step": 0.9,
    "mediator.hearing": 1.0,
    "mediator.prior_good": 17.0,
    "mediator.prior_bad": 0.3,
    "mediator.fee.retainer": 9.0,
    "mediator.fee.success": 9.0,
    "mediator.fee.case": 9.0,
}


def check_idle(loaded):
    """Check that an idle mediator, whatever its other keys, changes no bit of any table."""
    without = run(loaded, "adversarial")
    idle = load(loaded.scenario, {"mediator.functions": []})
    other = load(loaded.scenario, {**IDLE, "mediator.functions": []})
    for scenario, regime in ((idle, "mediated"), (other, "mediated"), (other, "adversarial")):
        assert unlike(without, run(scenario, regime)) == []
    assert (without.ties["trust_mediator_buyer"] == 0.0).all()
    if loaded.scenario.mediator.functions:
        return unlike(without, run(loaded, "mediated"))
    return []


@pytest.mark.parametrize("name", one_in(3, [name for name, _, _ in shipped()]))
def test_an_idle_mediator_is_no_mediator(name):
    assert check_idle(load(name, {"run.months": 20})) != []


def test_an_idle_mediator_is_no_mediator_in_drawn_scenarios():
    changed = [check_idle(loaded) != [] for loaded in few()[:6]]
    assert sum(changed) >= 2  # the same check notices a mediator that has something to do


# --- price ---------------------------------------------------------------------------------------


def next_month(one: OneWorld, move: float) -> np.ndarray:
    """Return the next month of a copy of a world in which every running price is moved."""
    twin = copy.copy(one)
    twin.state = type(one.state)(*(array.copy() for array in one.state))
    twin._rows = one._rows.copy()
    running = twin.state.needs["partner"]
    twin.state.ties["price"][running[running >= 0]] += move
    twin.step()
    return twin.periods[-1:]


@pytest.mark.parametrize(
    ("name", "regime"), in_turn(regimes=INSTITUTIONS, always=("it_outsourcing",))
)
def test_price_moves_money_and_nothing_else(name, regime):
    small = {"market.needs": 1, "run.months": 30, "negotiation.duration": 6}
    small |= {"recession.rate": 0.0, "adaptation.every": 0}  # at the price argument
    compared = sum(compare_months(load(name, small).regime(regime), world) for world in range(3))
    assert compared >= 5


def compare_months(regime, world: int) -> int:
    """Compare each month under a running contract at two prices; return how many there were."""
    one = OneWorld(regime, 5, world)
    compared = 0
    while one.period < one.months - 1:
        one.step()
        if one.state.needs["partner"][0] < 0 or one.period % 3:
            continue  # there is a talk next month, or two months of three for speed
        compared += 1
        plain, moved = next_month(one, 0.0), next_month(one, 7.25)
        for column in plain.dtype.names:
            if column not in FOLLOW_PRICE:
                assert plain[column].tobytes() == moved[column].tobytes(), column
        assert moved["vendor"][0] - plain["vendor"][0] == pytest.approx(7.25)
        assert plain["buyer"][0] - moved["buyer"][0] == pytest.approx(7.25)
    return compared
