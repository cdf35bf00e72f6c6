"""The next act of a mediator, by the rule of its style."""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.rounds.custom_calls import next_custom_act
from sim.mediation.styles.bracketing import narrow_bracket
from sim.mediation.styles.drafter import draft
from sim.mediation.styles.evaluative import evaluate
from sim.mediation.styles.facilitative import facilitate
from sim.mediation.styles.final_offer import choose_last_offer
from sim.mediation.styles.improving_directions import step_along
from sim.mediation.styles.post_settlement import improve_agreement
from sim.mediation.styles.proposal import propose_once
from sim.mediation.styles.shuttle import go_between
from sim.mediation.styles.single_text import edit_text
from sim.mediation.styles.standing_neutral import give_opinion
from sim.mediation.styles.strategic_choice import choose_strategy
from sim.mediation.styles.transformative import recognise
from sim.words import Act, Style

NOTHING = int(Act.NOTHING)
DRAFTER, SINGLE_TEXT = int(Style.DRAFTER), int(Style.SINGLE_TEXT)
CUSTOM = int(Style.CUSTOM)
POST_SETTLEMENT, PROPOSAL = int(Style.POST_SETTLEMENT), int(Style.PROPOSAL)
FACILITATIVE, EVALUATIVE = int(Style.FACILITATIVE), int(Style.EVALUATIVE)
TRANSFORMATIVE, STANDING_NEUTRAL = int(Style.TRANSFORMATIVE), int(Style.STANDING_NEUTRAL)
STRATEGIC_CHOICE = int(Style.STRATEGIC_CHOICE)
BRACKETING, SHUTTLE = int(Style.BRACKETING), int(Style.SHUTTLE)
IMPROVING_DIRECTIONS, FINAL_OFFER = int(Style.IMPROVING_DIRECTIONS), int(Style.FINAL_OFFER)


@rule
def next_act(style, desk, mediator, params):
    """Return the next act of a style (`sim.words.Act`); the style reads and writes its desk."""
    if style == DRAFTER:
        return draft(desk, mediator, params)
    if style == SINGLE_TEXT:
        return edit_text(desk, mediator, params)
    if style == POST_SETTLEMENT:
        return improve_agreement(desk, mediator, params)
    if style == PROPOSAL:
        return propose_once(desk, mediator, params)
    if style == FACILITATIVE:
        return facilitate(desk, mediator, params)
    if style == EVALUATIVE:
        return evaluate(desk, mediator, params)
    if style == TRANSFORMATIVE:
        return recognise(desk, mediator, params)
    if style == STANDING_NEUTRAL:
        return give_opinion(desk, mediator, params)
    if style == STRATEGIC_CHOICE:
        return choose_strategy(desk, mediator, params)
    if style == BRACKETING:
        return narrow_bracket(desk, mediator, params)
    if style == SHUTTLE:
        return go_between(desk, mediator, params)
    if style == IMPROVING_DIRECTIONS:
        return step_along(desk, mediator, params)
    if style == FINAL_OFFER:
        return choose_last_offer(desk, mediator, params)
    if style == CUSTOM:
        return next_custom_act(desk, mediator, params)
    return NOTHING
