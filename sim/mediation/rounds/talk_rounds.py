"""A mediator in a talk: its styles act in order, and their acts are applied, charged and logged.

At each moment of a talk the styles of its list that act then do so one after the other, until one of them has
put a text to the vote. A style that needs both sides is silent without one of them.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.improve import propose_replacements
from sim.bargain.log import mark_offer, move_accepted_mark, note_event
from sim.bargain.value import current_budget
from sim.desk import MAX_STYLES
from sim.jit import rule
from sim.luck import uniforms
from sim.mediation.rounds.answers import answer_question
from sim.mediation.rounds.compensation import compensate
from sim.mediation.rounds.last_offers import rule_for_nearer
from sim.mediation.rounds.round import (
    enter_round,
    gather_confidences,
    note_turn,
    participating_sides,
)
from sim.mediation.rounds.style_dispatch import next_act
from sim.mediation.rounds.telling import tell
from sim.mediation.rounds.texts import DRAFT_SLOT, count_veto, put_to_vote
from sim.words import Act, Event, Moment, Stream, Style

ASK, TELL, TEXT, RULE = int(Act.ASK), int(Act.TELL), int(Act.TEXT), int(Act.RULE)
BEFORE, SIGNED = int(Moment.BEFORE), int(Moment.SIGNED)
DRAFTER, SHUTTLE = int(Style.DRAFTER), int(Style.SHUTTLE)
AGREED_SLOT = 5  # of `memo.pack`: what has been agreed so far
ANNOUNCE = np.int64(Stream.ANNOUNCE)
MEDIATOR_ACTS = np.int64(Event.MEDIATOR_ACTS)
NO_DEAL_SEEN = np.int64(Event.NO_DEAL_SEEN)
SETTLED_ANEW = np.int64(Event.SETTLED_ANEW)


@rule
def mediate(talk, params, place, moment, deal, stance, totals):
    """Let the mediator of a tie act at one moment of a talk; return (slot, price, offers used, stance).

    `place` is (key, month, side that speaks first); `deal` is what has been agreed so far: (slot of `pack`,
    price, offers used), with slot -1 for no agreement. Prices are money a month.
    """
    key, month, first = place
    desk = talk.desk
    slot, price, used = deal
    if slot >= 0:
        deal = (save_agreement(talk, params, slot), price, used)
    for nth in range(MAX_STYLES):
        style = enter_round(talk, params, (key, month), moment, nth)
        if style < 0:
            continue
        if params.style_kind[style] != SHUTTLE:  # a shuttle is told offers and nothing else
            gather_confidences(talk, params, (key, month), stance, totals)
        deal, stance = hold_round(talk, params, (key, month, first), style, deal, stance, totals)
        if desk.texts > 0:
            break
    slot, price, used = deal
    return slot, price, used, stance


@rule
def save_agreement(talk, params, slot):
    """Copy what has been agreed to a slot that no text is written into; return that slot."""
    pack = talk.log.memo.pack
    for issue in range(params.issues):
        pack[AGREED_SLOT, issue] = pack[slot, issue]
    return AGREED_SLOT


@rule
def hold_round(talk, params, place, style, deal, stance, totals):
    """Let one style act until it does nothing more, or its text is accepted; return (deal, stance)."""
    key, month, first = place
    slot, price, used = deal
    desk, kind = talk.desk, params.style_kind[style]
    limit, most = current_budget(talk.need, talk.log.memo, params), params.mediator_drafts
    if desk.moment == BEFORE:
        most = min(most, params.negotiation_deadline - used)
    if kind != DRAFTER:
        note_turn(talk, MEDIATOR_ACTS, kind, desk.moment, participating_sides(desk))
    if slot >= 0:
        desk.current_price = price
        for issue in range(params.issues):
            desk.current[issue] = talk.log.memo.pack[slot, issue]
    while True:
        act = next_act(kind, desk, talk.mediator, params)
        if act == ASK:
            answer_question(talk, params, stance, limit)
        elif act == TELL:
            stance = tell(talk, params, key, stance)
        elif act == TEXT:
            if desk.texts >= most or (
                desk.texts == 0 and withholds_draft(talk, params, kind, key, month)
            ):
                break
            row = talk.log.memo.offer_rows
            put_to_vote(talk, params, stance, limit, used, params.style_blind[style])
            used += 1
            if desk.yes[0] and desk.yes[1]:
                return settle_text(talk, params, (desk.price, row), first, slot, used), stance
            count_veto(talk, params, params.style_blind[style], totals)
        elif act == RULE:
            if desk.yes[0] and desk.yes[1]:
                price, used = rule_for_nearer(talk, params, used)
                return (DRAFT_SLOT, price, used), stance
            break
        else:
            if desk.pie <= 0.0:
                note_event(talk.log, talk.number, NO_DEAL_SEEN, desk.pie, 0.0, 0.0)
            break
    return (slot, price, used), stance


@rule
def settle_text(talk, params, text, first, slot, used):
    """Return the deal after both sides accepted a text: (slot of `pack`, price, offers used).

    Before any other deal exists, each side may still propose its own package instead. `text` is (price, row of
    the offer in the log).
    """
    price, row = text
    if talk.desk.moment == SIGNED:
        move_accepted_mark(talk.log, talk.number, row)
        note_event(talk.log, talk.number, SETTLED_ANEW, price, price - talk.desk.current_price, 0.0)
        return DRAFT_SLOT, price, used
    if talk.desk.payment > 0.0:  # a text that is paid for is accepted unchanged
        mark_offer(talk.log, row)
        compensate(talk, params)
        return DRAFT_SLOT, price, used
    return propose_replacements(talk, params, (DRAFT_SLOT, price, row), first, used)


@rule
def withholds_draft(talk, params, kind, key, month):
    """Return whether a drafter that announces drafts with probability m < 1 withholds this one (Fanning 2021)."""
    if kind != DRAFTER or talk.mediator.announce >= 1.0:
        return False
    luck = uniforms(key, ANNOUNCE, talk.tie.pair, month, talk.tie.mediator)[0]
    return luck >= talk.mediator.announce
