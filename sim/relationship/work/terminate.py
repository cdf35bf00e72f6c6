"""Termination for convenience: a buyer ends a running contract if leaving pays, fee included.

Efficient breach: a party that may leave for a sum fixed beforehand does so iff it gains more
elsewhere (Goetz & Scott 1977; Shavell 1980). The fee goes to the vendor: it decides who leaves and
is itself no loss.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds, whole_power
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk, lay_out_tables
from sim.bargain.value import chance_of_agreeing, expected_surplus_and_term, fill_clause_values
from sim.jit import rule
from sim.relationship.meet.choose import candidate_score, talk_gain
from sim.relationship.work.build_trust import current_trust, fade_memory
from sim.relationship.work.disclose import geometric_sum
from sim.relationship.work.grow import asset_return
from sim.relationship.work.renegotiate import lay_out_current_levels, worth_of_staying
from sim.relationship.work.resolve import exit_fee
from sim.state import BUYER, BUYER_IN_VENDOR
from sim.words import Event

TERMINATED = np.int64(Event.TERMINATED)
# Typed numbers: Python's True and False would each compile `peek_at_candidate` again.
UNSCORED, SCORED = np.int64(0), np.int64(1)


@rule
def consider_leaving(world, talk, params, need_row, month, totals):
    """Let a buyer look at the market if its time has come, and give notice if leaving pays.

    With n months left after this one and m of notice it leaves iff m < n and (a month's gain
    elsewhere − a month's worth of staying) × δᵐ(1 + … + δ^(n−m−1)) exceeds the fees. Writes
    `looked`, `notice`, `months_left` and `exit_fee`.
    """
    row, need, notice = talk.tie, talk.need, params.termination_notice
    if row.notice > 0 or row.months - row.looked < params.termination_every:
        return
    row.looked = row.months
    left = row.months_left - 1
    if left <= notice:
        return
    weight = whole_power(params.relationship_discount, notice)
    weight *= geometric_sum(params.relationship_discount, left - notice)
    lay_out_tables(world, params, need_row, talk.number)
    fill_clause_values(talk, params)
    lay_out_current_levels(talk, params)
    staying, _ = worth_of_staying(talk, params)
    fees = params.termination_fee * max(0.0, row.price) + exit_fee(row, params)
    least, elsewhere = staying * weight + fees, 0.0
    if is_any_worth_leaving_for(world, params, need_row, month, weight, least):
        elsewhere = best_elsewhere(world, params, need_row, month)
    if exceeds(elsewhere * weight, least):
        row.notice = 1
        row.months_left = notice + 1
        need.exit_fee += fees
        totals.terminations += 1
        note_event(talk.log, talk.number, TERMINATED, float(left), fees, elsewhere)


@rule
def is_any_worth_leaving_for(world, params, need_row, month, weight, least):
    """Return whether any candidate promises enough to leave for; most often none does.

    A cheap test before candidates are scored.
    """
    candidates = world.memo[0].candidates
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        if can_be_approached(world, params, need_row, tie, month):
            promise, _ = peek_at_candidate(world, params, need_row, tie, month, UNSCORED)
            if exceeds(promise * weight, least):
                return True
    return False


@rule
def best_elsewhere(world, params, need_row, month):
    """Return a month's gain that a buyer expects after leaving its vendor; money, 0 if no candidate.

    It is the promise of the candidate with the highest score among those it could talk to now. The
    buyer cannot know, before it has left, whether that candidate would talk to it.
    """
    candidates = world.memo[0].candidates
    promise, best_score = 0.0, 0.0
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        if can_be_approached(world, params, need_row, tie, month):
            found, score = peek_at_candidate(world, params, need_row, tie, month, SCORED)
            if exceeds(score, best_score):
                promise, best_score = max(0.0, found), score
    return promise


@rule
def can_be_approached(world, params, need_row, tie, month):
    """Return whether another vendor could be talked to now: no pause, and capacity left."""
    row = world.ties[tie]
    if tie == world.needs[need_row].partner:
        return False
    room = (
        params.market_capacity <= 0 or world.vendors[row.vendor_id].serving < params.market_capacity
    )
    return room and month >= row.cool_until


@rule
def peek_at_candidate(world, params, need_row, tie, month, scored):
    """Return (promise, score) of a candidate as the buyer sees it; (0, 0) if it cannot be chosen.

    The promise is money a month. The state is left unchanged: trust is faded to this month for the
    computation and restored afterwards. No mediator advises, and the candidate is not asked.
    """
    lay_out_tables(world, params, need_row, tie)
    talk = gather_talk(world, need_row, tie)
    trust, months = talk.trust[BUYER_IN_VENDOR], month - talk.tie.caught_up
    kept = save_trust(trust)
    if months > 0:
        fade_memory(trust, BUYER_IN_VENDOR, params, months)
        trust.now = current_trust(trust, BUYER_IN_VENDOR, params)
    fill_clause_values(talk, params)
    promise, score = 0.0, 0.0
    pie, term = expected_surplus_and_term(talk, params, BUYER)
    gain = talk_gain(talk, params, BUYER, pie, term) - params.market_switching_cost
    if gain > 0.0:
        promise = monthly_search_gain(talk, params, pie, term)
        score = candidate_score(talk, params, gain) if scored else 0.0
    restore_trust(trust, kept)
    return promise, score


@rule
def monthly_search_gain(talk, params, pie, months):
    """Return a month's gain with a candidate, for a buyer that talks until the two agree; money.

    It expects a joint surplus `pie` a month for so many months. With chance p of agreeing 1/p talks
    are to be expected; each is haggled over, and after each that fails the buyer waits (search at a
    known cost: Stigler 1961; McCall 1970). The change of vendor has its cost; the months of waiting
    bring the outside option, 0.
    """
    talks = 1.0 / chance_of_agreeing(talk.tie)
    served = months - (talks - 1.0) * params.market_cooldown
    cost = (
        talks * params.negotiation_offer_cost * params.negotiation_deadline
        + params.market_switching_cost
    )
    return (0.5 * pie * served + asset_return(talk.tie, params, BUYER, months) - cost) / months


@rule
def save_trust(row):
    """Return the fields of a row of trust that fade."""
    return row.good, row.bad, row.ceiling, row.level, row.damage, row.now


@rule
def restore_trust(row, held):
    """Write back what `save_trust` returned."""
    row.good, row.bad, row.ceiling, row.level, row.damage, row.now = held
