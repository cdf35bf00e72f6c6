"""A mediator's questions, words and payments appear in sentences that a purchasing director understands."""

from types import SimpleNamespace

import pytest

from sim.engines.batch import OneWorld
from sim.records import EVENTS, allocate
from sim.render.story.confided_words import CONFIDED_SENTENCES, QUESTION_WORDS, WHEN_IT_ACTS
from sim.render.story.event_sentences import describe_own_event
from sim.render.story.phrases import Words
from sim.scenario.load import load
from sim.words import Event, Moment, Question, Style, Topic

SAID = [
    (Event.MEDIATOR_ACTS, (Style.STANDING_NEUTRAL, Moment.DISPUTE, 3),
     "The mediator sits down with both sides in the dispute (standing neutral)."),
    (Event.MEDIATOR_ACTS, (Style.FACILITATIVE, Moment.BEFORE, 2),
     "The mediator sits down with the vendor before the first offer (facilitative)."),
    (Event.STAYED_AWAY, (Style.SINGLE_TEXT, Moment.BEFORE, 2),
     "The vendor does not sit down with the mediator before the first offer, so that there is no single text round."),
    (Event.STAYED_AWAY, (Style.EVALUATIVE, Moment.REVIEW, 3),
     "Neither side sits down with the mediator at the review, so that there is no evaluative round."),
    (Event.QUESTION_ASKED, (Question.PRIORITIES, 0, 0),
     "The mediator asks the buyer in confidence which issues it cares about."),
    (Event.QUESTION_ASKED, (Question.RANGE, 1, 42),
     "the vendor in confidence the last price it would accept for this text: 42.0 k€ a month."),
    (Event.ESTIMATE_TOLD, (Topic.PRIORITIES, 0, 0.25),
     "tells the buyer in confidence which issues the vendor cares about; that puts right 0.25"),
    (Event.ESTIMATE_TOLD, (Topic.MERITS, 0, -0.1), "the buyer gives itself falls by 0.10."),
    (Event.ESTIMATE_TOLD, (Topic.MERITS, 1, 0.0), "the vendor gives the buyer stays."),
    (Event.ESTIMATE_TOLD, (Topic.CONDUCT, 1, 0.05),
     "the vendor trusts the buyer more than it would have, by 0.05."),
    (Event.ESTIMATE_TOLD, (Topic.CONDUCT, 0, 0.0), "trusts the vendor as it would have."),
    (Event.ESTIMATE_TOLD, (Topic.PROSPECTS, 0, 3.0),
     "what it could really get elsewhere; the buyer thinks 3.0 k€ a month less of its"),
    (Event.ESTIMATE_TOLD, (Topic.POSITION, 1, 2.0),
     "tells the vendor that it asks for too much; the vendor takes back 2.0 k€ a month"),
    (Event.COMPENSATED, (12, 24, 0),
     "gives up 12.0 k€ of its own so that they sign for 24 months, half to each."),
]  # fmt: skip


@pytest.fixture(scope="module")
def words():
    regime = load("one_tie").regime("mediated")
    return Words(regime, OneWorld(regime, 1, 0).setup)


def sentences(words, kind, numbers):
    row = allocate(EVENTS, 1)[0]
    row.kind = kind
    row.amount, row.second, row.third = numbers
    return describe_own_event(words, SimpleNamespace(events=[]), row)


@pytest.mark.parametrize(("kind", "numbers", "said"), SAID)
def test_all_a_mediator_says_has_its_words(words, kind, numbers, said):
    (told,) = sentences(words, kind, numbers)
    assert said in told and told.endswith(".") and "nan" not in told


def test_nothing_is_left_out(words):
    assert {kind for kind, _, _ in SAID} == set(CONFIDED_SENTENCES)
    assert set(WHEN_IT_ACTS) == set(Moment)
    assert set(QUESTION_WORDS) <= set(Question)
    topics = {numbers[0] for kind, numbers, _ in SAID if kind == Event.ESTIMATE_TOLD}
    assert topics == set(Topic)
    assert sentences(words, Event.QUESTION_ASKED, (Question.BETTER, 0, 1)) == []
