"""The single text: one text, changed step by step, that both sides only ever improve (Fisher; Raiffa 1982).

It starts from the text of a mediator that knows nothing. In each round the mediator tries the change of one
issue, or of two at once, that promises most, at a price that shares the estimated gain; each side says in
private whether the result is better than the current text. The change is kept unless a side says no, and
answers teach the mediator. After some failures in a row the text goes to the vote (Klein, Faratin, Sayama &
Bar-Yam 2003 on such mediators).
"""

from __future__ import annotations

import math

from sim.bargain.beliefs import variance_between
from sim.jit import rule
from sim.mediation.styles.best_package import estimated_gain, estimated_worth, price_rise
from sim.mediation.styles.entry import StyleEntry, StyleSetting
from sim.words import Act, Moment, Question, Style

ASK, NOTHING, TEXT = int(Act.ASK), int(Act.NOTHING), int(Act.TEXT)
BETTER = int(Question.BETTER)
START, ANSWERED, DONE = 0, 1, 2  # stages
FAILURES, ISSUES, TRIES, MONEY = 0, 1, 2, 3  # places of its settings

ENTRY = StyleEntry(
    Style.SINGLE_TEXT,
    rule="changes one text step by step, keeping what both privately call better, then puts it to the vote",
    source="Fisher (Camp David 1978); Raiffa 1982; Klein, Faratin, Sayama & Bar-Yam 2003",
    moments=(Moment.BEFORE,),
    costs="a message to each side for every change tried, an offer for the text; the fee for success",
    limit="at competence 1 and full trust the joint optimum; without money 83.3 % of it by single changes",
    settings=(
        StyleSetting(
            "failures", 4.0, 1.0, 60.0, "changes", "failed changes in a row before it stops",
            "a round of talks about each of the issues that matter; Camp David took 23 drafts", whole=True,
        ),
        StyleSetting(
            "issues", 1.0, 1.0, 2.0, "issues", "issues changed at once: one, or up to two",
            "1: if money can move, one issue at a time loses nothing", whole=True,
        ),
        StyleSetting(
            "tries", 1.0, 1.0, 9.0, "times", "how often the same change is tried",
            "1: the same question twice teaches little", whole=True,
        ),
        StyleSetting(
            "money", 1.0, 0.0, 1.0, "0/1", "1 if each change comes with a price",
            "1: contracts have a price", whole=True,
        ),
    ),
)  # fmt: skip


@rule
def edit_text(desk, mediator, params):
    """Return the next act of a mediator with a single text."""
    if desk.stage == DONE:
        return NOTHING
    if desk.stage == START:
        start_text(desk, mediator, params)
    elif desk.answer[0] > 0.0 and desk.answer[1] > 0.0:
        keep_text(desk, params)
    else:
        desk.failures += 1
    if desk.failures < desk.setting[FAILURES] and find_edit(desk, mediator, params):
        desk.stage, desk.question, desk.whom = ANSWERED, BETTER, 3
        return ASK
    desk.stage = DONE
    for issue in range(params.issues):
        desk.text[issue] = desk.current[issue]
    desk.price = desk.current_price
    desk.pie = estimated_worth(desk, params, 0, desk.text) + estimated_worth(
        desk, params, 1, desk.text
    )
    return TEXT


@rule
def start_text(desk, mediator, params):
    """Start from the text of a mediator that knows nothing, at the price that shares its estimated joint worth."""
    for issue in range(params.issues):
        desk.current[issue] = desk.blank[issue]
        for level in range(params.count[issue]):
            desk.tried[issue, level] = 0
        # Above any `tries`: the text's own level is no change.
        desk.tried[issue, desk.current[issue]] = 127
    worth = estimated_worth(desk, params, 0, desk.current)
    pie = worth + estimated_worth(desk, params, 1, desk.current)
    desk.current_price = worth - pie * (0.5 + 0.5 * mediator.bias)
    desk.failures = 0


@rule
def keep_text(desk, params):
    """Keep a change that both called better."""
    for issue in range(params.issues):
        desk.current[issue] = desk.text[issue]
    desk.current_price = desk.price
    desk.failures = 0


@rule
def find_edit(desk, mediator, params):
    """Write the change that promises most, and its price; return whether there is any.

    A change is worth trying if it could be better within one standard deviation of what is unknown.
    """
    first, second, most = (-1, 0), (-1, 0), 0.0
    for issue in range(params.issues):
        for level in range(params.count[issue]):
            one = (issue, level)
            if desk.tried[issue, level] < desk.setting[TRIES]:
                hope = optimistic_gain(desk, mediator, params, one, (-1, 0))
                if hope > most:
                    first, second, most = one, (-1, 0), hope
            if desk.setting[ISSUES] > 1.0:
                for other in range(issue):
                    for at in range(params.count[other]):
                        if at != desk.current[other] and level != desk.current[issue]:
                            hope = optimistic_gain(desk, mediator, params, one, (other, at))
                            if hope > most and may_be_tried(desk, issue, level, other, at):
                                first, second, most = one, (other, at), hope
    if first[0] < 0:
        return False
    write_edit(desk, params, first, second)
    if desk.setting[MONEY] > 0.0:
        gains = (
            estimated_gain(desk, params, 0, desk.text, desk.current),
            estimated_gain(desk, params, 1, desk.text, desk.current),
        )
        desk.price = desk.current_price + price_rise(gains, mediator)
    else:
        desk.price = desk.current_price
    return True


@rule
def may_be_tried(desk, issue, level, other, at):
    """Return whether at least one of two changes has been tried less often than the setting `tries` allows."""
    tries = desk.setting[TRIES]
    return desk.tried[issue, level] < tries or desk.tried[other, at] < tries


@rule
def optimistic_gain(desk, mediator, params, one, other):
    """Return the estimated gain of a change plus one standard deviation of what is unknown, in money a month.

    `one` and `other` are (issue, level); issue -1 is no change. The gain is that of both sides together if money
    moves, otherwise that of the side that gains less.
    """
    gain_b, doubt_b = gain_and_variance(desk, params, 0, one, other)
    gain_v, doubt_v = gain_and_variance(desk, params, 1, one, other)
    doubt_b *= 1.0 - mediator.competence_buyer
    doubt_v *= 1.0 - mediator.competence_vendor
    if desk.setting[MONEY] > 0.0:
        return gain_b + gain_v + math.sqrt(doubt_b + doubt_v)
    return min(gain_b + math.sqrt(doubt_b), gain_v + math.sqrt(doubt_v))


@rule
def gain_and_variance(desk, params, side, one, other):
    """Return (estimated gain, variance in the population) of a change of one or two issues for a side."""
    gain, variance = 0.0, 0.0
    for issue, level in (one, other):
        if issue >= 0:
            now = desk.current[issue]
            gain += desk.estimate[side, issue, level] - desk.estimate[side, issue, now]
            variance += variance_between(params, side, issue, level, now)
    return gain, variance


@rule
def write_edit(desk, params, first, second):
    """Write the text with one or two issues changed, and count the tries."""
    for issue in range(params.issues):
        desk.text[issue] = desk.current[issue]
    desk.text[first[0]] = first[1]
    desk.tried[first[0], first[1]] += 1
    if second[0] >= 0:
        desk.text[second[0]] = second[1]
        desk.tried[second[0], second[1]] += 1
