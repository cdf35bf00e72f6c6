"""What a pair could be worth and what its contract is worth, in today's needs and economy."""

from __future__ import annotations

from sim.bargain.talk_rows import sit_down
from sim.bargain.value import quality_premium
from sim.contract import (
    DURATION,
    GENERIC,
    best_levels,
    best_share,
    buyer_incentive,
    generic_sum,
    vendor_incentive,
)
from sim.jit import rule
from sim.relationship.work.cooperate import cooperation_of, effort_of, free_effort, work_value
from sim.words import Institution

PLANNER = int(Institution.PLANNER)


@rule
def appraise(talk, s):
    """Write a tie's first best and its parts, from the true tables in the scratch."""
    row, need, vendor, memo = talk.tie, talk.need, talk.vendor, talk.log.memo
    levels = memo.pack[0]
    best_levels(memo.truth, memo.own[1], s, levels)
    row.best_sum = generic_sum(s, memo.truth, levels) + generic_sum(s, memo.own[1], levels)
    row.best_share, row.best_incentive = pair_surplus_parts(need, vendor, s)
    quality = need.quality_worth * vendor.capability
    premium = quality_premium(need.quality_worth, need.risk, s)
    row.first_best = quality - premium - need.outside - vendor.outside
    row.first_best += row.best_sum + row.best_incentive
    row.first_best += s.reviews_learning_worth


@rule
def appraise_contract(talk, s):
    """Write what the agreed levels, and those best at signing, are truly worth today."""
    row, memo = talk.tie, talk.log.memo
    row.worth_sum = generic_sum(s, memo.truth, row.agreed)
    row.cost_sum = -generic_sum(s, memo.own[1], row.agreed)
    row.ideal_sum = generic_sum(s, memo.truth, row.ideal) + generic_sum(s, memo.own[1], row.ideal)


@rule
def is_changing(s):
    """Say whether what a pair could be worth changes over time, so that it is looked up anew."""
    outside = s.recession_rate + s.drift_rate + s.drift_strategy_rate + s.downstream_rate
    return outside > 0.0 or s.adaptation_every > 0


@rule
def remember_ideal(talk, s):
    """Write down which levels are truly best as a contract is signed (for the ledger alone)."""
    memo = talk.log.memo
    best_levels(memo.truth, memo.own[1], s, talk.tie.ideal)


@rule
def pair_surplus_parts(need, vendor, p):
    """Return s* and the incentive surplus it yields with θ = 1, full goodwill and attention."""
    variance = p.delivery_noise * p.delivery_noise
    given = free_effort(vendor.goodwill, vendor.regard, 1.0)
    others = (need.productivity, given, need.regard)
    share = best_share(1.0, vendor.productivity, need.risk, vendor.risk, variance, others)
    own = buyer_incentive(share, 1.0, vendor.productivity, need.risk, variance)
    own += vendor_incentive(share, vendor.productivity, vendor.risk, variance)
    effort, cooperation = effort_of(vendor, share, 1.0), cooperation_of(need, share)
    return share, own + work_value(share, 1.0, effort, cooperation, need, vendor, 0.0)


@rule
def reappraise(w, s, j, tie):
    """Appraise one tie of a need again, and its contract, after needs or the economy changed."""
    talk = sit_down(w, s, j, tie)
    appraise(talk, s)
    if talk.tie.contracts > 0:
        appraise_contract(talk, s)
    if tie == w.needs[j].best_tie:
        w.needs[j].first_best = talk.tie.first_best


@rule
def reappraise_need(w, s, j):
    """Appraise the ties of a need that its books look at: the current or last, and the best."""
    need = w.needs[j]
    reappraise(w, s, j, need.last)
    if need.best_tie >= 0 and need.best_tie != need.last:
        reappraise(w, s, j, need.best_tie)
    if s.institution == PLANNER and need.partner >= 0:
        planned = sit_down(w, s, j, need.partner)
        remember_ideal(planned, s)
        for k in range(s.issues):
            if s.kind[k] == GENERIC or s.kind[k] == DURATION:
                planned.tie.agreed[k] = planned.tie.ideal[k]
        appraise_contract(planned, s)
