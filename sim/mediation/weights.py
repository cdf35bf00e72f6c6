"""What a mediator proposes to measure performance by (function `metrics`).

It proposes the weights it believes matter to the buyer; a wrong belief lowers θ, which
`sim/relationship/work/performance.py` works out.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed_entry, noisy_reading, updated_belief
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence
from sim.mediation.estimates import ROOT_3
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

WEIGHTS_ESTIMATE = np.int64(Stream.WEIGHTS_ESTIMATE)


@rule
def weights_proposed(talk, params, key):
    """Return the product of the weights proposed with the true ones, and their squared length.

    A mediator proposes its estimate, which both must agree to: the less trusting side decides how
    far the measure moves from the usual one.
    """
    row, need = talk.tie, talk.need
    trust = min(talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now)
    h, unit = confidence(talk, params, BUYER), math.sqrt(float(params.delivery_dimensions))
    spread = params.delivery_dimension_spread / ROOT_3
    product, square = 0.0, 0.0
    for d in range(params.delivery_dimensions):
        luck = normal(uniforms(key, WEIGHTS_ESTIMATE, row.pair, row.mediator, d)[0])
        told = disclosed_entry(unit * need.weights[d], 1.0, h)
        estimate = noisy_reading(1.0, told, talk.mediator.competence_buyer, h * spread, luck)
        weight = updated_belief(1.0, estimate, trust)
        product += weight * need.weights[d]
        square += weight * weight
    return product, square
