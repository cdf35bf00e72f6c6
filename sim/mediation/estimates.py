"""What a mediator makes of what it is told: its estimates of both sides' tables and capability.

Each is the best linear estimate of a reader whose reliability is its competence about that side
(Kelley 1947), for a prior that knows something already. Errors are drawn once per mediator and pair.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.beliefs import variance_between
from sim.bargain.value import guessed_base, own_base
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence, leak_confidences
from sim.records import MAX_ISSUES, MAX_LEVELS
from sim.state import BUYER, VENDOR
from sim.words import Stream

ESTIMATE = np.int64(Stream.ESTIMATE)
ROOT_3 = math.sqrt(3.0)


@rule
def competence_about(mediator, side):
    """Return how well a mediator reads a side."""
    return mediator.competence_buyer if side == BUYER else mediator.competence_vendor


@rule
def unknown_about(talk, params, side):
    """Return the share v of the population's variance that the other side does not know yet.

    Of a side's table, (1 − known)²/(1 + offers of it that were understood): the variance with which
    the other side bargains.
    """
    seen = talk.tie.seen_vendor if side == BUYER else talk.tie.seen_buyer
    left = 1.0 - params.beliefs_known
    return left * left / (1.0 + seen)


@rule
def weight_of_reading(competence, unknown):
    """Return w = c v/(c v + 1 − c), what a reading weighs beside a prior that leaves v unknown.

    A reading of reliability c, for one who knows the population alone, weighs c (Kelley 1947); the
    same words weigh less for one who knows more, and nothing for one who knows all.
    """
    signal = competence * unknown
    return signal / (signal + 1.0 - competence) if signal > 0.0 else 0.0


@rule
def weighed(competence, unknown):
    """Return (w, √(w (1 − w) v)): what a reading weighs, and its error in sds of the population."""
    weight = weight_of_reading(competence, unknown)
    return weight, math.sqrt(max(0.0, weight * (1.0 - weight) * unknown))


@rule
def reading_of_table(talk, params, side):
    """Return (weight, blur) of what a mediator reads of a side's table, beside the other's belief."""
    return weighed(competence_about(talk.mediator, side), unknown_about(talk, params, side))


@rule
def step_spread(params, side, k, level):
    """Return the sd in the population of the step up to a level from the one below it."""
    if level == 0:
        return params.sd[side, k, 0]
    return math.sqrt(variance_between(params, side, k, level, level - 1))


@rule
def capability_reading(prior, told, luck, talk, params):
    """Return the mediator's estimate of capability, kept in [0, 1]; it starts from what was said.

    Of n months of deliveries the prior knows: P/(P + n) of the population's variance is left.
    """
    months, left = params.delivery_prior_months, 1.0 - params.beliefs_known
    unknown = left * left * months / (months + talk.tie.experience)
    weight, blur = weighed(talk.mediator.competence_vendor, unknown)
    error = blur * params.setup_sd_capability * luck
    return min(max(prior + weight * (told - prior) + error, 0.0), 1.0)


@rule
def estimate_issue(talk, params, key, where, h):
    """Write the mediator's estimate of what the levels of an issue are worth to a side.

    `where` = (side, issue). What the mediator is not told it takes from the other side's belief. It
    errs about steps between levels, which is what a choice turns on, each error drawn once per
    (mediator, pair, side, issue, step) and carried to every level above, never drawn per redraft.
    """
    side, k = where
    weight, blur = reading_of_table(talk, params, side)
    blur, error = h * blur, 0.0
    for level in range(params.count[k]):
        if blur > 0.0:
            nth = level + MAX_LEVELS * talk.tie.mediator
            u = uniforms(key, ESTIMATE, talk.tie.pair, 2 * k + side, nth)
            error += blur * step_spread(params, side, k, level) * normal(u[0])
        prior, own = talk.belief[1 - side, k, level], talk.log.memo.own[side, k, level]
        talk.desk.estimate[side, k, level] = prior + h * weight * (own - prior) + error


@rule
def read_confidences(talk, params, key, month, new, totals):
    """Write the mediator's estimates of both tables and return how open both sides are to it.

    `new` are the sides (bits) that confide in it now. Its prior about a side is what the other side
    already believes of it: without competence, or of who is silent, it can only mirror that.
    """
    h = (
        confidence(talk, params, BUYER) if new & 1 else 0.0,
        confidence(talk, params, VENDOR) if new & 2 else 0.0,
    )
    for side in range(2):
        if new & (1 << side) or talk.desk.laid == 0:
            for k in range(params.issues):
                estimate_issue(talk, params, key, (side, k), h[side])
    leak_confidences(talk, params, key, month, (new, h), totals)
    return h


@rule
def estimated_base(talk, params, key, side, h, shade):
    """Return the mediator's estimate of a side's claimed base.

    What is withheld for fear of exposure is filled with what the other side guesses; what is
    shaded for the stakes is shaded whoever listens.
    """
    prior = guessed_base(talk, params, 1 - side)
    told = h * (own_base(talk, params, side) - prior) - shade
    spread = params.buyers_outside * params.buyers_outside_spread
    if side == VENDOR:
        spread = params.vendors_outside * params.vendors_outside_spread
    weight, blur = reading_of_table(talk, params, side)
    nth = MAX_LEVELS * talk.tie.mediator
    luck = normal(uniforms(key, ESTIMATE, talk.tie.pair, 2 * MAX_ISSUES + side, nth)[0])
    return prior + weight * told + h * blur * abs(spread) / ROOT_3 * luck
