"""What a mediator's note says about risk and protection (function `terms`).

The mediator proposes risk share, penalty and exit fee at its estimate of the joint optimum. Each side's own
valuation of these levels, and its belief about the other side's, move towards the mediator's estimate as far
as the side trusts it; the levels are then voted on like any others. The note can correct the buyer's wrong
belief about the vendor's productivity, on which s* depends (Holmström & Milgrom 1987), and the distrust that
makes sides ask for clauses which no expected loss justifies (Macaulay 1963).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_issue
from sim.bargain.disclosure import disclosed_entry, updated_belief
from sim.contract import RISK_SHARE, clause_value
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.estimates import ROOT_3, competence_about, weight_and_blur
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Stream

TERMS_ESTIMATE = np.int64(Stream.TERMS_ESTIMATE)


@rule
def propose_terms(talk, params, key, first):
    """Move the worth of acting issues in the eyes of both sides; return whether there is any such issue.

    Own valuations are computed for every talk, so the estimate is applied at every talk; beliefs about the
    other side move at the `first` note only.
    """
    row, found = talk.tie, False
    openness = (
        openness_to_mediator(talk, params, BUYER),
        openness_to_mediator(talk, params, VENDOR),
    )
    productivity = disclosed_entry(talk.vendor.productivity, row.expected_productivity, openness[1])
    for issue in range(params.issues):
        if params.kind[issue] >= RISK_SHARE:
            found = True
            for side in range(2):
                draws = uniforms(key, TERMS_ESTIMATE, row.pair, row.mediator, 2 * issue + side)
                luck = normal(draws[0])
                if first:
                    move_terms_belief(talk, params, (side, issue), openness[side], luck)
                move_own_valuation(talk, params, (side, issue), openness[side], productivity, luck)
    return found


@rule
def move_terms_belief(talk, params, where, openness, luck):
    """Move the other side's belief about the worth of one acting issue to a side; `where` is (side, issue).

    All levels share one error: the mediator misjudges a party, not a number.
    """
    side, issue = where
    reader = terms_reading(talk, params, where, openness)
    trust = talk.trust[BUYER_IN_MEDIATOR + 1 - side].now
    belief = talk.belief[1 - side, issue]
    disclosure, weight, _ = reader
    see_through_issue(talk, params, 1 - side, issue, disclosure * weight * trust)
    for level in range(params.count[issue]):
        calm = value_without_distrust(talk, params, where, level, talk.tie.expected_productivity)
        error = error_scale(talk, params, where, level, calm) * luck
        belief[level] = updated_belief(
            belief[level], estimate_from_reading(belief[level], calm, reader, error), trust
        )


@rule
def move_own_valuation(talk, params, where, openness, productivity, luck):
    """Move a side's own valuation of one acting issue, with the same error as `move_terms_belief`.

    A vendor knows its own productivity, so its valuation of the risk share does not move.
    """
    side, issue = where
    if side == VENDOR and params.kind[issue] == RISK_SHARE:
        return
    own, reader = talk.log.memo.own[side, issue], terms_reading(talk, params, where, openness)
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    for level in range(params.count[issue]):
        calm = value_without_distrust(talk, params, where, level, productivity)
        error = error_scale(talk, params, where, level, calm) * luck
        own[level] = updated_belief(
            own[level], estimate_from_reading(own[level], calm, reader, error), trust
        )


@rule
def terms_reading(talk, params, where, openness):
    """Return (h, weight, blur) of a reading of an acting issue; `where` is (side, issue).

    About the vendor's κ, deliveries have already taught part; about fear, nothing is known yet.
    """
    side, issue = where
    unknown = 1.0
    if params.kind[issue] == RISK_SHARE:
        spread = productivity_sd(params)
        unknown = talk.tie.productivity_variance / (spread * spread) if spread > 0.0 else 0.0
    weight, blur = weight_and_blur(competence_about(talk.mediator, side), unknown)
    return openness, weight, blur


@rule
def estimate_from_reading(prior, truth, reader, error):
    """Return an estimate in money a month; `reader` is (h, weight, blur), `error` the error at a blur of 1."""
    openness, weight, blur = reader
    return prior + openness * (weight * (truth - prior) + blur * error)


@rule
def productivity_sd(params):
    """Return the standard deviation of vendors' κ in the population, in money a month."""
    return abs(params.vendors_productivity) * params.vendors_productivity_spread / ROOT_3


@rule
def value_without_distrust(talk, params, where, level, productivity):
    """Return the worth of a level to a side without the exaggeration of distrust, in money a month.

    `productivity` is the vendor's κ as disclosed to the mediator; the vendor itself knows its own.
    """
    side, issue = where
    need, vendor = talk.need, talk.vendor
    sees = (need.risk, productivity, talk.tie.proposed_alignment, need.productivity)
    if side == VENDOR:
        sees = (
            vendor.risk, vendor.productivity, talk.tie.proposed_alignment, params.buyers_cooperation,
        )  # fmt: skip
    return clause_value(side, params.kind[issue], params.value[issue, level], params, sees, 1.0)


@rule
def error_scale(talk, params, where, level, calm):
    """Return by how much a misreading of one standard deviation moves the worth of a level, in money a month.

    For a risk share this is the standard deviation of vendors' κ times the worth of a unit of it to the side,
    with its sign, so that one misjudgement affects all levels alike; for a clause it is what fear adds.
    """
    side, issue = where
    if params.kind[issue] != RISK_SHARE:
        return calm - talk.log.memo.own[side, issue, level]
    share = params.value[issue, level]
    unit = 0.5 * share * share if side == VENDOR else (talk.tie.proposed_alignment - share) * share
    return unit * productivity_sd(params)
