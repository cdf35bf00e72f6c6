"""Termination for convenience: whom it pays to leave, when, and to the last hair of the fee.

The buyer's scope is worth 50, vendors work for 10 over an option of 4: a pie of 36. With a vendor it has never
talked to a buyer expects to agree with chance ½, so in the second talk, three months after the first: half the
pie in 21 of 24 months, 15.75 a month. Every check has a negative control.
"""

import numpy as np
import pytest
from bare import bare
from drawn import bits, run, unlike

from sim.engines.batch import OneWorld
from sim.jit import plain
from sim.relationship.meet.appraise import reappraise_tie
from sim.relationship.work.resolve import exit_fee
from sim.scenario.load import from_resolved
from sim.words import Event

SCOPE = {"name": "scope", "levels": ["none", "all"], "worth": [0, 50], "cost": [0, 10]}
AT_ONCE = {"every": 3, "notice": 0, "fee": 0.0}
HAIR = 1e-9
PROMISE = 0.5 * (50.0 - 10.0 - 4.0) * (24 - 3) / 24


def world(**tables):
    """Return a need without frictions that knows its two vendors; the buyer names the price."""
    data = {
        "run": {"months": 24, "worlds": 1},
        "market": {"needs": 1, "vendors": 2, "candidates": 2, "trust_weight": 0.0},
        "issues": [SCOPE],
        "vendors": {"outside": 4.0},
        "beliefs": {"fixed_pie": 0.0, "known": 1.0},
        "relationship": {"weight_routine": 0.0},
        "negotiation": {"protocol": "take_it_or_leave_it", "first": "buyer", "duration": 24},
        "termination": AT_ONCE,
    }
    for name, keys in tables.items():
        data[name] = {**data.get(name, {}), **keys} if isinstance(keys, dict) else keys
    return from_resolved(data, "termination")


def lived(loaded, months, price, regime="adversarial", change=lambda w: None):
    """Return a world after some months, its first contract at another price from its first month on.

    `change` makes further changes to the state of that time.
    """
    one = OneWorld(loaded.regime(regime), 1, 0, tables=("events",))
    one.step()
    running = one.state.needs.partner
    one.state.ties.price[running[running >= 0]] = price
    change(one.state)
    appraised(one)
    for _ in range(months - 1):
        one.step()
    assert one.periods["residual"].max() < 1e-9
    return one


def appraised(one):
    """Appraise every tie of the first need again, for the books, after its people were changed."""
    for tie in range(one.state.memo[0].candidates):
        plain(reappraise_tie)(one.state, one.setup, 0, tie)


def noticed(one):
    """Return the notices given, as (month, months left, fees, alternative)."""
    found = one.outcome().events
    found = found[found["kind"] == Event.TERMINATED]
    return [tuple(row) for row in found[["period", "amount", "second", "third"]].tolist()]


@pytest.mark.parametrize("above", [-3.0, -HAIR, HAIR, 3.0])
def test_for_nothing_and_at_once_it_leaves_iff_leaving_promises_more(above):
    """u = 50 − price: at a price of 41 going on is worth what the other vendor promises."""
    one = lived(world(), 4, 50.0 - PROMISE + above)
    assert noticed(one) == ([(2, 21.0, 0.0, PROMISE)] if above > 0.0 else [])
    assert one.periods["terminations"].sum() == (above > 0.0)


@pytest.mark.parametrize("notice", [0, 2, 20])
@pytest.mark.parametrize("clause", [0.0, 30.0])
@pytest.mark.parametrize("hair", [-HAIR, HAIR])
def test_a_hair_of_the_fee_decides(notice, clause, hair):
    """(9 − 5) δᵐ(1 + … + δ^(20 − m)) at 21 months left, against the fee and the clause's exit fee."""
    saved = (PROMISE - 5.0) * sum(0.99**k for k in range(notice, 21))
    fee = (saved - clause) / 45.0
    if fee < 0.0:
        fee, hair = 0.0, 1.0
    exit_clause = {"name": "exit", "kind": "liability", "levels": [1.0]}
    keys = {"issues": [SCOPE, exit_clause], "protection": {"exit_fee": clause}}
    terms = {"every": 3, "notice": notice, "fee": fee * (1.0 + hair)}
    one = lived(world(**keys, termination=terms), 4, 45.0)
    found = noticed(one)
    assert [row[:2] for row in found] == ([(2, 21.0)] if hair < 0.0 else [])
    if found:
        assert found[0][2] == pytest.approx(fee * 45.0 + clause)


