"""Opportunities that only a mediator sees, because it hears both sides (function `grow`; Burt 2004).

Each side decides itself what it invests in them (`sim/relationship/work/grow.py`).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import disclosed_entry, noisy_reading
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import joint_openness
from sim.state import BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

OPPORTUNITY_ESTIMATE = np.int64(Stream.OPPORTUNITY_ESTIMATE)


@rule
def visibility_of_opportunities(talk, params):
    """Return how well a mediator sees joint opportunities and is believed about them, 0 to 1."""
    trust = talk.trust
    sight = talk.mediator.competence_buyer * talk.mediator.competence_vendor
    sight *= joint_openness(talk, params)
    return sight * min(trust[BUYER_IN_MEDIATOR].now, trust[VENDOR_IN_MEDIATOR].now)


@rule
def estimate_size(talk, params, key, need_row, lead, about):
    """Return the mediator's estimate of a, the root of an opportunity's size, in √money.

    `about` is (a, its mean, its standard deviation) in the population; `lead.since` addresses the draw.
    """
    root, mean, sd = about
    openness = joint_openness(talk, params)
    able = 0.5 * (talk.mediator.competence_buyer + talk.mediator.competence_vendor)
    draws = uniforms(key, OPPORTUNITY_ESTIMATE, need_row, lead.since, talk.tie.mediator)
    return max(
        0.0,
        noisy_reading(
            mean, disclosed_entry(root, mean, openness), able, openness * sd, normal(draws[0])
        ),
    )


@rule
def judge_size_estimate(trust, estimate, root, weight):
    """Let trust in the mediator move by the relative error of its estimate, |â − a|/(â + a)."""
    off = abs(estimate - root) / (estimate + root)
    for direction in range(BUYER_IN_MEDIATOR, VENDOR_IN_MEDIATOR + 1):
        trust[direction].gain += weight * (1.0 - off)
        trust[direction].loss += weight * off
