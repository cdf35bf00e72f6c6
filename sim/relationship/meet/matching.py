"""Vendors' reputations, and the matching of needs to vendors before talks if capacities bind.

Needs propose, and vendors hold the best proposals that they can serve, until none is rejected any
more: deferred acceptance (Gale & Shapley 1962, in the sequential form of McVitie & Wilson 1971),
with the scores of Klos & Nooteboom 2001. Evidence of all buyers about a vendor adds up (Jøsang & Ismail
2002).
"""

from __future__ import annotations

from sim.arithmetic import exceeds, whole_power
from sim.jit import rule
from sim.relationship.meet.choose import find_favourite
from sim.relationship.meet.enter import is_in_market
from sim.state import BUYER_IN_VENDOR, STRANGERS
from sim.words import Institution

PLANNER = int(Institution.PLANNER)


@rule
def match_needs(world, params, key, month, candidates, totals):
    """Gather reputations and, if capacities bind, match needs without a contract to vendors."""
    if params.institution != PLANNER and params.market_reputation > 0.0:
        gather_reputation(world.vendors, world.ties, world.trust, params, month)
    if params.institution != PLANNER and params.market_capacity > 0:
        for j in range(world.needs.shape[0]):
            if world.needs[j].partner < 0 and is_in_market(world.needs[j], month):
                find_favourite(world, params, key, j, month, candidates)
        run_deferred_acceptance(
            world.needs, world.vendors, world.ties, params.market_capacity, candidates
        )


@rule
def gather_reputation(vendors, ties, trust, params, month):
    """Add up the evidence of all buyers about each vendor at the start of a month.

    Writes `good` and `bad` of vendors. Evidence is faded to this month, whenever its pair last met.
    """
    for i in range(vendors.shape[0]):
        vendors[i].good, vendors[i].bad = 0.0, 0.0
    for tie in range(ties.shape[0]):
        if ties[tie].met != STRANGERS:
            row, vendor = trust[ties[tie].met, BUYER_IN_VENDOR], vendors[ties[tie].vendor_id]
            months = month - ties[tie].caught_up
            kept = whole_power(params.relationship_memory, months) if months > 0 else 1.0
            vendor.good += row.good * kept
            vendor.bad += row.bad * kept


@rule
def run_deferred_acceptance(needs, vendors, ties, capacity, candidates):
    """Match needs without a contract to vendors by deferred acceptance; write `proposal`.

    `proposal` is the tie at which the need is held, -1 if no vendor holds it; scores below 0 are no
    proposals. The outcome is stable, and the best of all stable ones for every need. What a vendor
    holds is a list linked through `held` and `following`, so that nothing is allocated.
    """
    for i in range(vendors.shape[0]):
        vendors[i].held, vendors[i].holding = -1, 0
    for tie in range(ties.shape[0]):
        ties[tie].refused = 0
    for j in range(needs.shape[0]):
        proposer = j if needs[j].partner < 0 else -1
        needs[j].proposal = -1
        while proposer >= 0:
            tie = best_unrefused_tie(ties, proposer, candidates)
            needs[proposer].proposal = tie
            if tie >= 0:
                vendor = vendors[ties[tie].vendor_id]
                proposer = hold_proposal(needs, vendor, ties, proposer, capacity - vendor.serving)
            else:
                proposer = -1


@rule
def best_unrefused_tie(ties, need, candidates):
    """Return a need's best tie that has not refused it yet, ties to the lower number; else -1."""
    best = -1
    for tie in range(need * candidates, (need + 1) * candidates):
        row = ties[tie]
        if (
            row.refused == 0
            and row.score_buyer >= 0.0
            and (best < 0 or exceeds(row.score_buyer, ties[best].score_buyer))
        ):
            best = tie
    return best


@rule
def hold_proposal(needs, vendor, ties, need, room):
    """Let a vendor hold one more proposal; return the need it turns away, -1 if it has room.

    The lowest score goes, among equals the need of the higher number. `room` is the number of needs
    that the vendor can still serve.
    """
    needs[need].following = vendor.held
    vendor.held = need
    vendor.holding += 1
    if vendor.holding <= room:
        return -1
    worst, j = need, vendor.held
    while j >= 0:
        low, score = ties[needs[worst].proposal].score_vendor, ties[needs[j].proposal].score_vendor
        if exceeds(low, score) or (j > worst and not exceeds(score, low)):
            worst = j
        j = needs[j].following
    release_need(needs, vendor, worst)
    ties[needs[worst].proposal].refused = 1
    needs[worst].proposal = -1
    return worst


@rule
def release_need(needs, vendor, need):
    """Take a need out of the linked list of needs that a vendor holds."""
    vendor.holding -= 1
    if vendor.held == need:
        vendor.held = needs[need].following
        return
    before = vendor.held
    while needs[before].following != need:
        before = needs[before].following
    needs[before].following = needs[need].following
