"""A style that a person brought along: its rule is handed a sheet, and what it answers is checked here.

What it wants is done only if it makes sense; else it does nothing more, and the run ends with one line.
"""

from __future__ import annotations

import math

from sim.compile.sheet_calls import call_at_address
from sim.jit import rule
from sim.mediation.rounds import sheet as at
from sim.mediation.rounds.round import sides_there
from sim.mediation.styles.best_package import estimated_worth
from sim.records import MAX_ISSUES, MAX_LEVELS
from sim.words import Act, Moment, Question, Topic, Trouble

NOTHING, ASK, TELL, TEXT = int(Act.NOTHING), int(Act.ASK), int(Act.TELL), int(Act.TEXT)
BEFORE, IMPASSE = int(Moment.BEFORE), int(Moment.IMPASSE)
SIGNED, DISPUTE = int(Moment.SIGNED), int(Moment.DISPUTE)
MERITS, PROSPECTS, POSITION = int(Topic.MERITS), int(Topic.PROSPECTS), int(Topic.POSITION)
PRICE, BETTER = int(Question.PRICE), int(Question.BETTER)
QUESTIONS, TOPICS = len(Question), len(Topic)
FAILED, WRONG_ACT, WRONG_LEVELS = int(Trouble.FAILED), int(Trouble.ACT), int(Trouble.LEVELS)
WRONG_PRICE, WRONG_STAGE = int(Trouble.PRICE), int(Trouble.STAGE)
ENDLESS, WRONG_MOMENT = int(Trouble.ENDLESS), int(Trouble.MOMENT)
MOST_ACTS = 64  # of one round
MOST_STAGES = 1_000_000_000
MOST_PRICE = 1e12  # money per month: far beyond what keys of money, at most 1e9, can add up to
BOTH = 3


@rule
def own_act(desk, mediator, params):
    """Return the next act of a style of a person's own."""
    if desk.wrong > 0:
        return NOTHING
    if desk.acts == 0:
        begin(desk, mediator, params)
    elif desk.sheet[at.KIND] == ASK:
        hear(desk, params)
    if desk.acts >= MOST_ACTS:
        desk.wrong = ENDLESS
        return NOTHING
    fill(desk, mediator, params)
    desk.acts += 1
    desk.sheet[at.BUSY] = 1.0  # a rule that does not end is known by it
    failed = call_at_address(params.style_rule[desk.row, desk.moment], desk.sheet)
    desk.sheet[at.BUSY] = 0.0
    desk.sheet[at.CALLS] += 1.0
    if failed != 0.0:
        desk.wrong = FAILED
        return NOTHING
    desk.wrong = fault_of(desk.sheet, params)
    return NOTHING if desk.wrong > 0 else taken_up(desk, params)


@rule
def begin(desk, mediator, params):
    """Clear what other talks left on the desk, and lay out a text to begin with unless one is agreed."""
    if desk.moment == BEFORE or desk.moment == IMPASSE:
        for k in range(params.issues):
            desk.current[k] = desk.blank[k]
        buyer = estimated_worth(desk, params, 0, desk.current)
        pie = buyer + estimated_worth(desk, params, 1, desk.current)
        desk.current_price = buyer - pie * (0.5 + 0.5 * mediator.bias)
    desk.price = desk.current_price
    for k in range(params.issues):
        desk.text[k] = desk.current[k]
        for side in range(2):
            desk.stakes[side, k, 0], desk.stakes[side, k, 1] = 0.0, 0.0
    desk.whom = 0


@rule
def hear(desk, params):
    """Keep the answers of those who were asked alone, and a text that both of them called better."""
    asked = desk.whom & sides_there(desk)
    for side in range(2):
        if not asked & (1 << side):
            desk.answer[side] = 0.0
    better = desk.answer[0] > 0.0 and desk.answer[1] > 0.0
    if desk.question == BETTER and asked == BOTH and better:
        desk.current_price = desk.price
        for k in range(params.issues):
            desk.current[k] = desk.text[k]


