"""Who there is in a world: needs, vendors, who may meet whom, and first beliefs."""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.compromise import draws_contest
from sim.bargain.talk_rows import sit_down
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.appraise import appraise
from sim.relationship.meet.enter import draw_entry
from sim.relationship.work.build_trust import directions, start_trust
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
TRIES = 64


@rule
def around(mean, spread, u):
    """Return mean × (1 + spread × U[−1, 1])."""
    return mean * (1.0 + spread * (2.0 * u - 1.0))


@rule
def pick(cumulative, u):
    """Return the first class whose cumulative weight exceeds u."""
    for n in range(cumulative.shape[0]):
        if u < cumulative[n]:
            return n
    return cumulative.shape[0] - 1


@rule
def step_of_worth(s, k, level, mean, u):
    """Return what a step up to a level of an issue is worth to one need; `mean` to all of them."""
    step = around(mean, s.spread[BUYER, k], u[0])
    if level > 0 and s.range[k] > 0.0:
        step += s.range[k] * (2.0 * u[1] - 1.0)
    return step


@rule
def draw_table(s, key, side, who, out):
    """Write one party's own table: each step to the next level is drawn around its mean.

    So a level that is worth more to the population on average is worth more to everybody, unless an
    issue has a range: then needs also differ about which level they like.
    """
    stream = WORTH if side == 0 else COST
    for k in range(s.issues):
        before, total = 0.0, 0.0
        for level in range(s.count[k]):
            u = uniforms(key, stream, who, k, level)
            mean = s.average[side, k, level]
            if side == BUYER:
                total += step_of_worth(s, k, level, mean - before, u)
            else:
                total += around(mean - before, s.spread[side, k], u[0])
            before = mean
            out[k, level] = total


@rule
def take_up(row, conducts, number):
    """Give a buyer or vendor the traits of a type of conduct."""
    row.conduct = number
    row.exposure, row.regard = conducts[number, EXPOSURE], conducts[number, REGARD]


@rule
def take_up_buyer(row, conducts, number):
    """Give a buyer the traits of a type of conduct."""
    take_up(row, conducts, number)
    row.blame = conducts[number, BLAME]
    row.in_recession = int(conducts[number, IN_RECESSION])


@rule
def take_up_vendor(row, conducts, number):
    """Give a vendor the traits of a type of conduct."""
    take_up(row, conducts, number)
    row.oversell, row.goodwill = conducts[number, OVERSELL], conducts[number, GOODWILL]
    row.push, row.refusal = conducts[number, PUSH], conducts[number, REFUSAL]


@rule
def draw_weights(row, s, key, buyer):
    """Draw a buyer's weights on the dimensions of performance, a vector of unit length."""
    u = uniforms(key, WEIGHTS, buyer, 0, 0)
    total = 0.0
    for d in range(s.delivery_dimensions):
        row.weights[d] = 1.0 + s.delivery_dimension_spread * (2.0 * u[d] - 1.0)
        total += row.weights[d] * row.weights[d]
    for d in range(s.delivery_dimensions):
        row.weights[d] /= math.sqrt(total)


@rule
def draw_mediator(w, s, key, n):
    """Draw mediator n: able and fair as the scenario says, more or less."""
    row = w.mediators[n]
    row.number = n
    u = uniforms(key, MEDIATOR, n, 0, 0)
    spread = s.mediator_competence_spread * (2.0 * u[0] - 1.0)
    row.competence_buyer = min(max(s.mediator_competence_buyer + spread, 0.0), 1.0)
    row.competence_vendor = min(max(s.mediator_competence_vendor + spread, 0.0), 1.0)
    spread = s.mediator_bias_spread * (2.0 * u[1] - 1.0)
    row.bias = min(max(s.mediator_bias + spread, -1.0), 1.0)
    row.manner = pick(s.manner_mix, uniforms(key, STYLE, n, 0, 0)[0])
    row.announce = s.manner_announce[row.manner]
    row.deferential = s.manner_deferential[row.manner]


@rule
def draw_vendor(w, s, key, i):
    """Draw vendor i."""
    row = w.vendors[i]
    u = uniforms(key, OF_VENDOR, i, 0, 0)
    row.outside = around(s.vendors_outside, s.vendors_outside_spread, u[0])
    row.outside_calm = row.outside
    row.risk = around(s.vendors_risk_aversion, s.vendors_risk_aversion_spread, u[1])
    row.productivity = around(s.vendors_productivity, s.vendors_productivity_spread, u[2])
    spread = s.vendors_capability_spread * (2.0 * u[3] - 1.0)
    row.capability = min(max(s.vendors_capability + spread, 0.0), 1.0)
    v = uniforms(key, CONDUCT, i, 1, 0)
    row.strategy = pick(s.mixture[1], v[0])
    take_up_vendor(row, s.conducts[1], pick(s.conduct_mix[1], v[1]))
    row.contest = draws_contest(s, key, VENDOR, i)
    draw_table(s, key, VENDOR, i, w.vendor_table[i])


