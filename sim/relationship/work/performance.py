"""What performance is measured by: θ is the cosine of true and agreed weights (Baker 2002).

Weights are counted in units of the usual measure, which weighs every dimension alike. Partners can
be told what matters to the buyer; a mediator (function `metrics`) proposes the weights it believes
in, and a wrong belief lowers θ.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed, moved, openness
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
    n = params.delivery_dimensions
    if n < 2:
        return params.delivery_alignment
    total = 0.0
    for d in range(n):
        total += need.weights[d]
    return alignment_of(total, float(n), params)


@rule
def alignment_of(product, square, params):
    """Return θ from an agreed vector's product with the true weights and its squared length."""
    if square <= 0.0:
        return 0.0
    theta = params.delivery_alignment * product / math.sqrt(square)
    return min(max(theta, 0.0), params.delivery_alignment)


@rule
def agree_measure(talk, params, key, functions):
    """Set θ of the measure on the table, before the first offer of a talk."""
    if params.delivery_dimensions < 2:
        return
    row = talk.tie
    usual = usual_alignment(talk.need, params)
    agreed = usual
    believes = talk.trust[VENDOR_IN_BUYER].now
    if params.institution == PARTNERSHIP:
        h = openness(talk.trust[BUYER_IN_VENDOR].now, talk.need.exposure, 0.0)
        agreed = measure_told(talk.need, params, h, believes)
    elif functions & METRICS:
        believes = talk.trust[VENDOR_IN_MEDIATOR].now
        product, square = propose_weights(talk, params, key)
        agreed = alignment_of(product, square, params)
    if agreed != row.proposed_alignment:
        rethink(talk, params, believes * (agreed - row.believed_alignment))
        row.proposed_alignment, row.believed_alignment = agreed, agreed
        note_event(talk.log, talk.number, MEASURE_AGREED, usual, agreed, 0.0)


@rule
def rethink(talk, params, change):
    """Let the vendor think again what its effort is worth to the buyer, θsκ, under another measure."""
    for k in range(params.issues):
        if params.kind[k] == RISK_SHARE:
            for level in range(params.count[k]):
                work = params.value[k, level] * talk.vendor.productivity
                talk.belief[1, k, level] += change * work


@rule
def measure_told(need, params, h, trust):
    """Return θ where the buyer says what matters to it and the vendor believes it as far as it may."""
    unit = math.sqrt(float(params.delivery_dimensions))
    product, square = 0.0, 0.0
    for d in range(params.delivery_dimensions):
        weight = moved(1.0, disclosed(unit * need.weights[d], 1.0, h), trust)
        product += weight * need.weights[d]
        square += weight * weight
    return alignment_of(product, square, params)
