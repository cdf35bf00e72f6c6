"""Life stories: the same every time, true to the tables, in lines that fit.

`UPDATE_GOLDEN=1 pytest tests/render/test_story.py` rewrites tests/golden/ after an intended
change of the model or of a scenario; the difference is then read, not just committed.
"""

import itertools
import os
import re
from pathlib import Path

import numpy as np
import pytest
from bare import bare

from sim.engines.batch import simulate
from sim.errors import SimError
from sim.render.story.event_sentences import SENTENCES
from sim.render.story.life_story import WIDTH, story
from sim.render.story.phrases import ordinal
from sim.scenario.load import load
from sim.words import Event

GOLDEN = Path(__file__).parents[1] / "golden"
TOLD = [
    ("one_tie", "adversarial", 0, 0, True),
    ("one_tie", "mediated", 0, 0, True),
    ("it_outsourcing", "mediated", 0, 105, False),
]


@pytest.fixture(scope="module")
def flagship():
    return load("it_outsourcing")


@pytest.fixture(scope="module")
def pair():
    return load("one_tie")


@pytest.mark.parametrize(("name", "regime", "world", "tie", "talks"), TOLD)
def test_golden(name, regime, world, tie, talks):
    told = story(load(name), regime, world, tie, talks=talks)
    file = GOLDEN / f"{name}_{regime}_{world}_{tie}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(told.encode())
    assert told.encode() == file.read_bytes(), "changed; UPDATE_GOLDEN=1 rewrites it"


@pytest.mark.parametrize("regime", ["adversarial", "partnership", "mediated", "planner"])
@pytest.mark.parametrize("tie", [0, pytest.param(24, marks=pytest.mark.deep), 119])
def test_every_regime_can_be_told(flagship, regime, tie):
    told = story(flagship, regime, 1, tie, talks=True)
    assert told == story(flagship, regime, 1, tie, talks=True)
    assert max(map(len, told.splitlines())) <= WIDTH
    assert told.endswith(".\n")
    assert not re.search(r"\bnan\b|\binf\b|−0\.0\b|  \n|\n\n\n", told)


@pytest.mark.parametrize("regime", ["adversarial", "mediated"])
def test_what_is_told_is_in_the_tables(pair, regime):
    told = story(pair, regime, 3, 0, talks=True)
    tables = simulate(pair.regime(regime), [3], 1, tables=("ties", "events", "offers"))
    row, kinds = tables.ties[0], list(tables.events["kind"])
    assert len(re.findall(r"^    offer \d+, ", told, re.M)) == len(tables.offers)
    assert len(re.findall(r"They (?:sign|renew) for", told)) == row["contracts"]
    assert len(re.findall("A problem arises", told)) == row["problems_arrived"]
    assert len(re.findall("The buyer finds a problem", told)) == row["problems_discovered"]
    assert len(re.findall("Grievance becomes a dispute", told)) == row["dispute_count"]
    assert len(re.findall("runs out;", told)) == kinds.count(Event.EXPIRED)
    assert f"{row['months']} of {pair.scenario.run.months} months under" in told
    assert f"Joint surplus over outside options: {row['surplus']:.1f} k€".replace("-", "−") in told


def test_fear_that_learns_is_shown_if_it_does(pair):
    """From what it feared when the problem arose, on which its cost of telling rests."""
    keys = {"vendors.blame_fear": "learnt", "vendors.first_fear": 4.0, "run.months": 60}
    told = " ".join(story(load("one_tie", keys), "adversarial", 0, 0).split())
    moves = r"blame the vendor expects (?:goes from (\d\.\d\d) to|stays at) (\d\.\d\d)"
    learnt = [(was or now, now) for was, now in re.findall(moves, told)]
    assert len(learnt) == len(re.findall("the vendor tells it", told)) > 1
    assert learnt[0][0] == "1.00" and all(a[1] == b[0] for a, b in itertools.pairwise(learnt))
    assert "blame the vendor expects" not in story(bare("one_tie"), "adversarial", 0, 0)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"relationship.ceiling": "caps"}, "Its trust in the vendor can be at most 0.60 now."),
        ({}, "Of the trust it would otherwise have in the vendor 60 % is left."),
    ],
)
def test_what_deceit_leaves_of_trust_is_told_as_it_is(changes, said):
    """A ceiling that caps leaves trust below it as it was; one that multiplies takes a part of all."""
    told = " ".join(story(load("one_tie", changes), "adversarial", 0, 0).split())
    assert said in told and ("at most 0.60" in told) == bool(changes)


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, ""),
        (1.0, "Both see every issue as a contest: they give way to its middle until they are"),
    ],
)
def test_the_share_that_sees_contests_is_shown_if_people_may(share, said):
    told = " ".join(
        story(load("one_tie", {"beliefs.fixed_pie_share": share}), "planner", 0, 0).split()
    )
    assert said in told and ("as a contest" in told) == bool(said)


