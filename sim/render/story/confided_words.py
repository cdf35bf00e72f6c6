"""Sentences of a life story on what a mediator asks, tells and pays."""

from __future__ import annotations

import numpy as np

from sim.measure.amounts import count
from sim.render.story.phrases import SIDES, Month, Words, two_decimals
from sim.render.story.talk_course import describe_offers, first_late_turn
from sim.render.story.turn_sentences import Sentence
from sim.words import Event, Moment, Question, Style, Topic

WHO_SITS = ("nobody", "the buyer", "the vendor", "both sides")
WHEN_IT_ACTS = {
    Moment.BEFORE: "before the first offer",
    Moment.TALK: "while they talk",
    Moment.IMPASSE: "after the talk has failed",
    Moment.SIGNED: "after they have agreed",
    Moment.REVIEW: "at the review",
    Moment.DISPUTE: "in the dispute",
    Moment.MONTH: "as every month",
}
BOTH_AWAY = 3
ROUND_EVENTS = (
    Event.QUESTION_ASKED,
    Event.ESTIMATE_TOLD,
    Event.EDIT_TRIED,
    Event.DRAFT,
    Event.NO_DEAL_SEEN,
    Event.RULED,
    Event.RULING_DECLINED,
    Event.POSITION_NAMED,
)
QUESTION_WORDS = {
    Question.PRICE: "what price it asks for this text",
    Question.BETTER: "whether the change is better for it",
    Question.RANGE: "the last price it would accept for this text",
    Question.PRIORITIES: "which issues it cares about",
    Question.STEPS: "what one step more or less in each issue is worth to it",
}


def _mediator_acts(words: Words, month: Month, event: np.record) -> list[str]:
    moment, who = Moment(int(event.second)), WHO_SITS[int(event.third)]
    idle = "; it has nothing to propose or to say" if _is_idle(month, event) else ""
    return [
        *_course_before_turn(words, month, event),
        f"The mediator sits down with {who} {WHEN_IT_ACTS[moment]} ({_style_name(event)}){idle}.",
    ]


def _stayed_away(words: Words, month: Month, event: np.record) -> list[str]:
    moment, away = Moment(int(event.second)), int(event.third)
    who = "Neither side sits" if away == BOTH_AWAY else f"The {SIDES[away - 1]} does not sit"
    return [
        *_course_before_turn(words, month, event),
        f"{who} down with the mediator {WHEN_IT_ACTS[moment]}, so that there is no {_style_name(event)} round.",
    ]


def _style_name(event: np.record) -> str:
    """Return the style of a mediator's event in words."""
    return Style(int(event.amount)).name.lower().replace("_", " ")


def _course_before_turn(words: Words, month: Month, event: np.record) -> list[str]:
    """Return the course of the offers, if this is the mediator's first turn after them."""
    end = {Moment.IMPASSE: "They find no agreement.", Moment.SIGNED: "They agree."}
    moment = Moment(int(event.second))
    if moment not in end or event != first_late_turn(month, event.tie):
        return []
    return [*describe_offers(words, month), end[moment]]


def _is_idle(month: Month, event: np.record) -> bool:
    """Return whether a round has no event of its own. A shuttle round never is: it carries offers."""
    passed = False
    if int(event.amount) == Style.SHUTTLE:
        return False
    for other in month.events:
        if passed and other.tie == event.tie:
            return other.kind not in ROUND_EVENTS
        passed = passed or other == event
    return passed


def _question_asked(words: Words, month: Month, event: np.record) -> list[str]:
    question = int(event.amount)
    if question == Question.BETTER or question not in QUESTION_WORDS:
        return []  # EDIT_TRIED has the sentence
    side, what = SIDES[int(event.second)], QUESTION_WORDS[Question(question)]
    answer = f": {words.money(event.third)} a month" if question == Question.RANGE else ""
    return [f"The mediator asks the {side} in confidence {what}{answer}."]


def _estimate_told(words: Words, month: Month, event: np.record) -> list[str]:
    topic, amount = int(event.amount), float(event.third)
    side, other = SIDES[int(event.second)], SIDES[1 - int(event.second)]
    if topic == Topic.PRIORITIES:
        return [
            (
                f"The mediator tells the {side} in confidence which issues the {other} cares about; "
                f"that puts right {two_decimals(amount)} of what the {side} still gets wrong."
            )
        ]
    if topic == Topic.MERITS:
        whom = "itself" if side == SIDES[0] else "the buyer"
        moves = (
            f"{'rises' if amount > 0.0 else 'falls'} by {two_decimals(abs(amount))}"
            if amount
            else "stays"
        )
        return [
            (
                f"The mediator tells the {side} what it thinks of the dispute: the chance of winning that "
                f"the {side} gives {whom} {moves}."
            )
        ]
    if topic == Topic.CONDUCT:
        change = f"{'more' if amount > 0.0 else 'less'} than it would have, by {two_decimals(abs(amount))}"
        moves = f"trusts the {other} {change}" if amount else f"trusts the {other} as it would have"
        return [
            (
                f"The mediator tells the {side} how the {other} has behaved in this relationship; from next "
                f"month on the {side} {moves}."
            )
        ]
    if topic == Topic.PROSPECTS:
        return [
            (
                f"The mediator tells the {side} what it could really get elsewhere; the {side} thinks "
                f"{words.money(amount)} a month less of its alternatives."
            )
        ]
    return [
        (
            f"The mediator tells the {side} that it asks for too much; the {side} takes back "
            f"{words.money(amount)} a month of what it claims."
        )
    ]


def _compensated(words: Words, month: Month, event: np.record) -> list[str]:
    paid, months = words.money(event.amount), count(int(event.second), "month")
    return [
        f"The mediator gives up {paid} of its own so that they sign for {months}, half to each."
    ]


CONFIDED_SENTENCES: dict[Event, Sentence] = {
    Event.MEDIATOR_ACTS: _mediator_acts,
    Event.STAYED_AWAY: _stayed_away,
    Event.QUESTION_ASKED: _question_asked,
    Event.ESTIMATE_TOLD: _estimate_told,
    Event.COMPENSATED: _compensated,
}
