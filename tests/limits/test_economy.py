"""Recessions: the chain alone, what it does to worth and options, squeeze and give to get, budgets."""

import numpy as np
import pytest

from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.records import CAUSE_COLUMNS, PERIODS, allocate
from sim.relationship.world.economy import step_economy
from sim.scenario.load import from_resolved
from sim.scenario.parameters.parameter_row import parameter_row
from sim.state import Sizes, empty_world
from sim.words import Event

CAUSES = [column.name for column in CAUSE_COLUMNS]
SCOPE = {"name": "scope", "levels": ["none", "all"], "worth": [0, 50], "cost": [0, 10]}
# Next to nothing to give, much to get: only over all issues can it be exchanged.
REFERENCE = {"name": "reference", "levels": ["no", "yes"], "worth": [0, -1], "cost": [0, 0.5]}
TABLES = ("periods", "ties", "events", "offers", "need_months")


def world(**tables):
    """Return a pair without frictions that knows each other: scope worth 50, at a cost of 10."""
    data = {
        "run": {"months": 12, "worlds": 1},
        "market": {"needs": 1, "vendors": 1, "candidates": 1},
        "issues": [SCOPE],
        "vendors": {"outside": 4.0},
        "beliefs": {"fixed_pie": 0.0, "known": 1.0},
        "negotiation": {"protocol": "take_it_or_leave_it", "first": "vendor", "duration": 24},
    }
    for name, keys in tables.items():
        data[name] = {**data.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return from_resolved(data, "economy")


def outcome(loaded, regime="adversarial", worlds=1):
    """Return the tables of a run, its books checked."""
    found = simulate(loaded.regime(regime), range(worlds), 1, tables=TABLES)
    assert found.periods["residual"].max() < 1e-9
    return found


def chain(rate, recovery, worlds, months):
    """Return the states of bare worlds, one row each: 1 in a recession."""
    s = parameter_row(world(recession={"rate": rate, "recovery": recovery}).regime("adversarial"))
    row, states = allocate(PERIODS, 1)[0], np.zeros((worlds, months))
    with np.errstate(over="ignore"):
        for n in range(worlds):
            bare = empty_world(Sizes(0, 0, 1, 1, 2, 1, False))
            for t in range(months):
                plain(step_economy)(bare, s, (np.uint64(1), np.uint64(n)), t, row)
                states[n, t] = bare.memo[0].recession
    return states


def lengths(states):
    """Return the lengths of all recessions that ended."""
    found = []
    for row in states:
        turns = np.flatnonzero(np.diff(row, prepend=0.0))
        found += list(np.diff(turns)[::2])
    return np.array(found)


@pytest.mark.deep
def test_recessions_are_a_markov_chain():
    """Hamilton (1989): US expansions continue with 0.9049, recessions with 0.7550: 4.1 quarters, 28 %."""
    rate, recovery = 1 - 0.9049, 1 - 0.7550
    states = chain(rate, recovery, 8, 2_000)
    found, share = lengths(states), states[:, 50:].mean()
    error = found.std() / np.sqrt(len(found))
    assert abs(found.mean() - 4.1) < 3 * error < 0.5
    assert abs(share - rate / (rate + recovery)) < 0.02
    assert abs(found.std() - np.sqrt(1 - recovery) / recovery) < 0.4  # no memory of their age
    shorter = lengths(chain(rate, 0.35, 2, 2_000))
    assert abs(shorter.mean() - 4.1) > 0.5


def test_a_recession_moves_first_best_as_computed_by_hand():
    """50 − 10 − 4 in calm; 0.7 × 50 − 10 − 0.5 × 4 in a recession, + 12 × 0.25 for credit."""
    term = {"name": "term", "kind": "duration", "levels": [12]}
    keys = {"rate": 0.3, "recovery": 0.3, "worth": 0.3, "outside": 0.5, "credit": 0.25}
    loaded = world(issues=[SCOPE, term], recession=keys, run={"months": 60})
    for regime in ("adversarial", "planner"):
        rows = outcome(loaded, regime).periods
        bad = rows["recession"] == 1
        assert 10 < bad.sum() < 50
        assert rows["first_best"][~bad] == pytest.approx(36.0)
        assert rows["first_best"][bad] == pytest.approx(26.0)
        assert rows["surplus"] == pytest.approx(rows["first_best"])


HARD = {"rate": 0.2, "recovery": 0.3, "worth": 0.9, "outside": 0.5, "credit": 0.1, "budget": 0.3}
MOVING = {
    "run": {"months": 48},
    "market": {"needs": 3, "vendors": 3, "candidates": 2},
    "issues": [
        {**SCOPE, "worth_spread": 0.6, "cost_spread": 0.4},
        {"name": "extra", "levels": ["no", "yes"], "worth": [0, 12], "worth_spread": 1.0, "cost": [0, 10]},
        {"name": "term", "kind": "duration", "levels": [6, 12]},
    ],
    "buyers": {"outside": 6.0, "quality_worth": 10.0, "recession": "squeeze", "budget": 45.0},
    "vendors": {"outside": 4.0, "outside_spread": 0.5, "capability_spread": 0.4, "push": 0.3, "productivity": 5.0},
    "beliefs": {"known": 0.0},
    "drift": {"rate": 0.1, "strategy_rate": 0.03, "signal": 0.8},
    "downstream": {"rate": 0.1},
    "recession": HARD,
    "negotiation": {"protocol": "alternating_offers"},
}  # fmt: skip
EXOGENOUS = (Event.RECESSION_BEGINS, Event.RECESSION_ENDS, Event.NEEDS_SHIFTED, Event.SHIFT_NOTICED)


def test_regimes_meet_the_same_recessions_and_shifts():
    """Bit for bit; noticing too, if it does not depend on tenure."""
    seen = {}
    for regime in ("adversarial", "mediated", "planner"):
        events = outcome(world(**MOVING), regime, worlds=3).events
        kept = events[np.isin(events["kind"], EXOGENOUS)]
        names = [name for name in kept.dtype.names if name != "tie"]
        seen[regime] = sorted(kept[names].tolist())
        assert np.isin(EXOGENOUS, kept["kind"]).all()
        macro = kept["kind"] <= Event.RECESSION_ENDS
        assert (kept["need"][macro] == -1).all() and (kept["need"][~macro] >= 0).all()
    assert seen["adversarial"] == seen["mediated"] == seen["planner"]


def test_the_planner_loses_nothing_however_things_change():
    """Also in months in which no contract is worth having."""
    rows = outcome(world(**MOVING), "planner", worlds=4).periods
    assert (rows["active"] < 3).any() and (rows["recession"] == 1).any()
    for cause in CAUSES:
        assert (rows[cause] == 0.0).all(), cause
    assert rows["surplus"] == pytest.approx(rows["first_best"])
    others = outcome(world(**MOVING), "adversarial", worlds=4).periods
    assert others["drift"].sum() > 0.0


CUT = {"rate": 0.3, "recovery": 0.05, "cut": 0.5}


@pytest.mark.parametrize(("outside", "gives_in"), [(4.0, True), (20.0, False)])
def test_a_vendor_gives_in_iff_the_cut_leaves_it_its_outside_option(outside, gives_in):
    """Price 50 (the vendor asks for everything): margin 50 − 10 − 4 = 36 ≥ 25, but 50 − 10 − 20 < 25."""
    vendors = {"outside": outside}
    demanding = world(vendors=vendors, recession=CUT, buyers={"recession": "squeeze"})
    found, calm = outcome(demanding), outcome(world(vendors=vendors, recession=CUT))
    event = found.events[found.events["kind"] == Event.SQUEEZED]
    assert len(event) == found.periods["squeezes"].sum() == 1
    assert list(event[["amount", "second", "third"]][0]) == pytest.approx(
        [25.0, float(gives_in), 50.0]
    )
    month = int(event["period"][0])
    rows, plain_rows = found.periods, calm.periods
    assert rows["surplus"] == pytest.approx(plain_rows["surplus"])  # a transfer
    moved = 25.0 if gives_in else 0.0
    assert rows["buyer"][month:] - plain_rows["buyer"][month:] == pytest.approx(moved)
    assert (rows["trust_vendor"][month:] < plain_rows["trust_vendor"][month:]).all()
    assert (rows["trust_buyer"] == plain_rows["trust_buyer"]).all()


@pytest.mark.parametrize(("worth", "leaves"), [(0.9, True), (0.0, False)])
def test_a_threat_is_carried_out_only_if_that_pays(worth, leaves):
    """Schelling (1960): refused, the buyer leaves if its worth has fallen below the price."""
    fall = {**CUT, "worth": worth, "cut": 1.0}
    found = outcome(world(recession=fall, buyers={"recession": "squeeze"}))
    month = int(found.events["period"][found.events["kind"] == Event.SQUEEZED][0])
    broken = found.events[found.events["kind"] == Event.BROKEN_UP]
    assert len(broken) == leaves and list(broken["period"]) == [month] * leaves
    assert found.periods["active"][month] == 1 - leaves


def test_who_breaks_off_pays_the_exit_fee():
    exit_fee = {"name": "exit fee", "kind": "liability", "levels": [1.0]}
    fall = {**CUT, "worth": 0.9, "cut": 1.0}
    keys = {"issues": [SCOPE, exit_fee], "recession": fall, "buyers": {"recession": "squeeze"}}
    protected = world(**keys, protection={"exit_fee": 30.0})
    found = outcome(protected)
    broken = found.events[found.events["kind"] == Event.BROKEN_UP]
    assert list(broken["second"]) == [30.0]
    month = int(broken["period"][0])
    assert found.periods["vendor"][month] == pytest.approx(30.0)
    assert found.periods["surplus"][month] == pytest.approx(0.0)
    dear = outcome(world(**keys, protection={"exit_fee": 30_000.0}))
    assert Event.BROKEN_UP not in dear.events["kind"]


PAIR = {"issues": [SCOPE, REFERENCE, {"name": "term", "kind": "duration", "levels": [6, 24]}]}


def test_giving_to_get_leaves_both_better_off():
    """Tight credit makes months worth something to the vendor that cost the buyer nothing."""
    keys = {"recession": {"rate": 0.3, "recovery": 0.01, "credit": 0.5}, **PAIR}
    given = outcome(world(**keys, buyers={"recession": "give_to_get"}))
    idle = outcome(world(**keys))
    events = given.events[given.events["kind"] == Event.GIVEN_AND_TAKEN]
    assert list(events["third"]) == [1.0] and given.periods["reopened"].sum() == 1
    month = int(events["period"][0])
    assert 0 < month < 6
    gain = {
        side: given.periods[side][month] - idle.periods[side][month] for side in ("buyer", "vendor")
    }
    assert gain["buyer"] == pytest.approx(gain["vendor"]) == pytest.approx(0.5 * 18 * 0.5)
    assert given.periods["drift"][month] == pytest.approx(0.0)
    assert idle.periods["drift"][month] == pytest.approx(0.5 * 18)
    assert given.periods["trust_vendor"][month] > idle.periods["trust_vendor"][month]
    counted = ("contracts", "renewals", "spells")
    assert [given.ties[name][0] for name in counted] == [1, 0, 1]  # no renewal, no new spell


def test_nothing_is_reopened_if_nothing_can_be_gained():
    keys = {"recession": {"rate": 0.3, "recovery": 0.01}, **PAIR}
    idle, given = (
        outcome(world(**keys)),
        outcome(world(**keys, buyers={"recession": "give_to_get"})),
    )
    for name in idle.periods.dtype.names:
        assert (idle.periods[name] == given.periods[name]).all(), name


TALKS = {
    "alternating_offers": {"protocol": "alternating_offers"},
    "sealed_bid": {"protocol": "sealed_bid"},
    "take_it_or_leave_it": {"protocol": "take_it_or_leave_it", "first": "random"},
}


@pytest.mark.parametrize("protocol", TALKS)
@pytest.mark.parametrize("regime", ["adversarial", "mediated"])
def test_no_buyer_signs_beyond_its_budget(protocol, regime):
    keys = {
        "run": {"months": 24}, "market": {"needs": 4, "vendors": 4, "candidates": 1},
        "negotiation": {**TALKS[protocol], "duration": 2}, "beliefs": {"known": 0.0},
        "mediator": {"functions": ["broker"]},
        "recession": {"rate": 0.3, "recovery": 0.3, "budget": 0.2},
    }  # fmt: skip
    tight = outcome(world(**keys, buyers={"budget": 30.0}), regime, worlds=3)
    prices = tight.events[tight.events["kind"] == Event.SIGNED]
    bad = tight.periods.reshape(3, -1)["recession"]
    limit = np.where(bad[prices["world"].astype(int), prices["period"]] == 1, 24.0, 30.0)
    assert len(prices) > 20 and (prices["amount"] <= limit).all()
    free = outcome(world(**keys), regime, worlds=3)
    assert (free.events["amount"][free.events["kind"] == Event.SIGNED] > 30.0).any()


def test_a_mediator_that_was_told_the_budget_drafts_below_it():
    """Without competence, or untold, it drafts beyond: the buyer vetoes, and nobody learns why."""
    keys = {"buyers": {"budget": 25.0}, "negotiation": {"protocol": "alternating_offers"}}
    drafts = {}
    for competence in (0.0, 1.0):
        mediator = {"functions": ["broker"], "competence": competence, "prior_good": 1e6}
        found = outcome(world(**keys, mediator=mediator), "mediated")
        drafts[competence] = found.events["amount"][found.events["kind"] == Event.DRAFT][0]
    assert drafts[0.0] > 25.0 == pytest.approx(drafts[1.0], abs=1e-3)


def test_a_world_seen_step_by_step_turns_alike():
    one = OneWorld(world(**MOVING).regime("adversarial"), 1, 0)
    for _ in range(12):
        one.step()
    rows = outcome(world(**MOVING)).periods[:12]
    for name in rows.dtype.names:
        assert (one.periods[name] == rows[name]).all(), name
