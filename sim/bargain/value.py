"""What the package on the table is worth to each side, and what each thinks the other wants."""

from __future__ import annotations

import math

from sim.arithmetic import erf, exp
from sim.bargain.compromise import compromise, sees_contest
from sim.contract import (
    DURATION,
    GENERIC,
    RISK_SHARE,
    acting_level,
    acting_value,
    best_levels,
    buyer_incentive,
    is_empty,
    package_value,
)
from sim.jit import rule
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER

INVERSE_ROOT_2 = 1.0 / math.sqrt(2.0)
INVERSE_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)


@rule
def problem_cost(p):
    """Return what a vendor expects to spend per month on repairs told at once."""
    return p.problems_fix * p.problems_rate * p.problems_severity


@rule
def fallen(amount, share, recession):
    """Return an amount of calm times as it is today: in a recession it falls by a share of itself."""
    return amount - share * abs(amount) if recession else amount


@rule
def worth_now(recession, s):
    """Return the factor a recession leaves of what generic issues are worth; everybody knows it."""
    return 1.0 - s.recession_worth if recession else 1.0


@rule
def budget_now(need, memo, s):
    """Return the most a price may be to a buyer this month; 1e300 to one without a budget."""
    if need.budget <= 0.0:
        return 1e300
    return fallen(need.budget, s.recession_budget, memo.recession)


@rule
def unshared_risk(s, risk, cooperation):
    """Return the buyer's premium for delivery noise, less the gain from its own cooperation.

    Where a risk share is negotiated both are part of what its levels are worth.
    """
    for k in range(s.issues):
        if s.kind[k] == RISK_SHARE:
            return 0.0
    variance = s.delivery_noise * s.delivery_noise
    return -buyer_incentive(0.0, 1.0, 0.0, risk, variance) - 0.5 * cooperation


@rule
def quality_premium(worth, risk, p):
    """Return the buyer's risk premium for month-to-month spread of capability."""
    spread = worth * p.delivery_quality_noise
    return 0.5 * risk * spread * spread


@rule
def buyer_base(talk, s):
    """Return the buyer's value of a contract before its levels, over its outside option."""
    need = talk.need
    quality = need.quality_worth * talk.tie.expected
    premium = quality_premium(need.quality_worth, need.risk, s) + unshared_risk(
        s, need.risk, need.productivity
    )
    return quality - premium - need.outside


@rule
def vendor_base(talk, s):
    """Return the vendor's value of a contract before its levels, over its outside option."""
    return -talk.vendor.outside - problem_cost(s)


@rule
def guessed_base(talk, s, side):
    """Return what a side thinks the other's base is: population means, talk, and what is known."""
    row = talk.tie
    known = s.beliefs_known
    if side == 0:
        outside = fallen(s.vendors_outside, s.recession_outside, talk.log.memo.recession)
        guess = -outside - problem_cost(s)
        return (1.0 - known) * guess + known * vendor_base(talk, s) + row.shift_buyer
    quality = s.buyers_quality_worth * row.promised
    premium = quality_premium(s.buyers_quality_worth, s.buyers_risk_aversion, s)
    guess = (
        quality
        - premium
        - unshared_risk(s, s.buyers_risk_aversion, s.buyers_cooperation)
        - s.buyers_outside
    )
    return (1.0 - known) * guess + known * buyer_base(talk, s) + row.shift_vendor


@rule
def fill_own(talk, s):
    """Write what acting issues are worth to both sides, at this month's trust, into `own`."""
    row = talk.tie
    need, vendor = talk.need, talk.vendor
    trust_b = talk.trust[BUYER_IN_VENDOR].now
    trust_v = talk.trust[VENDOR_IN_BUYER].now
    theta, mean = row.proposed_alignment, s.buyers_cooperation
    buyer_sees = (need.risk, row.expected_productivity, theta, need.productivity)
    vendor_sees = (vendor.risk, vendor.productivity, theta, mean)
    for k in range(s.issues):
        for level in range(s.count[k]):
            if s.kind[k] != GENERIC and s.kind[k] != DURATION:
                at = s.value[k, level]
                talk.log.memo.own[0, k, level] = acting_value(
                    BUYER, s.kind[k], at, s, buyer_sees, trust_b
                )
                talk.log.memo.own[1, k, level] = acting_value(
                    VENDOR, s.kind[k], at, s, vendor_sees, trust_v
                )


@rule
def propose_levels(talk, s, side, out):
    """Write the package a side proposes: best for both on its beliefs, or where it sees a contest halfway."""
    if sees_contest(talk, s, side):
        compromise(talk, s, side, out)
    else:
        best_levels(talk.log.memo.own[side], talk.belief[side], s, out)
    include_something(s, out)


@rule
def best_package(table, other, s, out):
    """Write the package that maximises two tables."""
    best_levels(table, other, s, out)
    include_something(s, out)


@rule
def include_something(s, out):
    """Write the standard package instead of an empty one, which strangers never propose."""
    if s.beliefs_known < 1.0 and is_empty(out, s):
        for k in range(s.issues):
            if s.kind[k] == GENERIC:
                out[k] = s.standard[k]


@rule
def base_of(talk, s, side):
    """Return a side's own base."""
    if side == 0:
        return buyer_base(talk, s)
    return vendor_base(talk, s)


@rule
def believed_pie(talk, s, side, levels):
    """Return the joint surplus of a package as one side sees it."""
    own = package_value(base_of(talk, s, side), talk.log.memo.own[side], levels, s.issues)
    guess = guessed_base(talk, s, side)
    return own + package_value(guess, talk.belief[side], levels, s.issues)


@rule
def prospects(talk, s, side):
    """Return what a side expects the pair to gain a month, and for how many months they would sign.

    Writes the package it has in mind into its slot of `pack`.
    """
    scratch = talk.log.memo.pack[side]
    propose_levels(talk, s, side, scratch)
    mean = believed_pie(talk, s, side, scratch)
    gain, _ = expected_gain(mean, doubt(talk, s, side, scratch))
    return gain, months_of(scratch, s)


@rule
def months_of(levels, s):
    """Return the months a package runs."""
    months = acting_level(s, levels, DURATION)
    return months if months > 0.0 else float(s.negotiation_duration)


@rule
def chance_of_agreeing(row):
    """Return Laplace's rule of succession over the talks a pair has had, or was declined."""
    return (row.contracts + 1.0) / (row.talks + row.declined + 2.0)


@rule
def doubt(talk, s, side, levels):
    """Return the sd of a side's belief about the other's value of a package."""
    other = 1 - side
    spread = s.vendors_outside * s.vendors_outside_spread
    seen = talk.tie.seen_buyer
    if side == 1:
        spread = s.buyers_outside * s.buyers_outside_spread
        seen = talk.tie.seen_vendor
    variance = spread * spread / 3.0
    for k in range(s.issues):
        variance += s.sd[other, k, levels[k]] * s.sd[other, k, levels[k]]
    return (1.0 - s.beliefs_known) * math.sqrt(variance / (1.0 + seen))


@rule
def expected_gain(mean, sd):
    """Return E[max(0, X)] and E[X | X > 0] for X ~ N(mean, sd²)."""
    if sd <= 0.0:
        return max(0.0, mean), max(0.0, mean)
    z = mean / sd
    chance = 0.5 * (1.0 + erf(z * INVERSE_ROOT_2))
    gain = mean * chance + sd * INVERSE_ROOT_2_PI * exp(-0.5 * z * z)
    if chance < 1e-9 or gain <= 0.0:
        return 0.0, 0.0
    return gain, gain / chance
