"""What a side answers a mediator in confidence, and what the mediator learns from it.

A side compares two texts on its own table: its shading cancels out. A price, or a range of prices, is
shaded as claims in talks are. The worth of an issue is disclosed as far as the side is open; the rest of
the answer is the mean of the population.
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
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import competence_about, reading_of_table, unknown_variance
from sim.mediation.rounds.last_offers import name_last_offers
from sim.mediation.rounds.round import participating_sides
from sim.mediation.styles.best_package import value_range
from sim.words import Event, Question

PRICE, BETTER, RANGE = int(Question.PRICE), int(Question.BETTER), int(Question.RANGE)
PRIORITIES, STEPS = int(Question.PRIORITIES), int(Question.STEPS)
LAST_OFFER = int(Question.LAST_OFFER)
QUESTION_ASKED, EDIT_TRIED = np.int64(Event.QUESTION_ASKED), np.int64(Event.EDIT_TRIED)
LEVELS = 16  # an edit is logged as one number, issue × LEVELS + level; above MAX_LEVELS


@rule
def answer_question(talk, params, stance, limit):
    """Let the sides that are asked, and take part, answer the question on the desk.

    `limit` is the most a buyer's budget allows, in money a month. Writes `desk.answer`, `desk.stakes`,
    `desk.messages`.
    """
    desk = talk.desk
    asked = desk.whom & participating_sides(desk)
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
    """Let each side answer whether the text on the desk is better than the current one, and learn from the answers.

    `asked` are the sides asked, as bits. Writes 1 or 0 to `desk.answer`.
    """
    desk = talk.desk
    new = package_utilities(talk, params, desk.text, desk.price)
    old = package_utilities(talk, params, desk.current, desk.current_price)
    changed, edited = 0, -1
    for issue in range(params.issues):
        if desk.text[issue] != desk.current[issue]:
            changed, edited = changed + 1, issue
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
    """Let the mediator update its estimates of a side's table after that side called a text better or not.

    The difference it estimates is normal with the variance that it does not know yet; seeing its sign moves the
    mean to that of the truncated normal, as far as the mediator understands the side. A side learns from offers
    by the same rule.
    """
    desk = talk.desk
    rate = params.beliefs_learning * competence_about(talk.mediator, side)
    if rate <= 0.0:
        return
    openness, (weight, _) = (
        openness_to_mediator(talk, params, side),
        reading_of_table(talk, params, side),
    )
    left = unknown_variance(talk, params, side) * (1.0 - openness * weight)
    variance, gap = 0.0, desk.price - desk.current_price
    gap = -gap if side == 0 else gap
    for issue in range(params.issues):
        now, new = desk.current[issue], desk.text[issue]
        if now != new:
            variance += variance_between(params, side, issue, new, now) * left
            gap += desk.estimate[side, issue, new] - desk.estimate[side, issue, now]
    if variance <= 0.0:
        return
    sd = math.sqrt(variance)
    shift = truncated_shift(-gap, sd) if better else -truncated_shift(gap, sd)
    for issue in range(params.issues):
        now, new = desk.current[issue], desk.text[issue]
        if now != new:
            part = variance_between(params, side, issue, new, now) * left / variance
            move_believed_levels(
                desk.estimate[side], params, (side, issue), (new, now), rate * part * shift
            )


@rule
def tell_stakes(talk, params, side):
    """Let a side disclose what is at stake for it in each issue: its best level less its worst, in money a month."""
    desk, openness = talk.desk, openness_to_mediator(talk, params, side)
    for issue in range(params.issues):
        own = value_range(talk.log.memo.own[side], issue, params.count[issue])
        mean = value_range(params.average[side], issue, params.count[issue])
        desk.stakes[side, issue, 0] = disclosed_entry(own, mean, openness)


@rule
def tell_steps(talk, params, side):
    """Let a side disclose what one level less, and one level more, of each issue is worth to it.

    Steps are counted from the current text, in money a month; a level that does not exist is worth 0.
    """
    desk, openness = talk.desk, openness_to_mediator(talk, params, side)
    own = talk.log.memo.own[side]
    for issue in range(params.issues):
        now = desk.current[issue]
        for up in range(2):
            level = now + 2 * up - 1
            desk.stakes[side, issue, up] = 0.0
            if 0 <= level < params.count[issue]:
                mean = params.average[side, issue, level] - params.average[side, issue, now]
                desk.stakes[side, issue, up] = disclosed_entry(
                    own[issue, level] - own[issue, now], mean, openness
                )
