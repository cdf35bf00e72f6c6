"""The standing neutral and strategic choice: fights avoided, and four corners. Each check has a negative control."""

import numpy as np
import pytest
from bare import bare

from sim.desk import DESK
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.disputes import reliability_of_mean
from sim.mediation.rounds.compensation import add_compensation
from sim.mediation.rounds.telling import tell
from sim.mediation.styles.standing_neutral import give_opinion
from sim.mediation.styles.strategic_choice import choose_strategy
from sim.records import allocate
from sim.state import MEDIATORS
from sim.words import Act, Event, Moment, Topic

FREE = {
    "mediator.fee.retainer": 0.0, "mediator.fee.success": 0.0, "mediator.fee.case": 0.0,
    "mediator.cost": 0.0, "mediator.discretion": 1.0, "mediator.bias": 0.0, "run.in_force": 0.0,
    "mediator.prior_good": 1e6, "mediator.prior_bad": 1e-6,
}  # fmt: skip
# Half of the disputes here are fought without a mediator.
HALF_FOUGHT = {
    "buyers.optimism": 1.0, "vendors.optimism": 1.0, "disputes.threshold": 3.0,
    "disputes.cost_growth": 0.0, "disputes.cost_buyer": 2.0, "disputes.cost_vendor": 2.0,
    "run.months": 48,
}  # fmt: skip
TABLES = ("periods", "ties", "events", "offers")


def run(style, keys, regime="mediated", worlds=200):
    """Return the tables of a run of one_tie with a trusted, free mediator of a style, or without a style."""
    written = {"mediator.style": style} if style else {}
    loaded = bare("one_tie", {**FREE, **written, **keys})
    out = simulate(loaded.regime(regime), range(worlds), 1, tables=TABLES, threads=2)
    assert out.periods["residual"].max() < 1e-9
    return out


def fought(out):
    """Return the share of disputes that were fought."""
    return out.periods["fought"].sum() / out.periods["dispute_count"].sum()


@pytest.mark.parametrize(("n", "reliability"), [(1, 0.5), (3, 0.75), (9, 0.9)])
def test_reliability_grows_with_readings_as_spearman_and_brown_say(n, reliability):
    assert plain(reliability_of_mean)(0.5, n) == pytest.approx(reliability)
    assert plain(reliability_of_mean)(0.0, n) == 0.0
    assert plain(reliability_of_mean)(1.0, n) == 1.0
    assert plain(reliability_of_mean)(0.3, 1) == 0.3


def neutral(competence, *functions):
    """Return a run with a standing neutral."""
    return run("standing_neutral", HALF_FOUGHT | {
        "mediator.competence": competence, "mediator.functions": ["resolve", *functions]
    })  # fmt: skip


def test_a_standing_neutral_avoids_fights_as_far_as_it_is_able():
    """Of fights that half of all disputes would come to; boards report 97 to 98 % that end out of court."""
    direct = run("", HALF_FOUGHT, "adversarial")
    assert 0.4 < fought(direct) < 0.6
    avoided = [
        1.0 - fought(neutral(c, "warn")) / fought(direct) for c in (0.0, 0.25, 0.5, 0.75, 1.0)
    ]
    assert avoided[0] == 0.0
    assert (np.diff(avoided) >= 0.0).all(), avoided
    assert avoided[2] > 0.5
    assert avoided[-1] == 1.0
    once = 1.0 - fought(neutral(0.25)) / fought(
        direct
    )  # without `warn` it reads the facts but once
    assert once < avoided[1]


def test_at_competence_0_every_fight_is_fought_to_the_bit():
    direct, out = run("", HALF_FOUGHT, "adversarial"), neutral(0.0, "warn")
    for column in ("fought", "dispute_count", "surplus", "buyer", "vendor", "disputes"):
        assert (direct.periods[column] == out.periods[column]).all()
    able = neutral(0.5, "warn")  # the negative control
    assert (direct.periods["fought"] != able.periods["fought"]).any()


def test_its_presence_costs_no_more_than_the_retainer_and_the_case():
    fees = {"mediator.fee.retainer": 0.5, "mediator.fee.case": 2.0}
    keys = HALF_FOUGHT | fees | {"mediator.functions": ["resolve", "warn"]}
    out = run("standing_neutral", keys, worlds=40)
    paid = 0.5 * out.periods["engaged"].sum() + 2.0 * out.periods["dispute_count"].sum()
    assert out.periods["mediator"].sum() == pytest.approx(paid)
    told = out.events[out.events["kind"] == Event.ESTIMATE_TOLD]
    assert len(told) == 2 * out.periods["dispute_count"].sum()
    assert not (
        out.events["second"][out.events["kind"] == Event.MEDIATOR_ACTS] == Moment.MONTH
    ).any()


