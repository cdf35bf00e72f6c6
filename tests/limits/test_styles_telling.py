"""Styles that ask and tell: fixed pies loosened, cases judged, conduct recognised. Each check has a negative control."""

from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare

from sim.bargain.beliefs import reduce_fixed_pie_error
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import fill_clause_values
from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.mediation.conduct import good_conduct_share
from sim.mediation.rounds.telling import belief_in_mediator
from sim.records import allocate
from sim.relationship.work.build_trust import current_trust, move_trust_towards
from sim.relationship.work.resolve import is_fought
from sim.state import BUYER, BUYER_IN_VENDOR, TRUST, VENDOR
from sim.words import Event, Topic

FREE = {
    "mediator.functions": ["broker"], "mediator.fee.retainer": 0.0, "mediator.fee.success": 0.0,
    "mediator.fee.case": 0.0, "mediator.cost": 0.0, "mediator.discretion": 1.0, "mediator.bias": 0.0,
    "run.months": 24, "run.in_force": 0.0,
}  # fmt: skip
TRUSTED = {"mediator.prior_good": 1e6, "mediator.prior_bad": 1e-6}
ABLE = {"mediator.competence": 1.0, **TRUSTED}
UNTRUSTED = {"mediator.prior_good": 0.0, "mediator.participation": "trust"}
PIES = {"beliefs.fixed_pie": 0.5, "beliefs.fixed_pie_share": 0.5}
NO_PIES = {"beliefs.fixed_pie": 0.0, "beliefs.fixed_pie_share": 0.0}
HOPES = {"buyers.outside_optimism": 1.0, "vendors.outside_optimism": 1.0}
HEATED = {
    "mediator.functions": ["resolve"], "buyers.optimism": 1.0, "vendors.optimism": 1.0,
    "disputes.threshold": 3.0, "disputes.cost_growth": 0.0, "run.months": 48,
}  # fmt: skip
TABLES = ("periods", "ties", "events", "offers")
BELIEFS = ["facilitative", "evaluative", "transformative"]


def run(style, keys=None, regime="mediated", worlds=60):
    """Return the tables of a run of one_tie with a free mediator of a style, or without a style."""
    written = {"mediator.style": style} if style else {}
    loaded = bare("one_tie", {**FREE, **written, **(keys or {})})
    out = simulate(loaded.regime(regime), range(worlds), 1, tables=TABLES, threads=2)
    assert out.periods["residual"].max() < 1e-9
    return out


def messages(out):
    """Return how many messages a mediator sent in talks."""
    return int(np.isin(out.events["kind"], (Event.QUESTION_ASKED, Event.ESTIMATE_TOLD)).sum())


def only_costs_messages(out, direct):
    """Say whether all offers are those of direct talks, and the surplus less by the messages alone."""
    cost = float(bare("one_tie", FREE).scenario.negotiation.offer_cost)
    lost = direct.periods["surplus"].sum() - out.periods["surplus"].sum()
    same = len(out.offers) == len(direct.offers) and (out.offers == direct.offers).all()
    return bool(same) and lost == pytest.approx(messages(out) * cost, abs=1e-6)


def estimates_told(out, topic):
    """Return how far each telling of a topic moved what it was about."""
    rows = out.events[out.events["kind"] == Event.ESTIMATE_TOLD]
    return rows["third"][rows["amount"] == topic]


@pytest.mark.parametrize("keys", [NO_PIES | ABLE, PIES | TRUSTED | {"mediator.competence": 0.0}])
def test_facilitation_does_nothing_but_cost_if_there_is_no_pie_to_loosen_or_no_competence(keys):
    direct = run("", keys, "adversarial")
    out = run("facilitative", keys)
    assert messages(out) == 4 * out.periods["talks"].sum() > 100
    assert only_costs_messages(out, direct)
    keys = PIES | ABLE  # the negative control
    assert not only_costs_messages(run("facilitative", keys), run("", keys, "adversarial"))


def test_the_more_people_see_contests_the_more_facilitation_creates():
    gains = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        keys = ABLE | {"beliefs.fixed_pie": 0.0, "beliefs.fixed_pie_share": share}
        direct, out = (run(*one, worlds=300) for one in (
            ("", keys, "adversarial"), ("facilitative", keys)))  # fmt: skip
        gains.append((direct.periods["misfit"] - out.periods["misfit"]).mean())
    assert gains[0] == 0.0
    assert (np.diff(gains) > 0.0).all(), gains
    ignored = run("facilitative", keys | {"mediator.competence": 0.0}, worlds=300)
    assert (direct.periods["misfit"] - ignored.periods["misfit"]).mean() == 0.0


def a_talk(keys):
    """Return the parameters and a talk of a pair that has just met."""
    one = OneWorld(bare("one_tie", FREE | keys).regime("mediated"), 1, 0)
    one.step()
    talk = plain(gather_talk_with_tables)(one.state, one.setup, 0, 0)
    plain(fill_clause_values)(talk, one.setup)
    return one.setup, talk


