"""Requests for change: their content, for whom asking pays, and what a refusal changes.

A pair works under a contract without round-the-clock service, which then becomes worth 20 a month more than it
costs. Every check has a negative control.
"""

import numpy as np
import pytest
from bare import bare
from drawn import run

from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld
from sim.jit import plain
from sim.relationship.meet.appraise import reappraise_need
from sim.scenario.load import from_resolved
from sim.state import BUYER, VENDOR
from sim.words import Event

HAIR = 1e-9
KNOWN = {
    "problems.rate": 0.0, "disputes.threshold": 0.0, "delivery.quality_noise": 0.0,
    "beliefs.known": 1.0, "beliefs.learning": 0.0, "negotiation.deadline": 6, "run.months": 12, "delivery.noise": 0.0,
    "relationship.weight_routine": 0.0,
}  # fmt: skip
EVERY_4 = {"change_requests.every": 4}
GAIN, LEFT = 20.0, 9  # a month; months left in the fourth, this one included


def lived(keys, months, regime="adversarial", over=0.0):
    """Return a world of `one_tie` after some months, and its price before any change.

    Both know what it is worth to the other; or the buyer thinks it worth more to the vendor, by `over`,
    and the vendor sees nothing to gain.
    """
    one = OneWorld(bare("one_tie", KNOWN | keys).regime(regime), 1, 0, tables=("events",))
    one.step()
    w, row = one.state, one.state.ties[0]
    quiet, expense = w.table[0, 1], w.vendor_table[0, 1]
    row.agreed[1] = 0
    quiet[1] = GAIN - expense[1]
    talk = plain(gather_talk_with_tables)(w, one.setup, 0, 0)
    talk.belief[VENDOR][1], talk.belief[BUYER][1] = quiet, expense
    if over:
        talk.belief[BUYER][1, 1] += over
        talk.belief[VENDOR][1] = 0.0
    plain(reappraise_need)(w, one.setup, 0)
    price = float(row.price)
    for _ in range(months - 1):
        one.step()
    assert one.periods["residual"].max() < 1e-9
    return one, price


def requests_of(one):
    """Return the requests as (month, side, gain expected, agreed)."""
    found = one.outcome().events
    found = found[found["kind"] == Event.CHANGE_REQUESTED]
    return [tuple(row) for row in found[["period", "amount", "second", "third"]].tolist()]


@pytest.mark.parametrize("regime", ["adversarial", "partnership", "mediated"])
def test_what_all_know_to_be_better_is_agreed_at_half_the_gain_to_each(regime):
    """Under every regime, with nobody holding a review; without requests it stays as it is."""
    plainly = {"reviews.every": 0, "mediator.functions": ["broker"], "mediator.fee.retainer": 0.0}
    one, price = lived(plainly | EVERY_4, 6, regime)
    rows, row = one.periods, one.state.ties[0]
    expense = one.state.vendor_table[0, 1, 1]
    assert row.agreed[1] == 1
    assert row.price - price == pytest.approx(0.5 * GAIN - expense)
    assert requests_of(one) == [(3, 0.0, pytest.approx(0.5 * GAIN), 1.0)]
    assert rows["change_requests"].tolist() == rows["change_orders"].tolist() == [0, 0, 0, 1, 0, 0]
    for side in ("buyer", "vendor"):
        assert rows[side][3] - rows[side][2] == pytest.approx(0.5 * GAIN)
    assert rows["misfit"][4] + rows["drift"][4] == pytest.approx(0.0, abs=1e-9)
    never, _ = lived(plainly, 6, regime)
    assert never.state.ties[0].agreed[1] == 0 and requests_of(never) == []
    assert never.periods["misfit"][4] + never.periods["drift"][4] == pytest.approx(GAIN)


@pytest.mark.parametrize("hair", [-HAIR, HAIR])
def test_a_side_asks_iff_half_the_gain_over_the_months_left_pays_for_it(hair):
    """20 a month for 9 months, half of it to each: 90, to a hair; both bear the cost in that month."""
    cost = 0.5 * GAIN * LEFT * (1.0 + hair)
    one, _ = lived(EVERY_4 | {"change_requests.cost": cost}, 8)
    rows, agreed = one.periods, int(hair < 0.0)
    assert rows["change_requests"].sum() == rows["requests_agreed"].sum() == agreed
    assert rows["transactions"] == pytest.approx(
        np.where(np.arange(8) == 3, 2.0 * cost * agreed, 0.0)
    )
    gained = np.diff(rows["surplus"])[2:4]
    assert gained == pytest.approx([agreed * (GAIN - 2.0 * cost), agreed * 2.0 * cost])


