"""Termination for convenience: a buyer ends a running contract if leaving pays, fee included.

Efficient breach: who may leave for a sum fixed beforehand does so iff it gains more elsewhere (Goetz &
Scott 1977; Shavell 1980). The fee goes to the vendor: it decides who leaves and is itself no loss.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds, whole_power
from sim.bargain.log import note_event
from sim.bargain.talk_rows import lay_out, seat
from sim.bargain.value import chance_of_agreeing, fill_own, prospects
from sim.jit import rule
from sim.relationship.meet.choose import gain_of_talk, score_of
from sim.relationship.work.build_trust import fade, trust_of
from sim.relationship.work.disclose import geometric
from sim.relationship.work.grow import kept_return
from sim.relationship.work.renegotiate import recall_terms, worth_of_staying
from sim.relationship.work.resolve import exit_fee
from sim.state import BUYER, BUYER_IN_VENDOR
from sim.words import Event

TERMINATED = np.int64(Event.TERMINATED)
UNSCORED, SCORED = np.int64(0), np.int64(1)


@rule
def consider_leaving(world, talk, params, need_row, month, totals):
    """Let a buyer whose time has come look at the market, and give notice if leaving pays.

    With n months left after this one and m of notice it leaves iff m < n and (what leaving promises a
    month − what going on is worth) × δᵐ(1 + … + δ^(n−m−1)) exceeds the fees.
    """
    row, need, notice = talk.tie, talk.need, params.termination_notice
    if row.notice > 0 or row.months - row.looked < params.termination_every:
        return
    row.looked = row.months
    left = row.months_left - 1
    if left <= notice:
        return
    weight = whole_power(params.relationship_discount, notice)
    weight *= geometric(params.relationship_discount, left - notice)
    lay_out(world, params, need_row, talk.number)
    fill_own(talk, params)
    recall_terms(talk, params)
    staying, _ = worth_of_staying(talk, params)
    fees = params.termination_fee * max(0.0, row.price) + exit_fee(row, params)
    least, elsewhere = staying * weight + fees, 0.0
    if could_promise(world, params, need_row, month, weight, least):
        elsewhere = best_elsewhere(world, params, need_row, month)
    if exceeds(elsewhere * weight, least):
        row.notice = 1
        row.months_left = notice + 1
        need.exit_fee += fees
        totals.terminations += 1
        note_event(talk.log, talk.number, TERMINATED, float(left), fees, elsewhere)


@rule
def could_promise(world, params, need_row, month, weight, least):
    """Say whether any candidate promises enough to leave for; most often none does."""
    candidates = world.memo[0].candidates
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        if is_candidate(world, params, need_row, tie, month):
            promise, _ = glance(world, params, need_row, tie, month, UNSCORED)
            if exceeds(promise * weight, least):
                return True
    return False


@rule
def best_elsewhere(world, params, need_row, month):
    """Return what a month would bring a buyer without its vendor; 0 is its outside option.

    It is what the candidate it would turn to promises, by the score it chooses by; whom it could not
    talk to now is none. Whether that one would come it cannot know before it has left.
    """
    candidates = world.memo[0].candidates
    promise, best_score = 0.0, 0.0
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        if is_candidate(world, params, need_row, tie, month):
            found, score = glance(world, params, need_row, tie, month, SCORED)
            if exceeds(score, best_score):
                promise, best_score = max(0.0, found), score
    return promise


@rule
def is_candidate(world, params, need_row, tie, month):
    """Say whether another vendor could be talked to now: no pause after an impasse, and room for a need."""
    row = world.ties[tie]
    if tie == world.needs[need_row].partner:
        return False
    room = (
        params.market_capacity <= 0 or world.vendors[row.vendor_id].serving < params.market_capacity
    )
    return room and month >= row.cool_until


@rule
def glance(world, params, need_row, tie, month, scored):
    """Return (promise a month, score) of a candidate as the buyer sees it; 0, 0 of one it would not choose.

    To look leaves no trace: trust is seen as it would be today, and then stands as it stood. No
    mediator speaks, and nobody is asked.
    """
    lay_out(world, params, need_row, tie)
    talk = seat(world, need_row, tie)
    trust, months = talk.trust[BUYER_IN_VENDOR], month - talk.tie.caught_up
    kept = contents(trust)
    if months > 0:
        fade(trust, BUYER_IN_VENDOR, params, months)
        trust.now = trust_of(trust, BUYER_IN_VENDOR, params)
    fill_own(talk, params)
    promise, score = 0.0, 0.0
    pie, term = prospects(talk, params, BUYER)
    gain = gain_of_talk(talk, params, BUYER, pie, term) - params.market_switching_cost
    if gain > 0.0:
        promise = gain_of_search(talk, params, pie, term)
        score = score_of(talk, params, gain) if scored else 0.0
    put_back(trust, kept)
    return promise, score


@rule
def gain_of_search(talk, params, pie, months):
    """Return what a month with a candidate promises a buyer that goes on until the two agree.

    It expects a pie a month for so many months. With chance p of agreeing 1/p talks are to be expected;
    each is haggled over, and after each that fails the buyer waits (search at a known cost: Stigler 1961;
    McCall 1970). It costs a change of vendor; the months of waiting bring the outside option, 0.
    """
    talks = 1.0 / chance_of_agreeing(talk.tie)
    served = months - (talks - 1.0) * params.market_cooldown
    cost = (
        talks * params.negotiation_offer_cost * params.negotiation_deadline
        + params.market_switching_cost
    )
    return (0.5 * pie * served + kept_return(talk.tie, params, BUYER, months) - cost) / months


@rule
def contents(row):
    """Return what a row of trust holds that fades."""
    return row.good, row.bad, row.ceiling, row.level, row.damage, row.now


@rule
def put_back(row, held):
    """Write what `contents` returned into a row of trust."""
    row.good, row.bad, row.ceiling, row.level, row.damage, row.now = held
