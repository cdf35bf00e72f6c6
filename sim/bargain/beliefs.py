"""A side's beliefs about the other's table: first beliefs, and what offers and drafts teach.

Beliefs are worths of levels, [side that believes, issue, level], in money a month.
"""

from __future__ import annotations

import math

from sim.arithmetic import erfc, exceeds, exp
from sim.bargain.compromise import see_through_by_offer
from sim.bargain.value import INVERSE_ROOT_2, INVERSE_ROOT_2_PI, recession_worth_factor
from sim.contract import (
    DURATION,
    FIRST_LEVEL,
    GENERIC,
    clause_value,
    package_value,
)
from sim.jit import rule

AS_HEARD = -1.0  # in place of a share: use what the other side has heard, issue by issue


@rule
def set_first_beliefs(talk, params):
    """Write both sides' first beliefs about a tie; money a month.

    They lie between the population mean and the fixed-pie error (the other loses what I gain;
    Thompson & Hastie 1990); `beliefs.known` mixes in the truth. That there is a recession, and what
    it does to the mean, is public. Clauses start from the population's values.
    """
    known, pie = params.beliefs_known, params.beliefs_fixed_pie
    for side in range(2):
        scale, belief, own = params.mirror[side], talk.belief[side], talk.log.memo.own[side]
        mean = params.average[1 - side]
        for issue in range(params.issues):
            if known > 0.0:
                for level in range(params.count[issue]):
                    belief[issue, level] = first_guess(talk, params, side, scale, issue, level)
            elif params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
                now = public_worth_factor(talk, params, 1 - side, issue)
                for level in range(params.count[issue]):
                    guess = guess_from_own(mean[issue, level], own[issue, level], pie, scale)
                    belief[issue, level] = guess * now
            else:
                for level in range(params.count[issue]):
                    belief[issue, level] = mean[issue, level]


@rule
def guess_from_own(mean, own, pie, scale):
    """Return a guess between the population mean and, by the share `pie`, the mirrored own entry."""
    return (1.0 - pie) * mean - pie * scale * own


@rule
def public_worth_factor(talk, params, side, issue):
    """Return the factor of a recession on what an issue is publicly known to be worth to a side."""
    if side == 0 and params.kind[issue] == GENERIC:
        return recession_worth_factor(talk.log.memo.recession, params)
    return 1.0


@rule
def first_guess(talk, params, side, scale, issue, level):
    """Return a side's first belief about one entry of the other's table; money a month.

    See `set_first_beliefs`. `scale` turns a side's own table into the other's loss, see
    `fixed_pie_scale`.
    """
    other = 1 - side
    mean = params.average[other, issue, level]
    guess = mean
    if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
        own = talk.log.memo.own[side, issue, level]
        guess = guess_from_own(mean, own, params.beliefs_fixed_pie, scale)
    guess *= public_worth_factor(talk, params, other, issue)
    if params.beliefs_known <= 0.0:
        return guess
    truth = true_entry(talk, params, other, issue, level)
    return (1.0 - params.beliefs_known) * guess + params.beliefs_known * truth


@rule
def reduce_fixed_pie_error(talk, params, side, part):
    """Reduce what is left of the fixed-pie error in a side's first beliefs by a share `part`.

    The error is φ times the sum of the mean and the mirrored own table (`first_guess`). Writes
    `belief` and `taken_back`, the share reduced so far, so that the same words never reduce it by
    more than all.
    """
    other, scale, gone = 1 - side, params.mirror[side], talk.hearing.taken_back
    left = part * (1.0 - gone[side]) * (1.0 - params.beliefs_known) * params.beliefs_fixed_pie
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
            now = public_worth_factor(talk, params, other, issue)
            for level in range(params.count[issue]):
                error = (
                    params.average[other, issue, level]
                    + scale * talk.log.memo.own[side, issue, level]
                )
                talk.belief[side, issue, level] += left * now * error
    gone[side] += part * (1.0 - gone[side])


