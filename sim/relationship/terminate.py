"""Termination for convenience: a buyer ends a running contract if leaving pays, fee included.

Efficient breach: who may leave for a sum fixed beforehand does so iff it gains more elsewhere (Goetz &
Scott 1977; Shavell 1980). The fee goes to the vendor: it decides who leaves and is itself no loss.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds, whole_power
from sim.bargain.log import note_event
from sim.bargain.seat import lay_out, seat, sit_down
from sim.bargain.value import fill_own, months_of
from sim.jit import rule
from sim.relationship.choose import score_of, side_gain
from sim.relationship.disclose import geometric
from sim.relationship.remember import fade, trust_of
from sim.relationship.renegotiate import recall_terms, worth_of_staying
from sim.relationship.resolve import exit_fee
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER
from sim.words import Event

TERMINATED = np.int64(Event.TERMINATED)
ALONE, BOTH = np.int64(1), np.int64(2)  # whose gain from a talk is looked at


@rule
def consider_leaving(w, talk, s, j, t, month):
    """Let a buyer whose time has come look at the market, and give notice if leaving pays.

    With n months left after this one and m of notice it leaves iff m < n and (what leaving promises a
    month − what going on is worth) × δᵐ(1 + … + δ^(n−m−1)) exceeds the fees.
    """
    row, need, notice = talk.tie, talk.need, s.termination_notice
    if row.notice > 0 or row.months - row.looked < s.termination_every:
        return
    row.looked = row.months
    left = row.months_left - 1
    if left <= notice:
        return
    weight = whole_power(s.relationship_discount, notice)
    weight *= geometric(s.relationship_discount, left - notice)
    sit_down(w, s, j, talk.number)
    fill_own(talk, s)
    recall_terms(talk, s)
    staying, _ = worth_of_staying(talk, s)
    fees = s.termination_fee * max(0.0, row.price) + exit_fee(row, s)
    least, elsewhere = staying * weight + fees, 0.0
    if could_promise(w, s, j, t, weight, least):
        elsewhere = best_elsewhere(w, s, j, t)
    if exceeds(elsewhere * weight, least):
        row.notice = 1
        row.months_left = notice + 1
        need.exit_fee += fees
        month.terminations += 1
        note_event(talk.log, talk.number, TERMINATED, float(left), fees, elsewhere)


@rule
def could_promise(w, s, j, t, weight, least):
    """Say whether any candidate promises enough to leave for, if it would come; most often none does.

    It spares asking what each candidate itself would gain.
    """
    candidates = w.memo[0].candidates
    for tie in range(j * candidates, (j + 1) * candidates):
        if is_candidate(w, s, j, tie, t):
            gain, months, _ = glance(w, s, j, tie, t, ALONE)
            if gain > 0.0 and exceeds(gain / months * weight, least):
                return True
    return False


@rule
def best_elsewhere(w, s, j, t):
    """Return what a month would bring a buyer without its vendor; 0 is its outside option.

    It is what the candidate it would turn to promises, by the score it chooses by; whom it could not
    talk to now is none.
    """
    candidates = w.memo[0].candidates
    found, promise, best_score = False, 0.0, 0.0
    for tie in range(j * candidates, (j + 1) * candidates):
        if is_candidate(w, s, j, tie, t):
            gain, months, score = glance(w, s, j, tie, t, BOTH)
            if gain > 0.0 and (not found or exceeds(score, best_score)):
                found, promise, best_score = True, gain / months, score
    return promise


@rule
def is_candidate(w, s, j, tie, t):
    """Say whether another vendor could be talked to now: no pause after an impasse, and room for a need."""
    row = w.ties[tie]
    if tie == w.needs[j].partner:
        return False
    room = s.market_capacity <= 0 or w.vendors[row.vendor_id].serving < s.market_capacity
    return room and t >= row.cool_until


@rule
def glance(w, s, j, tie, t, sides):
    """Return (gain, months, score) of a talk with a candidate as the buyer sees it.

    With BOTH `sides` looked at a vendor that would not come promises 0. To look leaves no trace: trust
    is seen as it would be today, and then stands as it stood. No mediator speaks.
    """
    talk = seat(w, j, tie)
    buyer, vendor = talk.trust[BUYER_IN_VENDOR], talk.trust[VENDOR_IN_BUYER]
    kept_b, kept_v = contents(buyer), contents(vendor)
    months = t - talk.tie.caught_up
    if months > 0:
        fade(buyer, BUYER_IN_VENDOR, s, months)
        buyer.now = trust_of(buyer, BUYER_IN_VENDOR, s)
        fade(vendor, VENDOR_IN_BUYER, s, months)
        vendor.now = trust_of(vendor, VENDOR_IN_BUYER, s)
    lay_out(w, s, j, tie)
    fill_own(talk, s)
    gain, term, score = side_gain(talk, s, BUYER) - s.market_switching_cost, 1.0, 0.0
    if gain > 0.0:
        term = months_of(talk.log.memo.pack[BUYER], s)
        if sides == BOTH:
            score = score_of(talk, s, gain)
            gain = gain if side_gain(talk, s, VENDOR) > 0.0 else 0.0
    put_back(buyer, kept_b)
    put_back(vendor, kept_v)
    return gain, term, score


@rule
def contents(row):
    """Return what a row of trust holds that fades."""
    return row.good, row.bad, row.ceiling, row.level, row.damage, row.now


@rule
def put_back(row, held):
    """Write what `contents` returned into a row of trust."""
    row.good, row.bad, row.ceiling, row.level, row.damage, row.now = held
