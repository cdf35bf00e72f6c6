"""The deliver stage: effort, luck, the worth of a month, and what the buyer learns from it.

Measured performance a + ε, value θa + ε, effort a = sκ at cost a²/2κ (Holmström & Milgrom 1987;
Baker 1992). Capability is delivered with its own month-to-month spread and learnt by the
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
ROUNDING = 1e-9  # tolerance of comparisons of capabilities (shares): sums are rounded


class DeliveryLuck(NamedTuple):
    """Noise of a need's month, added to measured performance and to delivered capability."""

    performance: float  # ε, money
    capability: float  # η, share


@hot
def draw_delivery_luck(key, need, month, params):
    """Return the noise of a need's month: of measured performance (ε, money) and capability (η, share).

    Both are normal with mean 0 and the scenario's `delivery.noise` and `delivery.quality_noise` as
    standard deviations.
    """
    draws = uniforms(key, DELIVERY, need, month, 0)
    performance = params.delivery_noise * normal(draws[0])
    capability = params.delivery_quality_noise * normal(draws[1])
    return DeliveryLuck(performance, capability)


@rule
def effort_cost(effort, productivity):
    """Return a²/2κ, money a month; 0 for a vendor whose effort has no effect (κ = 0)."""
    if productivity <= 0.0:
        return 0.0
    return effort * effort / (2.0 * productivity)


@rule
def felt_harm(need, vendor, harm):
    """Return by how much hidden problems lower delivered capability; share, at most all of it.

    The buyer does not see the problem, but it sees the delivery. `harm` is money a month.
    """
    if need.quality_worth <= 0.0:
        return 0.0
    return min(vendor.capability, harm / need.quality_worth)


@hot
def learn_capability(row, observed, params):
    """Move the buyer's expected capability towards what was delivered (normal–normal rule).

    The prior counts as `delivery.prior_months` of experience. Writes `expected` and `experience`.
    """
    weight = 1.0 / (params.delivery_prior_months + row.experience + 1.0)
    row.expected = min(max(row.expected + weight * (observed - row.expected), 0.0), 1.0)
    row.experience += 1.0


@hot
def learn_productivity(row, measured, params):
    """Move the buyer's belief about κ by a month's measured performance (Kalman gain).

    Performance measures sκ with noise. Writes `expected_productivity` and `productivity_variance`.
    """
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
    """Return by how much a month fell short of expectation, beyond the tolerance; money.

    The tolerance is `disputes.tolerance` standard deviations of delivered capability.
    """
    slack = params.disputes_tolerance * params.delivery_quality_noise
    return need.quality_worth * max(0.0, row.expected - observed - slack)


@rule
def is_as_promised(row, observed, params):
    """Return whether a month was delivered as promised, within the tolerance of `delivery_shortfall`."""
    return (
        observed
        >= row.promised - params.disputes_tolerance * params.delivery_quality_noise - ROUNDING
    )


@hot
def witness_delivery(row, trust, observed, withheld, params):
    """Turn an ordinary month into evidence: delivered as promised, paid as agreed.

    `trust` holds the rows of the tie, `observed` is a capability, `withheld` money. A mediator's
    estimate of capability is checked against delivery as well. Writes `gain` and `loss` of `trust`.
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
