"""Utility of the package on the table to each side, and each side's view of the other's.

All values are money a month over outside options. A *base* is the value of a contract before its
levels; a table adds the value of each level.
"""

from __future__ import annotations

import math

from sim.arithmetic import erf, exp
from sim.bargain.compromise import sees_contest, write_compromise
from sim.contract import (
    DURATION,
    GENERIC,
    RISK_SHARE,
    best_levels,
    buyer_incentive,
    clause_value,
    is_empty_package,
    package_value,
    value_of_kind,
)
from sim.jit import rule
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER

INVERSE_ROOT_2 = 1.0 / math.sqrt(2.0)
INVERSE_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)


@rule
def expected_repair_cost(params):
    """Return a vendor's expected cost of repairs of problems told at once; money a month."""
    return params.problems_fix * params.problems_rate * params.problems_severity


@rule
def reduced_in_recession(amount, share, recession):
    """Return an amount as it is today: in a recession it falls by a share of its size."""
    return amount - share * abs(amount) if recession else amount


@rule
def recession_worth_factor(recession, params):
    """Return the public factor of a recession on the worth of generic issues; 1 in calm."""
    return 1.0 - params.recession_worth if recession else 1.0


@rule
def current_budget(need, memo, params):
    """Return the highest price a buyer can pay this month; money a month.

    1e300, more than any price, for a buyer without a budget.
    """
    if need.budget <= 0.0:
        return 1e300
    return reduced_in_recession(need.budget, params.recession_budget, memo.recession)


@rule
def unshared_risk_cost(params, risk, cooperation):
    """Return the buyer's premium for delivery noise, less the gain from its own cooperation.

    Money a month; 0 if a risk share is negotiated, since both are then part of what its levels are
    worth.
    """
    for issue in range(params.issues):
        if params.kind[issue] == RISK_SHARE:
            return 0.0
    variance = params.delivery_noise * params.delivery_noise
    return -buyer_incentive(0.0, 1.0, 0.0, risk, variance) - 0.5 * cooperation


@rule
def quality_premium(worth, risk, params):
    """Return the buyer's risk premium for month-to-month spread of capability; money a month.

    ½ r (w σ_q)², w the worth of capability, by constant absolute risk aversion r.
    """
    spread = worth * params.delivery_quality_noise
    return 0.5 * risk * spread * spread


@rule
def buyer_base(talk, params):
    """Return the buyer's value of a contract before its levels, over its outside option."""
    need = talk.need
    quality = need.quality_worth * talk.tie.expected
    premium = quality_premium(need.quality_worth, need.risk, params) + unshared_risk_cost(
        params, need.risk, need.productivity
    )
    return quality - premium - need.outside


@rule
def vendor_base(talk, params):
    """Return the vendor's value of a contract before its levels, over its outside option."""
    return -talk.vendor.outside - expected_repair_cost(params)


@rule
def guessed_base(talk, params, side):
    """Return a side's guess of the other's base: population means, knowledge, and talks."""
    return base_before_talks(talk, params, side) + learnt_shift(talk.tie, side)


@rule
def learnt_shift(row, side):
    """Return by how much talks have moved a side's guess of the other's base; money a month."""
    return row.shift_buyer if side == 0 else row.shift_vendor


@rule
def base_before_talks(talk, params, side):
    """Return a side's guess of the other's base by population means and knowledge alone."""
    known = params.beliefs_known
    if side == 0:
        outside = reduced_in_recession(
            params.vendors_outside, params.recession_outside, talk.log.memo.recession
        )
        guess = -outside - expected_repair_cost(params)
        return (1.0 - known) * guess + known * vendor_base(talk, params)
    quality = params.buyers_quality_worth * talk.tie.promised
    premium = quality_premium(params.buyers_quality_worth, params.buyers_risk_aversion, params)
    guess = (
        quality
        - premium
        - unshared_risk_cost(params, params.buyers_risk_aversion, params.buyers_cooperation)
        - params.buyers_outside
    )
    return (1.0 - known) * guess + known * buyer_base(talk, params)


