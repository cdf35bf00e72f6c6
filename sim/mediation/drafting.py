"""Brokered talks: a single negotiating text drafted by a mediator from what both sides confided.

Drafts and direct offers share one deadline and one haggling cost. A party takes a draft iff it is
worth at least what it expects, on its own beliefs, from the offers left. (Raiffa 1982 on the
single negotiating text; Fanning 2021 on why confidence matters.)
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import whole_power
from sim.bargain.beliefs import learn_level
from sim.bargain.compromise import leaves_nothing, see_level
from sim.bargain.direct import utilities
from sim.bargain.improve import propose_instead
from sim.bargain.log import note_event, note_offer
from sim.bargain.value import budget_now, propose_levels
from sim.contract import GENERIC, best_levels, is_empty, package_value
from sim.jit import rule
from sim.luck import uniforms
from sim.mediation.confidences import confidence
from sim.mediation.readings import estimated_base, read_confidences, reading_of_table
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Drafting, Event, Stream

DRAFT, VETO, NO_DEAL_SEEN = (
    np.int64(Event.DRAFT),
    np.int64(Event.VETO),
    np.int64(Event.NO_DEAL_SEEN),
)
ANNOUNCE, DEFERENTIAL = np.int64(Stream.ANNOUNCE), int(Drafting.DEFERENTIAL)
DRAFT_SLOT, BLANK_SLOT = 2, 4
MEDIATOR = np.int64(2)


@rule
def write_text(buyer, vendor, s, out):
    """Write the package that is best for two tables; where that is nothing at all, the standard one."""
    best_levels(buyer, vendor, s, out)
    if is_empty(out, s):
        for k in range(s.issues):
            if s.kind[k] == GENERIC:
                out[k] = s.standard[k]


@rule
def draft_levels(talk, s, heeds):
    """Write the package of highest estimated joint surplus into the draft slot.

    A deferential mediator goes from there towards the middle between what both sides propose,
    issue by issue, as far as it `heeds` them; a half goes to the lower level.
    """
    draft = talk.log.memo.pack[DRAFT_SLOT]
    write_text(talk.log.memo.estimate[0], talk.log.memo.estimate[1], s, draft)
    if s.mediator_drafting == DEFERENTIAL:
        for side in range(2):
            propose_levels(talk, s, side, talk.log.memo.pack[side])
        for k in range(s.issues):
            wanted = (float(talk.log.memo.pack[0, k]), float(talk.log.memo.pack[1, k]))
            draft[k] = math.ceil(towards_middle(float(draft[k]), wanted, heeds) - 0.5)


@rule
def heed(talk, s, h):
    """Return how far a deferential mediator takes in each side's demand: as it is told and reads."""
    if s.mediator_drafting != DEFERENTIAL:
        return 0.0, 0.0
    return talk.mediator.competence_buyer * h[0], talk.mediator.competence_vendor * h[1]


@rule
def towards_middle(own, wanted, heeds):
    """Return the mean of two demands, each read from a mediator's own number as prior."""
    return own + 0.5 * (heeds[0] * (wanted[0] - own) + heeds[1] * (wanted[1] - own))


@rule
def draft_price(talk, s, draft, claims, estimates, raised, heeds):
    """Return the price of a draft: by estimates and bias, or nearer the middle of two demands.

    `claims` are both sides' opening claims, `estimates` is (buyer's value, joint surplus), `raised`
    what vetoes added to both reservations.
    """
    left_to_split = estimates[1] - raised[0] - raised[1]
    price = estimates[0] - raised[0] - left_to_split * (0.5 + 0.5 * talk.mediator.bias)
    if s.mediator_drafting != DEFERENTIAL:
        return price
    most, least = utilities(talk, s, draft, 0.0)
    wanted = (most - claims[0] - raised[0], claims[1] - least + raised[1])
    return towards_middle(price, wanted, heeds)


