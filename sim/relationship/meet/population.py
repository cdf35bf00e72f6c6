"""The population of a world: needs, vendors, shortlists, and first beliefs.

All draws are addressed by identity, so that the same people are drawn under every regime.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.compromise import draw_contest
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.appraise import appraise_pair
from sim.relationship.meet.enter import draw_entry
from sim.relationship.work.build_trust import count_directions, set_initial_trust
from sim.relationship.work.performance import usual_alignment
from sim.state import (
    BLAME,
    BUYER,
    BUYER_IN_VENDOR,
    EXPOSURE,
    GOODWILL,
    IN_RECESSION,
    OVERSELL,
    PUSH,
    REFUSAL,
    REGARD,
    STRANGERS,
    VENDOR,
)  # fmt: skip
from sim.words import Hiring, Stream

STYLE = np.int64(Stream.STYLE)
BUYER_MEANS, WEIGHTS, MEDIATOR = (
    np.int64(Stream.BUYER_MEANS),
    np.int64(Stream.WEIGHTS),
    np.int64(Stream.MEDIATOR),
)
WORTH, COST, OF_BUYER, OF_VENDOR, CANDIDATE, CONDUCT = (
    np.int64(Stream.WORTH),
    np.int64(Stream.COST),
    np.int64(Stream.BUYER),
    np.int64(Stream.VENDOR),
    np.int64(Stream.CANDIDATE),
    np.int64(Stream.CONDUCT),
)
IMPOSED = int(Hiring.IMPOSED)
MOST_DRAWS = 64  # attempts to draw a new candidate before all vendors are searched in order


@rule
def draw_around(mean, spread, draw):
    """Return a value drawn around a mean: mean × (1 + spread × U[−1, 1]).

    `draw` is uniform in [0, 1); `spread` is relative.
    """
    return mean * (1.0 + spread * (2.0 * draw - 1.0))


@rule
def pick_class(cumulative, draw):
    """Return the first class whose cumulative weight exceeds a uniform number."""
    for n in range(cumulative.shape[0]):
        if draw < cumulative[n]:
            return n
    return cumulative.shape[0] - 1


@rule
def draw_step(params, issue, level, mean, draws):
    """Return a need's worth of one step up to a level of an issue; money a month.

    `mean` is its worth to the population. If the issue has a range, needs also differ in which
    level they like best.
    """
    step = draw_around(mean, params.spread[BUYER, issue], draws[0])
    if level > 0 and params.range[issue] > 0.0:
        step += params.range[issue] * (2.0 * draws[1] - 1.0)
    return step


@rule
def draw_table(params, key, side, who, out):
    """Write a party's own table `out` [issue, level], drawn step by step; money a month.

    Each step to the next level is drawn around its mean. So a level that is worth more to the
    population on average is worth more to everybody, unless an issue has a range. A vendor's
    entries are minus its costs.
    """
    stream = WORTH if side == 0 else COST
    for issue in range(params.issues):
        before, total = 0.0, 0.0
        for level in range(params.count[issue]):
            draws = uniforms(key, stream, who, issue, level)
            mean = params.average[side, issue, level]
            if side == BUYER:
                total += draw_step(params, issue, level, mean - before, draws)
            else:
                total += draw_around(mean - before, params.spread[side, issue], draws[0])
            before = mean
            out[issue, level] = total


@rule
def set_conduct(row, conducts, number):
    """Give a buyer or vendor the traits of a type of conduct that both sides have."""
    row.conduct = number
    row.exposure, row.regard = conducts[number, EXPOSURE], conducts[number, REGARD]


@rule
def set_buyer_conduct(row, conducts, number):
    """Give a buyer the traits of a type of conduct."""
    set_conduct(row, conducts, number)
    row.blame = conducts[number, BLAME]
    row.in_recession = int(conducts[number, IN_RECESSION])


@rule
def set_vendor_conduct(row, conducts, number):
    """Give a vendor the traits of a type of conduct."""
    set_conduct(row, conducts, number)
    row.oversell, row.goodwill = conducts[number, OVERSELL], conducts[number, GOODWILL]
    row.push, row.refusal = conducts[number, PUSH], conducts[number, REFUSAL]


@rule
def draw_weights(row, params, key, buyer):
    """Draw a buyer's weights on the dimensions of performance, a vector of unit length."""
    draws = uniforms(key, WEIGHTS, buyer, 0, 0)
    total = 0.0
    for dimension in range(params.delivery_dimensions):
        row.weights[dimension] = 1.0 + params.delivery_dimension_spread * (
            2.0 * draws[dimension] - 1.0
        )
        total += row.weights[dimension] * row.weights[dimension]
    for dimension in range(params.delivery_dimensions):
        row.weights[dimension] /= math.sqrt(total)


