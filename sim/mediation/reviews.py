"""What a mediator conveys between two sides that review a running contract (function `review`).

What one side knows reaches the other as far as it is disclosed, understood and believed, with the error of
such a reading. The mediator also conveys proposals to change the contract, and is judged by their outcome.
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
OCCASION = np.int64(1 << 20)  # address of luck, above those that `reading_errors` draws


@rule
def share_conveyed(talk, params, teller):
    """Return h c T, the share of a side's knowledge that is disclosed, understood and believed."""
    return share_believed(talk, params, teller) * competence_about(talk.mediator, teller)


@rule
def share_believed(talk, params, teller):
    """Return h T, the share of a side's knowledge that is disclosed to the mediator and believed by the other."""
    return (
        openness_to_mediator(talk, params, teller) * talk.trust[BUYER_IN_MEDIATOR + 1 - teller].now
    )


@rule
def mediated_channel(talk, params, teller):
    """Return (h w T, h T √(w(1 − w)v)): the share of a table that reaches the other side, and its blur.

    The weight w of a reading falls as the listener knows more (`weight_of_reading`); the blur is in
    standard deviations of the population.
    """
    believed = share_believed(talk, params, teller)
    weight, blur = reading_of_table(talk, params, teller)
    return believed * weight, believed * blur


@rule
def better_channel(direct, mediated):
    """Return (reach, blur relative to it) of the channel that conveys more; `mediated` is such a pair."""
    if mediated[0] > direct:
        return mediated[0], mediated[1] / mediated[0]
    return direct, 0.0


@rule
def reading_errors(talk, key, teller, issue, level):
    """Return two standard normal errors, drawn once for each mediator, pair, side, issue and level."""
    nth = level + MAX_LEVELS * talk.tie.mediator
    draws = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, 2 * issue + teller, nth)
    return normal(draws[0]), normal(draws[1])


@rule
def carries_proposal(talk, params, key, month, side):
    """Return whether a mediator conveys a side's proposal to change the running contract.

    The probability is h c T: the mediator must be told, understand and be believed to see the occasion.
    """
    draws = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, month, OCCASION + talk.tie.mediator)
    return draws[side] < share_conveyed(talk, params, side)


@rule
def judge_carrier(talk, weight, side, refused):
    """Let trust in the mediator move by a proposal it conveyed: up if it fits, down if it wasted time."""
    if refused:
        talk.trust[BUYER_IN_MEDIATOR + 1 - side].loss += weight
        return
    talk.trust[BUYER_IN_MEDIATOR].gain += weight
    talk.trust[VENDOR_IN_MEDIATOR].gain += weight