def test_the_exit_fee_is_paid_once():
    """A buyer that breaks up while under notice has paid the fee with the notice; without notice it is owed."""
    clause = {"name": "exit", "kind": "liability", "levels": [1.0]}
    keys = {"issues": [SCOPE, clause], "protection": {"exit_fee": 30.0}}
    for every, owed in ((3, 0.0), (0, 30.0)):
        terms = {"every": every, "notice": 6, "fee": 0.0}
        one = lived(world(**keys, termination=terms), 4, 47.0)
        row = one.state.ties[one.state.needs.partner[0]]
        assert plain(exit_fee)(row, one.setup) == owed
        assert sum(fees for _, _, fees, _ in noticed(one)) == 30.0 - owed


def test_with_no_more_than_the_notice_left_nobody_leaves():
    """At 21 months left a notice of 21 saves nothing; one of 20 saves a month."""
    for notice, leaves in ((21, 0), (20, 1)):
        one = lived(world(termination={"every": 3, "notice": notice}), 5, 45.0)
        assert one.periods["terminations"].sum() == leaves


def test_the_fee_moves_money_and_nothing_else():
    free = lived(world(), 12, 45.0).periods
    dear = lived(world(termination={"every": 3, "notice": 0, "fee": 1.0}), 12, 45.0).periods
    paid = np.where(np.arange(12) == 2, 45.0, 0.0)
    assert dear["buyer"] == pytest.approx(free["buyer"] - paid)
    assert dear["vendor"] == pytest.approx(free["vendor"] + paid)
    for column in free.dtype.names:
        if column not in ("buyer", "vendor", "residual", "trait_success", "both_gain"):
            assert dear[column].tobytes() == free[column].tobytes(), column
    kept = lived(world(termination={"every": 0}), 12, 45.0).periods  # leaving itself does more
    assert kept["buyer"][5] != pytest.approx(free["buyer"][5])


@pytest.mark.parametrize("notice", [0, 2])
@pytest.mark.parametrize("better", [True, False])
def test_after_notice_the_need_goes_to_market_like_any_other(notice, better):
    """It switches to a better vendor and pays for that, or signs again with its own: no renewal."""

    def change(w):
        w.vendors.outside[w.ties.vendor_id[1 - w.needs.partner[0]]] -= 24.0 * better

    terms = {"every": 3, "notice": notice, "fee": 0.0}
    loaded = world(termination=terms, market={"switching_cost": 6.0})
    one = lived(loaded, 5 + notice, 47.0, change=change)
    rows, ties, first = one.periods, one.state.ties, int(one.outcome().events["tie"][0])
    assert (rows["active"] == 1).all()  # not a month is lost
    assert rows["terminations"].tolist() == [0, 0, 1] + [0] * (2 + notice)
    assert rows["signed"].tolist() == [1] + [0] * (2 + notice) + [1, 0]
    assert rows["expiries"].sum() == rows["renewals"].sum() == ties.renewals.sum() == 0
    promise = 0.5 * (60.0 if better else 36.0) * 21 / 24 - 6.0 / 24.0
    assert noticed(one) == [(2, 21.0, 0.0, pytest.approx(promise))]
    assert one.state.needs.last[0] == (1 - first if better else first)
    assert rows["switches"].sum() == better and rows["transactions"].sum() == 6.0 * better
    assert ties.spells.sum() == ties.contracts.sum() == 2
    assert ties.spells[first] == (1 if better else 2)


def test_a_contract_that_runs_out_still_comes_up_for_renewal():
    """The control of the above: without notice the same signing is a renewal in one spell."""
    one = lived(world(negotiation={"duration": 5}, termination={"every": 0}), 7, 47.0)
    assert one.periods["expiries"].sum() == one.periods["renewals"].sum() == 1
    assert one.state.ties.spells.sum() == 1


@pytest.mark.parametrize(("capacity", "leaves"), [(0, 2), (1, 0), (2, 2)])
def test_a_vendor_without_room_is_no_alternative(capacity, leaves):
    market = {"needs": 2, "capacity": 1}
    one = OneWorld(world(market=market).regime("adversarial"), 1, 0)
    one.step()
    assert len(set(one.state.ties.vendor_id[one.state.needs.partner])) == 2
    one.state.ties.price[one.state.needs.partner] = 45.0
    one.setup.market_capacity = capacity
    for _ in range(3):
        one.step()
    assert one.periods["terminations"].sum() == leaves