@rule
def fill_clause_values(talk, params):
    """Write the value of clauses and risk shares to both sides into `own`; money a month.

    At this month's trust, which decides how much protection is worth.
    """
    row = talk.tie
    need, vendor = talk.need, talk.vendor
    trust_b = talk.trust[BUYER_IN_VENDOR].now
    trust_v = talk.trust[VENDOR_IN_BUYER].now
    theta, mean = row.proposed_alignment, params.buyers_cooperation
    buyer_sees = (need.risk, row.expected_productivity, theta, need.productivity)
    vendor_sees = (vendor.risk, vendor.productivity, theta, mean)
    for issue in range(params.issues):
        if params.kind[issue] != GENERIC and params.kind[issue] != DURATION:
            for level in range(params.count[issue]):
                at = params.value[issue, level]
                talk.log.memo.own[0, issue, level] = clause_value(
                    BUYER, params.kind[issue], at, params, buyer_sees, trust_b
                )
                talk.log.memo.own[1, issue, level] = clause_value(
                    VENDOR, params.kind[issue], at, params, vendor_sees, trust_v
                )


@rule
def propose_levels(talk, params, side, out):
    """Write the package a side proposes into `out`, one level for each issue.

    It is the package that the side believes best for both together, or its compromise if it still
    sees contests.
    """
    if sees_contest(talk, params, side):
        write_compromise(talk, params, side, out)
    else:
        best_levels(talk.log.memo.own[side], talk.belief[side], params, out)
    replace_empty_package(params, out)


@rule
def write_best_package(table, other, params, out):
    """Write the package that maximises the sum of two tables into `out`."""
    best_levels(table, other, params, out)
    replace_empty_package(params, out)


@rule
def replace_empty_package(params, out):
    """Write the standard package instead of an empty one, which strangers never propose."""
    if params.beliefs_known < 1.0 and is_empty_package(out, params):
        for issue in range(params.issues):
            if params.kind[issue] == GENERIC:
                out[issue] = params.standard[issue]


@rule
def own_base(talk, params, side):
    """Return a side's own value of a contract before its levels; money a month."""
    if side == 0:
        return buyer_base(talk, params)
    return vendor_base(talk, params)


@rule
def believed_joint_surplus(talk, params, side, levels):
    """Return the joint surplus of a package as one side sees it; money a month."""
    own = package_value(
        own_base(talk, params, side), talk.log.memo.own[side], levels, params.issues
    )
    guess = guessed_base(talk, params, side)
    return own + package_value(guess, talk.belief[side], levels, params.issues)


@rule
def expected_surplus_and_term(talk, params, side):
    """Return (joint surplus a side expects, money a month; months it would sign for).

    Writes the package it has in mind into its slot of `pack`.
    """
    scratch = talk.log.memo.pack[side]
    propose_levels(talk, params, side, scratch)
    mean = believed_joint_surplus(talk, params, side, scratch)
    gain, _ = expected_gain(mean, belief_sd(talk, params, side, scratch))
    return gain, package_months(scratch, params)


@rule
def package_months(levels, params):
    """Return the months a package runs, as a float."""
    months = value_of_kind(params, levels, DURATION)
    return months if months > 0.0 else float(params.negotiation_duration)


@rule
def chance_of_agreeing(row):
    """Return the chance of agreeing, by Laplace's rule of succession over a pair's talks.

    Talks that the vendor declined count as talks without a contract.
    """
    return (row.contracts + 1.0) / (row.talks + row.declined + 2.0)


@rule
def belief_sd(talk, params, side, levels):
    """Return the standard deviation of a side's belief about the other's value of a package.

    Outside options are uniform, of half width `spread` (variance over 3). Offers seen divide the
    variance, as observations do.
    """
    other = 1 - side
    spread = params.vendors_outside * params.vendors_outside_spread
    seen = talk.tie.seen_buyer
    if side == 1:
        spread = params.buyers_outside * params.buyers_outside_spread
        seen = talk.tie.seen_vendor
    variance = spread * spread / 3.0
    for issue in range(params.issues):
        variance += params.sd[other, issue, levels[issue]] * params.sd[other, issue, levels[issue]]
    return (1.0 - params.beliefs_known) * math.sqrt(variance / (1.0 + seen))


@rule
def expected_gain(mean, sd):
    """Return E[max(0, X)] and E[X | X > 0] for X ~ N(mean, sd²)."""
    if sd <= 0.0:
        return max(0.0, mean), max(0.0, mean)
    z = mean / sd
    chance = 0.5 * (1.0 + erf(z * INVERSE_ROOT_2))
    gain = mean * chance + sd * INVERSE_ROOT_2_PI * exp(-0.5 * z * z)
    # The quotient of two numbers this small would be rounding; such a chance counts as none.
    if chance < 1e-9 or gain <= 0.0:
        return 0.0, 0.0
    return gain, gain / chance
