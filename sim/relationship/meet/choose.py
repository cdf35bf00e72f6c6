"""The choose stage: renewal, and which candidate a need without a contract talks to.

score = T^a · G^(1 − a), T trust and G the expected gain. A candidate with G ≤ 0 is never chosen,
and a vendor that expects no gain does not come (Klos & Nooteboom 2001; Gorobets & Nooteboom 2006).
If capacities bind, the same scores are matched beforehand (`sim/relationship/meet/matching.py`).
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds, power
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk, gather_talk_with_tables, lay_out_tables
from sim.bargain.value import chance_of_agreeing, expected_surplus_and_term, fill_clause_values
from sim.contract import RISK_SHARE, best_levels, vendor_incentive
from sim.jit import rule
from sim.mediation.advice import advise
from sim.mediation.hiring import hire
from sim.relationship.meet.acquaint import introduce_pair
from sim.relationship.meet.enter import is_in_market, start_mid_term
from sim.relationship.meet.negotiate import negotiate, sign_contract
from sim.relationship.meet.refuse import decline_if_incapable
from sim.relationship.work.build_trust import apply_ceiling, catch_up_trust
from sim.relationship.work.cooperate import buyer_cooperation, vendor_effort
from sim.relationship.work.deliver import effort_cost
from sim.relationship.work.grow import asset_return, hold_up, strand_assets
from sim.relationship.work.renegotiate import reopen_contract
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER
from sim.words import Entrance, Event, Institution

PLANNER = int(Institution.PLANNER)
SELECTION = int(Entrance.SELECTION)
ASSIGNED = np.int64(Event.ASSIGNED)


@rule
def choose_and_talk(world, params, key, need_row, month, candidates, totals):
    """Let a need without a contract pick a candidate and negotiate; the planner assigns instead.

    A need under a contract may reopen it in a recession. Writes `talked` and `expired` of the need,
    and adds `expiries` and what the talk counts to `totals`.
    """
    need = world.needs[need_row]
    need.talked = -1
    if not is_in_market(need, month):
        return
    if need.partner >= 0:
        if world.memo[0].recession and need.in_recession > 0 and params.institution != PLANNER:
            reopen_contract(world, params, key, need_row, month, totals)
        return
    seek_contract(world, params, key, need_row, month, candidates, totals)


@rule
def seek_contract(world, params, key, need_row, month, candidates, totals):
    """Let a need without a contract pick a candidate and negotiate; see `choose_and_talk`.

    Apart from it, since most needs have a contract in most months, and to enter this much code costs time.
    """
    need = world.needs[need_row]
    if need.expired:
        totals.expiries += 1
    if params.institution == PLANNER:
        if need.best_tie >= 0:
            introduce_pair(world, params, key, need_row, need.best_tie)
            assign_best_vendor(
                gather_talk_with_tables(world, params, need_row, need.best_tie), params, totals
            )
    else:
        tie = need.proposal
        if params.market_capacity <= 0:
            tie = find_favourite(world, params, key, need_row, month, candidates)
        if tie >= 0:
            introduce_pair(world, params, key, need_row, tie)
        if tie >= 0 and not decline_if_incapable(
            world, params, key, need_row, tie, month, candidates, totals
        ):
            need.talked = tie
            before = need.last
            if params.mediator_functions > 0:
                hire(world, params, key, need_row, tie)
            talk = gather_talk_with_tables(world, params, need_row, tie)
            if negotiate(talk, params, key, month, totals):
                if tie != before:
                    leave_former_vendor(talk, world.ties[before], params, totals)
                elif need.expired and params.growth_holdup > 0.0:
                    hold_up(talk, params, totals)
    need.expired = 0
    if need.aged > 0.0 and month == need.start and need.partner >= 0:
        start_mid_term(world, params, need)


@rule
def find_favourite(world, params, key, need_row, month, candidates):
    """Return the candidate with the highest score, ties to the lower number; -1 if none.

    A candidate counts only if both sides expect a gain. Writes `score_buyer` of every candidate,
    and `score_vendor` too if capacities bind; candidates that are no choice score below 0. Trust is
    caught up with this month on the way.
    """
    best, best_score, last = -1, 0.0, world.needs[need_row].last
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        row = world.ties[tie]
        row.score_buyer = -1.0
        if month < row.cool_until:
            continue
        lay_out_tables(world, params, need_row, tie)
        talk = gather_talk(world, need_row, tie)
        catch_up_trust(talk, params, month)
        fill_clause_values(talk, params)
        gain = expected_talk_gain(talk, params, BUYER)
        if params.mediator_functions > 0 and params.mediator_enters == SELECTION:
            gain = advise(talk, params, key, gain)
        if tie != last and world.ties[last].contracts > 0:
            gain -= params.market_switching_cost
        if gain <= 0.0:
            continue
        others = expected_talk_gain(talk, params, VENDOR)
        if others <= 0.0:
            continue
        score = candidate_score(talk, params, gain)
        row.score_buyer = score
        if params.market_capacity > 0:
            row.score_vendor = weighted_score(talk.trust[VENDOR_IN_BUYER].now, others, params)
        if best < 0 or exceeds(score, best_score):
            best, best_score = tie, score
    return best


@rule
def candidate_score(talk, params, gain):
    """Return the score by which a buyer chooses among candidates, from its gain in money."""
    return weighted_score(trust_with_reputation(talk, params), gain, params)


@rule
def weighted_score(trust, gain, params):
    """Return T^a · G^(1 − a): trust and gain weighed against each other.

    a is `market.trust_weight` (Klos & Nooteboom 2001).
    """
    trust_weight = params.market_trust_weight
    return power(trust, trust_weight) * power(gain, 1.0 - trust_weight)


@rule
def trust_with_reputation(talk, params):
    """Return the trust by which a buyer chooses; share.

    Its own evidence counts in full, that of all other buyers at the discount `market.reputation`.
    """
    row, weight = talk.trust[BUYER_IN_VENDOR], params.market_reputation
    if weight <= 0.0:
        return row.now
    good = row.good + weight * max(0.0, talk.vendor.good - row.good)
    bad = row.bad + weight * max(0.0, talk.vendor.bad - row.bad)
    good += params.relationship_prior_good
    return apply_ceiling(good / (good + bad + params.relationship_prior_bad), row, params)


@rule
def expected_talk_gain(talk, params, side):
    """Return G, a side's expected gain from a talk: half the joint surplus it believes in.

    Money over the months of a contract, plus the further return of its assets in this tie, times
    the chance of agreeing by Laplace's rule of succession, less the cost of haggling to the
    deadline.
    """
    gain, months = expected_surplus_and_term(talk, params, side)
    return talk_gain(talk, params, side, gain, months)


@rule
def talk_gain(talk, params, side, gain, months):
    """Return a side's expected gain from a talk about a joint surplus of `gain` a month; money.

    `gain` is money a month for `months` months; the result is money over the whole contract.
    """
    own = 0.5 * gain * months + asset_return(talk.tie, params, side, months)
    return (
        own * chance_of_agreeing(talk.tie)
        - params.negotiation_offer_cost * params.negotiation_deadline
    )


@rule
def leave_former_vendor(talk, former, params, totals):
    """Strand what was built with the former vendor; book the buyer's cost of switching."""
    strand_assets(talk.need, former)
    if former.contracts > 0:
        totals.switches += 1
        talk.need.switching += params.market_switching_cost