@rule
def fixed_pie_scale(params, side):
    """Return the factor by which a fixed-pie thinker takes its own table for the other's loss.

    The population's stakes of the other side divided by those of its own, over generic issues; 0 if
    its own are negligible (below 10⁻⁹ of the other's).
    """
    own, other = 0.0, 0.0
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            most, least = 0.0, 0.0
            for level in range(params.count[issue]):
                most = max(most, abs(params.average[side, issue, level]))
                least = max(least, abs(params.average[1 - side, issue, level]))
            own += most
            other += least
    return other / own if own > 1e-9 * other else 0.0


@rule
def true_entry(talk, params, side, issue, level):
    """Return a side's own value of one level; money a month; clauses are valued at full trust."""
    vendor = talk.vendor
    if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
        return talk.log.memo.own[side, issue, level]
    risk = talk.need.risk if side == 0 else vendor.risk
    cooperation = talk.need.productivity if side == 0 else params.buyers_cooperation
    own = (risk, vendor.productivity, talk.tie.proposed_alignment, cooperation)
    return clause_value(side, params.kind[issue], params.value[issue, level], params, own, 1.0)


@rule
def belief_errors(talk, params, side):
    """Return how far the other side's beliefs, and the population mean, miss a side's table.

    Each is a root of summed squares over generic issues and duration, in money a month. Their
    difference is what talks have given away.
    """
    belief, mean = 0.0, 0.0
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
            for level in range(params.count[issue]):
                own = talk.log.memo.own[side, issue, level]
                if side == 0:
                    own = talk.log.memo.truth[issue, level]
                missed = talk.belief[1 - side, issue, level] - own
                belief += missed * missed
                missed = params.average[side, issue, level] - own
                mean += missed * missed
    return math.sqrt(belief), math.sqrt(mean)


@rule
def entry_seen_by_other(talk, params, side, told, issue, level):
    """Return a side's own entry as seen by a listener who was told the share `told` of its table.

    The rest nobody but the side itself knows: listeners can only assume the population mean.
    """
    own, mean = talk.log.memo.own[side, issue, level], params.average[side, issue, level]
    mean *= public_worth_factor(talk, params, side, issue)
    share = (1.0 - params.beliefs_known) * told + params.beliefs_known
    return mean + share * (own - mean)


@rule
def expected_level(talk, params, side, told, issue, start):
    """Return the level of an issue a side expects the proposer to name; at a tie `start` stays.

    It is the level best for both, on the side's belief and on its own table as the proposer sees it.
    """
    belief = talk.belief[side]
    top = start
    most = belief[issue, start] + entry_seen_by_other(talk, params, side, told, issue, start)
    for level in range(params.count[issue]):
        total = belief[issue, level] + entry_seen_by_other(talk, params, side, told, issue, level)
        if exceeds(total, most):
            top = level
            most = total
    return top


@rule
def learn_from_levels(talk, params, side, offered, rate, seen, proposer):
    """Correct a side's beliefs by the levels of an offer, one by one; see `learn_from_level`."""
    for issue in range(params.issues):
        learn_from_level(talk, params, (side, issue, offered[issue]), rate, seen, proposer)


@rule
def learn_from_level(talk, params, where, rate, seen, proposer):
    """Correct a side's beliefs by one level: it must be worth more than the level expected.

    `where` is (side that learns, issue, level named). `proposer` is (share of the learner's table it
    was told, or AS_HEARD; its error about that table; reliability with which it speaks for the
    other side): a proposal can only reflect what the proposer knows.

    The believed difference between the two levels is normal with the population's spread; seeing
    that it is positive moves its mean to that of the truncated normal, `rate` of the way. `seen`
    offers divide the variance that is left, as observations do. If the table is known, nothing is
    left to learn. An error about the learner's table accounts for part of the surprise.
    """
    (side, issue, named), (told, error, reliability) = where, proposer
    other = 1 - side
    share = talk.hearing.heard[other, issue] if told == AS_HEARD else told
    top = expected_level(talk, params, side, share, issue, FIRST_LEVEL)
    if named == top:
        return
    gap = talk.belief[side, issue, top] + entry_seen_by_other(talk, params, side, share, issue, top)
    gap -= talk.belief[side, issue, named] + entry_seen_by_other(
        talk, params, side, share, issue, named
    )
    left = 1.0 - params.beliefs_known
    if left <= 0.0:
        return
    variance = variance_between(params, other, issue, named, top)
    news = reliability * (left * left) * variance / (1.0 + seen)
    blur = error * variance_between(params, side, issue, named, top)
    shift = truncated_shift(gap, math.sqrt(news + blur))
    if blur > 0.0:
        shift *= news / (news + blur)
    move_believed_levels(talk.belief[side], params, (other, issue), (named, top), rate * shift)