@pytest.mark.parametrize("part", [1.0, 0.5])
@pytest.mark.parametrize("known", [0.0, 0.4])
def test_the_fixed_pie_error_in_first_beliefs_is_taken_back_once(part, known):
    keys = {"beliefs.learning": 0.0, "beliefs.known": known}
    s, talk = a_talk(keys | {"beliefs.fixed_pie": 0.8})
    _, without = a_talk(keys | {"beliefs.fixed_pie": 0.0})
    before = talk.belief - without.belief
    assert np.abs(before).max() > 1.0
    for _ in range(2):
        for side in (BUYER, VENDOR):
            plain(reduce_fixed_pie_error)(talk, s, side, part)
    left = (1.0 - part) ** 2  # what was told twice is not taken back twice
    assert talk.belief - without.belief == pytest.approx(left * before, abs=1e-9)
    assert talk.hearing.taken_back == pytest.approx([1.0 - left] * 2)


@pytest.mark.parametrize("style", [*BELIEFS, "strategic_choice", "strategic_choice:value=0"])
def test_who_is_not_trusted_at_all_leaves_talks_as_they_are(style):
    keys = PIES | HOPES | UNTRUSTED
    direct = run("", keys, "adversarial")
    out = run(style, keys)
    assert messages(out) == 0
    assert (out.offers == direct.offers).all()
    heard = run(style, keys | TRUSTED)  # the negative control
    assert messages(heard) > 0 or (heard.events["kind"] == Event.DRAFT).any()


@pytest.mark.parametrize("style", BELIEFS)
def test_without_competence_a_style_that_moves_beliefs_only_costs_its_messages(style):
    keys = PIES | HOPES | TRUSTED | {"problems.rate": 0.3, "mediator.competence": 0.0}
    out = run(style, keys)
    assert messages(out) > 100
    assert only_costs_messages(out, run("", keys, "adversarial"))
    able = keys | {"mediator.competence": 1.0}  # the negative control
    assert not only_costs_messages(run(style, able), run("", able, "adversarial"))


def test_evaluation_in_disputes_is_what_resolve_does():
    """To the bit in all except its words, at any competence and bias."""
    for keys in ({}, {"mediator.bias": 0.4, "mediator.competence": 0.3}):
        plain_one, told_one = run("", HEATED | keys), run("evaluative", HEATED | keys)
        assert plain_one.periods["dispute_count"].sum() > 50
        for table in ("periods", "ties", "offers"):
            assert (getattr(plain_one, table) == getattr(told_one, table)).all()
        named = [o.events[o.events["kind"] == Event.POSITION_NAMED] for o in (plain_one, told_one)]
        assert (named[0] == named[1]).all()
    wary = run("evaluative:suspicion=1", HEATED)  # the negative control
    assert not (run("", HEATED).periods == wary.periods).all()


def test_a_dispute_is_settled_if_less_is_apart_than_a_fight_costs():
    """Landes–Gould: (p_b − p_v) stake ≤ C_b + C_v, after what the mediator told; the able settle more."""
    s = bare("one_tie", FREE | HEATED).scenario.disputes
    cost, fought = s.cost_buyer + s.cost_vendor, []
    for competence in (0.0, 0.5, 1.0):
        out = run("evaluative", HEATED | TRUSTED | {"mediator.competence": competence})
        rows = out.events[out.events["kind"] == Event.DISPUTE_SETTLED]
        share = 0.5 * (rows["second"] + rows["third"])
        apart = (rows["second"] - rows["third"]) * rows["amount"] / share
        assert (apart <= cost + 1e-9).all()
        fought.append(out.periods["fought"].sum() / out.periods["dispute_count"].sum())
    assert fought[0] > fought[1] > fought[2] == 0.0
    assert not plain(is_fought)(0.75, 0.25, 2.0 * cost, cost)
    assert plain(is_fought)(0.75, 0.25, 2.0 * cost + 1e-9, cost)


@pytest.mark.parametrize(
    ("bias", "believed"), [(0.0, (0.0, 0.0)), (1.0, (0.8, 0.0)), (-0.5, (0.0, 0.4))]
)
def test_bad_news_is_believed_only_of_a_friend(bias, believed):
    """Kydd 2003 at suspicion 1: an unbiased mediator's is not believed at all, an advocate's fully."""
    trust = [SimpleNamespace(now=0.8)] * 4
    desk = SimpleNamespace(suspicion=1.0)
    talk = SimpleNamespace(trust=trust, desk=desk, mediator=SimpleNamespace(bias=bias))
    found = [plain(belief_in_mediator)(talk, side, True) for side in (0, 1)]
    assert found == pytest.approx(believed)
    assert [plain(belief_in_mediator)(talk, side, False) for side in (0, 1)] == [0.8, 0.8]
    desk.suspicion = 0.0
    assert plain(belief_in_mediator)(talk, 0, True) == 0.8


