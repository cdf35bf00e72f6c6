"""Reviews: each fact counts once, running contracts follow it, and nothing comes for free.

Every check has a negative control.
"""

import numpy as np
import pytest
from bare import bare

from sim.bargain.talk_rows import gather_talk_with_tables
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.relationship.meet.appraise import reappraise_need
from sim.relationship.work.feedback import tell_shift, tell_table
from sim.relationship.work.review import tell_seen_shift
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR

KEY = (np.uint64(1), np.uint64(0))
CALM = {"problems.rate": 0.0, "disputes.threshold": 0.0, "delivery.quality_noise": 0.0}
TRUSTING = {"relationship.prior_good": 1e6, "relationship.prior_bad": 1e-6}
BY_MEDIATOR = {
    "mediator.functions": ["review"], "mediator.fee.retainer": 0.0, "reviews.every": 6,
}  # fmt: skip
SURE = {"mediator.competence": 1.0, "mediator.prior_good": 1e6, "mediator.prior_bad": 1e-6}
KNOWS_NOTHING = {"mediator.competence": 0.0}
UNTRUSTED = {"mediator.competence": 1.0, "mediator.prior_good": 1e-9, "mediator.prior_bad": 1e6}
LEARNING = {"reviews.learning": 0.2, "reviews.learning_worth": 4.0}


def run(keys, regime="adversarial", worlds=2):
    """Run one_tie under a regime."""
    loaded = bare("one_tie", keys)
    return simulate(loaded.regime(regime), range(worlds), 1, threads=2)


def one_world(keys, months, regime="adversarial", world=0):
    """Return a world of one_tie after some months."""
    one = OneWorld(bare("one_tie", keys).regime(regime), 1, world)
    for _ in range(months):
        one.step()
    return one


def paired(column, keys, without, worlds=200, regime="mediated"):
    """Return (mean, standard error) of a column's change, per world and month."""
    after = run(keys, regime, worlds).periods
    before = run(without, "adversarial", worlds).periods
    change = (after[column].astype(float) - before[column]).reshape(worlds, -1).mean(1)
    return change.mean(), change.std(ddof=1) / np.sqrt(worlds)


def same(one, other, names=("surplus", "misfit", "trust_buyer", "trust_vendor", "price")):
    """Say whether two runs agree in these columns, to the last bit."""
    present = [name for name in names if name in one.dtype.names]
    return all(np.array_equal(one[name], other[name]) for name in present)


def test_without_an_interval_or_a_mode_there_is_no_review():
    plainly = run(CALM).periods
    for keys in ({"reviews.every": 6}, {"reviews.mode": "two_way"}, {"reviews.learning": 0.5}):
        assert same(run(CALM | keys).periods, plainly)
    assert not same(run(CALM | {"reviews.every": 6, "reviews.mode": "two_way"}).periods, plainly)


@pytest.mark.parametrize(("mode", "rate"), [("two_way", 0.2), ("one_way", 0.1)])
def test_working_together_is_learnt_as_the_curve_says(mode, rate):
    """1 − (1 − l)ⁿ after n reviews at full trust; a report one way teaches half as fast."""
    keys = CALM | TRUSTING | LEARNING | {"reviews.every": 3, "reviews.mode": mode}
    one = one_world(keys, 30)
    n = int(one.periods["reviews"].sum())
    assert n == one.state.ties[0].months // 3 > 5
    assert one.state.ties[0].lore == pytest.approx(1.0 - (1.0 - rate) ** n, abs=1e-5)
    assert abs(one.state.ties[0].lore - (1.0 - (1.0 - rate) ** (n + 1))) > 0.01


def at_the_table(keys=None, months=0):
    """Return a world after its first month, and its talk with today's tables in the scratch."""
    one = one_world(CALM | (keys or {}), 1 + months)
    return one, plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)