@pytest.mark.parametrize(("until", "leaves"), [(2, 1), (3, 0)])
def test_a_vendor_in_its_pause_is_no_alternative(until, leaves):
    def change(w):
        w.ties.cool_until[1 - w.needs.partner[0]] = until

    one = lived(world(), 4, 45.0, change=change)
    assert one.periods["terminations"].sum() == leaves


@pytest.mark.parametrize(("trust_weight", "leaves"), [(1.0, 0), (0.0, 1)])
def test_leaving_promises_what_the_vendor_it_would_turn_to_does(trust_weight, leaves):
    """Going on is worth 20; by trust it would turn to the first, for 15.75, by gain to the other, for 26.25."""

    def change(w):
        others = [tie for tie in range(3) if tie != w.needs.partner[0]]
        w.vendors.outside[w.ties.vendor_id[others[1]]] -= 24.0

    market = {"vendors": 3, "candidates": 3, "trust_weight": trust_weight}
    one = lived(world(market=market), 4, 30.0, change=change)
    assert [row[3] for row in noticed(one)] == [pytest.approx(26.25)] * leaves


@pytest.mark.parametrize(("known", "leaves"), [(0.0, [1, 1]), (1.0, [1, 0])])
def test_it_goes_by_what_the_buyer_believes(known, leaves):
    """What the other vendor privately has elsewhere, 100 a month, decides only if the buyer knows it."""
    found = []
    for more in (0.0, 100.0):

        def change(w, more=more):
            w.vendors.outside[w.ties.vendor_id[1 - w.needs.partner[0]]] += more

        one = lived(world(beliefs={"known": known}), 4, 48.0, change=change)
        found.append(len(noticed(one)))
    assert found == leaves


def test_what_was_learnt_together_is_worth_staying_for():
    """Half of a worth of 20: at a price of 42 going on is worth 8 to strangers, 18 to old hands."""
    for lore, leaves in ((0.0, 1), (1.0, 0)):

        def change(w, lore=lore):
            w.ties.lore[:] = lore

        keys = {"learning_worth": 20.0, "every": 100}
        one = lived(world(reviews=keys), 4, 42.0, change=change)
        assert len(noticed(one)) == leaves


@pytest.mark.parametrize(("able", "month"), [(0.2, 6), (0.5, None)])
def test_who_learns_that_its_vendor_is_less_able_leaves_when_it_knows(able, month):
    """q̃ = (6 × 0.8 + 0.2 n)/(6 + n) falls below ½, at which 50 + 20 q̃ = 60, with the 7th month.

    One tie: its alternative is its outside option. About a vendor of capability ½ it never knows.
    """
    market = {"vendors": 1, "candidates": 1}
    terms = {"every": 1, "notice": 0, "fee": 0.0}
    loaded = world(market=market, buyers={"quality_worth": 20.0}, termination=terms)
    one = OneWorld(loaded.regime("adversarial"), 1, 0, tables=("events",))
    one.state.vendors.capability[0] = able
    one.state.ties.expected[0] = 0.8
    appraised(one)
    one.step()
    one.state.ties.price[0] = 60.0
    for _ in range(12):
        one.step()
        if one.periods["terminations"].sum():
            break
    left = 23.0 - (month or 0)
    assert noticed(one) == ([] if month is None else [(month, left, 0.0, 0.0)])
    assert one.periods["residual"].max() < 1e-9


@pytest.mark.parametrize("regime", ["adversarial", "partnership", "mediated"])
def test_to_look_leaves_no_trace(regime):
    """At a fee nobody pays, every look at a market of old acquaintances changes no bit of any table."""
    keys = {"run.months": 40, "mediator.enters": "selection", "market.reputation": 0.5}
    off = run(bare("open_market", keys), regime)
    looks = {"termination.every": 1, "termination.notice": 0}
    looked = run(bare("open_market", keys | looks | {"termination.fee": 1e6}), regime)
    assert unlike(off, looked) == []
    free = run(bare("open_market", keys | looks | {"termination.fee": 0.0}), regime)
    assert free.periods["terminations"].sum() > 0 and unlike(off, free) != []
    assert free.periods["residual"].max() < 1e-9


def test_the_planner_never_leaves():
    keys = {"run.months": 40, "termination.every": 1, "termination.fee": 0.0}
    planned = run(bare("open_market", keys), "planner")
    assert planned.periods["terminations"].sum() == 0
    assert bits(planned) == bits(run(bare("open_market", {"run.months": 40}), "planner"))
