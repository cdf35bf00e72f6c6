"""Appraisal of a pair and of its contract, in today's needs and economy; money a month."""

from __future__ import annotations

from sim.bargain.talk_rows import gather_talk_with_tables
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
from sim.relationship.work.cooperate import (
    buyer_cooperation,
    free_effort_share,
    vendor_effort,
    work_value,
)
from sim.words import Institution

PLANNER = int(Institution.PLANNER)


@rule
def appraise_pair(talk, params):
    """Write a tie's first best and its parts from the true tables in the scratch; money a month.

    Writes `best_sum`, `best_share`, `best_incentive` and `first_best`: quality less its risk
    premium, less both outside options, plus the best levels, the best incentives and the worth of
    having learnt to work together.
    """
    row, need, vendor, memo = talk.tie, talk.need, talk.vendor, talk.log.memo
    levels = memo.pack[0]
    best_levels(memo.truth, memo.own[1], params, levels)
    row.best_sum = generic_sum(params, memo.truth, levels) + generic_sum(
        params, memo.own[1], levels
    )
    row.best_share, row.best_incentive = best_share_and_incentive(need, vendor, params)
    quality = need.quality_worth * vendor.capability
    premium = quality_premium(need.quality_worth, need.risk, params)
    row.first_best = quality - premium - need.outside - vendor.outside
    row.first_best += row.best_sum + row.best_incentive
    row.first_best += params.reviews_learning_worth


@rule
def appraise_contract(talk, params):
    """Write today's true worth of the agreed levels, and of those best at signing; money a month.

    Writes `worth_sum`, `cost_sum` and `ideal_sum`.
    """
    row, memo = talk.tie, talk.log.memo
    row.worth_sum = generic_sum(params, memo.truth, row.agreed)
    row.cost_sum = -generic_sum(params, memo.own[1], row.agreed)
    row.ideal_sum = generic_sum(params, memo.truth, row.ideal) + generic_sum(
        params, memo.own[1], row.ideal
    )


@rule
def can_worth_change(params):
    """Return whether the worth of a pair changes over time, so that it must be reappraised."""
    outside = (
        params.recession_rate
        + params.drift_rate
        + params.drift_strategy_rate
        + params.downstream_rate
    )
    return outside > 0.0 or params.adaptation_every > 0


@rule
def write_ideal_levels(talk, params):
    """Write the levels that are truly best as a contract is signed; only the ledger reads them.

    Writes `ideal`.
    """
    memo = talk.log.memo
    best_levels(memo.truth, memo.own[1], params, talk.tie.ideal)


@rule
def best_share_and_incentive(need, vendor, params):
    """Return the best risk share s* and the incentive surplus it yields; share, money a month.

    With aligned measures (θ = 1), full goodwill and full attention, as the planner has them.
    """
    variance = params.delivery_noise * params.delivery_noise
    given = free_effort_share(vendor.goodwill, vendor.regard, 1.0)
    others = (need.productivity, given, need.regard)
    share = best_share(1.0, vendor.productivity, need.risk, vendor.risk, variance, others)
    own = buyer_incentive(share, 1.0, vendor.productivity, need.risk, variance)
    own += vendor_incentive(share, vendor.productivity, vendor.risk, variance)
    effort, cooperation = vendor_effort(vendor, share, 1.0), buyer_cooperation(need, share)
    return share, own + work_value(share, 1.0, effort, cooperation, need, vendor, 0.0)


@rule
def reappraise_tie(world, params, need_row, tie):
    """Recompute the worth of a tie and its contract, after needs or the economy have changed."""
    talk = gather_talk_with_tables(world, params, need_row, tie)
    appraise_pair(talk, params)
    if talk.tie.contracts > 0:
        appraise_contract(talk, params)
    if tie == world.needs[need_row].best_tie:
        world.needs[need_row].first_best = talk.tie.first_best


@rule
def reappraise_need(world, params, need_row):
    """Appraise the ties that a need's books read: the current or last, and the best one.

    The planner also moves the running contract to the levels that are best now.
    """
    need = world.needs[need_row]
    reappraise_tie(world, params, need_row, need.last)
    if need.best_tie >= 0 and need.best_tie != need.last:
        reappraise_tie(world, params, need_row, need.best_tie)
    if params.institution == PLANNER and need.partner >= 0:
        planned = gather_talk_with_tables(world, params, need_row, need.partner)
        write_ideal_levels(planned, params)
        for issue in range(params.issues):
            if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
                planned.tie.agreed[issue] = planned.tie.ideal[issue]
        appraise_contract(planned, params)
