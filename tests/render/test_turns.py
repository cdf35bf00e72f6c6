"""Turning points of a relationship appear in sentences, those of the whole world in every tie's story."""

import re
from types import SimpleNamespace

import pytest

from sim.engines.batch import OneWorld
from sim.records import EVENT_MEANINGS, EVENTS, allocate
from sim.render.story import life_story as story_room
from sim.render.story.event_sentences import describe_other_event, describe_own_event
from sim.render.story.life_story import WIDTH, story
from sim.render.story.phrases import Words
from sim.render.story.turn_sentences import NEED_EVENTS, TURN_SENTENCES
from sim.scenario.load import load
from sim.words import Event

CONDUCTS = [
    {"name": "fair", "side": "buyer"},
    {"name": "hard", "side": "buyer", "weight": 0.5},
    {"name": "keen", "side": "vendor"},
    {"name": "shy", "side": "vendor"},
]
SAID = [
    (Event.RECESSION_BEGINS, (0, 0, 0), "A recession begins."),
    (Event.RECESSION_ENDS, (1, 0, 0), "The recession ends after 1 month."),
    (Event.NEEDS_SHIFTED, (2, 1, 0), "shifts in 2 issues, for reasons outside the company"),
    (Event.NEEDS_SHIFTED, (1, 0, 1), "changes its strategy: what 1 issue"),
    (Event.SHIFT_NOTICED, (0, 0, 0), "notices that its needs have shifted, in the month they do."),
    (Event.SHIFT_NOTICED, (3, 1, 0), "The vendor tells the buyer that its needs have shifted, 3"),
    (Event.CONTACT_LEFT, (1, 0.5, 1), "The vendor's contact leaves; the new one knows 50 %"),
    (Event.REVIEWED, (1, 1.0, 0), "the vendor reports. By now they have learnt 0 % of what"),
    (Event.REVIEWED, (2, 0.25, 1), "both report to the mediator. By now they have learnt 75 % of"),
    (Event.CHANGE_ORDER, (10, 12, 3), "the price goes from 10.0 to 12.0 k€ a month"),
    (Event.CHANGE_ORDER, (10, 12, 0), "the buyer expects to gain next to nothing. From now on: "),
    (Event.OPPORTUNITY_ARISEN, (8, 0, 0), "could be worth 8.0 k€ a month; nobody has seen it"),
    (Event.OPPORTUNITY_TAKEN, (8, 2, 1), "The mediator points out an opportunity"),
    (Event.HELD_UP, (-3, 0, 6), "moves the price down by 3.0 k€: a hold-up"),
    (Event.SQUEEZED, (5, 0, 50), "demands 5.0 k€ off the price of 50.0 k€ a month under threat"),
    (Event.GIVEN_AND_TAKEN, (50, 45, 1), "sign a new package, at 45.0 k€ a month instead of 50.0"),
    (Event.GIVEN_AND_TAKEN, (50, 50, 0), "find no package better for both"),
    (Event.DECLINED, (-1, 0, 0), "declines honestly: it has no good solution."),
    (Event.DECLINED, (2, 0.8, 0), "names tie 2 instead, of capability 0.80"),
    (Event.MEDIATOR_HIRED, (0, 4, 5), "They hire the mediator: the buyer expects it to bring 4.0"),
    (Event.MEDIATOR_TURNED_DOWN, (0, -4, 5), "They turn down the mediator: the buyer expects"),
    (Event.LEAK_FOUND, (0, 1, 0), "The vendor finds out that the mediator leaked"),
    (Event.MEASURE_AGREED, (0.8, 0.95, 0), "its alignment with the need is 0.95 (usual: 0.80)"),
    (Event.ADVISED_AGAINST, (-2, 0, 0), "advises against this match (joint surplus −2.0 k€"),
    (
        Event.POSITION_NAMED,
        (0, 0.9, 0.4),
        "Heard in a dispute, the mediator calls the buyer's position unreasonable",
    ),
    (Event.CHANGE_REQUESTED, (1, 2.5, 0), "The vendor asks for a change of the running contract"),
    (Event.CHANGE_REQUESTED, (0, 2.5, 1), "expects 2.5 k€ a month; the vendor agrees."),
    (Event.TERMINATED, (9, 30, 4), "gives notice with 9 months left and pays 30.0 k€ for it"),
    (Event.TERMINATED, (9, 30, 4), "4.0 k€ a month more elsewhere than with no contract. The"),
    (
        Event.TERMINATED,
        (9, 30, 0),
        "no contract at all looks better to it. The contract ends in 3 months.",
    ),
    (Event.CONDUCT_CHANGED, (1, 0, 1), "The vendor changes its conduct from “keen” to “shy”"),
    (Event.ENTERED, (0, 0, 0), "The buyer comes to market with this need."),
    (
        Event.IN_FORCE,
        (24, 24, 0),
        "one in force: it has just begun, with all of its 24 months to come.",
    ),
    (Event.IN_FORCE, (24, 7, 0), "as one in force: 17 of its 24 months lie behind it, 7 to"),
]


