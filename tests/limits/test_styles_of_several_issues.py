"""Styles of mediators that step along directions, go between rooms, and rule: several issues, and one ruling."""

import math
from unittest import mock

import numpy as np
import pytest
from benchmark import one_shot

from sim.engines.batch import OneWorld, simulate
from sim.render.story import event_sentences
from sim.render.story.life_story import story
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.words import Event

TABLES = ("periods", "ties", "events", "offers")
UNPAID = {f"mediator.fee.{name}": 0.0 for name in ("retainer", "success", "case")}
OPEN = {"buyers__exposure_to_neutral": 0.0, "vendors__exposure_to_neutral": 0.0}
HAGGLERS = ("bracketing", "shuttle", "improving_directions", "final_offer")


def ladder(worth, cost, others=()):
    """Return a world of talks about issues of many levels, in which only a text can be signed."""
    issue = {
        "name": "size", "levels": [str(n) for n in range(len(worth))],
        "worth": worth, "worth_spread": 0.5, "cost": cost, "cost_spread": 0.5,
    }  # fmt: skip
    return Scenario.model_validate(
        {
            "run": {"months": 1, "worlds": 1},
            "market": {"needs": 300, "vendors": 300, "candidates": 1},
            "issues": [issue, {**issue, "name": "depth"}],
            "buyers": {"exposure_to_neutral": 0.0},
            "vendors": {"exposure_to_neutral": 0.0},
            "negotiation": {"protocol": "sealed_bid", "level": "truthful", "deadline": 1},
            "mediator": {"functions": ["broker"], "drafts": 1, "competence": 0.0},
        }
    )


CONCAVE = ([0.0, 100.0, 136.0, 149.0, 153.0], [0.0, 4.0, 15.0, 48.0, 147.0])
STEPPED = ([0.0, 100.0, 104.0, 180.0, 184.0], [0.0, 4.0, 40.0, 44.0, 147.0])


def walked(tables, style="improving_directions"):
    """Return the months of worlds whose tables are given."""
    loaded = load(ladder(*tables), {"mediator.style": style})
    return simulate(loaded.regime("mediated"), range(3), 1, tables=TABLES)


def test_steps_lead_to_the_joint_optimum_of_concave_tables():
    """Steps fall by more than the spread can turn round, so that no single step helps at the optimum alone."""
    out = walked(CONCAVE)
    assert out.periods["signed"].sum() > 700
    assert out.periods["misfit"].max() < 1e-9
    best = {tuple(levels) for levels in out.offers[["level_0", "level_1"]].tolist()}
    assert len(best) > 2  # and it is not one package that is best for all


def test_steps_stall_below_the_optimum_of_tables_that_are_not_concave():
    """The negative control: a step that costs both something bars the way to a better one."""
    out = walked(STEPPED)
    assert out.periods["misfit"].sum() / out.periods["signed"].sum() > 1.0
    assert walked(CONCAVE, "improving_directions:steps=0").periods["misfit"].sum() > 1.0


def test_what_fails_in_a_shuttle_teaches_nobody():
    """Beliefs after talks that failed are those before, and a side that mirrors has nothing to mirror."""
    keys = {
        "mediator.functions": ["broker"], "negotiation.deadline": 8, "mediator.drafts": 1,
        "mediator.participation": "always",
        "vendors.outside": 40.0, "run.in_force": 0.0, "run.months": 12, **UNPAID,
        "buyers.strategy": "tit_for_tat", "vendors.strategy": "tit_for_tat",
    }  # fmt: skip
    moved = {}
    for style in ("shuttle", "post_settlement"):
        loaded = load("one_tie", {**keys, "mediator.style": style})
        out = simulate(loaded.regime("mediated"), range(40), 1, tables=TABLES)
        assert out.ties["impasses"].sum() > 5
        moved[style] = asks_after_the_second(out), learnt_without_a_deal(loaded)
    assert moved["shuttle"] == (0, 0.0)
    assert min(moved["post_settlement"]) > 0