def test_suspected_advice_to_give_way_moves_no_claim_and_no_case():
    keys = HEATED | TRUSTED | HOPES | {"mediator.functions": ["broker", "resolve"]}
    moved = estimates_told(run("evaluative:suspicion=1", keys), Topic.PROSPECTS)
    assert len(moved) > 50
    assert (moved == 0.0).all()
    of_friend = estimates_told(
        run("evaluative:suspicion=1", keys | {"mediator.bias": 1.0}), Topic.PROSPECTS
    )
    assert (of_friend[::2] > 0.0).all()  # the buyer is told first
    assert (of_friend[1::2] == 0.0).all()
    assert (estimates_told(run("evaluative", keys), Topic.PROSPECTS) > 0.0).all()


def test_full_competence_and_trust_leave_nothing_imagined():
    keys = HOPES | ABLE | {"relationship.prior_good": 1e6}
    sober = run("", ABLE | {"relationship.prior_good": 1e6}, "adversarial")
    out, dreaming = run("evaluative", keys), run("", keys, "adversarial")
    assert out.offers["price"] == pytest.approx(sober.offers["price"], abs=1e-3)
    assert dreaming.periods["impasses"].sum() > sober.periods["impasses"].sum()


@pytest.mark.parametrize("rule", ["beta", "ewma", "two_layer"])
@pytest.mark.parametrize(("conduct", "after"), [(1.0, 0.625), (0.0, 0.375)])
def test_trust_moves_a_part_of_the_way_to_the_record(rule, conduct, after):
    """From ½ by a quarter of the way, under every rule; the weight of evidence and ceilings stay."""
    rules = {"beta": 0, "ewma": 1, "two_layer": 2}
    p = SimpleNamespace(
        relationship_trust_rule=rules[rule], relationship_prior_good=1.0, relationship_prior_bad=1.0,
        relationship_ceiling=0, mediator_prior_good=2.0, mediator_prior_bad=1.0,
    )  # fmt: skip
    row = allocate(TRUST, 1)[0]
    row.good, row.bad, row.level, row.ceiling = 4.0, 4.0, 0.5, 1.0
    plain(move_trust_towards)(row, BUYER_IN_VENDOR, p, conduct, 0.25)
    assert plain(current_trust)(row, BUYER_IN_VENDOR, p) == pytest.approx(after)
    assert row.good + row.bad == pytest.approx(8.0)
    row.ceiling = 0.3
    plain(move_trust_towards)(row, BUYER_IN_VENDOR, p, 1.0, 0.25)
    assert row.ceiling == 0.3
    assert plain(current_trust)(row, BUYER_IN_VENDOR, p) <= 0.3


def test_the_record_is_what_both_have_done():
    p = SimpleNamespace(relationship_prior_good=2.0, relationship_prior_bad=1.0)
    row = SimpleNamespace(problems_reported=3, problems_arrived=5, months=9, unfair=2)
    assert plain(good_conduct_share)(row, VENDOR, p) == pytest.approx(5.0 / 8.0)
    assert plain(good_conduct_share)(row, BUYER, p) == pytest.approx(9.0 / 12.0)


# Keys by which nothing reads trust in a world without problems and clauses: all is told, nobody learns.
UNREAD = {
    "buyers.exposure_sensitivity": 0.0, "vendors.exposure_sensitivity": 0.0, "beliefs.learning": 0.0,
    "problems.rate": 0.0, "buyers.fear": 0.0, "vendors.fear": 0.0, "vendors.goodwill": 0.0,
}  # fmt: skip


def test_recognition_does_nothing_but_cost_if_nothing_reads_trust():
    keys = UNREAD | ABLE | {"run.months": 48}
    direct, out = run("", keys, "adversarial"), run("transformative", keys)
    moved = estimates_told(out, Topic.CONDUCT)
    assert np.abs(moved).max() > 0.01  # trust itself moves
    assert (direct.ties["trust_buyer"] != out.ties["trust_buyer"]).any()
    assert only_costs_messages(out, direct)
    read = keys | {"beliefs.learning": 1.0, "beliefs.fixed_pie": 0.5}  # the negative control
    assert not only_costs_messages(run("transformative", read), run("", read, "adversarial"))


def test_recognition_moves_trust_both_ways_and_not_without_competence():
    keys = TRUSTED | {"problems.rate": 0.3, "mediator.functions": ["broker", "review", "resolve"]}
    keys |= {"reviews.every": 3}
    moved = estimates_told(
        run("transformative", keys | {"mediator.competence": 1.0}), Topic.CONDUCT
    )
    assert (moved > 0.01).any()
    assert (moved < -0.01).any()
    blind = run("transformative", keys | {"mediator.competence": 0.0})
    assert (estimates_told(blind, Topic.CONDUCT) == 0.0).all()
    silent = run("", keys | {"mediator.competence": 0.0, "mediator.functions": ["review"]})
    assert len(estimates_told(silent, Topic.CONDUCT)) == 0