def test_what_is_repeated_is_no_news():
    """After any number of reviews a belief is where a single telling at the best reach leaves it."""
    one, talk = at_the_table()
    first, own = np.array(talk.belief[VENDOR]), np.array(talk.log.memo.own[BUYER])[:4, :3]
    table = one.state.noticed[0]
    told = [0, 1, 2]  # scope, service level, duration
    for reach in (0.3, 0.3, 0.2, 0.5, 0.5):
        plain(tell_table)(talk, one.setup, KEY, BUYER, (reach, 0.0), table)
    expected = first + 0.5 * (own - first)
    assert np.allclose(talk.belief[VENDOR][told], expected[told], atol=1e-12)
    assert np.array_equal(
        talk.belief[VENDOR][3], first[3]
    )  # nothing is told about protection and risk
    again = np.array(talk.belief[VENDOR])
    table[0, 1:] += 5.0  # needs change, and that is news, of this issue alone
    talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
    plain(tell_table)(talk, one.setup, KEY, BUYER, (0.5, 0.0), table)
    assert (talk.belief[VENDOR][0, 1:] > again[0, 1:] + 1.0).all()
    assert np.array_equal(talk.belief[VENDOR][1:], again[1:])


def test_feedback_both_ways_teaches_the_vendor_what_a_report_does_not():
    """Claim 16: one way, the vendor's belief about needs stays as it was."""
    errors = {}
    for mode in ("none", "one_way", "two_way"):
        one = one_world(CALM | {"reviews.every": 3, "reviews.mode": mode}, 10)
        at = one.state.ties[0].met
        errors[mode] = [
            np.abs(one.state.belief[at, VENDOR] - one.state.table[0])[:2].sum(),
            np.abs(one.state.belief[at, BUYER] - one.state.vendor_table[0])[:2].sum(),
        ]
    assert errors["one_way"][0] == errors["none"][0]
    assert errors["two_way"][0] < 0.9 * errors["none"][0]
    assert errors["two_way"][1] == errors["one_way"][1] < 0.9 * errors["none"][1]


def test_if_all_is_known_and_nothing_is_learnt_reviews_only_cost():
    """Claim 15 off: static needs, known tables, no learning."""
    known = CALM | {"beliefs.known": 1.0, "relationship.weight_routine": 0.0}
    costs = {"reviews.cost": 0.5, "reviews.mode": "two_way", "reviews.every": 6}
    for regime, keys in (("adversarial", {}), ("mediated", BY_MEDIATOR | SURE)):
        held, never = run(known | costs | keys, regime).periods, run(known).periods
        assert held["reviews"].sum() > 8
        assert held["transactions"].sum() == held["reviews"].sum()
        assert np.allclose(held["surplus"] + held["transactions"], never["surplus"], atol=1e-9)
    unknown = known | {"beliefs.known": 0.0}
    held, never = run(unknown | costs).periods, run(unknown).periods
    assert not np.allclose(held["surplus"] + held["transactions"], never["surplus"], atol=1e-9)