def learnt_without_a_deal(loaded):
    """Return how much pairs that never agreed have learnt of each other's prices and packages."""
    learnt = 0.0
    for number in range(20):
        world = OneWorld(loaded.regime("mediated"), 1, number)
        for _ in range(12):
            world.step()
        row = world.state.ties[0]
        if row["contracts"] == 0:
            learnt += sum(row[name] for name in ("seen_buyer", "seen_vendor"))
            learnt += abs(row["shift_buyer"]) + abs(row["shift_vendor"])
    return learnt


def asks_after_the_second(out):
    """Return how often a side of a talk moved its price after its second offer, levels staying."""
    moves, last = 0, {}
    for row in out.offers:
        where = (row["world"], row["period"], row["tie"], row["side"])
        said = (*(row[f"level_{k}"] for k in range(4)), round(float(row["price"]), 9))
        before = last.setdefault(where, [])
        if len(before) > 1 and before[-1][:-1] == said[:-1]:
            moves += before[-1] != said
        before.append(said)
    return moves


def test_last_offers_lie_two_and_a_half_deviations_apart():
    """√(2π) σ = 2.5066 σ (Farber 1980); σ of the mean of two readings of uniform values is √(1/24)."""
    for competence in (1.0, 0.36):
        loaded = one_shot(
            **OPEN, mediator__functions=["broker"], mediator__drafts=1, mediator__style="final_offer",
            mediator__competence=competence, negotiation__deadline=1, market__needs=200,
        )  # fmt: skip
        out = simulate(loaded.regime("mediated"), range(2), 1, tables=TABLES)
        low, high = out.offers[out.offers["side"] == 0], out.offers[out.offers["side"] == 1]
        sd = math.sqrt(competence / 24.0)
        apart = (high["price"] - low["price"]) / sd
        assert len(apart) > 40
        assert apart == pytest.approx(math.sqrt(2.0 * math.pi), abs=1e-3)
        assert 0.5 * (high["price"] + low["price"]) == pytest.approx(0.5, abs=1e-9)
        assert abs(apart[0] - 2.0) > 0.4  # not merely two of them, as for a uniform spread to √3
        ruled = out.events[out.events["kind"] == Event.RULED]
        taken = out.offers[out.offers["accepted"] == 1]
        assert np.array_equal(ruled["amount"], taken["price"])
        nearer = abs(high["price"] - ruled["third"]) < abs(low["price"] - ruled["third"])
        assert np.array_equal(ruled["second"] == 1.0, nearer)


@pytest.mark.parametrize(("half", "stable"), [(math.sqrt(math.pi / 2), True), (1.0, False)])
def test_neither_side_gains_by_another_last_offer(half, stable):
    """Farber's equilibrium by search: the best reply to a last offer `half` sds above the median."""
    offers = np.linspace(-6.0, 1.0, 7001)
    chance = np.array([0.5 * math.erfc(-0.5 * (x + half) / math.sqrt(2.0)) for x in offers])
    paid = chance * offers + (1.0 - chance) * half
    assert (abs(offers[paid.argmin()] + half) < 2e-3) == stable


def test_who_expects_to_lose_by_a_ruling_is_not_bound():
    """Both must agree; the public middle decides who does, so nobody expects a loss by agreeing."""
    loaded = one_shot(
        **OPEN, mediator__functions=["broker"], mediator__drafts=1, mediator__style="final_offer",
        mediator__competence=1.0, negotiation__deadline=1, market__needs=400,
    )  # fmt: skip
    out = simulate(loaded.regime("mediated"), range(1), 1, tables=TABLES)
    declined = out.events[out.events["kind"] == Event.RULING_DECLINED]
    ruled = out.events[out.events["kind"] == Event.RULED]
    assert len(declined) + len(ruled) == 400
    assert len(ruled) == pytest.approx(
        100, abs=30
    )  # worth above the middle and cost below it: a quarter
    middle = 0.5 * (out.offers["buyer_utility"][0::2] + out.offers["buyer_utility"][1::2])
    assert middle.min() >= 0.0
    assert out.offers["buyer_utility"].min() < 0.0  # though one of the two offers may be a loss


