"""Opportunities: who notices them, what both sides invest in them, and hold-up at renewal.

Partners notice what they could do together as far as they are open and know each other (Dyer &
Singh 1998), or a broker who hears both sees it (Burt 2004). An investment i opens a gross return V
= 2a√i; each side invests by the share of it that it expects, so a share s of the return yields s(2
− s) of the best gain a² (Grossman & Hart 1986; Hart & Moore 1990). What is built is specific: its
return ends with the tie, its rent does not. The less dependent side may then hold up the other,
unless the relationship enforces itself: the sum of temptations is at most δ'/(1 − δ') times the
joint gain over leaving (Levin 2003).
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import whole_power
from sim.bargain.disclosure import openness, updated_belief
from sim.bargain.log import note_event
from sim.bargain.value import believed_joint_surplus, current_budget
from sim.jit import hot, rule
from sim.luck import exponential, uniforms
from sim.mediation.leads import estimate_size, judge_size_estimate, visibility_of_opportunities
from sim.relationship.work.disclose import geometric_sum
from sim.state import (
    BUYER,
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    OPEN_LEADS,
    VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Event, Function, Institution, Stream

PLANNER, GROW = int(Institution.PLANNER), 1 << int(Function.GROW)
OPPORTUNITY = np.int64(Stream.OPPORTUNITY)
ARISEN, TAKEN, HELD_UP = (
    np.int64(Event.OPPORTUNITY_ARISEN),
    np.int64(Event.OPPORTUNITY_TAKEN),
    np.int64(Event.HELD_UP),
)
# a = √(a²) of an exponential a² of mean 1 has mean Γ(3/2) and variance 1 − π/4.
MEAN_ROOT, SD_ROOT = math.sqrt(math.pi) / 2.0, math.sqrt(1.0 - math.pi / 4.0)


@rule
def take_all_opportunities(talk, params):
    """Let the planner take every opportunity at its best: V = 2a², i = a²; money a month.

    The smaller rent is computed as what the larger leaves, so that both add up to a² to the last
    bit.
    """
    row, need = talk.tie, talk.need
    row.lore = 1.0
    active = need.partner >= 0 and need.first_best + need.potential > 0.0
    row.taken = need.potential if active else 0.0
    row.asset_gain = 2.0 * row.taken
    if params.growth_vendor_part > 0.5:
        row.rent_vendor = params.growth_vendor_part * row.taken
        row.rent_buyer = row.taken - row.rent_vendor
    else:
        row.rent_buyer = (1.0 - params.growth_vendor_part) * row.taken
        row.rent_vendor = row.taken - row.rent_buyer


@hot
def draw_opportunity(talk, params, key, need_row, month, leads, totals):
    """Fade a need's opportunities by a month, taken or not, and perhaps draw another.

    `talk` is the need's current or last tie, `leads` the need's rows of unnoticed opportunities.
    """
    fade_opportunities(talk.need, talk.tie, leads, 1.0 - params.growth_fade)
    draws = uniforms(key, OPPORTUNITY, need_row, month, 0)
    if draws[0] < params.growth_rate:
        fresh = (exponential(draws[1]) * params.growth_value, exponential(draws[2]))
        add_opportunity(talk, params, fresh, month, leads, totals)


@rule
def fade_opportunities(need, row, leads, kept):
    """Reduce the worth of a need's opportunities to the share `kept`; `row` is its last tie."""
    need.potential *= kept
    need.stranded *= kept
    row.taken *= kept
    row.asset_gain *= kept
    row.rent_buyer *= kept
    row.rent_vendor *= kept
    for slot in range(need.leads):
        lead = leads[slot]
        lead.gain *= kept


@rule
def add_opportunity(talk, params, fresh, month, leads, totals):
    """Add an opportunity that nobody has noticed.

    `fresh` is (best gain a month, threshold of hazard). If all rows are in use, the oldest is
    dropped. The planner takes it at once.
    """
    need, (gain, threshold) = talk.need, fresh
    need.potential += gain
    totals.opportunities_arisen += 1
    note_event(talk.log, talk.number, ARISEN, gain, 0.0, 0.0)
    if params.institution == PLANNER:
        totals.opportunities_taken += 1 if need.best_tie >= 0 else 0
        return
    if need.leads == OPEN_LEADS:
        drop_lead(need, leads, 0)
    lead = leads[need.leads]
    lead.gain, lead.threshold, lead.since = gain, threshold, month
    lead.hazard, lead.seen = 0.0, 0.0
    need.leads += 1


