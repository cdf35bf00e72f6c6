"""A mediator's texts in a talk: how sides vote on them, and what sides learn from them.

Texts and direct offers share one deadline and one cost of haggling. Before a talk, a side accepts a text iff
it is worth at least what the side expects, on its own beliefs, from the offers left; after an impasse, with
none left, iff it does not lose by it; after an agreement, iff it prefers the text to what was agreed.
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
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import reading_of_table
from sim.mediation.rounds.compensation import add_compensation
from sim.mediation.rounds.round import BLANK_SLOT
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Event, Moment

DRAFT, VETO = np.int64(Event.DRAFT), np.int64(Event.VETO)
SIGNED = int(Moment.SIGNED)
DRAFT_SLOT = 2  # of `memo.pack`: the text on the table
MEDIATOR = np.int64(2)  # author of an offer in the log, after 0 buyer and 1 vendor


@rule
def put_to_vote(talk, params, stance, limit, used, blind):
    """Put the text on the desk to both sides, after `used` offers of the talk. Writes `desk.yes`.

    `limit` is the most the buyer's budget allows. With `blind` answers, given once and with no offers to follow,
    a truthful vote is a best reply.
    """
    desk, text = talk.desk, talk.log.memo.pack[DRAFT_SLOT]
    if not desk.instead:  # a price drawn at random depends on nobody's claim
        desk.price -= desk.limit_told * max(0.0, desk.price - limit)
    for issue in range(params.issues):
        text[issue] = desk.text[issue]
    buyer, vendor = package_utilities(talk, params, text, desk.price)
    offer = (desk.price, buyer, vendor)
    note_event(talk.log, talk.number, DRAFT, desk.price, desk.pie, float(desk.texts + 1))
    note_offer(talk.log, talk.number, used, MEDIATOR, offer, text, params.issues)
    desk.texts += 1
    buyer, vendor = add_compensation(desk, params, buyer, vendor)
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
    hoped_b = least_b + expected_from_offers(stance.opening[0] - least_b, left)
    hoped_v = least_v + expected_from_offers(stance.opening[1] - least_v, left)
    desk.yes[0] = 1 if desk.price <= limit and buyer >= hoped_b else 0
    desk.yes[1] = 1 if vendor >= hoped_v else 0


@rule
def count_veto(talk, params, blind, totals):
    """Log a veto; the first text teaches both sides, and the vetoer's trust in the mediator falls.

    A double-blind vote teaches nobody: a no stays with the mediator. Writes `totals.vetoes`.
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
def expected_from_offers(range_of_claims, offers_left):
    """Return the gain a side expects from n offers left: half of the range it can claim, times n/(n + 1).

    `range_of_claims` is the opening less the floor, in money a month.
    """
    return 0.5 * max(0.0, range_of_claims) * offers_left / (offers_left + 1.0)


@rule
def learn_from_text(talk, params, draft):
    """Let both sides learn from the levels of the first draft, as far as they trust the mediator.

    Only levels that differ from the blank text, which a mediator that knows nothing would write, are news. A
    draft counts half as much as an offer, because it is about both tables; a redraft says nothing new. What it
    says about a side's table has the weight and the blur of the mediator's reading of that side.
    """
    blank = talk.log.memo.pack[BLANK_SLOT]
    readings = (reading_of_side(talk, params, BUYER), reading_of_side(talk, params, VENDOR))
    for side in range(2):
        trust = talk.trust[BUYER_IN_MEDIATOR + side].now
        seen = talk.tie.seen_buyer if side == 0 else talk.tie.seen_vendor
        disclosure, blur = readings[side]
        drafter = (disclosure, blur * blur, readings[1 - side][0])
        rate = 0.5 * params.beliefs_learning * trust
        empty = is_compromise_empty(talk.log.memo.own[side], params, side)
        for issue in range(params.issues):
            if draft[issue] != blank[issue]:
                learn_from_level(talk, params, (side, issue, draft[issue]), rate, seen, drafter)
                see_through_by_level(
                    talk, params, side, issue, draft[issue], readings[1 - side][0] * trust, empty
                )


@rule
def reading_of_side(talk, params, side):
    """Return (h w, h √(w(1 − w)v)): the share of a side's table that a mediator has read, and its blur."""
    openness, (weight, blur) = (
        openness_to_mediator(talk, params, side),
        reading_of_table(talk, params, side),
    )
    return openness * weight, openness * blur
