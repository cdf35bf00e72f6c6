"""What a side thinks the other's table is: first beliefs, and what offers and drafts teach."""

from __future__ import annotations

import math

from sim.arithmetic import erfc, exp
from sim.bargain.value import INVERSE_ROOT_2, INVERSE_ROOT_2_PI, worth_now
from sim.contract import (
    DURATION,
    FIRST_LEVEL,
    GENERIC,
    acting_value,
    best_level,
    package_value,
)
from sim.jit import rule


@rule
def first_beliefs(talk, s):
    """Write both sides' first beliefs about a tie.

    Between the population mean and the fixed-pie error (the other loses what I gain; Thompson &
    Hastie 1990); `beliefs.known` mixes in the truth. That there is a recession, and what it does to
    the mean, everybody knows.
    """
    for side in range(2):
        scale = fixed_pie_scale(s, side)
        for k in range(s.issues):
            for level in range(s.count[k]):
                talk.belief[side, k, level] = first_guess(talk, s, side, scale, k, level)


@rule
def first_guess(talk, s, side, scale, k, level):
    """Return a side's first belief about one entry of the other's table; see `first_beliefs`."""
    other = 1 - side
    mean = s.average[other, k, level]
    guess = mean
    if s.kind[k] == GENERIC or s.kind[k] == DURATION:
        own = talk.log.memo.own[side, k, level]
        guess = (1.0 - s.beliefs_fixed_pie) * mean - s.beliefs_fixed_pie * scale * own
    if other == 0 and s.kind[k] == GENERIC:
        guess *= worth_now(talk.log.memo.recession, s)
    truth = true_entry(talk, s, other, k, level)
    return (1.0 - s.beliefs_known) * guess + s.beliefs_known * truth


@rule
def fixed_pie_scale(s, side):
    """Return the factor by which a fixed-pie thinker takes its own table for the other's loss.

    The population's stakes of the other side over those of its own; 0 where it has none to speak of.
    """
    own, other = 0.0, 0.0
    for k in range(s.issues):
        if s.kind[k] == GENERIC:
            most, least = 0.0, 0.0
            for level in range(s.count[k]):
                most = max(most, abs(s.average[side, k, level]))
                least = max(least, abs(s.average[1 - side, k, level]))
            own += most
            other += least
    return other / own if own > 1e-9 * other else 0.0


@rule
def true_entry(talk, s, side, k, level):
    """Return a side's own value of one level; clauses of protection at full trust."""
    vendor = talk.vendor
    if s.kind[k] == GENERIC or s.kind[k] == DURATION:
        return talk.log.memo.own[side, k, level]
    risk = talk.need.risk if side == 0 else vendor.risk
    cooperation = talk.need.productivity if side == 0 else s.buyers_cooperation
    own = (risk, vendor.productivity, talk.tie.proposed_alignment, cooperation)
    return acting_value(side, s.kind[k], s.value[k, level], s, own, 1.0)


@rule
def misses(talk, s, side):
    """Return how far the other side's beliefs, and the population mean, miss a side's table.

    Roots of summed squares over generic issues and duration: what talks have given away.
    """
    belief, mean = 0.0, 0.0
    for k in range(s.issues):
        if s.kind[k] == GENERIC or s.kind[k] == DURATION:
            for level in range(s.count[k]):
                own = talk.log.memo.own[side, k, level]
                if side == 0:
                    own = talk.log.memo.truth[k, level]
                missed = talk.belief[1 - side, k, level] - own
                belief += missed * missed
                missed = s.average[side, k, level] - own
                mean += missed * missed
    return math.sqrt(belief), math.sqrt(mean)


@rule
def learn_levels(talk, s, side, offered, rate, seen):
    """Correct a side's beliefs by one offer: the level named must be worth more than the expected.

    The believed difference between the two is normal with the population's spread; seeing that it
    is positive moves its mean to that of the truncated normal, `rate` of the way, which distrust
    shortens. Half goes to each level. Levels are sums of the same steps, so the spread of their
    difference is that of the steps between them.
    """
    belief, own, other = talk.belief[side], talk.log.memo.own[side], 1 - side
    for k in range(s.issues):
        top = best_level(belief, own, k, s.count[k], FIRST_LEVEL)
        named = offered[k]
        if named != top:
            gap = belief[k, top] + own[k, top] - belief[k, named] - own[k, named]
            upper, lower = s.sd[other, k, named], s.sd[other, k, top]
            variance = abs(upper * upper - lower * lower)
            shift = truncated_shift(gap, math.sqrt(variance / (1.0 + seen)))
            belief[k, named] += 0.5 * rate * shift
            belief[k, top] -= 0.5 * rate * shift


@rule
def truncated_shift(gap, sd):
    """Return how far the mean of N(−gap, sd²) moves on learning that the number is positive."""
    if sd <= 0.0 or gap > 6.0 * sd:
        return gap
    z = gap / sd
    density = exp(-0.5 * z * z) * INVERSE_ROOT_2_PI
    return sd * density / (0.5 * erfc(z * INVERSE_ROOT_2))


@rule
def learn_price(base, belief, s, offered, transfer, rate):
    """Return how far a believed base must rise so that the offer leaves the other no loss.

    `transfer` is the price as the other side receives it (minus the price for a buyer).
    """
    utility = package_value(base, belief, offered, s.issues) + transfer
    if utility >= 0.0:
        return 0.0
    return -rate * utility


@rule
def learn_from_offer(talk, s, side, base, offered, transfer, rate):
    """Let `side` learn from an offer of the other side; `base` is what it guesses of the other.

    Levels teach only where they differ from the other side's last offer: the same words said again
    are no news. A price always may.
    """
    row, said = talk.tie, talk.log.memo.said[1 - side]
    if is_news(said, offered, s):
        learn_levels(talk, s, side, offered, rate, row.seen_buyer if side == 0 else row.seen_vendor)
        if side == 0:
            row.seen_buyer += rate
        else:
            row.seen_vendor += rate
    rise = learn_price(base, talk.belief[side], s, offered, transfer, rate)
    if side == 0:
        row.shift_buyer += rise
    else:
        row.shift_vendor += rise


@rule
def is_news(said, offered, s):
    """Say whether levels differ from those said before, and remember them."""
    news = False
    for k in range(s.issues):
        if said[k] != offered[k]:
            said[k] = offered[k]
            news = True
    return news
