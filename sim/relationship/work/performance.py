"""The measure of performance: θ is the cosine of true and agreed weights (Baker 2002).

Weights are counted in units of the usual measure, which weighs every dimension alike. Partners can
tell each other what matters to the buyer; a mediator (function `metrics`) proposes the weights it
believes in, and a wrong belief lowers θ. θ is a share from 0 to `delivery.alignment`.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed_entry, openness, updated_belief
from sim.bargain.log import note_event
from sim.contract import RISK_SHARE
from sim.jit import rule
from sim.mediation.weights import propose_weights
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER, VENDOR_IN_MEDIATOR
from sim.words import Event, Function, Institution

PARTNERSHIP, METRICS = int(Institution.PARTNERSHIP), 1 << int(Function.METRICS)
MEASURE_AGREED = np.int64(Event.MEASURE_AGREED)


@rule
def usual_alignment(need, params):
    """Return θ of the usual measure, which weighs every dimension alike."""
    dimensions = params.delivery_dimensions
    if dimensions < 2:
        return params.delivery_alignment
    total = 0.0
    for dimension in range(dimensions):
        total += need.weights[dimension]
    return measure_alignment(total, float(dimensions), params)


@rule
def measure_alignment(product, square, params):
    """Return θ from an agreed vector's product with the true weights and its squared length."""
    if square <= 0.0:
        return 0.0
    theta = params.delivery_alignment * product / math.sqrt(square)
    return min(max(theta, 0.0), params.delivery_alignment)


@rule
def agree_measure(talk, params, key, functions):
    """Set θ of the measure on the table, before the first offer of a talk.

    Writes `proposed_alignment` and `believed_alignment`, and the vendor's view of what effort is
    worth.
    """
    if params.delivery_dimensions < 2:
        return
    row = talk.tie
    usual = usual_alignment(talk.need, params)
    agreed = usual
    believes = talk.trust[VENDOR_IN_BUYER].now
    if params.institution == PARTNERSHIP:
        open_share = openness(talk.trust[BUYER_IN_VENDOR].now, talk.need.exposure, 0.0)
        agreed = alignment_if_told(talk.need, params, open_share, believes)
    elif functions & METRICS:
        believes = talk.trust[VENDOR_IN_MEDIATOR].now
        product, square = propose_weights(talk, params, key)
        agreed = measure_alignment(product, square, params)
    if agreed != row.proposed_alignment:
        revise_effort_worth(talk, params, believes * (agreed - row.believed_alignment))
        row.proposed_alignment, row.believed_alignment = agreed, agreed
        note_event(talk.log, talk.number, MEASURE_AGREED, usual, agreed, 0.0)


@rule
def revise_effort_worth(talk, params, change):
    """Let the vendor revise the worth of its effort to the buyer, θsκ, as θ changes."""
    for issue in range(params.issues):
        if params.kind[issue] == RISK_SHARE:
            for level in range(params.count[issue]):
                work = params.value[issue, level] * talk.vendor.productivity
                talk.belief[1, issue, level] += change * work


@rule
def alignment_if_told(need, params, open_share, trust):
    """Return θ if the buyer tells what matters to it and the vendor believes it, by trust."""
    unit = math.sqrt(float(params.delivery_dimensions))
    product, square = 0.0, 0.0
    for dimension in range(params.delivery_dimensions):
        weight = updated_belief(
            1.0, disclosed_entry(unit * need.weights[dimension], 1.0, open_share), trust
        )
        product += weight * need.weights[dimension]
        square += weight * weight
    return measure_alignment(product, square, params)
