"""Who there is in a world: needs, vendors, who may meet whom, and first beliefs."""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import first_beliefs
from sim.bargain.seat import sit_down
from sim.bargain.value import quality_premium
from sim.contract import best_levels, generic_sum
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.account import pair_surplus_parts
from sim.relationship.remember import directions, start_trust
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR
from sim.words import Stream

WORTH, COST, OF_BUYER, OF_VENDOR, CANDIDATE, CONDUCT = (
    np.int64(Stream.WORTH),
    np.int64(Stream.COST),
    np.int64(Stream.BUYER),
    np.int64(Stream.VENDOR),
    np.int64(Stream.CANDIDATE),
    np.int64(Stream.CONDUCT),
)
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
def draw_table(s, key, side, who, out):
    """Write one party's own table: each step to the next level is drawn around its mean.

    So a level that is worth more to the population on average is worth more to everybody.
    """
    stream = WORTH if side == 0 else COST
    for k in range(s.issues):
        before, total = 0.0, 0.0
        for level in range(s.count[k]):
            u = uniforms(key, stream, who, k, level)[0]
            mean = s.average[side, k, level]
            total += around(mean - before, s.spread[side, k], u)
            before = mean
            out[k, level] = total


@rule
def draw_vendor(w, s, key, i):
    """Draw vendor i."""
    row = w.vendors[i]
    u = uniforms(key, OF_VENDOR, i, 0, 0)
    row.outside = around(s.vendors_outside, s.vendors_outside_spread, u[0])
    row.risk = around(s.vendors_risk_aversion, s.vendors_risk_aversion_spread, u[1])
    row.productivity = around(s.vendors_productivity, s.vendors_productivity_spread, u[2])
    spread = s.vendors_capability_spread * (2.0 * u[3] - 1.0)
    row.capability = min(max(s.vendors_capability + spread, 0.0), 1.0)
    row.strategy = pick(s.mixture[1], uniforms(key, CONDUCT, i, 1, 0)[0])
    draw_table(s, key, VENDOR, i, w.vendor_table[i])


@rule
def draw_need(w, s, key, j):
    """Draw need j."""
    row = w.needs[j]
    u = uniforms(key, OF_BUYER, j, 0, 0)
    row.outside = around(s.buyers_outside, s.buyers_outside_spread, u[0])
    row.risk = around(s.buyers_risk_aversion, s.buyers_risk_aversion_spread, u[1])
    row.quality_worth = around(s.buyers_quality_worth, s.buyers_quality_worth_spread, u[2])
    row.strategy = pick(s.mixture[0], uniforms(key, CONDUCT, j, 0, 0)[0])
    row.partner, row.best_tie, row.talked = -1, -1, -1
    draw_table(s, key, BUYER, j, w.table[j])


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
    row, need, vendor, memo = talk.tie, talk.need, talk.vendor, talk.log.memo
    levels = memo.pack[0]
    best_levels(memo.own[0], memo.own[1], s, levels)
    cost = -generic_sum(s, memo.own[1], levels)
    row.best_sum = generic_sum(s, memo.own[0], levels) - cost
    row.best_share, row.best_incentive = pair_surplus_parts(need, vendor, s)
    quality = need.quality_worth * vendor.capability
    premium = quality_premium(need.quality_worth, need.risk, s)
    row.first_best = quality - premium - need.outside - vendor.outside
    row.first_best += row.best_sum + row.best_incentive
    row.claim = vendor.capability + s.vendors_oversell * (1.0 - vendor.capability)
    row.promised = row.claim
    row.estimate = -1.0
    for direction in range(directions(s)):
        start_trust(talk.trust[direction], direction, s)
    trust, known = talk.trust[BUYER_IN_VENDOR].now, s.beliefs_known
    stranger = trust * row.claim + (1.0 - trust) * s.vendors_capability
    row.expected = (1.0 - known) * stranger + known * vendor.capability
    mean = s.vendors_productivity
    row.expected_productivity = (1.0 - known) * mean + known * vendor.productivity
    sd = (1.0 - known) * mean * s.vendors_productivity_spread
    row.productivity_variance = sd * sd / 3.0
    first_beliefs(talk, s)


@rule
def populate(w, s, key, candidates):
    """Draw a whole world into the (zeroed) arrays of `w`."""
    w.memo[0].world = key[1]
    w.memo[0].candidates = candidates
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
            meet(sit_down(w, s, j, tie), s)
            if row.first_best > need.first_best:
                need.first_best = row.first_best
                need.best_tie = tie
