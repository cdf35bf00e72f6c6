"""A mediator's estimates of both sides' tables and of capability, inferred from what sides confide.

Each is the best linear estimate of a reader whose reliability is its competence about that side
(Kelley 1947), for a prior that already knows part of the truth. Errors are drawn once for each mediator
and pair. The *blur* of a reading is the standard deviation of its error, in standard deviations of the
population.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.beliefs import variance_between
from sim.bargain.value import guessed_base, own_base
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import leak_confidences, openness_to_mediator
from sim.records import MAX_ISSUES, MAX_LEVELS
from sim.state import BUYER, VENDOR
from sim.words import Stream

ESTIMATE = np.int64(Stream.ESTIMATE)
ROOT_3 = math.sqrt(3.0)  # the sd of U[−a, a] is a/√3


@rule
def competence_about(mediator, side):
    """Return the mediator's competence about a side: the reliability of its readings, 0 to 1."""
    return mediator.competence_buyer if side == BUYER else mediator.competence_vendor


@rule
def unknown_variance(talk, params, side):
    """Return the share v of the population's variance that the other side does not know yet.

    For a side's table this is (1 − known)²/(1 + offers of it that were understood): the variance with which
    the other side bargains.
    """
    seen = talk.tie.seen_vendor if side == BUYER else talk.tie.seen_buyer
    left = 1.0 - params.beliefs_known
    return left * left / (1.0 + seen)


@rule
def weight_of_reading(competence, unknown):
    """Return w = c v/(c v + 1 − c), the weight of a reading against a prior that leaves v unknown.

    `competence` is c, `unknown` is v. A reader who knows only the population gives a reading of reliability c
    the weight c (Kelley 1947); a reader who knows more gives it less, and one who knows everything none.
    """
    signal = competence * unknown
    return signal / (signal + 1.0 - competence) if signal > 0.0 else 0.0


@rule
def weight_and_blur(competence, unknown):
    """Return (w, √(w (1 − w) v)): the weight of a reading and its blur."""
    weight = weight_of_reading(competence, unknown)
    return weight, math.sqrt(max(0.0, weight * (1.0 - weight) * unknown))


@rule
def reading_of_table(talk, params, side):
    """Return (weight, blur) of a mediator's reading of a side's table, against the other side's belief."""
    return weight_and_blur(
        competence_about(talk.mediator, side), unknown_variance(talk, params, side)
    )


@rule
def step_sd(params, side, issue, level):
    """Return the standard deviation in the population of the step up to a level, in money a month."""
    if level == 0:
        return params.sd[side, issue, 0]
    return math.sqrt(variance_between(params, side, issue, level, level - 1))


@rule
def estimate_capability(prior, disclosure, luck, talk, params):
    """Return a mediator's estimate of capability, in [0, 1], starting from the claim or expectation `prior`.

    After n months of deliveries the prior leaves P/(P + n) of the population's variance unknown, with P
    `delivery.prior_months`. `luck` is the standard normal error of this mediator and pair.
    """
    months, left = params.delivery_prior_months, 1.0 - params.beliefs_known
    unknown = left * left * months / (months + talk.tie.experience)
    weight, blur = weight_and_blur(talk.mediator.competence_vendor, unknown)
    error = blur * params.setup_sd_capability * luck
    return min(max(prior + weight * (disclosure - prior) + error, 0.0), 1.0)


@rule
def estimate_issue(talk, params, key, where, openness, reading):
    """Write a mediator's estimate of the worth of the levels of one issue to a side, in money a month.

    `where` is (side, issue), `openness` the side's h, `reading` what `reading_of_table` returns for the side.
    What the mediator is not told it takes from the other side's belief. Its errors are about steps between
    levels, on which a choice depends. Each is drawn once for (mediator, pair, side, issue, step) and carried
    to every level above, never drawn again for a redraft.
    Writes `desk.estimate`.
    """
    (side, issue), (weight, blur) = where, reading
    blur, error = openness * blur, 0.0
    for level in range(params.count[issue]):
        spread = step_sd(params, side, issue, level) if blur > 0.0 else 0.0
        if spread > 0.0:  # of a step that all agree on there is nothing to misread
            nth = level + MAX_LEVELS * talk.tie.mediator
            draws = uniforms(key, ESTIMATE, talk.tie.pair, 2 * issue + side, nth)
            error += blur * spread * normal(draws[0])
        prior, own = talk.belief[1 - side, issue, level], talk.log.memo.own[side, issue, level]
        talk.desk.estimate[side, issue, level] = prior + openness * weight * (own - prior) + error


@rule
def read_confidences(talk, params, key, month, new, totals):
    """Write a mediator's estimates of both tables; return the openness of both sides.

    `new` are the sides (bits) that confide now. The prior about a side is the other side's belief about it:
    without competence, or about a side that discloses nothing, the mediator can only repeat that belief.
    """
    openness = (
        openness_to_mediator(talk, params, BUYER) if new & 1 else 0.0,
        openness_to_mediator(talk, params, VENDOR) if new & 2 else 0.0,
    )
    for side in range(2):
        if new & (1 << side) or talk.desk.confided == 0:
            reading = reading_of_table(talk, params, side)
            for issue in range(params.issues):
                estimate_issue(talk, params, key, (side, issue), openness[side], reading)
    leak_confidences(talk, params, key, month, (new, openness), totals)
    return openness


@rule
def estimate_base(talk, params, key, side, openness, shade):
    """Return a mediator's estimate of a side's claimed base, in money a month.

    The base is the value of a contract before its levels. For the part that the side withholds, the estimate
    uses the other side's guess. Openness does not reduce `shade`, the strategic part of the claim.
    """
    prior = guessed_base(talk, params, 1 - side)
    disclosure = openness * (own_base(talk, params, side) - prior) - shade
    spread = params.buyers_outside * params.buyers_outside_spread
    if side == VENDOR:
        spread = params.vendors_outside * params.vendors_outside_spread
    weight, blur = reading_of_table(talk, params, side)
    nth = MAX_LEVELS * talk.tie.mediator
    luck = normal(uniforms(key, ESTIMATE, talk.tie.pair, 2 * MAX_ISSUES + side, nth)[0])
    return prior + weight * disclosure + openness * blur * abs(spread) / ROOT_3 * luck