@rule
def draw_mediator(world, params, key, number):
    """Draw a mediator: competence, bias and styles around those of the scenario.

    Competences are shares from 0 to 1, bias runs from −1 (the vendor's advocate) to +1 (the
    buyer's).
    """
    row = world.mediators[number]
    row.number = number
    draws = uniforms(key, MEDIATOR, number, 0, 0)
    spread = params.mediator_competence_spread * (2.0 * draws[0] - 1.0)
    row.competence_buyer = min(max(params.mediator_competence_buyer + spread, 0.0), 1.0)
    row.competence_vendor = min(max(params.mediator_competence_vendor + spread, 0.0), 1.0)
    spread = params.mediator_bias_spread * (2.0 * draws[1] - 1.0)
    row.bias = min(max(params.mediator_bias + spread, -1.0), 1.0)
    row.manner = pick_class(params.manner_mix, uniforms(key, STYLE, number, 0, 0)[0])
    row.announce = params.manner_announce[row.manner]
    row.deferential = params.manner_deferential[row.manner]


@rule
def draw_vendor(world, params, key, vendor_id):
    """Draw a vendor: outside option, risk aversion, productivity, capability, conduct and table."""
    row = world.vendors[vendor_id]
    draws = uniforms(key, OF_VENDOR, vendor_id, 0, 0)
    row.outside = draw_around(params.vendors_outside, params.vendors_outside_spread, draws[0])
    row.outside_calm = row.outside
    row.risk = draw_around(
        params.vendors_risk_aversion, params.vendors_risk_aversion_spread, draws[1]
    )
    row.productivity = draw_around(
        params.vendors_productivity, params.vendors_productivity_spread, draws[2]
    )
    spread = params.vendors_capability_spread * (2.0 * draws[3] - 1.0)
    row.capability = min(max(params.vendors_capability + spread, 0.0), 1.0)
    conduct_draws = uniforms(key, CONDUCT, vendor_id, 1, 0)
    row.strategy = pick_class(params.mixture[1], conduct_draws[0])
    set_vendor_conduct(row, params.conducts[1], pick_class(params.conduct_mix[1], conduct_draws[1]))
    row.contest = draw_contest(params, key, VENDOR, vendor_id)
    draw_table(params, key, VENDOR, vendor_id, world.vendor_table[vendor_id])


@rule
def draw_need(world, params, key, need_row):
    """Draw a need: its own table and entry; everything else is its buyer's."""
    row = world.needs[need_row]
    buyer = need_row // params.market_needs_per_buyer
    draws = uniforms(key, OF_BUYER, buyer, 0, 0)
    row.buyer_id = buyer
    row.outside = draw_around(params.buyers_outside, params.buyers_outside_spread, draws[0])
    row.risk = draw_around(
        params.buyers_risk_aversion, params.buyers_risk_aversion_spread, draws[1]
    )
    row.quality_worth = draw_around(
        params.buyers_quality_worth, params.buyers_quality_worth_spread, draws[2]
    )
    conduct_draws = uniforms(key, CONDUCT, buyer, 0, 0)
    row.strategy = pick_class(params.mixture[0], conduct_draws[0])
    set_buyer_conduct(row, params.conducts[0], pick_class(params.conduct_mix[0], conduct_draws[1]))
    row.partner, row.best_tie, row.talked = -1, -1, -1
    row.demand, row.worth_factor = 1.0, 1.0
    means = uniforms(key, BUYER_MEANS, buyer, 0, 0)
    row.budget = draw_around(params.buyers_budget, params.buyers_budget_spread, means[0])
    row.productivity = draw_around(
        params.buyers_cooperation, params.buyers_cooperation_spread, means[1]
    )
    draw_weights(row, params, key, buyer)
    row.contest = draw_contest(params, key, BUYER, buyer)
    draw_table(params, key, BUYER, need_row, world.table[need_row])
    for issue in range(params.issues):
        for level in range(params.count[issue]):
            world.noticed[need_row, issue, level] = world.table[need_row, issue, level]
    draw_entry(row, params, key, need_row)


