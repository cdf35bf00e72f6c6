"""Regular reviews of a running contract: reports, change orders, learning to work together.

One side reports to the other, or both do (`sim/relationship/work/feedback.py`), and what they learn
may change the running contract. It also teaches them to work together
(`sim/relationship/work/lore.py`; knowledge-sharing routines: Dyer & Singh 1998). Half of that is
what each side learns of the other's work, so a report one way teaches half as fast.

The contract says who tells whom (`reviews.mode`), under every regime: the vendor reports, or both
tell. Partners always tell both ways, and a mediator with `review` carries what both have to say.
Only then has either side heard the other, so only then does a review count as good will and let
grievance fall.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.hearing import face_to_face_reach
from sim.bargain.log import note_event
from sim.bargain.talk_rows import lay_out_tables
from sim.jit import rule
from sim.mediation.reviews import (
    better_channel,
    carries_proposal,
    judge_carrier,
    mediated_channel,
    share_conveyed,
)
from sim.mediation.rounds.moments import mediate_review
from sim.relationship.work.build_trust import routine_weight
from sim.relationship.work.change import CHANGED, REFUSED, UNCHANGED, carry_out_change, plan_change
from sim.relationship.work.feedback import tell_shift, tell_table
from sim.relationship.work.lore import learn_together
from sim.state import (
    BUYER,
    BUYER_IN_VENDOR,
    VENDOR,
    VENDOR_IN_BUYER,
)
from sim.words import Event, Function, Institution, ReviewMode

PARTNERSHIP = int(Institution.PARTNERSHIP)
REVIEW = 1 << int(Function.REVIEW)
NONE, ONE_WAY, TWO_WAY = int(ReviewMode.NONE), int(ReviewMode.ONE_WAY), int(ReviewMode.TWO_WAY)
SHIFT_NOTICED, REVIEWED = np.int64(Event.SHIFT_NOTICED), np.int64(Event.REVIEWED)


@rule
def review(world, talk, params, key, need_row, month, totals):
    """Hold a review if one is due: tell each other, change what no longer fits, learn.

    `own` below is what the contract provides without a mediator: nothing, one way or both ways.
    """
    row = talk.tie
    own = TWO_WAY if params.institution == PARTNERSHIP else params.reviews_mode
    mediated = row.functions & REVIEW
    if params.reviews_every <= 0 or talk.need.partner < 0 or (own == NONE and not mediated):
        return
    if row.months - row.reviewed < params.reviews_every:
        return
    row.reviewed = row.months
    talk.log.memo.transactions += 2.0 * params.reviews_cost
    totals.reviews += 1
    if row.signalled and (own == TWO_WAY or mediated):
        tell_seen_shift(talk, params, key, own, mediated, world.noticed[need_row], month)
    lay_out_tables(world, params, need_row, talk.number)
    to_buyer, to_vendor = tell_both_tables(
        talk, params, key, own, mediated, world.noticed[need_row]
    )
    totals.change_orders += reconsider_contract(world, talk, params, key, own, mediated, month)
    if mediated:
        mediate_review(talk, params, key, month)
    learn_together(row, params.reviews_learning * 0.5 * (to_buyer + to_vendor))
    if own == TWO_WAY or mediated:
        credit_being_heard(talk, params, own, mediated)
    way, left = 2.0 if own == TWO_WAY or mediated else 1.0, 1.0 - row.lore
    note_event(talk.log, talk.number, REVIEWED, way, left, 1.0 if mediated else 0.0)


@rule
def channel_to_listener(talk, params, teller, direct, mediated):
    """Return (reach, relative blur) of what a side tells, by the better of its channels."""
    reach, through = 0.0, (0.0, 0.0)
    if direct:
        reach = face_to_face_reach(talk, teller)[1]
    if mediated:
        through = mediated_channel(talk, params, teller)
    return better_channel(reach, through)


@rule
def tell_seen_shift(talk, params, key, own, mediated, noticed, month):
    """Let the vendor tell, once, of a shift of needs that it saw at other customers."""
    heard = channel_to_listener(talk, params, VENDOR, own == TWO_WAY, mediated)
    tell_shift(talk, params, key, heard, noticed)
    if heard[0] > 0.0:
        months = float(month - talk.need.shifted_at)
        note_event(talk.log, talk.number, SHIFT_NOTICED, months, 1.0, 0.0)
    talk.tie.signalled = 0


@rule
def tell_both_tables(talk, params, key, own, mediated, noticed):
    """Let both sides tell their tables as the mode allows; return (buyer's, vendor's) reach."""
    to_buyer = channel_to_listener(talk, params, VENDOR, own >= ONE_WAY, mediated)
    to_vendor = channel_to_listener(talk, params, BUYER, own == TWO_WAY, mediated)
    tell_table(talk, params, key, VENDOR, to_buyer, noticed)
    tell_table(talk, params, key, BUYER, to_vendor, noticed)
    return to_buyer[0], to_vendor[0]


@rule
def reconsider_contract(world, talk, params, key, own, mediated, month):
    """Let the buyer, then the vendor, propose to change the running contract; return 1 if changed.

    Sides that hold the review themselves propose themselves; otherwise a mediator may carry a
    proposal.
    """
    for side in range(2):
        carried = False
        if own < ONE_WAY + side and mediated:
            carried = carries_proposal(talk, params, key, month, side)
        if own >= ONE_WAY + side or carried:
            answer = propose_change(world, talk, params, side)
            if carried and answer != UNCHANGED:
                judge_carrier(talk, params.relationship_weight_routine, side, answer == REFUSED)
            if answer == CHANGED:
                return 1
    return 0


@rule
def propose_change(world, talk, params, side):
    """Let a side propose a change; signed iff both gain more than the change order costs.

    Each gains on its own table, over the months left; both pay for the change order.
    """
    hurdle = params.reviews_change_cost / talk.tie.months_left
    came, price, own, others = plan_change(talk, params, side, (hurdle, hurdle))
    if came == CHANGED:
        carry_out_change(world, talk, params, side, price, (own, others))
        talk.log.memo.transactions += 2.0 * params.reviews_change_cost
    return came


@rule
def credit_being_heard(talk, params, own, mediated):
    """Let a review held both ways dissolve grievance and count as evidence of good will.

    Directly as far as either side opens up; through the mediator as far as it gets through.
    """
    open_b, open_v = 0.0, 0.0
    if own == TWO_WAY:
        open_b = face_to_face_reach(talk, BUYER)[0]
        open_v = face_to_face_reach(talk, VENDOR)[0]
    if mediated:
        open_b = max(open_b, share_conveyed(talk, params, BUYER))
        open_v = max(open_v, share_conveyed(talk, params, VENDOR))
    buyer, vendor = talk.trust[BUYER_IN_VENDOR], talk.trust[VENDOR_IN_BUYER]
    buyer.gain += routine_weight(buyer, params) * open_v
    vendor.gain += routine_weight(vendor, params) * open_b
    talk.tie.grievance *= 1.0 - open_b * (1.0 - params.disputes_decay)