def test_notice_is_told_to_its_end():
    """No event says that a contract ends by notice; a contract broken up before does not end so."""
    hard = {"recession.rate": 0.3, "recession.worth": 0.6, "run.months": 60, "market.needs": 12}
    loaded = load("turnover", hard)
    after = loaded.scenario.termination.notice
    world = simulate(loaded.regime("adversarial"), [0], 1, tables=("events",))
    given = world.events[world.events["kind"] == Event.TERMINATED]
    tie = int(np.bincount(given["tie"]).argmax())
    given = given["period"][given["tie"] == tie]
    broken = world.events["period"][
        (world.events["kind"] == Event.BROKEN_UP) & (world.events["tie"] == tie)
    ]
    ends = [
        month + after
        for month in given
        if month + after < 60 and not ((broken >= month) & (broken <= month + after)).any()
    ]
    told = story(loaded, "adversarial", 0, tie)
    months = [re.sub(r"\s+", " ", text) for text in re.split(r"^  Months? ", told, flags=re.M)[1:]]
    assert len(given) == sum("The buyer gives notice" in text for text in months) > 1
    said = [int(text.split()[0]) - 1 for text in months if "ends by notice" in text]
    assert said == ends and len(ends) > 1


def test_a_review_is_told_before_what_came_of_it(pair):
    """A change is written down before the review it came of."""
    told = " ".join(story(pair, "adversarial", 3, 0).split())
    assert re.search(r"\): They review their work: [^:]*\. They change the running contract", told)
    assert not re.search(r"\): They change the running contract", told)


def test_offers_are_told_on_request_only(pair):
    short, long = (story(pair, "adversarial", 0, 0, talks=talks) for talks in (False, True))
    kept = [line for line in long.splitlines() if line in short.splitlines()]
    assert kept == short.splitlines()
    assert len(long) > len(short)


def test_every_month_is_told_once(flagship):
    told = story(flagship, "mediated", 0, 50)
    months = []
    for first, last in re.findall(r"^  Months? (\d+)(?: to (\d+)| \()", told, re.M):
        months += range(int(first), int(last or first) + 1)
    assert months == list(range(1, flagship.scenario.run.months + 1))


def test_worlds_seeds_and_overrides_make_other_lives(pair):
    lives = {
        story(pair, "adversarial", 0, 0),
        story(pair, "adversarial", 1, 0),
        story(pair, "adversarial", 0, 0, seed=2),
        story(load("one_tie", {"buyers.quality_worth": 30.0}), "adversarial", 0, 0),
    }
    assert len(lives) == 4


@pytest.mark.parametrize("protocol", ["sealed_bid", "take_it_or_leave_it"])
def test_other_protocols(protocol):
    told = story(load("one_tie", {"negotiation.protocol": protocol}), "adversarial", 0, 0)
    assert protocol.replace("_", " ") in told
    assert ("The buyer bids" in told) == (protocol == "sealed_bid")


def test_leaks_and_hopeless_pairs_are_told():
    leaky = load("one_tie", {"mediator.discretion": 0.0})
    assert "leaks what the buyer confided about “scope”" in story(leaky, "mediated", 0, 0)
    hopeless = load("one_tie", {"vendors.outside": 1000.0})
    told = story(hopeless, "adversarial", 0, 0)
    assert "nothing to gain" in told
    assert "one of the two sees nothing to gain" in told
    assert "0 of 48 months under 0 contracts" in told.replace(
        f"of {hopeless.scenario.run.months} months", "of 48 months"
    )


def test_fights_are_told():
    angry = load(
        "one_tie",
        {
            "disputes.threshold": 0.5,
            "disputes.cost_buyer": 0.0,
            "disputes.cost_vendor": 0.0,
            "buyers.optimism": 1.0,
            "vendors.optimism": 1.0,
        },
    )
    told = story(angry, "adversarial", 0, 0)
    assert re.search(
        r"they fight over \d.*: the (?:buyer|vendor) wins\.", told.replace("\n      ", " ")
    )
    assert "They break up with" in told


def test_every_kind_of_event_has_its_words():
    assert set(SENTENCES) == set(Event)


@pytest.mark.parametrize(
    ("world", "tie", "seed", "said"),
    [
        (-1, 0, None, "world = -1: want a whole number from 0 to 2⁶³ − 1"),
        (True, 0, None, "world = True: want a whole number"),
        (0.0, 0, None, "world = 0.0: want a whole number"),
        (0, 1, None, r"tie = 1: want 0 \(1 need × 1 candidate\)"),
        (0, -1, None, "tie = -1: want 0"),
        (0, 0, 2**63, "seed = 9223372036854775808: want a whole number from 0"),
    ],
)
def test_what_does_not_exist_is_one_line(pair, world, tie, seed, said):
    with pytest.raises(SimError, match=said) as caught:
        story(pair, "adversarial", world, tie, seed=seed)
    assert "\n" not in str(caught.value)


def test_the_largest_tie_is_named(flagship):
    with pytest.raises(SimError, match=r"tie = 120: want a whole number from 0 to 119"):
        story(flagship, "adversarial", 0, 120)
    with pytest.raises(SimError, match="did you mean 'mediated'"):
        story(flagship, "mediatd", 0, 0)


def test_ordinals():
    assert [ordinal(n) for n in (1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "101st", "111th",
    ]  # fmt: skip