@rule
def draw_candidate(world, key, need_row, place, candidates):
    """Return a vendor for a place on a need's shortlist, drawn without replacement.

    With one candidate per need it is the vendor of the same number: dyads.
    """
    vendors = world.vendors.shape[0]
    if candidates == 1:
        return need_row % vendors
    for attempt in range(MOST_DRAWS):
        vendor_id = int(uniforms(key, CANDIDATE, need_row, place, attempt)[0] * vendors)
        if is_new_candidate(world, need_row, place, candidates, vendor_id):
            return vendor_id
    for vendor_id in range(vendors):
        if is_new_candidate(world, need_row, place, candidates, vendor_id):
            return vendor_id
    return 0


@rule
def is_new_candidate(world, need_row, place, candidates, vendor_id):
    """Return whether a vendor is not yet on the shortlist of a need before a place."""
    for tie in range(need_row * candidates, need_row * candidates + place):
        if world.ties[tie].vendor_id == vendor_id:
            return False
    return True


@rule
def set_up_tie(talk, params):
    """Set up a tie: first best, claim, first expectations and first trust.

    First expectations lie between the claim and the population's mean, as far as strangers are
    trusted; `beliefs.known` mixes in the truth. Variance of productivity is that of a uniform
    distribution, half its width squared over 3.
    """
    row, vendor = talk.tie, talk.vendor
    appraise_pair(talk, params)
    row.claim = vendor.capability + vendor.oversell * (1.0 - vendor.capability)
    row.functions = params.mediator_functions if params.mediator_hiring == IMPOSED else 0
    row.proposed_alignment = usual_alignment(talk.need, params)
    guess, known = params.delivery_alignment, params.beliefs_known
    row.believed_alignment = (1.0 - known) * guess + known * row.proposed_alignment
    row.respect, row.collaboration, row.success = 0.5, 0.5, 0.5  # neutral until months are scored
    row.promised = row.claim
    row.estimate = -1.0
    first_trust, known = talk.trust[BUYER_IN_VENDOR].now, params.beliefs_known
    stranger = first_trust * row.claim + (1.0 - first_trust) * params.vendors_capability
    row.expected = (1.0 - known) * stranger + known * vendor.capability
    mean = params.vendors_productivity
    row.expected_productivity = (1.0 - known) * mean + known * vendor.productivity
    sd = (1.0 - known) * mean * params.vendors_productivity_spread
    row.productivity_variance = sd * sd / 3.0


@rule
def populate(world, params, key, candidates):
    """Draw a whole world into the zeroed arrays of `world`; `key` is the pair (seed, world)."""
    world.memo[0].world = key[1]
    world.memo[0].candidates = candidates
    for direction in range(count_directions(params)):
        set_initial_trust(world.trust[STRANGERS, direction], direction, params)
    for n in range(world.mediators.shape[0]):
        draw_mediator(world, params, key, n)
    for i in range(world.vendors.shape[0]):
        draw_vendor(world, params, key, i)
    for j in range(world.needs.shape[0]):
        draw_need(world, params, key, j)
        need = world.needs[j]
        need.last = j * candidates
        for c in range(candidates):
            tie = j * candidates + c
            row = world.ties[tie]
            row.need = j
            row.vendor_id = draw_candidate(world, key, j, c, candidates)
            row.pair = j * world.vendors.shape[0] + row.vendor_id
            row.score_buyer = -1.0  # no choice until it has been scored
            set_up_tie(gather_talk_with_tables(world, params, j, tie), params)
            if exceeds(row.first_best, need.first_best):
                need.first_best = row.first_best
                need.best_tie = tie
