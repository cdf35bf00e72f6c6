"""The round of a custom mediator: its rule reads a sheet, and its answer is checked here.

An answer is applied only if it is valid. Otherwise the mediator does nothing more, `desk.wrong` says what
was wrong, and the run ends with one line.
"""

from __future__ import annotations

import math

from sim.compile.sheet_calls import call_at_address
from sim.jit import rule
from sim.mediation.rounds import sheet as at
from sim.mediation.rounds.round import participating_sides
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
MAX_ACTS = 64  # in one round: a rule that never ends its round is stopped by it
MAX_STAGE = 1_000_000_000  # fits an int64 with room to count on
MAX_PRICE = 1e12  # money a month: keys of money, at most 1e9 each, cannot add up to this
BOTH = 3


@rule
def next_custom_act(desk, mediator, params):
    """Return the next act of a custom mediator, `NOTHING` after any trouble."""
    if desk.wrong > 0:
        return NOTHING
    if desk.acts == 0:
        prepare_desk(desk, mediator, params)
    elif desk.sheet[at.KIND] == ASK:
        apply_answers(desk, params)
    if desk.acts >= MAX_ACTS:
        desk.wrong = ENDLESS
        return NOTHING
    fill_sheet(desk, mediator, params)
    desk.acts += 1
    desk.sheet[at.BUSY] = 1.0  # read from another thread, to notice a rule that never ends
    failed = call_at_address(params.style_rule[desk.row, desk.moment], desk.sheet)
    desk.sheet[at.BUSY] = 0.0
    desk.sheet[at.CALLS] += 1.0
    if failed != 0.0:
        desk.wrong = FAILED
        return NOTHING
    desk.wrong = trouble_of(desk.sheet, params)
    return NOTHING if desk.wrong > 0 else copy_to_desk(desk, params)


@rule
def prepare_desk(desk, mediator, params):
    """Clear the desk of earlier talks; start from the blank text unless a text is agreed.

    The blank text is what a mediator that knows nothing would write, at the price that shares the estimated
    joint worth.
    """
    if desk.moment == BEFORE or desk.moment == IMPASSE:
        for issue in range(params.issues):
            desk.current[issue] = desk.blank[issue]
        buyer = estimated_worth(desk, params, 0, desk.current)
        pie = buyer + estimated_worth(desk, params, 1, desk.current)
        desk.current_price = buyer - pie * (0.5 + 0.5 * mediator.bias)
    desk.price = desk.current_price
    for issue in range(params.issues):
        desk.text[issue] = desk.current[issue]
        for side in range(2):
            desk.stakes[side, issue, 0], desk.stakes[side, issue, 1] = 0.0, 0.0
    desk.whom = 0


@rule
def apply_answers(desk, params):
    """Discard the answers of sides that were not asked, and adopt a text that both called better.

    Such a text and its price become the desk's `current` and `current_price`.
    """
    asked = desk.whom & participating_sides(desk)
    for side in range(2):
        if not asked & (1 << side):
            desk.answer[side] = 0.0
    better = desk.answer[0] > 0.0 and desk.answer[1] > 0.0
    if desk.question == BETTER and asked == BOTH and better:
        desk.current_price = desk.price
        for issue in range(params.issues):
            desk.current[issue] = desk.text[issue]


@rule
def fill_sheet(desk, mediator, params):
    """Copy everything that a style may know from the desk to its sheet."""
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
    for issue in range(params.issues):
        sheet[at.COUNTS + issue], sheet[at.TEXT + issue] = params.count[issue], desk.text[issue]
        sheet[at.CURRENT + issue], sheet[at.BLANK + issue] = desk.current[issue], desk.blank[issue]
        for side in range(2):
            row = side * MAX_ISSUES + issue
            for n in range(2):
                sheet[at.STAKES + 2 * row + n] = desk.stakes[side, issue, n]
            for level in range(params.count[issue]):
                place = MAX_LEVELS * row + level
                sheet[at.ESTIMATE + place] = desk.estimate[side, issue, level]
                sheet[at.MEAN + place] = params.average[side, issue, level]


@rule
def trouble_of(sheet, params):
    """Return the fault of the answer on a sheet, a `Trouble` as a number; 0 if there is none."""
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
    if not is_act_allowed(sheet[at.MOMENT], kind, what):
        return WRONG_MOMENT
    if not (-1.0 <= stage <= MAX_STAGE and stage == math.floor(stage)):
        return WRONG_STAGE
    if not has_text(sheet):
        return 0
    for issue in range(params.issues):
        level = sheet[at.PUT + issue]
        if not (0.0 <= level < params.count[issue] and level == math.floor(level)):
            return WRONG_LEVELS
    for issue in range(params.issues, MAX_ISSUES):
        if sheet[at.PUT + issue] != -1.0:
            return WRONG_LEVELS
    return 0 if abs(sheet[at.PUT_PRICE]) <= MAX_PRICE else WRONG_PRICE


@rule
def is_act_allowed(moment, kind, what):
    """Return whether an act can be applied at a moment: texts and questions in talks only, estimates by topic.

    Merits are those of a dispute, prospects those of a talk. How far a claim is out of reach (`POSITION`) moves
    a side only under a pressure that a custom mediator cannot set.
    """
    in_talk = moment <= SIGNED  # later moments are outside talks
    if kind != TELL:
        return in_talk
    if what == MERITS:
        return moment == DISPUTE
    if what == PROSPECTS:
        return in_talk
    return what != POSITION


@rule
def has_text(sheet):
    """Return whether an answer gives a text; a question may also be about the current one."""
    if sheet[at.KIND] == TEXT:
        return True
    unnamed = sheet[at.PUT] == -1.0 and math.isnan(sheet[at.PUT_PRICE])
    return sheet[at.KIND] == ASK and not unnamed


@rule
def copy_to_desk(desk, params):
    """Copy a valid answer from the sheet to the desk; return the act."""
    sheet = desk.sheet
    act, stage = int(sheet[at.KIND]), int(sheet[at.PUT_STAGE])
    if act == NOTHING:
        return NOTHING
    desk.stage = stage if stage >= 0 else desk.stage + 1
    desk.whom = int(sheet[at.WHOM])
    if has_text(sheet):
        desk.price = sheet[at.PUT_PRICE]
        for issue in range(params.issues):
            desk.text[issue] = int(sheet[at.PUT + issue])
    if act == ASK:
        desk.question = int(sheet[at.WHAT])
        if desk.question == PRICE:  # `answer_question` does not charge for it, as the drafter asks
            for side in range(2):
                desk.messages += desk.present[side] & (desk.whom >> side)
    elif act == TELL:
        desk.topic = int(sheet[at.WHAT])
    else:
        worth = estimated_worth(desk, params, 0, desk.text)
        desk.pie = worth + estimated_worth(desk, params, 1, desk.text)
    return act