@rule
def drop_lead(need, leads, slot):
    """Take a lead off a need's list; the others keep their order of age."""
    need.leads -= 1
    for at in range(slot, need.leads):
        to, source = leads[at], leads[at + 1]
        to.gain, to.threshold, to.since = source.gain, source.threshold, source.since
        to.hazard, to.seen = source.hazard, source.seen


@hot
def pursue_opportunities(talk, params, key, need_row, month, leads, totals):
    """Invest in opportunities noticed by last month, look for more, and record mutual dependence.

    Adds to `opportunities_taken`, `mutual_dependence` and `asymmetry` of `totals`.
    """
    if talk.need.leads > 0:
        invest_in_noticed_leads(talk, params, key, need_row, month, leads, totals)
        look_for_leads(talk, params, leads)
    lost_b, lost_v = mutual_dependence(talk.tie, params)
    totals.dependence += lost_b + lost_v
    totals.asymmetry += abs(lost_b - lost_v)


@rule
def invest_in_noticed_leads(talk, params, key, need_row, month, leads, totals):
    """Let both sides invest in every lead they know of; it pays from this month on.

    A lead is noticed as soon as its accumulated hazard, with the mediator's if it has `pursue_opportunities`,
    reaches its threshold.
    """
    row, need, slot = talk.tie, talk.need, 0
    mediated = row.functions & GROW
    while slot < need.leads:
        lead = leads[slot]
        noticed = lead.hazard + (lead.seen if mediated else 0.0)
        if noticed < lead.threshold:
            slot += 1
            continue
        if lead.gain > 0.0:
            invest_in_lead(talk, params, key, need_row, month, lead)
            totals.opportunities_taken += 1
        drop_lead(need, leads, slot)


@rule
def look_for_leads(talk, params, leads):
    """Add a month of working together, and of a mediator's listening, to the hazard of leads."""
    row, need, trust = talk.tie, talk.need, talk.trust
    knowledge = row.experience / (row.experience + params.delivery_prior_months)
    knowledge *= openness(trust[BUYER_IN_VENDOR].now, need.exposure, 0.0)
    knowledge *= openness(trust[VENDOR_IN_BUYER].now, talk.vendor.exposure, 0.0)
    sight = visibility_of_opportunities(talk, params) if row.functions & GROW else 0.0
    for slot in range(need.leads):
        lead = leads[slot]
        lead.hazard += params.setup_lead_hazard * knowledge
        lead.seen += params.setup_lead_hazard * sight


@rule
def invest_in_lead(talk, params, key, need_row, month, lead):
    """Let each side invest what its expected share of the return makes worthwhile.

    a is counted in roots of the mean gain, so that money only scales. A lead that only the mediator
    has seen is sized by its estimate, as far as each side trusts it. Writes `taken`, `asset_gain`
    and both rents of the tie, money a month.
    """
    row, need, vendor, trust = talk.tie, talk.need, talk.vendor, talk.trust
    root, told = math.sqrt(lead.gain / params.growth_value), lead.hazard < lead.threshold
    seen_b, seen_v = root, root
    if told:  # only the mediator has seen it: the sides' prior is what fading has left of a draw
        left = math.sqrt(whole_power(1.0 - params.growth_fade, month - lead.since))
        mean = MEAN_ROOT * left
        estimate = estimate_size(talk, params, key, need_row, lead, (root, mean, SD_ROOT * left))
        seen_b = updated_belief(mean, estimate, trust[BUYER_IN_MEDIATOR].now)
        seen_v = updated_belief(mean, estimate, trust[VENDOR_IN_MEDIATOR].now)
        judge_size_estimate(trust, estimate, root, params.relationship_weight_candour)
    faith_b, faith_v = trust[BUYER_IN_VENDOR].now, trust[VENDOR_IN_BUYER].now
    share_b = expected_share(
        1.0 - params.growth_vendor_share, params.growth_holdup, faith_b, need.regard
    )
    share_v = expected_share(
        params.growth_vendor_share, params.growth_holdup, faith_v, vendor.regard
    )
    opened_b = (1.0 - params.growth_vendor_part) * params.growth_value
    opened_v = params.growth_vendor_part * params.growth_value
    rent_b = chosen_investment(opened_b, seen_b, share_b)
    rent_v = chosen_investment(opened_v, seen_v, share_v)
    gross = gross_return(opened_b, root, seen_b, share_b)
    gross += gross_return(opened_v, root, seen_v, share_v)
    row.taken += lead.gain
    row.asset_gain += gross
    row.rent_buyer += rent_b
    row.rent_vendor += rent_v
    note_event(talk.log, talk.number, TAKEN, gross, rent_b + rent_v, 1.0 if told else 0.0)


