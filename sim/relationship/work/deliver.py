"""The deliver stage: effort, luck, what a month is worth, and what the buyer learns from it.

Measured performance a + ε, value θa + ε, effort a = sκ at cost a²/2κ (Holmström & Milgrom 1987;
Baker 1992); capability is delivered with its own month-to-month spread and learnt by the
normal–normal rule, under every regime.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.jit import hot, rule
from sim.luck import normal, uniforms
from sim.relationship.work.build_trust import routine_weight
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Stream

DELIVERY = np.int64(Stream.DELIVERY)
ROUNDING = 1e-9  # rounding is no breach of promise


class DeliveryLuck(NamedTuple):
    """Noise of a need's month."""

    performance: float  # ε, money
    capability: float  # η, share


@hot
def draw_delivery_luck(key, need, month, params):
    """Return the noise of a need's month."""
    draws = uniforms(key, DELIVERY, need, month, 0)
    performance, capability = (
        params.delivery_noise * normal(draws[0]),
        params.delivery_quality_noise * normal(draws[1]),
    )
    return DeliveryLuck(performance, capability)


@rule
def effort_cost(effort, productivity):
    """Return a²/2κ, 0 for a vendor whose effort cannot matter."""
    if productivity <= 0.0:
        return 0.0
    return effort * effort / (2.0 * productivity)


@rule
def felt_harm(need, vendor, harm):
    """Return by how much hidden problems make delivery look less capable, at most all of it.

    The buyer does not see the problem, but it sees what it gets.
    """
    if need.quality_worth <= 0.0:
        return 0.0
    return min(vendor.capability, harm / need.quality_worth)


@hot
def learn_capability(row, observed, params):
    """Move the buyer's expected capability towards what was delivered (normal–normal rule)."""
    weight = 1.0 / (params.delivery_prior_months + row.experience + 1.0)
    row.expected = min(max(row.expected + weight * (observed - row.expected), 0.0), 1.0)
    row.experience += 1.0


@hot
def learn_productivity(row, measured, params):
    """Move the buyer's belief about κ by a month's measured performance (Kalman gain)."""
    variance = params.delivery_noise * params.delivery_noise
    prior = row.productivity_variance
    precision = row.share * row.share * prior + variance
    if row.share <= 0.0 or prior <= 0.0 or precision <= 0.0:
        return
    gain = row.share * prior / precision
    row.expected_productivity += gain * (measured - row.share * row.expected_productivity)
    row.productivity_variance = prior * variance / precision


@hot
def delivery_shortfall(row, need, observed, params):
    """Return the money by which a month fell short of expectation, beyond what is forgiven."""
    slack = params.disputes_tolerance * params.delivery_quality_noise
    return need.quality_worth * max(0.0, row.expected - observed - slack)


@rule
def is_as_promised(row, observed, params):
    """Say whether a month was delivered as promised, within what is forgiven."""
    return (
        observed
        >= row.promised - params.disputes_tolerance * params.delivery_quality_noise - ROUNDING
    )


@hot
def witness_delivery(row, trust, observed, withheld, params):
    """Turn an ordinary month into evidence: delivered as promised, paid as agreed.

    `trust` holds the four rows of the tie; an estimate of the mediator is checked as well.
    """
    slack = params.disputes_tolerance * params.delivery_quality_noise
    weight = params.relationship_weight_routine
    if is_as_promised(row, observed, params):
        trust[BUYER_IN_VENDOR].gain += routine_weight(trust[BUYER_IN_VENDOR], params)
    else:
        trust[BUYER_IN_VENDOR].loss += weight
    if withheld <= 0.0:
        trust[VENDOR_IN_BUYER].gain += routine_weight(trust[VENDOR_IN_BUYER], params)
    if row.estimate >= 0.0:
        if abs(observed - row.estimate) <= slack + params.delivery_quality_noise + ROUNDING:
            trust[BUYER_IN_MEDIATOR].gain += routine_weight(trust[BUYER_IN_MEDIATOR], params)
        else:
            trust[BUYER_IN_MEDIATOR].loss += weight