@pytest.mark.parametrize(("over", "agreed"), [(18.0, 1.0), (22.0, 0.0)])
def test_the_other_agrees_iff_it_gains_and_what_assessing_costs_is_spent_either_way(over, agreed):
    """A buyer that is wrong by `over` leaves the vendor 10 − ½ over: 1 a month for 9, less than it costs.

    Refused, the request costs both and changes nothing, and the vendor has nothing to ask for itself.
    """
    cost = 15.0
    one, price = lived(EVERY_4 | {"change_requests.cost": cost}, 6, over=over)
    calm, _ = lived({}, 6, over=over)
    row, rows = one.state.ties[0], one.periods
    assert requests_of(one) == [(3, 0.0, pytest.approx(10.0 + 0.5 * over), agreed)]
    assert (row.agreed[1], row.price != price) == (agreed, agreed == 1.0)
    paid = np.where(np.arange(6) == 3, cost, 0.0)
    assert rows["transactions"] == pytest.approx(2.0 * paid)
    gains = {"buyer": 10.0 + 0.5 * over, "vendor": 10.0 - 0.5 * over}
    for side, gain in gains.items():
        changed = np.where(np.arange(6) >= 3, gain * agreed, 0.0)
        assert rows[side] == pytest.approx(calm.periods[side] - paid + changed)
    assert rows["change_requests"].sum() == 1 and rows["requests_agreed"].sum() == agreed


@pytest.mark.parametrize("more", [0.0, -1.0, 1.0])
def test_who_was_refused_asks_again_only_for_more(more):
    """Two chances come after the refusal; the buyer asks again for a need that became worth more."""
    one, _ = lived({"change_requests.every": 2}, 5, over=22.0)
    assert [(at, agreed) for at, _, _, agreed in requests_of(one)] == [(1, 0.0)]
    one.state.table[0, 1, 1] += more
    for _ in range(4):
        one.step()
    again = [(at, gain) for at, _, gain, _ in requests_of(one)[1:]]
    assert again == ([(5, pytest.approx(21.0 + 0.5 * more))] if more > 0.0 else [])


def test_the_vendor_asks_if_the_buyer_does_not():
    """A buyer that has not noticed its own need asks for nothing; nor does a vendor that does not know."""
    for told, sides in ((True, [1.0]), (False, [])):
        regime = bare("one_tie", KNOWN | EVERY_4).regime("adversarial")
        one = OneWorld(regime, 1, 0, tables=("events",))
        one.step()
        w, row = one.state, one.state.ties[0]
        talk = plain(gather_talk_with_tables)(w, one.setup, 0, 0)
        best = row.agreed[0]
        cheaper = w.vendor_table[0, 0]
        cheaper[best] = cheaper[0] - 200.0  # what it does now has become dear to the vendor
        talk.belief[BUYER][0] = cheaper + 1000.0 * (np.arange(len(cheaper)) == best)
        if not told:
            talk.belief[VENDOR][0, best] += 1000.0
        plain(reappraise_need)(w, one.setup, 0)
        for _ in range(4):
            one.step()
        assert [side for _, side, _, _ in requests_of(one)] == sides


@pytest.mark.parametrize("reviewed", [True, False])
def test_in_the_month_of_a_review_requests_come_after_it(reviewed):
    """What the review has changed nobody asks for; without the review it is asked for that month."""
    reviews = {"reviews.every": 4 * reviewed, "reviews.mode": "one_way"}
    one, _ = lived(EVERY_4 | reviews, 6)
    assert one.periods["change_orders"].tolist() == [0, 0, 0, 1, 0, 0]
    assert one.periods["change_requests"].sum() == (0 if reviewed else 1)


DRIFTING = {
    "run": {"months": 60, "worlds": 2},
    "market": {"needs": 4, "vendors": 4, "candidates": 1},
    "issues": [
        {"name": f"issue {n}", "levels": ["no", "some", "all"], "worth": [0, 20, 30],
         "worth_spread": 1.0, "cost": [0, 8, 20], "cost_spread": 0.5}
        for n in range(3)
    ],
    "buyers": {"outside": -200.0},
    "beliefs": {"known": 1.0, "learning": 0.0},
    "negotiation": {"duration": 24},
    "drift": {"rate": 0.15, "size": 1.0, "notice": 1.0},
}  # fmt: skip


def test_if_all_is_known_and_asking_is_free_the_contract_follows_the_need():
    """In every month in which no shift is unnoticed the agreed levels are the joint optimum."""
    lost = {}
    for every in (1, 0):
        loaded = from_resolved(DRIFTING | {"change_requests": {"every": every}}, "drifting")
        rows = run(loaded, "adversarial").periods
        seen = (rows["unnoticed"] == 0) & (rows["active"] == 4)
        assert rows["shifts"].sum() > 10 and seen.sum() > 20
        assert rows["residual"].max() < 1e-9
        lost[every] = np.abs(rows["misfit"] + rows["drift"])[seen]
    assert lost[1].max() < 1e-9
    assert lost[0].max() > 5.0
