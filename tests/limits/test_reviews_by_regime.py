"""Reviews under every regime: who tells whom, who may propose a change, what is learnt, what it costs.

Reviews that the sides hold by themselves follow the contract (`reviews.mode`); partners make them two-way, and a
mediator with `review` carries them. The expectation for one cell of the table is rejected in the others.
"""

from typing import NamedTuple

import numpy as np
import pytest
from bare import bare

from sim.bargain.talk_rows import gather_talk
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.reviews import carries_proposal
from sim.relationship.work.review import UNCHANGED, propose_change, review
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER
from sim.words import Event

SIDES = ("buyer", "vendor")
KEY = (np.uint64(1), np.uint64(0))
CALM = {"problems.rate": 0.0, "disputes.threshold": 0.0, "delivery.quality_noise": 0.0}
SURE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6, "mediator.prior_bad": 1e-6}
HELD = {"reviews.every": 1, "reviews.cost": 0.5, "reviews.learning": 0.2}
CONTINUES, REVIEWS = {"mediator.functions": ["continue"]}, {"mediator.functions": ["review"]}
CASES = {
    "adversarial": ("adversarial", {}),
    "partnership": ("partnership", {}),
    "mediated without review": ("mediated", CONTINUES),
    "mediated with review": ("mediated", REVIEWS),
}


class Found(NamedTuple):
    """What one review did."""

    ways: int  # of the event `reviewed`; 0 without a review
    carried: bool  # whether the event shows that the mediator held it
    buyer_told: bool
    vendor_told: bool
    shift_told: bool  # whether the vendor tells a shift that it saw at other customers
    propose: str  # sides that may propose a change themselves, or have it carried
    learnt: float  # of what was left, in units of `reviews.learning`
    cost: float  # to both sides together, in units of `reviews.cost`
    heard: bool  # grievance dissolves and both trusts gain


NONE = Found(0, False, False, False, False, "", 0.0, 0.0, False)
ONE = Found(1, False, True, False, False, "buyer", 0.5, 2.0, False)
TWO = Found(2, False, True, True, True, "buyer, vendor", 1.0, 2.0, True)
CARRIED = TWO._replace(carried=True, propose="buyer by mediator, vendor by mediator")
CARRIED_ONE = CARRIED._replace(propose="buyer, vendor by mediator")
CARRIED_TWO = CARRIED._replace(propose="buyer, vendor")

TABLE = {
    ("none", "adversarial"): NONE,
    ("none", "partnership"): TWO,
    ("none", "mediated without review"): NONE,
    ("none", "mediated with review"): CARRIED,
    ("one_way", "adversarial"): ONE,
    ("one_way", "partnership"): TWO,
    ("one_way", "mediated without review"): ONE,
    ("one_way", "mediated with review"): CARRIED_ONE,
    ("two_way", "adversarial"): TWO,
    ("two_way", "partnership"): TWO,
    ("two_way", "mediated without review"): TWO,
    ("two_way", "mediated with review"): CARRIED_TWO,
}


def reviewed(mode, case, more=None, in_mediator=1.0):
    """Return the effects of the first review of a contract, if the sides believe each other."""
    regime, own = CASES[case]
    keys = CALM | HELD | SURE | own | {"reviews.mode": mode} | (more or {})
    never = bare("one_tie", keys | {"reviews.every": 0}).regime(regime)
    one = OneWorld(never, 1, 0, tables={"periods", "ties", "events"})
    while one.state.needs[0].partner < 0:
        one.step()
    s = OneWorld(bare("one_tie", keys).regime(regime), 1, 0).setup
    talk = plain(gather_talk)(one.state, 0, one.state.needs[0].last)
    talk.trust.now[:4] = 1.0, 1.0, in_mediator, in_mediator
    talk.tie.grievance, talk.tie.signalled = 8.0, 1
    before, rows, memo = np.array(talk.belief), int(talk.log.memo.event_rows), talk.log.memo
    memo.transactions = 0.0
    asked, proposed = [], []

    def carried(_talk, _s, _key, _t, side):
        asked.append(side)
        return True

    def propose(_w, _talk, _s, side):
        proposed.append(SIDES[side] + (" by mediator" if side in asked else ""))
        return UNCHANGED

    hold = plain(review, {propose_change: propose, carries_proposal: carried})
    hold(one.state, talk, s, KEY, 0, one.period, one.periods[-1:][0])
    events = one.state.events[rows : memo.event_rows]
    told = [event for event in events if event.kind == Event.REVIEWED]
    shift = any(event.kind == Event.SHIFT_NOTICED for event in events)
    moved = [bool((talk.belief[side] != before[side]).any()) for side in (BUYER, VENDOR)]
    heard = bool(talk.tie.grievance < 8.0)
    gains = [bool(talk.trust[side].gain > 0.0) for side in (BUYER_IN_VENDOR, VENDOR_IN_BUYER)]
    assert gains == [heard, heard]
    assert [event.second for event in told] == ([1.0 - talk.tie.lore] if told else [])
    ways, by_mediator = (int(told[0].amount), bool(told[0].third)) if told else (0, False)
    learnt, cost = float(talk.tie.lore) / 0.2, float(memo.transactions) / 0.5
    said = ", ".join(proposed)
    return Found(ways, by_mediator, *moved, shift, said, learnt, cost, heard)


@pytest.mark.parametrize(("mode", "case"), TABLE)
def test_who_tells_whom_and_what_comes_of_it(mode, case):
    assert reviewed(mode, case) == TABLE[mode, case]


def test_words_that_nobody_believes_are_turned_away():
    """The same check if nobody trusts the mediator: held and paid for, without any effect."""
    silent = {"buyer_told": False, "vendor_told": False, "shift_told": False}
    in_vain = CARRIED._replace(**silent, learnt=0.0, heard=False)
    assert reviewed("none", "mediated with review", in_mediator=0.0) == in_vain != CARRIED
    assert reviewed("none", "partnership", in_mediator=0.0) == TWO


def test_with_no_interval_nobody_reviews():
    assert {reviewed("two_way", case, {"reviews.every": 0}) for case in CASES} == {NONE}


@pytest.mark.parametrize("mode", ["none", "one_way", "two_way"])
def test_a_mediator_that_does_not_review_leaves_reviews_as_they_are(mode):
    """To the last bit if it has nothing else to do; a mediator that reviews changes something."""
    keys = CALM | HELD | {"reviews.every": 3, "reviews.mode": mode, "run.months": 24}
    idle = {"mediator.functions": ["continue"], "mediator.fee.retainer": 0.0}

    def periods(regime, more):
        rows = simulate(bare("one_tie", keys | more).regime(regime), range(2), 1)
        return rows.periods

    alone, beside = periods("adversarial", {}), periods("mediated", idle)
    own = {"engaged", *(c for c in alone.dtype.names if c.endswith("mediator_buyer"))}
    own |= {c for c in alone.dtype.names if c.endswith("mediator_vendor")}
    for column in set(alone.dtype.names) - own:
        assert np.array_equal(alone[column], beside[column]), column
    held = periods("mediated", REVIEWS | SURE)
    assert not np.array_equal(alone["trust_buyer"], held["trust_buyer"])
