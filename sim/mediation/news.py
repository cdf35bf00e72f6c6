"""News a mediator carries (function `warn`): whose fault a problem is, what blame to expect, requests.

Whether the vendor then tells the problem or hides it is its own choice
(`sim/relationship/work/disclose.py`).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import UNIT_SD, disclosed_entry, noisy_reading, updated_belief
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Stream

FAULT_ESTIMATE, BLAME_ESTIMATE, COOPERATION_ESTIMATE = (
    np.int64(Stream.FAULT_ESTIMATE),
    np.int64(Stream.BLAME_ESTIMATE),
    np.int64(Stream.COOPERATION_ESTIMATE),
)


@rule
def carry_news(talk, params, place, fault, believed, fear):
    """Return the buyer's P(fault), the blame the vendor expects, and the mediator's two estimates.

    It hears the vendor about fault, then the buyer, who knows its estimate of that, about blame.
    `believed` and `fear` are what both sides thought before; `place` is (key, need, month).
    """
    trust_v, h_v = talk.trust[VENDOR_IN_MEDIATOR].now, confidence(talk, params, VENDOR)
    trust_b, h_b = talk.trust[BUYER_IN_MEDIATOR].now, confidence(talk, params, BUYER)
    told = disclosed_entry(fault, params.problems_fault, h_v)
    believed, of_fault = mediated_fault(place, trust_b, believed, told, talk.mediator)
    told = disclosed_entry(believed, fear, h_b)
    expected, of_blame = mediated_blame(place, trust_v, fear, told, talk.mediator)
    return believed, expected, (of_fault, of_blame)


@rule
def mediated_fault(place, trust, believed, fault, mediator):
    """Return (P(fault) after a mediator carried the news, its estimate)."""
    key, need, t = place
    u = uniforms(key, FAULT_ESTIMATE, need, t, mediator.number)
    estimate = noisy_reading(believed, fault, mediator.competence_vendor, UNIT_SD, normal(u[0]))
    estimate = min(max(estimate + 0.5 * mediator.bias, 0.0), 1.0)
    return updated_belief(believed, estimate, trust), estimate


@rule
def mediated_blame(place, trust, fear, blame, mediator):
    """Return (the share of blame a vendor expects once the mediator told it, its estimate)."""
    key, need, t = place
    u = uniforms(key, BLAME_ESTIMATE, need, t, mediator.number)
    estimate = noisy_reading(fear, blame, mediator.competence_buyer, UNIT_SD, normal(u[0]))
    estimate = min(max(estimate - 0.5 * mediator.bias, 0.0), 1.0)
    return updated_belief(fear, estimate, trust), estimate


@rule
def cooperation_asked(talk, params, key, own):
    """Return what a buyer sees of the need for its cooperation once the mediator has asked for it.

    `own` is the share that it sees without: a mediator that knows nothing can only mirror that.
    """
    h = confidence(talk, params, VENDOR)
    luck = normal(uniforms(key, COOPERATION_ESTIMATE, talk.tie.pair, talk.tie.mediator, 0)[0])
    able, spread = talk.mediator.competence_vendor, (1.0 - own) * UNIT_SD
    estimate = noisy_reading(own, disclosed_entry(1.0, own, h), able, spread, luck)
    seen = updated_belief(own, estimate, talk.trust[BUYER_IN_MEDIATOR].now)
    return min(max(seen, 0.0), 1.0)
