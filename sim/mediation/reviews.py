"""What a mediator carries between two sides that review a running contract (function `review`).

Through a mediator a share h c T of what one side knows reaches the other, with the error of a reading
of competence c. It also carries proposals to change the contract; of what comes of them it is judged.
"""

from __future__ import annotations

import math

import numpy as np

from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence
from sim.mediation.readings import competence_about
from sim.records import MAX_LEVELS
from sim.state import BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

REVIEW_ESTIMATE = np.int64(Stream.REVIEW_ESTIMATE)
OCCASION = np.int64(1 << 20)  # beyond the numbers of the mediator's readings


@rule
def in_confidence(talk, s, teller):
    """Return (h c T, h T √(c(1 − c))): what reaches the other through the mediator, and its blur.

    The blur is in standard deviations of the population: the error of a reading of reliability c.
    """
    competence = competence_about(talk.mediator, teller)
    believed = confidence(talk, s, teller) * talk.trust[BUYER_IN_MEDIATOR + 1 - teller].now
    return believed * competence, believed * math.sqrt(max(0.0, competence * (1.0 - competence)))


@rule
def better_of(direct, mediated):
    """Return (reach, blur relative to it) of the channel that carries more; `mediated` is a pair."""
    if mediated[0] > direct:
        return mediated[0], mediated[1] / mediated[0]
    return direct, 0.0


@rule
def luck_of_reading(talk, key, teller, k, level):
    """Return two standard normal errors, drawn once per mediator, pair, side, issue and level."""
    nth = level + MAX_LEVELS * talk.tie.mediator
    u = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, 2 * k + teller, nth)
    return normal(u[0]), normal(u[1])


@rule
def carries(talk, s, key, t, side):
    """Say whether a mediator carries a side's proposal to change the running contract.

    As often as it was told, understood and believed enough to see the occasion.
    """
    u = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, t, OCCASION + talk.tie.mediator)
    return u[side] < in_confidence(talk, s, side)[0]


@rule
def judge_carrier(talk, weight, side, refused):
    """Turn a proposal the mediator carried into evidence: it fits, or it wasted the other's time."""
    if refused:
        talk.trust[BUYER_IN_MEDIATOR + 1 - side].loss += weight
        return
    talk.trust[BUYER_IN_MEDIATOR].gain += weight
    talk.trust[VENDOR_IN_MEDIATOR].gain += weight