@rule
def variance_between(params, side, issue, one, two):
    """Return the population's variance of the difference between two levels of an issue; money².

    Levels are sums of the same independent steps, so it is the variance of the steps between them.
    """
    upper, lower = params.sd[side, issue, one], params.sd[side, issue, two]
    return abs(upper * upper - lower * lower)


@rule
def move_believed_levels(belief, params, where, levels, by):
    """Raise the believed worth of a named level over the expected one by an amount, step by step.

    `where` is (whose table, issue), `levels` is (named, expected), `by` is money a month. The steps
    between the two are corrected, each by its part of the variance, and a level moves by the steps
    it contains. If nothing varies between them, nothing says which was mistaken: half goes to each.
    """
    (other, issue), (named, top) = where, levels
    low, high = min(named, top), max(named, top)
    variance = variance_between(params, other, issue, low, high)
    if variance <= 0.0:
        belief[issue, named] += 0.5 * by
        belief[issue, top] -= 0.5 * by
        return
    signed = by if named > top else -by
    for level in range(low + 1, params.count[issue]):
        belief[issue, level] += signed * (
            variance_between(params, other, issue, low, min(level, high)) / variance
        )


@rule
def truncated_shift(gap, sd):
    """Return how far the mean of N(−gap, sd²) moves on learning that the number is positive.

    The mean of a normal truncated at 0 less that of the normal, in the unit of `gap`.
    """
    if sd <= 0.0 or gap > 6.0 * sd:  # beyond 6 sd the truncated mean is 0 to within 1/6 sd
        return gap
    z = gap / sd
    density = exp(-0.5 * z * z) * INVERSE_ROOT_2_PI
    return sd * density / (0.5 * erfc(z * INVERSE_ROOT_2))


@rule
def base_correction(base, belief, params, offered, transfer, rate):
    """Return how far a believed base must rise so that an offer leaves the other side no loss.

    `transfer` is the price as the other side receives it (minus the price for a buyer); money a
    month.
    """
    utility = package_value(base, belief, offered, params.issues) + transfer
    if utility >= 0.0:
        return 0.0
    return -rate * utility


@rule
def learn_from_offer(talk, params, side, base, offered, transfer, rate):
    """Let `side` learn from an offer of the other side; return whether its levels were news.

    `base` is its guess of the other's base. Levels are news only if they differ from those of the
    other side's last offer; a price always may be. Writes `belief`, `seen_…` (trusted offers) and `shift_…` (money a month).
    """
    row, last_levels = talk.tie, talk.log.memo.last_levels[1 - side]
    news = note_if_new(last_levels, offered, params)
    if news:
        seen = row.seen_buyer if side == 0 else row.seen_vendor
        learn_from_levels(talk, params, side, offered, rate, seen, (AS_HEARD, 0.0, 1.0))
        see_through_by_offer(talk, params, side, offered, rate)
        if side == 0:
            row.seen_buyer += rate
        else:
            row.seen_vendor += rate
    rise = base_correction(base, talk.belief[side], params, offered, transfer, rate)
    if side == 0:
        row.shift_buyer += rise
    else:
        row.shift_vendor += rise
    return news


@rule
def note_if_new(earlier, offered, params):
    """Return whether levels differ from those offered before, and remember them in `earlier`."""
    news = False
    for issue in range(params.issues):
        if earlier[issue] != offered[issue]:
            earlier[issue] = offered[issue]
            news = True
    return news