@rule
def draw_need(w, s, key, j):
    """Draw need j."""
    row = w.needs[j]
    buyer = j // s.market_needs_per_buyer
    u = uniforms(key, OF_BUYER, buyer, 0, 0)
    row.buyer_id = buyer
    row.outside = around(s.buyers_outside, s.buyers_outside_spread, u[0])
    row.risk = around(s.buyers_risk_aversion, s.buyers_risk_aversion_spread, u[1])
    row.quality_worth = around(s.buyers_quality_worth, s.buyers_quality_worth_spread, u[2])
    v = uniforms(key, CONDUCT, buyer, 0, 0)
    row.strategy = pick(s.mixture[0], v[0])
    take_up_buyer(row, s.conducts[0], pick(s.conduct_mix[0], v[1]))
    row.partner, row.best_tie, row.talked = -1, -1, -1
    row.demand, row.worth_factor = 1.0, 1.0
    means = uniforms(key, BUYER_MEANS, buyer, 0, 0)
    row.budget = around(s.buyers_budget, s.buyers_budget_spread, means[0])
    row.productivity = around(s.buyers_cooperation, s.buyers_cooperation_spread, means[1])
    draw_weights(row, s, key, buyer)
    row.contest = draws_contest(s, key, BUYER, buyer)
    draw_table(s, key, BUYER, j, w.table[j])
    for k in range(s.issues):
        for level in range(s.count[k]):
            w.noticed[j, k, level] = w.table[j, k, level]
    draw_entry(row, s, key, j)


@rule
def candidate(w, key, j, c, candidates):
    """Return candidate c of need j: its own number in dyads, else a draw without replacement."""
    vendors = w.vendors.shape[0]
    if candidates == 1:
        return j % vendors
    for attempt in range(TRIES):
        i = int(uniforms(key, CANDIDATE, j, c, attempt)[0] * vendors)
        if is_new(w, j, c, candidates, i):
            return i
    for i in range(vendors):
        if is_new(w, j, c, candidates, i):
            return i
    return 0


@rule
def is_new(w, j, c, candidates, i):
    """Say whether vendor i is not yet among the first c candidates of need j."""
    for tie in range(j * candidates, j * candidates + c):
        if w.ties[tie].vendor_id == i:
            return False
    return True


@rule
def meet(talk, s):
    """Set up a tie: what the pair could be worth, claims, first beliefs, first trust."""
    row, vendor = talk.tie, talk.vendor
    appraise(talk, s)
    row.claim = vendor.capability + vendor.oversell * (1.0 - vendor.capability)
    row.functions = s.mediator_functions if s.mediator_hiring == IMPOSED else 0
    row.proposed_alignment = usual_alignment(talk.need, s)
    guess, known = s.delivery_alignment, s.beliefs_known
    row.believed_alignment = (1.0 - known) * guess + known * row.proposed_alignment
    row.respect, row.collaboration, row.success = 0.5, 0.5, 0.5
    row.promised = row.claim
    row.estimate = -1.0
    trust, known = talk.trust[BUYER_IN_VENDOR].now, s.beliefs_known
    stranger = trust * row.claim + (1.0 - trust) * s.vendors_capability
    row.expected = (1.0 - known) * stranger + known * vendor.capability
    mean = s.vendors_productivity
    row.expected_productivity = (1.0 - known) * mean + known * vendor.productivity
    sd = (1.0 - known) * mean * s.vendors_productivity_spread
    row.productivity_variance = sd * sd / 3.0


@rule
def populate(w, s, key, candidates):
    """Draw a whole world into the (zeroed) arrays of `w`."""
    w.memo[0].world = key[1]
    w.memo[0].candidates = candidates
    for direction in range(directions(s)):
        start_trust(w.trust[STRANGERS, direction], direction, s)
    for n in range(w.mediators.shape[0]):
        draw_mediator(w, s, key, n)
    for i in range(w.vendors.shape[0]):
        draw_vendor(w, s, key, i)
    for j in range(w.needs.shape[0]):
        draw_need(w, s, key, j)
        need = w.needs[j]
        need.last = j * candidates
        for c in range(candidates):
            tie = j * candidates + c
            row = w.ties[tie]
            row.need = j
            row.vendor_id = candidate(w, key, j, c, candidates)
            row.pair = j * w.vendors.shape[0] + row.vendor_id
            row.score_buyer = -1.0  # nobody proposes before having looked
            meet(sit_down(w, s, j, tie), s)
            if exceeds(row.first_best, need.first_best):
                need.first_best = row.first_best
                need.best_tie = tie
