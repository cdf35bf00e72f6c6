"""What a mediator's styles do outside talks: in a dispute, at a review, and month by month.

Each moment needs its function: `resolve`, `review` or `warn`. The styles of the list that act then do so in
order, each with the sides that take part. In a dispute the fee for a case pays for that, month by month the
retainer; at a review every message costs as much as an offer.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.stance import Stance
from sim.desk import MAX_STYLES
from sim.jit import hot, rule
from sim.mediation.disputes import beliefs_after_hearing, note_unreasonable_beliefs
from sim.mediation.rounds.round import clear_desk, enter_round, note_turn, participating_sides
from sim.mediation.rounds.style_dispatch import next_act
from sim.mediation.rounds.telling import tell
from sim.state import BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Act, Event, Function, Moment

TELL = int(Act.TELL)
MEDIATOR_ACTS = np.int64(Event.MEDIATOR_ACTS)
REVIEW, DISPUTE, MONTH = int(Moment.REVIEW), int(Moment.DISPUTE), int(Moment.MONTH)
WARN = 1 << int(Function.WARN)
NO_STANCE = Stance((0.0, 0.0), (0.0, 0.0))  # sides make no claims outside talks


@rule
def has_style_at(params, number, moment):
    """Return whether any style of a list, given by its number, acts at a moment."""
    manner = params.manner[number]
    for nth in range(MAX_STYLES):
        if manner[nth] < 0:
            break
        if params.style_moments[manner[nth]] & (1 << moment):
            return True
    return False


@rule
def hold_rounds(talk, params, key, month, moment):
    """Let the styles that act at a moment outside talks do so, in order; return how many had a participant."""
    desk, held = talk.desk, 0
    clear_desk(talk)
    for nth in range(MAX_STYLES):
        style = enter_round(talk, params, (key, month), moment, nth)
        if style < 0:
            continue
        desk.confided |= participating_sides(desk)
        held += 1
        if moment != MONTH:
            note_turn(
                talk, MEDIATOR_ACTS, params.style_kind[style], moment, participating_sides(desk)
            )
        while next_act(params.style_kind[style], desk, talk.mediator, params) == TELL:
            tell(talk, params, key, NO_STANCE)
    return held


@rule
def mediate_dispute(talk, params, place, views):
    """Let a mediator speak in a dispute; return (whether it did, both sides' beliefs afterwards).

    `place` is (key, need, month); `views` is both beliefs that the buyer would win, and the merits as they look
    from what the vendor disclosed. A mediator without a style for disputes tells each side its estimate.
    """
    memo, (key, _, month) = talk.log.memo, place
    if not has_style_at(params, talk.mediator.manner, DISPUTE):
        trusts = (talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now)
        first = (views[0], views[1])
        after = beliefs_after_hearing(place, first, views[2], trusts, talk.mediator)
        note_unreasonable_beliefs(talk, first, (after[2], after[3]))
        return True, (after[0], after[1])
    memo.chance[0], memo.chance[1], memo.merits = views[0], views[1], views[2]
    held = hold_rounds(talk, params, key, month, DISPUTE)
    return held > 0, (memo.chance[0], memo.chance[1])


@rule
def mediate_review(talk, params, key, month):
    """Let a mediator's styles act at a review of the running contract. Adds to `need.haggling`."""
    if has_style_at(params, talk.mediator.manner, REVIEW):
        hold_rounds(talk, params, key, month, REVIEW)
        talk.need.haggling += params.negotiation_offer_cost * talk.desk.messages


@hot
def attend_month(talk, params, key, month):
    """Let a mediator with a style for months see this month of the contract. Counts in `tie.attended`."""
    there = talk.tie.functions & WARN and has_style_at(params, talk.mediator.manner, MONTH)
    if there and hold_rounds(talk, params, key, month, MONTH) > 0:
        talk.tie.attended += 1
