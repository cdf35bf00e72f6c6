"""How a mediator proposes to measure performance (function `metrics`).

It proposes the weights that it believes matter to the buyer. A wrong belief lowers θ, which
`sim/relationship/work/performance.py` computes.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed_entry, noisy_reading, updated_belief
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import ROOT_3
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

WEIGHTS_ESTIMATE = np.int64(Stream.WEIGHTS_ESTIMATE)


@rule
def propose_weights(talk, params, key):
    """Return the product of the proposed weights with the true ones, and the squared length of the proposed ones.

    A mediator proposes its estimate, to which both must agree: the less trusting side decides how far the
    measure moves from the usual one, all weights equal to 1.
    """
    row, need = talk.tie, talk.need
    trust = min(talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now)
    openness, unit = (
        openness_to_mediator(talk, params, BUYER),
        math.sqrt(float(params.delivery_dimensions)),
    )
    spread = params.delivery_dimension_spread / ROOT_3
    product, square = 0.0, 0.0
    for dimension in range(params.delivery_dimensions):
        luck = normal(uniforms(key, WEIGHTS_ESTIMATE, row.pair, row.mediator, dimension)[0])
        disclosure = disclosed_entry(unit * need.weights[dimension], 1.0, openness)
        estimate = noisy_reading(
            1.0, disclosure, talk.mediator.competence_buyer, openness * spread, luck
        )
        weight = updated_belief(1.0, estimate, trust)
        product += weight * need.weights[dimension]
        square += weight * weight
    return product, square