@pytest.fixture(scope="module")
def words():
    regime = load("one_tie", {"conducts": CONDUCTS}).regime("mediated")
    return Words(regime, OneWorld(regime, 1, 0).setup)


@pytest.fixture(scope="module")
def month(words):
    world = OneWorld(words.regime, 1, 0)
    world.step()
    return SimpleNamespace(after=world.state.ties[0], before=world.state.ties[0], events=[])


def event(kind, numbers, tie=0):
    row = allocate(EVENTS, 1)[0]
    row.kind, row.tie = kind, tie
    row.amount, row.second, row.third = numbers
    return row


@pytest.mark.parametrize(("kind", "numbers", "said"), SAID)
def test_every_turn_has_its_words(words, month, kind, numbers, said):
    (told,) = describe_own_event(words, month, event(kind, numbers))
    assert said in told and told.endswith(".") and "nan" not in told


def test_no_turn_is_left_out():
    assert {kind for kind, _, _ in SAID} == set(TURN_SENTENCES)
    assert {kind.name.lower() for kind in Event} == set(EVENT_MEANINGS)


def test_turns_elsewhere_are_told_shortly_or_not_at_all(words, month):
    squeezed = describe_other_event(words, month, event(Event.SQUEEZED, (5, 1, 50), 3), 7)
    assert squeezed == [
        "The buyer demands a price cut from another vendor, 7 (tie 3) under threat."
    ]
    assert describe_other_event(words, month, event(Event.REVIEWED, (2, 0.5, 0), 3), 7) == []
    assert describe_other_event(words, month, event(Event.IN_FORCE, (24, 7, 0), 3), 7) == [
        "Its contract with another vendor, 7 (tie 3) counts as one in force, 7 months to come."
    ]
    for kind in NEED_EVENTS:
        numbers = next(n for k, n, _ in SAID if k == kind)
        assert describe_other_event(words, month, event(kind, numbers, 3), 7)


def test_what_befalls_the_world_is_in_every_life(monkeypatch):
    """The engine is asked for a world in which a recession comes in the fourth month."""

    class Hit(OneWorld):
        def __init__(self, *words, **more):
            super().__init__(*words, **more)

        def step(self):
            super().step()
            if self.period == 4:
                memo, n = self.state.memo[0], int(self.state.memo[0].event_rows)
                row = self.state.events[n]
                row.period, row.need, row.tie = 3, -1, -1
                row.kind = Event.RECESSION_BEGINS
                memo.event_rows = n + 1

    monkeypatch.setattr(story_room, "OneWorld", Hit)
    loaded = load("it_outsourcing", {"run.months": 6, "market.needs": 2})
    for tie in (0, 3):
        told = story(loaded, "adversarial", 0, tie)
        before, _ = told.split("A recession begins.")
        assert re.findall(r"^  Months? (\d+)", before, re.M)[-1] == "4"
        assert max(map(len, told.splitlines())) <= WIDTH
