"""What a mediator carries between two sides that review a running contract (function `review`).

Through a mediator what one side knows reaches the other as far as it is told, read and believed, with
the error of such a reading. It also carries proposals to change the contract; of what comes of them it is judged.
"""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import competence_about, reading_of_table
from sim.records import MAX_LEVELS
from sim.state import BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

REVIEW_ESTIMATE = np.int64(Stream.REVIEW_ESTIMATE)
OCCASION = np.int64(1 << 20)  # beyond the numbers of the mediator's readings


@rule
def share_conveyed(talk, params, teller):
    """Return h c T, how much of a side's words is told, understood and believed."""
    return share_believed(talk, params, teller) * competence_about(talk.mediator, teller)


@rule
def share_believed(talk, params, teller):
    """Return h T, how much of what a side knows is told to the mediator and believed of it."""
    return (
        openness_to_mediator(talk, params, teller) * talk.trust[BUYER_IN_MEDIATOR + 1 - teller].now
    )


@rule
def mediated_channel(talk, params, teller):
    """Return (h w T, h T √(w(1 − w)v)): what of a table reaches the other side, and its blur.

    The weight w of a reading falls as the listener knows more (`weight_of_reading`); the blur is in
    standard deviations of the population.
    """
    believed = share_believed(talk, params, teller)
    weight, blur = reading_of_table(talk, params, teller)
    return believed * weight, believed * blur


@rule
def better_channel(direct, mediated):
    """Return (reach, blur relative to it) of the channel that carries more; `mediated` is a pair."""
    if mediated[0] > direct:
        return mediated[0], mediated[1] / mediated[0]
    return direct, 0.0


@rule
def reading_errors(talk, key, teller, k, level):
    """Return two standard normal errors, drawn once per mediator, pair, side, issue and step."""
    nth = level + MAX_LEVELS * talk.tie.mediator
    u = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, 2 * k + teller, nth)
    return normal(u[0]), normal(u[1])


@rule
def carries_proposal(talk, params, key, month, side):
    """Say whether a mediator carries a side's proposal to change the running contract.

    As often as it was told, understood and believed enough to see the occasion.
    """
    u = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, month, OCCASION + talk.tie.mediator)
    return u[side] < share_conveyed(talk, params, side)


@rule
def judge_carrier(talk, weight, side, refused):
    """Turn a proposal the mediator carried into evidence: it fits, or it wasted the other's time."""
    if refused:
        talk.trust[BUYER_IN_MEDIATOR + 1 - side].loss += weight
        return
    talk.trust[BUYER_IN_MEDIATOR].gain += weight
    talk.trust[VENDOR_IN_MEDIATOR].gain += weight
