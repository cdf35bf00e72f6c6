"""Mutual traits: each month's conduct is scored as it is seen, and nobody acts on the score."""

from types import SimpleNamespace

import numpy as np
import pytest
from bare import bare

from sim.engines.batch import OneWorld, simulate
from sim.jit import plain
from sim.relationship.work.traits import (
    MONTH_WEIGHT,
    collaboration_after_month,
    fairness_score,
    recent_average,
)
from sim.words import Event, Function, Institution, ReviewMode

FAIR = {"kept": 1, "withheld": 0.0, "disrespect": 0, "hidden_now": 0}
SMALL = {"run.months": 30, "problems.rate": 0.3}


@pytest.mark.parametrize(
    ("change", "score"),
    [
        ({}, 1.0),
        ({"kept": 0}, 0.75),
        ({"withheld": 0.1}, 0.75),
        ({"disrespect": 2}, 0.75),
        ({"hidden_now": 1, "kept": 0}, 0.5),
    ],
)
def test_respect_is_the_share_of_fair_treatment(change, score):
    assert plain(fairness_score)(SimpleNamespace(**{**FAIR, **change})) == score


@pytest.mark.parametrize(
    ("news", "months", "score"),
    [
        ((0, 0), 5, None),
        ((2, 0), 5, 1.0),
        ((1, 1), 5, 0.5),
        ((0, 0), 6, 0.5),
        ((0, 1), 6, 0.25),
    ],
)
def test_collaboration_counts_news_that_was_told(news, months, score):
    """A vendor that only reports to its customer gives half a review; silence counts as nothing."""
    row = SimpleNamespace(collaboration=0.2, reviewed=6, months=months, functions=0)
    flows = SimpleNamespace(told_now=news[0], hidden_now=news[1])
    keys = {"reviews_every": 3, "reviews_mode": int(ReviewMode.ONE_WAY)}
    p = SimpleNamespace(institution=int(Institution.ADVERSARIAL), **keys)
    want = 0.2 if score is None else 0.2 + MONTH_WEIGHT * (score - 0.2)
    assert plain(collaboration_after_month)(row, flows, p) == pytest.approx(want)


@pytest.mark.parametrize("who", ["partners", "two ways", "mediator"])
def test_a_review_both_ways_counts_in_full(who):
    row = SimpleNamespace(collaboration=0.0, reviewed=6, months=6, functions=0)
    p = SimpleNamespace(institution=0, reviews_every=3, reviews_mode=int(ReviewMode.ONE_WAY))
    if who == "partners":
        p.institution = int(Institution.PARTNERSHIP)
    elif who == "two ways":
        p.reviews_mode = int(ReviewMode.TWO_WAY)
    else:
        row.functions = 1 << Function.REVIEW
    flows = SimpleNamespace(told_now=0, hidden_now=0)
    assert plain(collaboration_after_month)(row, flows, p) == pytest.approx(MONTH_WEIGHT)


def test_half_of_an_average_is_half_a_year_old():
    score = 1.0
    for _ in range(6):
        score = plain(recent_average)(score, 0.0)
    assert score > 0.5 > plain(recent_average)(score, 0.0)


def run(regime, changes, worlds=6):
    return simulate(bare("one_tie", SMALL | changes).regime(regime), range(worlds), 1)


def test_a_vendor_that_must_hide_loses_collaboration_and_respect():
    """Blame of eight times the harm makes hiding pay; without blame telling is cheap."""
    hides = run("adversarial", {"buyers.blame": 8.0, "problems.discovery": 0.2})
    tells = run("adversarial", {"buyers.blame": 0.0, "problems.fix": 0.1})
    assert hides.periods["problems_discovered"].sum() > 5
    for trait, between in (("collaboration", 0.75), ("respect", 0.9)):
        scores = [t.ties[trait][t.ties["months"] > 24].mean() for t in (hides, tells)]
        assert scores[0] < between < scores[1]


def test_success_is_gain_on_both_sides():
    rich = run("mediated", {"problems.rate": 0.0})
    assert rich.ties["success"][rich.ties["months"] > 24].min() > 0.9
    both = rich.periods["both_gain"] == 1
    gain = (rich.periods["buyer"] > 0.0) & (rich.periods["vendor"] > 0.0)
    assert np.array_equal(both, gain & (rich.periods["active"] == 1))
    poor = run("mediated", {"problems.rate": 0.0, "mediator.fee.retainer": 400.0})
    assert poor.periods["both_gain"].sum() == 0


def test_a_planner_has_no_traits():
    tables = run("planner", {})
    assert set(tables.ties["respect"]) == {0.5}
    assert tables.periods["both_gain"].sum() > 0


def test_a_squeeze_costs_the_respect_of_the_tie_that_was_squeezed():
    """Squeezes come while needs choose, scores when they are served: each need keeps its own."""
    changes = {
        "market.needs": 3, "market.vendors": 3, "recession.rate": 0.2, "problems.rate": 0.0,
        "run.months": 12, "delivery.quality_noise": 0.0, "vendors.oversell": 0.0,
    }  # fmt: skip
    changes["conducts"] = [
        {"name": "squeezer", "side": "buyer", "recession": "squeeze"},
        {"name": "calm", "side": "buyer"},
    ]
    squeezed = spared = 0
    for number in range(2):
        regime = bare("one_tie", changes).regime("adversarial")
        world = OneWorld(regime, 1, number, tables=("events",))
        for _ in range(12):
            before, seen = world.state.ties.respect.copy(), int(world.state.memo[0].event_rows)
            world.step()
            rows = world.state.events[seen : int(world.state.memo[0].event_rows)]
            hit = set(rows["tie"][rows["kind"] == Event.SQUEEZED])
            for tie, was in enumerate(before):
                now = world.state.ties.respect[tie]
                if tie in hit:
                    squeezed += 1
                    assert now <= was + MONTH_WEIGHT * (0.75 - was) + 1e-12
                elif hit and now == pytest.approx(was + MONTH_WEIGHT * (1.0 - was)):
                    spared += 1
    assert squeezed > 0 and spared > 0