@rule
def keeps_back(talk, s, key, t):
    """Say whether a mediator committed to noise is silent although it has a draft."""
    if s.mediator_announce >= 1.0:
        return False
    return uniforms(key, ANNOUNCE, talk.tie.pair, t, talk.tie.mediator)[0] >= s.mediator_announce


@rule
def brokered_talk(talk, s, place, first, stance, month):
    """Put up to `mediator.drafts` drafts to the vote; return (slot, price, offers used).

    The price moves first: a veto raises the vetoer's estimated reservation value by
    `mediator.veto_step` of the estimated surplus, half as much at each further veto. Who vetoed
    stays with the mediator. What a buyer may pay the mediator knows as far as it was told. `place` is
    (key, month), `first` the side that speaks first once both would sign.
    """
    key, t = place
    write_text(talk.belief[VENDOR], talk.belief[BUYER], s, talk.log.memo.pack[BLANK_SLOT])
    h = read_confidences(talk, s, key, t, month)
    heeds = heed(talk, s, h)
    draft_levels(talk, s, heeds)
    draft = talk.log.memo.pack[DRAFT_SLOT]
    buyer_est = package_value(
        estimated_base(talk, s, key, BUYER, h[0], stance[0]),
        talk.log.memo.estimate[0],
        draft,
        s.issues,
    )
    vendor_est = package_value(
        estimated_base(talk, s, key, VENDOR, h[1], stance[1]),
        talk.log.memo.estimate[1],
        draft,
        s.issues,
    )
    pie = buyer_est + vendor_est
    if pie <= 0.0:
        note_event(talk.log, talk.number, NO_DEAL_SEEN, pie, 0.0, 0.0)
        return -1, 0.0, 0
    if keeps_back(talk, s, key, t):
        return -1, 0.0, 0
    raised_b, raised_v = 0.0, 0.0
    limit = budget_now(talk.need, talk.log.memo, s)
    told_limit = talk.mediator.competence_buyer * h[0]
    deadline = s.negotiation_deadline
    most = min(s.mediator_drafts, deadline)
    for n in range(most):
        raised, claims = (raised_b, raised_v), (stance[2], stance[3])
        price = draft_price(talk, s, draft, claims, (buyer_est, pie), raised, heeds)
        price -= told_limit * max(0.0, price - limit)
        buyer, vendor = utilities(talk, s, draft, price)
        note_event(talk.log, talk.number, DRAFT, price, pie, float(n + 1))
        written = talk.log.memo.offer_rows
        note_offer(talk.log, talk.number, n, MEDIATOR, (price, buyer, vendor), draft, s.issues)
        left = deadline - n - 1
        yes_b = price <= limit and buyer >= stance[0] + hoped_for(stance[2] - stance[0], left)
        yes_v = vendor >= stance[1] + hoped_for(stance[3] - stance[1], left)
        if yes_b and yes_v:
            text = (DRAFT_SLOT, price, written)
            return propose_instead(talk, s, text, first, n + 1)
        note_event(talk.log, talk.number, VETO, 0.0 if yes_b else 1.0, 0.0 if yes_v else 1.0, price)
        month.vetoes += 1
        if n == 0:
            learn_from_draft(talk, s, draft)
        talk.trust[BUYER_IN_MEDIATOR].loss += 0.0 if yes_b else s.relationship_weight_routine
        talk.trust[VENDOR_IN_MEDIATOR].loss += 0.0 if yes_v else s.relationship_weight_routine
        if yes_b == yes_v:
            return -1, 0.0, n + 1
        step = s.mediator_veto_step * whole_power(0.5, n) * pie
        raised_b += 0.0 if yes_b else step
        raised_v += 0.0 if yes_v else step
        if pie - raised_b - raised_v <= 0.0:
            return -1, 0.0, n + 1
    return -1, 0.0, most


@rule
def hoped_for(range_of_claims, offers_left):
    """Return what a side expects from n offers left: half of what it can claim, times n/(n + 1)."""
    return 0.5 * max(0.0, range_of_claims) * offers_left / (offers_left + 1.0)


@rule
def learn_from_draft(talk, s, draft):
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
