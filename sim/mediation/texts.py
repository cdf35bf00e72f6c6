"""A mediator's texts on the table: what it has before it, the vote, and what a text teaches.

Texts and direct offers share one deadline and one haggling cost. A party takes a text iff it is
worth at least what it expects, on its own beliefs, from the offers left. What a style may do is in
`sim/mediation/styles`; here its acts are applied, charged and written down.
(Raiffa 1982 on the single negotiating text; Fanning 2021 on why confidence matters.)
"""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import learn_level
from sim.bargain.compromise import leaves_nothing, see_level
from sim.bargain.direct import utilities
from sim.bargain.improve import propose_instead
from sim.bargain.log import note_event, note_offer
from sim.bargain.value import budget_now, propose_levels
from sim.jit import rule
from sim.luck import uniforms
from sim.mediation.confidences import confidence
from sim.mediation.readings import estimated_base, read_confidences, reading_of_table
from sim.mediation.styles.drafter import draft, write_text
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Act, Drafting, Event, Stream

DRAFT, VETO, NO_DEAL_SEEN = (
    np.int64(Event.DRAFT),
    np.int64(Event.VETO),
    np.int64(Event.NO_DEAL_SEEN),
)
ASK_PRICES, TEXT = int(Act.ASK_PRICES), int(Act.TEXT)
ANNOUNCE, DEFERENTIAL = np.int64(Stream.ANNOUNCE), int(Drafting.DEFERENTIAL)
DRAFT_SLOT, BLANK_SLOT = 2, 4
MEDIATOR = np.int64(2)


@rule
def mediate(talk, s, place, first, stance, month):
    """Let the mediator of a tie put up to `mediator.drafts` texts to the vote.

    Returns (slot, price, offers used). `place` is (key, month), `first` the side that speaks first once
    both would sign. Who vetoed stays with the mediator.
    """
    key, t = place
    desk = talk.desk
    told_limit = lay_desk(talk, s, key, t, stance, month)
    act = next_act(talk, s, stance)
    if desk.pie <= 0.0:
        note_event(talk.log, talk.number, NO_DEAL_SEEN, desk.pie, 0.0, 0.0)
        return -1, 0.0, 0
    if keeps_back(talk, s, key, t):
        return -1, 0.0, 0
    most = min(s.mediator_drafts, s.negotiation_deadline)
    while act == TEXT:
        written, limit = talk.log.memo.offer_rows, budget_now(talk.need, talk.log.memo, s)
        desk.price -= told_limit * max(0.0, desk.price - limit)
        put_to_vote(talk, s, stance, limit)
        if desk.yes[0] and desk.yes[1]:
            text = (DRAFT_SLOT, desk.price, written)
            return propose_instead(talk, s, text, first, desk.texts)
        count_veto(talk, s, month)
        if desk.texts >= most:
            break
        act = next_act(talk, s, stance)
    return -1, 0.0, desk.texts


@rule
def next_act(talk, s, stance):
    """Return a style's next act; what it asks of both sides is answered on the way."""
    desk = talk.desk
    act = draft(desk, talk.mediator, s, 0)
    if act == ASK_PRICES:
        most, least = utilities(talk, s, desk.text, 0.0)
        desk.asked[0], desk.asked[1] = most - stance[2], stance[3] - least
        act = draft(desk, talk.mediator, s, 1)
    return act


@rule
def lay_desk(talk, s, key, t, stance, month):
    """Lay out what a mediator has before it; return how much of the buyer's budget it was told."""
    desk, pack = talk.desk, talk.log.memo.pack
    write_text(talk.belief[VENDOR], talk.belief[BUYER], s, pack[BLANK_SLOT])
    h = read_confidences(talk, s, key, t, month)
    desk.texts = 0
    for side in range(2):
        desk.raised[side] = 0.0
        desk.bases[side] = estimated_base(talk, s, key, side, h[side], stance[side])
        desk.heeds[side] = 0.0
    told_limit = talk.mediator.competence_buyer * h[0]
    if s.mediator_drafting == DEFERENTIAL:
        desk.heeds[0], desk.heeds[1] = told_limit, talk.mediator.competence_vendor * h[1]
        for side in range(2):
            propose_levels(talk, s, side, pack[side])
            for k in range(s.issues):
                desk.demand[side, k] = pack[side, k]
    return told_limit