@rule
def fill(desk, mediator, params):
    """Copy what a style may know onto its sheet."""
    sheet = desk.sheet
    sheet[at.MOMENT], sheet[at.STAGE], sheet[at.ACTS] = desk.moment, desk.stage, desk.acts
    sheet[at.TEXTS], sheet[at.MESSAGES], sheet[at.ISSUES] = desk.texts, desk.messages, params.issues
    sheet[at.PRICE], sheet[at.CURRENT_PRICE] = desk.price, desk.current_price
    sheet[at.BIAS] = mediator.bias
    sheet[at.COMPETENCE] = mediator.competence_buyer
    sheet[at.COMPETENCE + 1] = mediator.competence_vendor
    for side in range(2):
        sheet[at.TAKES_PART + side], sheet[at.TRUST + side] = desk.present[side], desk.trust[side]
        sheet[at.BASES + side], sheet[at.ANSWER + side] = desk.bases[side], desk.answer[side]
        sheet[at.YES + side], sheet[at.LUCK + side] = desk.yes[side], desk.luck[side]
    for k in range(params.issues):
        sheet[at.COUNTS + k], sheet[at.TEXT + k] = params.count[k], desk.text[k]
        sheet[at.CURRENT + k], sheet[at.BLANK + k] = desk.current[k], desk.blank[k]
        for side in range(2):
            issue = side * MAX_ISSUES + k
            for n in range(2):
                sheet[at.STAKES + 2 * issue + n] = desk.stakes[side, k, n]
            for level in range(params.count[k]):
                place = MAX_LEVELS * issue + level
                sheet[at.ESTIMATE + place] = desk.estimate[side, k, level]
                sheet[at.MEAN + place] = params.average[side, k, level]


@rule
def fault_of(sheet, params):
    """Return what is wrong with an answer, 0 if nothing is."""
    kind, what, whom = sheet[at.KIND], sheet[at.WHAT], sheet[at.WHOM]
    stage = sheet[at.PUT_STAGE]
    if kind == NOTHING:
        return 0
    if kind != TEXT and kind != ASK and kind != TELL:
        return WRONG_ACT
    most = QUESTIONS if kind == ASK else TOPICS
    if not (0.0 <= what < most and what == math.floor(what)):
        return WRONG_ACT
    if not (whom == 1.0 or whom == 2.0 or whom == BOTH):
        return WRONG_ACT
    if not allowed(sheet[at.MOMENT], kind, what):
        return WRONG_MOMENT
    if not (-1.0 <= stage <= MOST_STAGES and stage == math.floor(stage)):
        return WRONG_STAGE
    if not names_text(sheet):
        return 0
    for k in range(params.issues):
        level = sheet[at.PUT + k]
        if not (0.0 <= level < params.count[k] and level == math.floor(level)):
            return WRONG_LEVELS
    for k in range(params.issues, MAX_ISSUES):
        if sheet[at.PUT + k] != -1.0:
            return WRONG_LEVELS
    return 0 if abs(sheet[at.PUT_PRICE]) <= MOST_PRICE else WRONG_PRICE


@rule
def allowed(moment, kind, what):
    """Say whether an act can be applied at a moment: texts and questions in talks alone, words by topic.

    Merits are those of a dispute at hand, prospects those a side reckons with in a talk; where a claim
    stands moves a side only under a pressure that a style of a person's own cannot put.
    """
    in_talk = moment <= SIGNED  # what comes after is outside talks
    if kind != TELL:
        return in_talk
    if what == MERITS:
        return moment == DISPUTE
    if what == PROSPECTS:
        return in_talk
    return what != POSITION


@rule
def names_text(sheet):
    """Say whether an answer names a text; a question may be about the one at hand."""
    if sheet[at.KIND] == TEXT:
        return True
    unnamed = sheet[at.PUT] == -1.0 and math.isnan(sheet[at.PUT_PRICE])
    return sheet[at.KIND] == ASK and not unnamed


@rule
def taken_up(desk, params):
    """Lay what a style wants done on the desk; return the act."""
    sheet = desk.sheet
    act, stage = int(sheet[at.KIND]), int(sheet[at.PUT_STAGE])
    if act == NOTHING:
        return NOTHING
    desk.stage = stage if stage >= 0 else desk.stage + 1
    desk.whom = int(sheet[at.WHOM])
    if names_text(sheet):
        desk.price = sheet[at.PUT_PRICE]
        for k in range(params.issues):
            desk.text[k] = int(sheet[at.PUT + k])
    if act == ASK:
        desk.question = int(sheet[at.WHAT])
        if desk.question == PRICE:  # which the drafter's own engine does not charge
            for side in range(2):
                desk.messages += desk.present[side] & (desk.whom >> side)
    elif act == TELL:
        desk.topic = int(sheet[at.WHAT])
    else:
        worth = estimated_worth(desk, params, 0, desk.text)
        desk.pie = worth + estimated_worth(desk, params, 1, desk.text)
    return act
