"""Worth and cost of contract terms to a side, as certainty equivalents in money a month.

Letters: s the risk share, κ the vendor's productivity, κ_b that of the buyer's cooperation, θ the
alignment of the measure with value, σ² the variance of delivery, r_b and r_v the sides' constant
absolute risk aversion, g_b and g_v the penalty and liability clauses.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds
from sim.jit import rule
from sim.words import IssueKind

# Typed: a literal 0 and a level from an array would compile `best_level` twice.
FIRST_LEVEL = np.int64(0)

GENERIC, DURATION = int(IssueKind.GENERIC), int(IssueKind.DURATION)
RISK_SHARE, PENALTY, LIABILITY = (
    int(IssueKind.RISK_SHARE),
    int(IssueKind.PENALTY),
    int(IssueKind.LIABILITY),
)


@rule
def vendor_incentive(share, productivity, risk, variance):
    """Return the vendor's certainty equivalent of risk share s: s²κ/2 − ½ r_v s²σ²; money a month.

    Its pay for performance less the cost of the effort sκ that it induces, less the risk premium
    (Holmström & Milgrom 1987).

    Example:

        >>> from sim.jit import plain
        >>> plain(vendor_incentive)(0.5, 40.0, 0.0, 0.0)
        5.0
    """
    return 0.5 * share * share * productivity - 0.5 * risk * share * share * variance


@rule
def buyer_incentive(share, alignment, productivity, risk, variance):
    """Return the buyer's certainty equivalent: (θ − s) s κ − ½ r_b (1 − s)²σ²; money a month.

    The value θsκ of the effort, less the pay s²κ for it, less the premium for the risk kept.
    """
    kept = 1.0 - share
    return (alignment - share) * share * productivity - 0.5 * risk * kept * kept * variance


@rule
def cooperation_gain(side, share, cooperation):
    """Return the gain of one side from the buyer's cooperation b = (1 − s)κ_b; money a month.

    Buyer ½(1 − s)²κ_b after its own cost, vendor s(1 − s)κ_b (Bhattacharyya & Lafontaine 1995).
    """
    kept = 1.0 - share
    if side == 0:
        return 0.5 * kept * kept * cooperation
    return share * kept * cooperation


@rule
def best_share(alignment, productivity, risk_buyer, risk_vendor, variance, others):
    """Return s*, the risk share of highest joint surplus; 0 if nothing is at stake.

    (θκ + r_b σ²) / (κ + (r_b + r_v) σ²) for one-sided effort (Holmström & Milgrom 1987). `others`
    is (κ_b, g, ω_b): productivity of the buyer's cooperation, share g of unpaid effort that a
    vendor gives freely, regard of the buyer; then s* = [(1−g)(θ−g)κ + r_b σ²] / [(1−g)²κ +
    (1−ω_b)²κ_b + (r_b + r_v) σ²], kept in [0, 1].
    """
    cooperation, given, regard = others
    own, kept = 1.0 - given, 1.0 - regard
    below = own * own * productivity + kept * kept * cooperation
    below += (risk_buyer + risk_vendor) * variance
    if below <= 0.0:
        return 0.0
    share = (own * (alignment - given) * productivity + risk_buyer * variance) / below
    return min(max(share, 0.0), 1.0)


@rule
def protection_cost(factor, deadweight):
    """Return the deadweight m(g) = ½ deadweight g² of one defensive clause; money a month.

    `factor` is the clause g, a multiple of the damage it covers.
    """
    return 0.5 * deadweight * factor * factor


@rule
def penalty_value(side, factor, params, trust):
    """Return the value of penalty g_b to a side: expected payments, less half of m; money a month.

    The buyer, whom it protects, weighs what it expects by 1 + fear (1 − T) + custom: a clause is
    asked for out of distrust, and because contracts have always had it (boilerplate: Kahan &
    Klausner 1997).
    """
    owed = params.problems_enforcement * params.problems_rate * params.problems_severity * factor
    half = 0.5 * protection_cost(factor, params.protection_deadweight)
    if side == 0:
        return owed * (1.0 + params.buyers_fear * (1.0 - trust) + params.buyers_custom) - half
    return -owed - half


@rule
def liability_value(side, factor, params, trust):
    """Return the value of exit fee g_v to a side; money a month.

    It protects the vendor as a penalty protects the buyer, see `penalty_value`.
    """
    owed = params.protection_break_rate * params.protection_exit_fee * factor
    half = 0.5 * protection_cost(factor, params.protection_deadweight)
    if side == 1:
        return owed * (1.0 + params.vendors_fear * (1.0 - trust) + params.vendors_custom) - half
    return -owed - half


@rule
def clause_value(side, kind, level_value, params, own, trust):
    """Return the value to a side of a level of a risk share, penalty or liability; money a month.

    `level_value` is the level's s, g_b or g_v. `own` is (CARA coefficient, κ, θ, κ_b) as that side
    sees them, `trust` is its trust in the other.
    """
    if kind == RISK_SHARE:
        risk, productivity, alignment, cooperation = own
        variance = params.delivery_noise * params.delivery_noise
        gain = cooperation_gain(side, level_value, cooperation)
        if side == 0:
            return gain + buyer_incentive(level_value, alignment, productivity, risk, variance)
        return gain + vendor_incentive(level_value, productivity, risk, variance)
    if kind == PENALTY:
        return penalty_value(side, level_value, params, trust)
    return liability_value(side, level_value, params, trust)


@rule
def package_value(base, table, levels, issues):
    """Return a base plus the table's entries at a package's levels; money a month.

    With a side's own base and table: its utility before price, the price at which it is
    indifferent.
    """
    total = base
    for issue in range(issues):
        total += table[issue, levels[issue]]
    return total


@rule
def best_level(table, other, issue, count, start):
    """Return the level of an issue at which the sum of two tables is highest.

    Both tables hold money a month by issue and level; `count` is the number of levels. Among equals
    `start` is preferred, then the lowest level.
    """
    top, most = start, table[issue, start] + other[issue, start]
    for level in range(count):
        total = table[issue, level] + other[issue, level]
        if exceeds(total, most):
            top, most = level, total
    return top


@rule
def best_levels(table, other, params, out):
    """Write the levels of the highest sum of two tables into `out`; the lower one among equals."""
    for issue in range(params.issues):
        out[issue] = best_level(table, other, issue, params.count[issue], FIRST_LEVEL)


@rule
def is_empty_package(levels, params):
    """Return whether a package includes no generic issue at all.

    Level 0 counts as not included if it is worth nothing to both populations.
    """
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC and (
            levels[issue] > 0
            or params.average[0, issue, 0] != 0.0
            or params.average[1, issue, 0] != 0.0
        ):
            return False
    return True


@rule
def value_of_kind(params, levels, wanted):
    """Return the agreed value (months, s, g_b or g_v) of the issue of a kind; -1 if there is none."""
    for issue in range(params.issues):
        if params.kind[issue] == wanted:
            return params.value[issue, levels[issue]]
    return -1.0


@rule
def generic_sum(params, table, levels):
    """Return a table's sum at the agreed levels, over generic issues and duration; money a month."""
    total = 0.0
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
            total += table[issue, levels[issue]]
    return total
