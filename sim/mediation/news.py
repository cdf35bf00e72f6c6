"""News a mediator carries (function `warn`): whose fault a problem is, what blame to expect, requests.

The vendor then decides whether it reports the problem or hides it (`sim/relationship/work/disclose.py`).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import UNIT_SD, disclosed_entry, noisy_reading, updated_belief
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import openness_to_mediator
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

    The mediator hears the vendor about fault, then the buyer about blame; the buyer knows its estimate of fault
    by then. `believed` and `fear` are the beliefs of both sides before; `place` is (key, need, month).
    """
    trust_v, openness_v = (
        talk.trust[VENDOR_IN_MEDIATOR].now,
        openness_to_mediator(talk, params, VENDOR),
    )
    trust_b, openness_b = (
        talk.trust[BUYER_IN_MEDIATOR].now,
        openness_to_mediator(talk, params, BUYER),
    )
    disclosure = disclosed_entry(fault, params.problems_fault, openness_v)
    believed, of_fault = fault_after_news(place, trust_b, believed, disclosure, talk.mediator)
    disclosure = disclosed_entry(believed, fear, openness_b)
    expected, of_blame = blame_after_news(place, trust_v, fear, disclosure, talk.mediator)
    return believed, expected, (of_fault, of_blame)


@rule
def fault_after_news(place, trust, believed, fault, mediator):
    """Return (P(fault) after a mediator carried the news, the mediator's estimate)."""
    key, need, month = place
    draws = uniforms(key, FAULT_ESTIMATE, need, month, mediator.number)
    estimate = noisy_reading(believed, fault, mediator.competence_vendor, UNIT_SD, normal(draws[0]))
    estimate = min(max(estimate + 0.5 * mediator.bias, 0.0), 1.0)
    return updated_belief(believed, estimate, trust), estimate


@rule
def blame_after_news(place, trust, fear, blame, mediator):
    """Return (share of blame a vendor expects after the mediator told it, the mediator's estimate)."""
    key, need, month = place
    draws = uniforms(key, BLAME_ESTIMATE, need, month, mediator.number)
    estimate = noisy_reading(fear, blame, mediator.competence_buyer, UNIT_SD, normal(draws[0]))
    estimate = min(max(estimate - 0.5 * mediator.bias, 0.0), 1.0)
    return updated_belief(fear, estimate, trust), estimate


@rule
def cooperation_after_request(talk, params, key, own):
    """Return the share of the need for its cooperation that a buyer sees once the mediator has asked for it.

    `own` is the share that it sees by itself; a mediator that knows nothing can only repeat that.
    """
    openness = openness_to_mediator(talk, params, VENDOR)
    luck = normal(uniforms(key, COOPERATION_ESTIMATE, talk.tie.pair, talk.tie.mediator, 0)[0])
    able, spread = talk.mediator.competence_vendor, (1.0 - own) * UNIT_SD
    estimate = noisy_reading(own, disclosed_entry(1.0, own, openness), able, spread, luck)
    seen = updated_belief(own, estimate, talk.trust[BUYER_IN_MEDIATOR].now)
    return min(max(seen, 0.0), 1.0)
