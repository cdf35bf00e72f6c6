"""Improving directions: from any text, step by step in a direction that both call better.

The mediator asks each side what one level more, and one less, of every issue is worth to it, and takes the step
that points most along the bisector of both sides' directions of steepest ascent, each of length 1 (Ehtamo,
Verkama & Hämäläinen 1999; Ehtamo, Kettunen & Hämäläinen 2001). In these papers issues are continuous and there
is no money; here a step is one level of one issue, and a price that shares the gain makes it better for both as
soon as their joint gain is positive. The method needs no table of either side, but stops at a text that no
single step improves.
"""

from __future__ import annotations

import math

from sim.jit import rule
from sim.mediation.styles.best_package import estimated_worth, price_rise
from sim.mediation.styles.entry import StyleEntry, StyleSetting
from sim.words import Act, Moment, Question, Style

ASK, NOTHING, TEXT = int(Act.ASK), int(Act.NOTHING), int(Act.TEXT)
STEPS = int(Question.STEPS)
START, ASKED, DONE = 0, 1, 2  # stages
MOST = 0  # place of its setting

ENTRY = StyleEntry(
    Style.IMPROVING_DIRECTIONS,
    rule="asks both what the next level of each issue is worth, and moves the text where both gain most",
    source="Ehtamo, Verkama & Hämäläinen 1999; Ehtamo, Kettunen & Hämäläinen 2001",
    moments=(Moment.BEFORE,),
    costs="a message to each side before every step, an offer for the text; the fee for success",
    limit="tables concave in level and full openness: the joint optimum; else it stalls below it",
    settings=(
        StyleSetting(
            "steps", 40.0, 0.0, 200.0, "steps", "most steps before the text goes to the vote",
            "40: more steps than any shipped contract needs, so that it stops only if no step helps",
            whole=True,
        ),
    ),
)  # fmt: skip


@rule
def step_along(desk, mediator, params):
    """Return the next act of a mediator that follows improving directions."""
    if desk.stage == DONE:
        return NOTHING
    if desk.stage == START:
        start_at_blank(desk, mediator, params)
    elif not take_step(desk, mediator, params):
        desk.stage = DONE
    if desk.stage != DONE and desk.failures < desk.setting[MOST]:
        desk.stage, desk.question, desk.whom = ASKED, STEPS, 3
        return ASK
    desk.stage = DONE
    for issue in range(params.issues):
        desk.text[issue] = desk.current[issue]
    desk.price = desk.current_price
    return TEXT


@rule
def start_at_blank(desk, mediator, params):
    """Start from the text of a mediator that knows nothing, at the price that shares its estimated joint worth."""
    for issue in range(params.issues):
        desk.current[issue] = desk.blank[issue]
    worth = estimated_worth(desk, params, 0, desk.current)
    desk.pie = worth + estimated_worth(desk, params, 1, desk.current)
    desk.current_price = worth - desk.pie * (0.5 + 0.5 * mediator.bias)


@rule
def take_step(desk, mediator, params):
    """Take the step of positive joint gain nearest to the bisector; return whether there was one."""
    lengths = (steepness(desk, params, 0), steepness(desk, params, 1))
    best, up, most = -1, 0, 0.0
    for issue in range(params.issues):
        for way in range(2):
            gains = (desk.stakes[0, issue, way], desk.stakes[1, issue, way])
            if gains[0] + gains[1] > 0.0:
                score = projection(gains[0], lengths[0]) + projection(gains[1], lengths[1])
                if best < 0 or score > most:
                    best, up, most = issue, way, score
    if best < 0:
        return False
    gains = (desk.stakes[0, best, up], desk.stakes[1, best, up])
    desk.current[best] += 2 * up - 1
    desk.current_price += price_rise(gains, mediator)
    desk.pie += gains[0] + gains[1]
    desk.failures += 1  # steps so far
    return True


@rule
def projection(gain, length):
    """Return the component of a step along a side's direction of steepest ascent."""
    return gain / length if length > 0.0 else 0.0


@rule
def steepness(desk, params, side):
    """Return the length of a side's direction of steepest ascent: the norm of its better step in each issue."""
    total = 0.0
    for issue in range(params.issues):
        rise = max(0.0, desk.stakes[side, issue, 0], desk.stakes[side, issue, 1])
        total += rise * rise
    return math.sqrt(total)