@pytest.mark.parametrize("style", HAGGLERS)
def test_without_trust_a_style_leaves_the_talk_as_it_was(style):
    keys = {
        "mediator.functions": ["broker"], "mediator.style": style, "mediator.participation": "trust",
        "mediator.prior_good": 0.0, "run.months": 24, "negotiation.level": "equilibrium", **UNPAID,
    }  # fmt: skip
    loaded = load("one_tie", keys)
    alone = simulate(loaded.regime("adversarial"), range(8), 1, tables=TABLES)
    silent = simulate(loaded.regime("mediated"), range(8), 1, tables=TABLES)
    assert len(alone.offers) > 50
    assert np.array_equal(alone.offers, silent.offers)
    loud = load("one_tie", {**keys, "mediator.participation": "always", "negotiation.deadline": 6})
    heard = simulate(loud.regime("mediated"), range(8), 1, tables=TABLES)
    assert counted(heard, Event.MEDIATOR_ACTS) > 0
    assert counted(silent, Event.MEDIATOR_ACTS) == 0


@pytest.mark.parametrize("style", ["bracketing", "proposal", "shuttle"])
def test_without_trust_one_issue_is_claimed_as_in_a_talk_alone(style):
    """Claims are shaded for the game of the style only as far as both are likely to take part in it."""
    keys = {
        "negotiation__level": "equilibrium", "negotiation__k": 0.8, "market__needs": 50,
        "mediator__functions": ["broker"], "mediator__style": style, "mediator__competence": 0.0,
        "mediator__participation": "trust",
    }  # fmt: skip
    rows = {}
    for good in (0.0, 1.0):
        loaded = one_shot(**keys, mediator__prior_good=good)
        alone = simulate(loaded.regime("adversarial"), range(2), 1, tables=TABLES).offers
        rows[good] = simulate(loaded.regime("mediated"), range(2), 1, tables=TABLES).offers
    assert np.array_equal(alone, rows[0.0])
    assert not np.array_equal(alone, rows[1.0])


def counted(out, event):
    return int((out.events["kind"] == event).sum())


def test_a_story_says_that_a_ruling_was_made_or_declined():
    keys = {
        "mediator.style": "final_offer", "mediator.functions": ["broker"], "run.in_force": 0.0,
        "negotiation.deadline": 3, "negotiation.level": "level_1",
    }  # fmt: skip
    loaded = load("one_tie", keys)
    silent = dict.fromkeys((Event.MEDIATOR_ACTS, Event.QUESTION_ASKED), lambda *_: [])
    with mock.patch.dict(event_sentences.SENTENCES, silent):
        told = " ".join(" ".join(story(loaded, "mediated", n, 0).split()) for n in range(12))
    assert "the mediator rules for the" in told
    assert "would not be bound by it" in told


def test_a_story_tells_a_proposal_after_the_offers_that_failed():
    """What was offered before a text is nobody's answer to it."""
    keys = {
        "mediator.style": "proposal", "mediator.functions": ["broker"], "run.in_force": 0.0,
        "mediator.participation": "always",
        "negotiation.deadline": 3, "negotiation.level": "level_1",
    }  # fmt: skip
    silent = dict.fromkeys((Event.MEDIATOR_ACTS, Event.QUESTION_ASKED), lambda *_: [])
    with mock.patch.dict(event_sentences.SENTENCES, silent):
        told = " ".join(
            " ".join(story(load("one_tie", keys), "mediated", n, 0).split()) for n in range(6)
        )
    assert "each answers in private" in told
    assert "Both accept it." in told
    assert "would rather have its own package" not in told