@rule
def assign_best_vendor(talk, params, totals):
    """Sign first-best terms with the best candidate, as the planner does."""
    row, memo = talk.tie, talk.log.memo
    levels = memo.pack[0]
    best_levels(memo.truth, memo.own[1], params, levels)
    for issue in range(params.issues):
        if params.kind[issue] >= RISK_SHARE:
            levels[issue] = 0  # set below to its best value, which need not be a level
    row.lore = 1.0
    sign_contract(talk, params, levels, 0.0, totals)
    row.share = row.best_share
    row.penalty = 0.0
    row.liability = 0.0
    row.alignment = 1.0
    row.price = equal_split_price(talk, params)
    note_event(talk.log, talk.number, ASSIGNED, row.first_best, float(row.months_left), 0.0)


@rule
def equal_split_price(talk, params):
    """Return the price that gives the vendor half of the true first-best surplus; money a month."""
    row, vendor = talk.tie, talk.vendor
    variance = params.delivery_noise * params.delivery_noise
    own = vendor_incentive(row.share, vendor.productivity, vendor.risk, variance)
    effort = vendor_effort(vendor, row.share, 1.0)
    paid = vendor.productivity * row.share
    own += row.share * (effort - paid)
    own -= effort_cost(effort, vendor.productivity) - effort_cost(paid, vendor.productivity)
    own += row.share * buyer_cooperation(talk.need, row.share)
    own += 0.5 * params.reviews_learning_worth
    return row.cost_sum + vendor.outside - own + 0.5 * talk.need.first_best
