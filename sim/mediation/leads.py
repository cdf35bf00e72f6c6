"""Opportunities that only a mediator sees, because it hears both sides (function `grow`; Burt 2004).

What both sides then invest in them is their own choice (`sim/relationship/work/grow.py`).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import disclosed_entry, noisy_reading
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import heard_of_both
from sim.state import BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

OPPORTUNITY_ESTIMATE = np.int64(Stream.OPPORTUNITY_ESTIMATE)


@rule
def sight_of_both(talk, params):
    """Return how well a mediator sees what both sides could do together, as far as it is believed."""
    trust = talk.trust
    sight = talk.mediator.competence_buyer * talk.mediator.competence_vendor
    sight *= heard_of_both(talk, params)
    return sight * min(trust[BUYER_IN_MEDIATOR].now, trust[VENDOR_IN_MEDIATOR].now)


@rule
def sized(talk, params, key, need_row, lead, about):
    """Return the mediator's estimate of a; `about` is (a, its mean, its sd) in the population."""
    root, mean, sd = about
    h = heard_of_both(talk, params)
    able = 0.5 * (talk.mediator.competence_buyer + talk.mediator.competence_vendor)
    u = uniforms(key, OPPORTUNITY_ESTIMATE, need_row, lead.since, talk.tie.mediator)
    return max(0.0, noisy_reading(mean, disclosed_entry(root, mean, h), able, h * sd, normal(u[0])))


@rule
def witness_size(trust, estimate, root, weight):
    """Hold the mediator's estimate of an opportunity against what it turned out to be."""
    off = abs(estimate - root) / (estimate + root)
    for direction in range(BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR + 1):
        trust[direction].gain += weight * (1.0 - off)
        trust[direction].loss += weight * off