def test_it_counts_the_months_of_a_contract_in_which_it_was_there():
    desk = allocate(DESK, 1)[0]
    for attended, readings in ((0, 1), (7, 7)):
        desk.stage, desk.moment, desk.attended = 0, int(Moment.DISPUTE), attended
        assert plain(give_opinion)(desk, None, None) == Act.TELL
        assert (desk.readings, desk.together) == (readings, 1)
    desk.stage, desk.moment = 0, int(Moment.MONTH)
    assert plain(give_opinion)(desk, None, None) == Act.NOTHING


def corner(value, cost, fee=100.0):
    """Return (act, price, payment, pressure, desk, parameters) of strategic choice over one issue.

    Its first level is worth nothing to anybody, its second 12 to the buyer and −`cost` to the vendor.
    """
    issue = {"name": "work", "levels": ["no", "yes"], "worth": [0.0, 12.0], "cost": [0.0, cost]}
    keys = FREE | {"issues": [issue], "mediator.fee.success": fee, "negotiation.duration": 10}
    s = OneWorld(bare("one_tie", keys).regime("mediated"), 1, 0).setup
    desk, mediator = allocate(DESK, 1)[0], allocate(MEDIATORS, 1)[0]
    desk.setting[:3] = value, 1.0 / 3.0, 0.5
    desk.estimate[0, 0, 1], desk.estimate[1, 0, 1] = 12.0, -cost
    act = plain(choose_strategy)(desk, mediator, s)
    return act, desk.price, desk.payment, desk.pressure, desk, s


def test_it_integrates_on_common_ground_if_it_values_agreement():
    """12 − 4 = 8 of 16 at stake: the best package at the price between, 8."""
    act, price, payment, pressure, desk, _ = corner(0.5, 4.0)
    assert (act, desk.pie, payment, pressure) == (Act.TEXT, 8.0, 0.0, 0.0)
    assert price == pytest.approx(8.0)


def test_it_pays_what_is_missing_to_common_ground_if_it_values_agreement():
    """12 − 8 = 4 of 20 at stake is 8/3 short of a third: over ten months 26.7, at most value × fee."""
    act, _, payment, _, desk, s = corner(0.5, 8.0)
    assert act == Act.TEXT
    assert payment == pytest.approx(10.0 * 8.0 / 3.0)
    assert plain(add_compensation)(desk, s, 1.0, 2.0) == pytest.approx(
        (1.0 + 4.0 / 3.0, 2.0 + 4.0 / 3.0)
    )
    assert corner(0.5, 8.0, fee=20.0)[2] == pytest.approx(10.0)
    assert corner(0.5, 8.0, fee=0.0)[2] == 0.0


def test_it_presses_without_common_ground_if_agreement_is_not_worth_much():
    act, _, payment, pressure, desk, s = corner(0.2, 8.0)
    assert (act, desk.topic, desk.whom, payment, pressure) == (
        Act.TELL,
        Topic.POSITION,
        3,
        0.0,
        0.5,
    )
    assert plain(choose_strategy)(desk, allocate(MEDIATORS, 1)[0], s) == Act.TEXT
    assert plain(choose_strategy)(desk, allocate(MEDIATORS, 1)[0], s) == Act.NOTHING


def test_it_leaves_them_alone_on_common_ground_if_agreement_is_not_worth_much():
    assert corner(0.2, 4.0)[0] == Act.NOTHING


@pytest.mark.parametrize(("trust", "floors"), [(0.8, (6.0, -1.0)), (0.0, (10.0, -1.0))])
def test_pressure_cuts_a_claim_by_trust_times_pressure_and_never_below_what_is_true(trust, floors):
    one = OneWorld(bare("one_tie", FREE).regime("mediated"), 1, 0)
    one.step()
    from sim.bargain.stance import Stance
    from sim.bargain.talk_rows import gather_talk

    talk = plain(gather_talk)(one.state, 0, 0)
    talk.trust["now"] = trust
    talk.desk.topic, talk.desk.whom, talk.desk.pressure = int(Topic.POSITION), 3, 0.5
    talk.desk.present[:] = 1
    after = plain(tell)(talk, one.setup, None, Stance((10.0, -1.0), (20.0, 20.0)))
    assert after.floor == pytest.approx(floors) and after.opening == (20.0, 20.0)


def test_what_it_pays_it_does_not_receive():
    """Its receipts are the fees for success less what it gave up; no more is signed without that."""
    hard = {"vendors.outside": 25.0, "mediator.competence": 1.0, "mediator.functions": ["broker"]}
    keys = hard | {"mediator.fee.success": 50.0, "run.months": 48}
    out = run("strategic_choice:value=1,ground=1", keys)
    paid = out.events["amount"][out.events["kind"] == Event.COMPENSATED]
    assert len(paid) > 5
    assert (paid <= 50.0 + 1e-9).all()
    success = 50.0 * out.periods["drafts_signed"].sum()
    assert out.periods["mediator"].sum() == pytest.approx(success - paid.sum())
    unpaid = run("strategic_choice:value=1,ground=0", keys)
    assert not (unpaid.events["kind"] == Event.COMPENSATED).any()
    assert unpaid.periods["drafts_signed"].sum() < out.periods["drafts_signed"].sum()
