"""What a mediator makes of what it is told: its estimates of both sides' tables and capability.

Each is the best linear estimate of a reader whose reliability is its competence about that side
(`reading` of `sim/bargain/disclosure.py`), with an error drawn once per mediator and pair.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed, reading
from sim.bargain.value import base_of, guessed_base
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
def capability_reading(prior, told, luck, talk, p):
    """Return the mediator's estimate of capability, kept in [0, 1]; it starts from what was said."""
    estimate = reading(prior, told, talk.mediator.competence_vendor, p.setup_sd_capability, luck)
    return min(max(estimate, 0.0), 1.0)


@rule
def estimate_entry(talk, s, key, where, h, prior):
    """Return the mediator's estimate of one entry of a side's table; `where` = (side, k, level).

    Its error is drawn once per (mediator, pair, side, issue, level), never per redraft.
    """
    side, k, level = where
    nth = level + MAX_LEVELS * talk.tie.mediator
    competence = competence_about(talk.mediator, side)
    u = uniforms(key, ESTIMATE, talk.tie.pair, 2 * k + side, nth)
    told = disclosed(talk.log.memo.own[side, k, level], s.average[side, k, level], h)
    return reading(prior, told, competence, h * s.sd[side, k, level], normal(u[0]))


@rule
def read_confidences(talk, s, key, t, month):
    """Write the mediator's estimates of both tables and return how open both sides are to it.

    Its prior about a side is what the other side already believes of it: without competence it
    can only mirror that.
    """
    h = (confidence(talk, s, BUYER), confidence(talk, s, VENDOR))
    for side in range(2):
        for k in range(s.issues):
            for level in range(s.count[k]):
                prior = talk.belief[1 - side, k, level]
                talk.log.memo.estimate[side, k, level] = estimate_entry(
                    talk, s, key, (side, k, level), h[side], prior
                )
    leak_confidences(talk, s, key, t, h, month)
    return h


@rule
def estimated_base(talk, s, key, side, h, shade):
    """Return the mediator's estimate of a side's claimed base.

    What is withheld for fear of exposure is filled with what the other side guesses; what is
    shaded for the stakes is shaded whoever listens.
    """
    prior = guessed_base(talk, s, 1 - side)
    told = h * base_of(talk, s, side) + (1.0 - h) * prior - shade
    spread = s.buyers_outside * s.buyers_outside_spread
    if side == VENDOR:
        spread = s.vendors_outside * s.vendors_outside_spread
    competence = competence_about(talk.mediator, side)
    nth = MAX_LEVELS * talk.tie.mediator
    luck = normal(uniforms(key, ESTIMATE, talk.tie.pair, 2 * MAX_ISSUES + side, nth)[0])
    return reading(prior, told, competence, h * abs(spread) / ROOT_3, luck)
