"""The resolve stage: grievance, disputes, settlement or fight, break-up.

Grievance G ← φG + shortfall beyond tolerance, in money. Past the threshold it is a dispute over
stake G; it is fought iff p_b − p_v > (C_b + C_v)/G (Landes 1971; Gould 1973), both p being beliefs
that the buyer would win, drawn apart by self-serving bias (Babcock & Loewenstein 1997).
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import erf, whole_power
from sim.bargain.log import note_event
from sim.bargain.value import INVERSE_ROOT_2
from sim.jit import hot, rule
from sim.luck import uniforms
from sim.mediation.confidences import disclosed_capability
from sim.mediation.disputes import grievance_decay_factor
from sim.mediation.rounds.moments import mediate_dispute
from sim.relationship.work.deliver import ROUNDING
from sim.state import BUYER_IN_MEDIATOR, DIRECTIONS, VENDOR_IN_BUYER, VENDOR_IN_MEDIATOR
from sim.words import Event, Function, Stream

DISPUTE = np.int64(Stream.DISPUTE)
RESOLVE = 1 << int(Function.RESOLVE)
SETTLED, FOUGHT, BROKEN_UP = (
    np.int64(Event.DISPUTE_SETTLED),
    np.int64(Event.DISPUTE_FOUGHT),
    np.int64(Event.BROKEN_UP),
)


@rule
def chance_on_merits(promised, capability, spread, found):
    """Return the chance that a fair judge finds for the buyer.

    Φ((promised − capability) / spread), and each hidden problem found halves the vendor's chance.
    Capabilities are shares from 0 to 1.
    """
    gap = promised - capability
    if spread > 0.0:
        chance = 0.5 * (1.0 + erf(gap / spread * INVERSE_ROOT_2))
    else:
        chance = 0.5 if abs(gap) <= ROUNDING else (1.0 if gap > 0.0 else 0.0)
    return 1.0 - (1.0 - chance) * whole_power(0.5, found)


@rule
def is_fought(p_buyer, p_vendor, stake, cost):
    """Return whether a dispute is fought rather than settled (Landes 1971; Gould 1973).

    `stake` and `cost`, of both sides together, are money.
    """
    return (p_buyer - p_vendor) * stake > cost


@hot
def age_grievance(row, trust, mediator, params):
    """Let grievance decay by one month; faster if a trusted, able mediator hears it."""
    row.grievance *= params.disputes_decay * grievance_decay_factor(row, trust, mediator, params)


@rule
def win_beliefs(talk, params, draws):
    """Return the buyer's and the vendor's belief that the buyer would win; probabilities.

    The buyer judges by its experience of the vendor, the vendor by its own capability. Self-serving
    bias, drawn by `draws` (uniform on [0, 1)), moves the two apart.
    """
    row, spread = talk.tie, params.delivery_quality_noise
    seen_b = chance_on_merits(row.promised, row.expected, spread, row.found)
    seen_v = chance_on_merits(row.promised, talk.vendor.capability, spread, row.found)
    p_buyer = seen_b + params.buyers_optimism * draws[0] * (1.0 - seen_b)
    p_vendor = seen_v - params.vendors_optimism * draws[1] * seen_v
    return p_buyer, p_vendor


@rule
def chance_as_disclosed(talk, params):
    """Return the chance that the buyer wins if the vendor has the capability it tells the mediator."""
    row = talk.tie
    return chance_on_merits(
        row.promised, disclosed_capability(talk, params), params.delivery_quality_noise, row.found
    )


@rule
def resolve(talk, params, key, need_row, month, totals):
    """Open a dispute if grievance has passed the threshold; settle or fight it.

    Costs grow with the penalty and exit fee in the contract. A settlement pays the mean of both
    beliefs times the stake; a fight ends the contract. Writes `vendor_pays` and the evidence for
    trust, and resets grievance.
    """
    row, stake = talk.tie, talk.tie.grievance
    if params.disputes_threshold <= 0.0 or stake <= params.disputes_threshold:
        return
    draws = uniforms(key, DISPUTE, need_row, month, 0)
    first = win_beliefs(talk, params, draws)
    last = first
    mediated = talk.tie.functions & RESOLVE > 0
    if mediated:
        told = (first[0], first[1], chance_as_disclosed(talk, params))
        mediated, last = mediate_dispute(talk, params, (key, need_row, month), told)
        talk.need.fee += params.mediator_fee_case if mediated else 0.0
    growth = 1.0 + params.disputes_cost_growth * (row.penalty + row.liability)
    costs = (params.disputes_cost_buyer * growth, params.disputes_cost_vendor * growth)
    row.dispute_count += 1
    totals.dispute_count += 1
    row.grievance = 0.0
    if is_fought(last[0], last[1], stake, costs[0] + costs[1]):
        totals.fought += 1
        fight_dispute(talk, params, stake, costs, draws[2])
        count_fight_against_all(talk, params.relationship_weight_conflict, mediated)
        break_up_contract(talk, params)
    else:
        share = 0.5 * (last[0] + last[1])
        talk.log.memo.vendor_pays += share * stake
        note_event(talk.log, talk.number, SETTLED, share * stake, last[0], last[1])
        weigh_settlement(talk, share, first, params.relationship_weight_conflict, mediated)
    row.found = 0


@rule
def fight_dispute(talk, params, stake, costs, draw):
    """Let a judge who knows the vendor's true capability decide; both sides pay for the fight.

    `stake` and `costs` (buyer's, vendor's) are money; `draw` is uniform on [0, 1).
    """
    row, flows = talk.tie, talk.log.memo
    chance = chance_on_merits(
        row.promised, talk.vendor.capability, params.delivery_quality_noise, row.found
    )
    won = 1.0 if draw < chance else 0.0
    flows.vendor_pays += won * stake
    flows.fight_buyer += costs[0]
    flows.fight_vendor += costs[1]
    row.fought += 1
    note_event(talk.log, talk.number, FOUGHT, stake, won, costs[0] + costs[1])


@rule
def count_fight_against_all(talk, weight, mediated):
    """Count a fight as bad evidence against both sides, and against the mediator if one took part."""
    for direction in range(DIRECTIONS if mediated else BUYER_IN_MEDIATOR):
        talk.trust[direction].loss += weight


@rule
def weigh_settlement(talk, share, beliefs, weight, mediated):
    """Turn a settlement into evidence for trust: each side compares it with its own belief.

    `share` is the part of the stake that is paid, `beliefs` are both sides' beliefs before a
    mediator spoke. A side is wronged by as much as it gets less, or pays more, than it believed
    right.
    """
    for direction in range(DIRECTIONS if mediated else BUYER_IN_MEDIATOR):
        is_vendor = direction in (VENDOR_IN_BUYER, VENDOR_IN_MEDIATOR)
        wrong = max(0.0, share - beliefs[1] if is_vendor else beliefs[0] - share)
        talk.trust[direction].gain += weight * (1.0 - wrong)
        talk.trust[direction].loss += weight * wrong


@rule
def break_up_contract(talk, params):
    """End a contract after a fight: the buyer pays the exit fee and the need is free next month."""
    talk.log.memo.vendor_pays -= end_contract_early(talk, params, talk.tie.months_left - 1)


@rule
def end_contract_early(talk, params, left):
    """End a contract with `left` months to go; return the exit fee that the buyer owes; money."""
    row = talk.tie
    fee = exit_fee(row, params) if left > 0 else 0.0
    note_event(talk.log, talk.number, BROKEN_UP, float(left), fee, 0.0)
    row.months_left = 0
    talk.need.partner = -1
    talk.vendor.serving -= 1
    return fee


@rule
def exit_fee(row, params):
    """Return the buyer's fee for leaving a contract early; money.

    0 if the buyer gave notice (`row.notice` is 1), as it has paid the fee for that then.
    """
    return 0.0 if row.notice > 0 else row.liability * params.protection_exit_fee
