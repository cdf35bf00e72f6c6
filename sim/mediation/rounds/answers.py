"""What a side answers a mediator in confidence, and what the mediator learns from it.

A comparison is answered on the side's own table: a claim shaded for its share is shaded alike on both
sides of it. A price, or a range of prices, is shaded as claims in talks are. What an issue is worth is
disclosed as far as the side is open, the rest is what anybody would say.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.beliefs import move_believed_levels, truncated_shift, variance_between
from sim.bargain.direct import package_utilities
from sim.bargain.disclosure import disclosed_entry
from sim.bargain.log import note_event
from sim.jit import rule
from sim.mediation.confidences import confidence
from sim.mediation.estimates import competence_about, reading_of_table, unknown_about
from sim.mediation.rounds.last_offers import name_last_offers
from sim.mediation.rounds.round import sides_there
from sim.mediation.styles.best_package import spread_of
from sim.words import Event, Question

PRICE, BETTER, RANGE = int(Question.PRICE), int(Question.BETTER), int(Question.RANGE)
PRIORITIES, STEPS = int(Question.PRIORITIES), int(Question.STEPS)
LAST_OFFER = int(Question.LAST_OFFER)
QUESTION_ASKED, EDIT_TRIED = np.int64(Event.QUESTION_ASKED), np.int64(Event.EDIT_TRIED)
LEVELS = 16  # of an edit written as one number: issue × LEVELS + level


@rule
def ask(talk, params, stance, limit):
    """Let the sides that are asked, and take part, answer what the desk asks of them."""
    desk = talk.desk
    asked = desk.whom & sides_there(desk)
    if desk.question == PRICE:
        most, least = package_utilities(talk, params, desk.text, 0.0)
        desk.answer[0], desk.answer[1] = most - stance.opening[0], stance.opening[1] - least
        return
    desk.messages += (asked & 1) + (asked >> 1)
    if desk.question == BETTER:
        compare_texts(talk, params, asked, limit)
        return
    if desk.question == RANGE:
        most, least = package_utilities(talk, params, desk.text, 0.0)
        desk.answer[0], desk.answer[1] = min(most - stance.floor[0], limit), stance.floor[1] - least
    if desk.question == LAST_OFFER:
        name_last_offers(talk, params, limit)
    for side in range(2):
        if asked & (1 << side):
            if desk.question == PRIORITIES:
                tell_stakes(talk, params, side)
            elif desk.question == STEPS:
                tell_steps(talk, params, side)
            note_event(
                talk.log,
                talk.number,
                QUESTION_ASKED,
                float(desk.question),
                float(side),
                desk.answer[side],
            )


@rule
def compare_texts(talk, params, asked, limit):
    """Let each side say whether the text on the desk is better than the current one, and learn from it."""
    desk = talk.desk
    new = package_utilities(talk, params, desk.text, desk.price)
    old = package_utilities(talk, params, desk.current, desk.current_price)
    changed, edited = 0, -1
    for k in range(params.issues):
        if desk.text[k] != desk.current[k]:
            changed, edited = changed + 1, k
    for side in range(2):
        better = exceeds(new[side], old[side]) and (side == 1 or desk.price <= limit)
        desk.answer[side] = 1.0 if better else 0.0
        if asked & (1 << side):
            learn_from_answer(talk, params, side, better)
        else:
            desk.answer[side] = 0.0
    if edited >= 0:
        edit = float(edited * LEVELS + desk.text[edited]) if changed == 1 else -float(changed)
        votes = desk.answer[0] + 2.0 * desk.answer[1]
        note_event(talk.log, talk.number, EDIT_TRIED, edit, desk.price - desk.current_price, votes)


@rule
def learn_from_answer(talk, params, side, better):
    """Let the mediator learn of a side's table from its saying that a text is better, or is not.

    As a side learns from an offer: the difference it estimates is normal with the spread of what it does
    not know yet; seeing its sign moves the mean to that of the truncated normal, as far as it understands.
    """
    desk = talk.desk
    rate = params.beliefs_learning * competence_about(talk.mediator, side)
    if rate <= 0.0:
        return
    h, (weight, _) = confidence(talk, params, side), reading_of_table(talk, params, side)
    left = unknown_about(talk, params, side) * (1.0 - h * weight)
    variance, gap = 0.0, desk.price - desk.current_price
    gap = -gap if side == 0 else gap
    for k in range(params.issues):
        now, new = desk.current[k], desk.text[k]
        if now != new:
            variance += variance_between(params, side, k, new, now) * left
            gap += desk.estimate[side, k, new] - desk.estimate[side, k, now]
    if variance <= 0.0:
        return
    sd = math.sqrt(variance)
    shift = truncated_shift(-gap, sd) if better else -truncated_shift(gap, sd)
    for k in range(params.issues):
        now, new = desk.current[k], desk.text[k]
        if now != new:
            part = variance_between(params, side, k, new, now) * left / variance
            move_believed_levels(
                desk.estimate[side], params, (side, k), (new, now), rate * part * shift
            )


@rule
def tell_stakes(talk, params, side):
    """Let a side say what is at stake for it in each issue: its best level over its worst."""
    desk, h = talk.desk, confidence(talk, params, side)
    for k in range(params.issues):
        own = spread_of(talk.log.memo.own[side], k, params.count[k])
        mean = spread_of(params.average[side], k, params.count[k])
        desk.stakes[side, k, 0] = disclosed_entry(own, mean, h)


@rule
def tell_steps(talk, params, side):
    """Let a side say what one level less, and one more, than the current text has is worth to it.

    Where there is no such level it is worth nothing.
    """
    desk, h = talk.desk, confidence(talk, params, side)
    own = talk.log.memo.own[side]
    for k in range(params.issues):
        now = desk.current[k]
        for up in range(2):
            level = now + 2 * up - 1
            desk.stakes[side, k, up] = 0.0
            if 0 <= level < params.count[k]:
                mean = params.average[side, k, level] - params.average[side, k, now]
                desk.stakes[side, k, up] = disclosed_entry(own[k, level] - own[k, now], mean, h)
