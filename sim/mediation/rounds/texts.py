"""A mediator's texts on the table: the vote, and what a text teaches.

Texts and direct offers share one deadline and one haggling cost. Before a talk a party takes a text iff it is
worth at least what it expects, on its own beliefs, from the offers left; after an impasse, with none left, iff
it does not lose by it; after both agreed, iff it prefers the text to what was agreed.
(Raiffa 1982 on the single negotiating text; Fanning 2021 on why confidence matters.)
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.beliefs import learn_from_level
from sim.bargain.compromise import is_compromise_empty, see_through_by_level
from sim.bargain.direct import package_utilities
from sim.bargain.log import note_event, note_offer
from sim.jit import rule
from sim.mediation.confidences import confidence
from sim.mediation.estimates import reading_of_table
from sim.mediation.rounds.compensation import sweetened
from sim.mediation.rounds.round import BLANK_SLOT
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Event, Moment

DRAFT, VETO = np.int64(Event.DRAFT), np.int64(Event.VETO)
SIGNED = int(Moment.SIGNED)
DRAFT_SLOT = 2
MEDIATOR = np.int64(2)


@rule
def put_to_vote(talk, params, stance, limit, used, blind):
    """Put the text on the desk to both sides, `used` offers of the talk having been made.

    To who answers double blind, once and with nothing to follow, the truth, as it sees it, is a best reply.
    """
    desk, text = talk.desk, talk.log.memo.pack[DRAFT_SLOT]
    if not desk.instead:  # a price drawn by luck heeds nobody's claim
        desk.price -= desk.limit_told * max(0.0, desk.price - limit)
    for k in range(params.issues):
        text[k] = desk.text[k]
    buyer, vendor = package_utilities(talk, params, text, desk.price)
    offer = (desk.price, buyer, vendor)
    note_event(talk.log, talk.number, DRAFT, desk.price, desk.pie, float(desk.texts + 1))
    note_offer(talk.log, talk.number, used, MEDIATOR, offer, text, params.issues)
    desk.texts += 1
    buyer, vendor = sweetened(desk, params, buyer, vendor)
    if desk.bound > 0:
        desk.yes[0] = 1 if desk.price <= desk.answer[0] else 0
        desk.yes[1] = 1 if desk.price >= desk.answer[1] else 0
        return
    if desk.moment == SIGNED:
        agreed = package_utilities(talk, params, desk.current, desk.current_price)
        desk.yes[0] = 1 if desk.price <= limit and exceeds(buyer, agreed[0]) else 0
        desk.yes[1] = 1 if exceeds(vendor, agreed[1]) else 0
        return
    if blind:
        imagined = talk.log.memo.imagined
        desk.yes[0] = 1 if desk.price <= limit and buyer >= imagined[0] else 0
        desk.yes[1] = 1 if vendor >= imagined[1] else 0
        return
    left = max(0, params.negotiation_deadline - used - 1)
    least_b, least_v = stance.floor
    hoped_b = least_b + hoped_for(stance.opening[0] - least_b, left)
    hoped_v = least_v + hoped_for(stance.opening[1] - least_v, left)
    desk.yes[0] = 1 if desk.price <= limit and buyer >= hoped_b else 0
    desk.yes[1] = 1 if vendor >= hoped_v else 0


@rule
def count_veto(talk, params, blind, totals):
    """Write a veto down; of the first text it teaches, and it counts against who wrote what was vetoed.

    What was answered double blind teaches nobody: a no stays with the mediator.
    """
    desk = talk.desk
    vetoed_b, vetoed_v = 1.0 - desk.yes[0], 1.0 - desk.yes[1]
    note_event(talk.log, talk.number, VETO, vetoed_b, vetoed_v, desk.price)
    totals.vetoes += 1
    if desk.texts == 1 and not blind:
        learn_from_text(talk, params, talk.log.memo.pack[DRAFT_SLOT])
    talk.trust[BUYER_IN_MEDIATOR].loss += vetoed_b * params.relationship_weight_routine
    talk.trust[VENDOR_IN_MEDIATOR].loss += vetoed_v * params.relationship_weight_routine


@rule
def hoped_for(range_of_claims, offers_left):
    """Return what a side expects from n offers left: half of what it can claim, times n/(n + 1)."""
    return 0.5 * max(0.0, range_of_claims) * offers_left / (offers_left + 1.0)


@rule
def learn_from_text(talk, params, draft):
    """Let both sides learn from the levels of the first draft, as far as they trust the mediator.

    Only what it says beyond the text of a mediator that knows nothing is news: where both name the
    same level of an issue, nothing is learnt of it. Half as much as from an offer: a draft speaks of
    both tables, and a redraft says nothing new. Of a side's own table it speaks as far as that side
    was open and the mediator could read it, with the error of such a reading; of the other's alike.
    """
    blank = talk.log.memo.pack[BLANK_SLOT]
    read = (read_of(talk, params, BUYER), read_of(talk, params, VENDOR))
    for side in range(2):
        trust = talk.trust[BUYER_IN_MEDIATOR + side].now
        seen = talk.tie.seen_buyer if side == 0 else talk.tie.seen_vendor
        told, blur = read[side]
        drafter = (told, blur * blur, read[1 - side][0])
        rate = 0.5 * params.beliefs_learning * trust
        empty = is_compromise_empty(talk.log.memo.own[side], params, side)
        for k in range(params.issues):
            if draft[k] != blank[k]:
                learn_from_level(talk, params, (side, k, draft[k]), rate, seen, drafter)
                see_through_by_level(
                    talk, params, side, k, draft[k], read[1 - side][0] * trust, empty
                )


@rule
def read_of(talk, params, side):
    """Return (h w, h √(w(1 − w)v)): how much of a side's table a mediator has, and its blur."""
    h, (weight, blur) = confidence(talk, params, side), reading_of_table(talk, params, side)
    return h * weight, h * blur