MINIMAL = CALM | {
    "beliefs.known": 1.0, "negotiation.deadline": 6, "run.months": 12, "delivery.noise": 0.0,
    "reviews.every": 4, "reviews.mode": "one_way", "relationship.weight_routine": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("cost", [0.0, 1.0, 1e4])
def test_a_change_order_gains_what_the_tables_say(cost):
    """The need for round-the-clock service arises; both gain half, unless a change costs too much."""
    one = one_world(MINIMAL | {"reviews.change_cost": cost}, 1)
    w, row = one.state, one.state.ties[0]
    quiet, expense = w.table[0, 1], w.vendor_table[0, 1]
    row.agreed[1] = 0
    quiet[1] = 20.0 - expense[1]  # worth 20 more than it costs
    talk = plain(gather_talk_with_tables)(w, one.setup, 0, 0)
    talk.belief[VENDOR][1] = quiet
    plain(reappraise_need)(w, one.setup, 0)
    price = float(row.price)
    for _ in range(6):
        one.step()
    gained = np.diff(one.periods["surplus"][1:])
    if cost == 1e4:
        assert row.agreed[1] == 0
        assert np.allclose(gained, 0.0, atol=1e-9)
        return
    assert row.agreed[1] == 1
    assert row.price - price == pytest.approx(0.5 * (quiet[1] - expense[1]), abs=1e-9)
    assert gained[1] == pytest.approx(20.0 - 2.0 * cost, abs=1e-9)
    assert one.periods["surplus"][4] - one.periods["surplus"][2] == pytest.approx(20.0, abs=1e-9)
    for side in ("buyer", "vendor"):
        assert one.periods[side][4] - one.periods[side][2] == pytest.approx(10.0, abs=1e-9)
    assert one.periods["residual"].max() < 1e-9
    assert one.periods["change_orders"].sum() == 1


@pytest.mark.parametrize("reach", [0.0, 0.4, 1.0])
def test_a_vendor_tells_the_shift_it_saw_as_far_as_it_is_heard(reach):
    """Only of the issue it saw, and before the factor of demand and economy; news, then silence."""
    one, talk = at_the_table()
    noticed, before = one.state.noticed[0], np.array(one.state.noticed[0])
    talk.need.worth_factor, talk.tie.signalled = 0.5, 1 << 0
    talk.belief[VENDOR][0] = 0.5 * np.array([0.0, 10.0, 80.0])
    plain(tell_shift)(talk, one.setup, KEY, (reach, 0.0), noticed)
    view = np.array([0.0, 10.0, 80.0])
    assert np.allclose(noticed[0], before[0] + reach * (view - before[0]), atol=1e-12)
    assert np.array_equal(noticed[1:], before[1:])
    told = np.array(noticed)
    for moves in (True, False):  # heard once, face to face, at the trust of strangers
        plain(tell_seen_shift)(talk, one.setup, KEY, 2, 0, noticed, 5)
        assert talk.tie.signalled == 0
        assert np.array_equal(noticed, told) is (reach == 1.0 or not moves)
        told = np.array(noticed)


@pytest.mark.parametrize("handicap", [KNOWS_NOTHING, UNTRUSTED], ids=["knows nothing", "untrusted"])
def test_a_mediator_without_knowledge_or_trust_reviews_in_vain(handicap):
    """Everything a review does comes through its estimate: to the last bit, or to a thousandth."""
    keys = LEARNING | {"run.months": 48}
    held = run(keys | BY_MEDIATOR | handicap, "mediated", 20).periods
    never = run(keys, worlds=20).periods
    assert held["reviews"].sum() > 100
    if handicap is KNOWS_NOTHING:
        assert same(held, never)
    assert np.abs(held["surplus"] - never["surplus"]).max() < 1e-3
    dear = keys | BY_MEDIATOR | handicap | {"reviews.cost": 1.0}
    held = run(dear, "mediated", 20).periods
    assert (held["surplus"] - never["surplus"]).sum() == pytest.approx(
        -held["reviews"].sum() * 2.0, abs=1
    )


def test_an_able_trusted_mediator_lowers_misfit_and_teaches():
    """Its own causes: misfit of terms, and what is still to be learnt (underinvestment)."""
    keys = LEARNING | {"beliefs.fixed_pie": 1.0, "beliefs.learning": 0.0, "reviews.every": 6}
    for column in ("misfit", "underinvestment"):
        mean, error = paired(column, keys | BY_MEDIATOR | SURE, keys)
        assert mean < -3 * error < 0.0, column
        idle = keys | BY_MEDIATOR | {"mediator.functions": []}
        assert paired(column, idle, keys)[0] == 0.0


def test_a_half_able_mediator_teaches_no_errors_to_those_who_know():
    """If beliefs are exact a reading has no weight: misfit stays as it was, to the last bit."""
    known = CALM | {"beliefs.known": 1.0, "beliefs.learning": 0.0}
    poor = known | BY_MEDIATOR | SURE | {"mediator.competence": 0.3}
    assert paired("misfit", poor, known) == (0.0, 0.0)
    doubtful = poor | {"beliefs.known": 0.5}  # and sides that do not know learn something
    assert (
        paired("misfit", doubtful, CALM | {"beliefs.known": 0.5, "beliefs.learning": 0.0})[0] != 0.0
    )


def test_being_heard_dissolves_grievance():
    """A review held both ways lets grievance fall once more by its decay, at full openness."""
    left = {}
    for mode in ("none", "one_way", "two_way"):
        keys = CALM | TRUSTING | {"reviews.mode": mode, "reviews.every": 4, "vendors.oversell": 0.0}
        one = one_world(keys, 3)
        one.state.ties[0].grievance = 8.0
        one.step()
        left[mode] = float(one.state.ties[0].grievance)
    assert left["none"] == left["one_way"] == pytest.approx(7.2)
    assert left["two_way"] == pytest.approx(7.2 * 0.9, abs=1e-6)


def test_reviews_held_both_ways_are_evidence_of_good_will():
    trust = {}
    for mode in ("none", "one_way", "two_way"):
        one = one_world(CALM | {"reviews.mode": mode, "reviews.every": 3}, 10)
        at = one.state.ties[0].met
        trust[mode] = float(one.state.trust[at, BUYER_IN_VENDOR].now)
    assert trust["none"] == trust["one_way"] < trust["two_way"]