@rule
def keeps_back(talk, s, key, t):
    """Say whether a mediator committed to noise is silent although it has a draft."""
    if s.mediator_announce >= 1.0:
        return False
    return uniforms(key, ANNOUNCE, talk.tie.pair, t, talk.tie.mediator)[0] >= s.mediator_announce


@rule
def put_to_vote(talk, s, stance, limit):
    """Put the text on the desk to both sides: each takes it iff it is worth what it still hopes for."""
    desk, text = talk.desk, talk.log.memo.pack[DRAFT_SLOT]
    for k in range(s.issues):
        text[k] = desk.text[k]
    buyer, vendor = utilities(talk, s, text, desk.price)
    offer = (desk.price, buyer, vendor)
    note_event(talk.log, talk.number, DRAFT, desk.price, desk.pie, float(desk.texts + 1))
    note_offer(talk.log, talk.number, desk.texts, MEDIATOR, offer, text, s.issues)
    desk.texts += 1
    left = s.negotiation_deadline - desk.texts
    hoped_b = stance[0] + hoped_for(stance[2] - stance[0], left)
    hoped_v = stance[1] + hoped_for(stance[3] - stance[1], left)
    desk.yes[0] = 1 if desk.price <= limit and buyer >= hoped_b else 0
    desk.yes[1] = 1 if vendor >= hoped_v else 0


@rule
def count_veto(talk, s, month):
    """Write a veto down; of the first text it teaches, and it counts against who wrote what was vetoed."""
    desk = talk.desk
    vetoed_b, vetoed_v = 1.0 - desk.yes[0], 1.0 - desk.yes[1]
    note_event(talk.log, talk.number, VETO, vetoed_b, vetoed_v, desk.price)
    month.vetoes += 1
    if desk.texts == 1:
        learn_from_text(talk, s, talk.log.memo.pack[DRAFT_SLOT])
    talk.trust[BUYER_IN_MEDIATOR].loss += vetoed_b * s.relationship_weight_routine
    talk.trust[VENDOR_IN_MEDIATOR].loss += vetoed_v * s.relationship_weight_routine


@rule
def hoped_for(range_of_claims, offers_left):
    """Return what a side expects from n offers left: half of what it can claim, times n/(n + 1)."""
    return 0.5 * max(0.0, range_of_claims) * offers_left / (offers_left + 1.0)


@rule
def learn_from_text(talk, s, draft):
    """Let both sides learn from the levels of the first draft, as far as they trust the mediator.

    Only what it says beyond the text of a mediator that knows nothing is news: where both name the
    same level of an issue, nothing is learnt of it. Half as much as from an offer: a draft speaks of
    both tables, and a redraft says nothing new. Of a side's own table it speaks as far as that side
    was open and the mediator could read it, with the error of such a reading; of the other's alike.
    """
    blank = talk.log.memo.pack[BLANK_SLOT]
    read = (read_of(talk, s, BUYER), read_of(talk, s, VENDOR))
    for side in range(2):
        trust = talk.trust[BUYER_IN_MEDIATOR + side].now
        seen = talk.tie.seen_buyer if side == 0 else talk.tie.seen_vendor
        told, blur = read[side]
        drafter = (told, blur * blur, read[1 - side][0])
        rate = 0.5 * s.beliefs_learning * trust
        empty = leaves_nothing(talk.log.memo.own[side], s, side)
        for k in range(s.issues):
            if draft[k] != blank[k]:
                learn_level(talk, s, (side, k, draft[k]), rate, seen, drafter)
                see_level(talk, s, side, k, draft[k], read[1 - side][0] * trust, empty)


@rule
def read_of(talk, s, side):
    """Return (h w, h √(w(1 − w)v)): how much of a side's table a mediator has, and its blur."""
    h, (weight, blur) = confidence(talk, s, side), reading_of_table(talk, s, side)
    return h * weight, h * blur