@rule
def expected_share(share, holdup, trust, regard):
    """Return the share of a return that moves a side to invest: own + regard (1 − own).

    own = σ(1 − h(1 − T)): its contractual share σ, less what it expects to lose to hold-up.
    """
    own = share * (1.0 - holdup * (1.0 - trust))
    return own + regard * (1.0 - own)


@rule
def chosen_investment(opened, believed, share):
    """Return i = (E â)², the rent of what a side invests; money a month.

    `opened` is the money that a = 1 stands for, â the root it believes in, E the expected share.
    """
    root = share * believed
    return opened * (root * root)


@rule
def gross_return(opened, root, believed, share):
    """Return V = 2a√i, the true gross return of that investment; money a month."""
    return 2.0 * opened * root * share * believed


@rule
def strand_assets(need, row):
    """Write off what was built with a tie that has ended: its return is gone, its rent stays."""
    need.stranded += row.rent_buyer + row.rent_vendor
    row.taken, row.asset_gain, row.rent_buyer, row.rent_vendor = 0.0, 0.0, 0.0, 0.0


@rule
def asset_return(row, params, side, months):
    """Return a side's return from a tie's assets over a contract of some months; money."""
    share = params.growth_vendor_share if side == VENDOR else 1.0 - params.growth_vendor_share
    return share * row.asset_gain * geometric_sum(1.0 - params.growth_fade, int(months))


@rule
def mutual_dependence(row, params):
    """Return the monthly loss of (buyer, vendor) if they left each other; money.

    Returns of assets, what has been learnt about working together, and for the buyer the cost of
    switching, spread over a contract.
    """
    lore = 0.5 * params.reviews_learning_worth * row.lore
    switching = params.market_switching_cost / float(params.negotiation_duration)
    lost_b = (1.0 - params.growth_vendor_share) * row.asset_gain + switching + lore
    return lost_b, params.growth_vendor_share * row.asset_gain + lore


@rule
def is_self_enforcing(temptations, gain, discount, exit_hazard):
    """Return whether cooperation holds without enforcement (Levin 2003).

    It does if the sum of both temptations is at most δ'/(1 − δ') × joint gain, δ' = δ(1 − exit);
    money per period of the relational contract.
    """
    kept = discount * (1.0 - exit_hazard)
    return (temptations[0] + temptations[1]) * (1.0 - kept) <= kept * gain


@rule
def hold_up(talk, params, totals):
    """Let the less dependent side of a contract just renewed move the price, if it pays.

    It could press for half the difference in dependence (the shift in the Nash bargain once both
    may leave), times how far that is expected to succeed. The period of the relational contract is
    the term just signed: δ is its discount, its exit hazard a break-up or no further renewal, the
    latter by Laplace's rule from what this tie has seen. The joint gain over leaving is what the
    tempted side believes, as far as it trusts the other. No buyer is pressed beyond its budget.
    Writes `price` and `margin`, money a month, and evidence against the side that held up.
    """
    row, need, vendor, memo = talk.tie, talk.need, talk.vendor, talk.log.memo
    lost_b, lost_v = mutual_dependence(row, params)
    shift = 0.5 * abs(lost_b - lost_v) * params.growth_holdup
    side, victim, trust = BUYER, VENDOR_IN_BUYER, talk.trust[BUYER_IN_VENDOR].now
    temptations = (shift * (1.0 - need.regard), 0.0)
    if lost_v < lost_b:
        side, victim, trust = VENDOR, BUYER_IN_VENDOR, talk.trust[VENDOR_IN_BUYER].now
        shift = min(shift, max(0.0, current_budget(need, memo, params) - row.price))
        temptations = (0.0, shift * (1.0 - vendor.regard))
    levels = memo.pack[side]
    for issue in range(params.issues):
        levels[issue] = row.agreed[issue]
    gain = trust * max(0.0, believed_joint_surplus(talk, params, side, levels) + lost_b + lost_v)
    months = row.months_left
    stays = whole_power(1.0 - params.protection_break_rate, months) * (row.renewals + 1.0)
    leaving = 1.0 - stays / (row.contracts + 1.0)
    if is_self_enforcing(
        temptations, gain, whole_power(params.relationship_discount, months), leaving
    ):
        return
    move = -shift if side == BUYER else shift
    row.price += move
    row.margin += move
    talk.trust[victim].loss += params.relationship_weight_conflict
    need.disrespect += 1
    row.unfair += 1 if side == BUYER else 0
    totals.held_up += 1
    note_event(talk.log, talk.number, HELD_UP, move, float(side), abs(lost_b - lost_v))
