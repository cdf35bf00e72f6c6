"""What a mediator's note says of risk and protection (function `terms`).

It proposes risk share, penalty and exit fee at its estimate of the joint optimum: each side's own
valuation of these levels, and what it thinks they are worth to the other, move towards what the
mediator makes of them, as far as the side trusts it; the levels are voted on like any other. What
the note can put right is the buyer's mistaken idea of the vendor's productivity, on which s* depends
(Holmström & Milgrom 1987), and the distrust that makes sides ask for clauses no expected loss calls
for (Macaulay 1963).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_issue
from sim.bargain.disclosure import disclosed_entry, updated_belief
from sim.contract import RISK_SHARE, clause_value
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence
from sim.mediation.estimates import ROOT_3, competence_about, weighed
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Stream

TERMS_ESTIMATE = np.int64(Stream.TERMS_ESTIMATE)


@rule
def propose_terms(talk, params, key, first):
    """Move what acting issues are worth to both sides; say whether there is any such issue.

    Own valuations are worked out anew for every talk, so the estimate is applied at every talk;
    beliefs about the other side are moved by the `first` note only.
    """
    row, found = talk.tie, False
    h = (confidence(talk, params, BUYER), confidence(talk, params, VENDOR))
    productivity = disclosed_entry(talk.vendor.productivity, row.expected_productivity, h[1])
    for k in range(params.issues):
        if params.kind[k] >= RISK_SHARE:
            found = True
            for side in range(2):
                u = uniforms(key, TERMS_ESTIMATE, row.pair, row.mediator, 2 * k + side)
                luck = normal(u[0])
                if first:
                    move_belief(talk, params, (side, k), h[side], luck)
                move_table(talk, params, (side, k), h[side], productivity, luck)
    return found


@rule
def move_belief(talk, params, where, h, luck):
    """Move what the other side thinks one acting issue is worth to a side; `where` = (side, issue).

    One error goes through all levels: the mediator misjudges a party, not a number.
    """
    side, k = where
    reader = reader_of(talk, params, where, h)
    trust = talk.trust[BUYER_IN_MEDIATOR + 1 - side].now
    belief = talk.belief[1 - side, k]
    told, weight, _ = reader
    see_through_issue(talk, params, 1 - side, k, told * weight * trust)
    for level in range(params.count[k]):
        calm = calm_value(talk, params, where, level, talk.tie.expected_productivity)
        error = spread_of(talk, params, where, level, calm) * luck
        belief[level] = updated_belief(
            belief[level], estimated(belief[level], calm, reader, error), trust
        )


@rule
def move_table(talk, params, where, h, productivity, luck):
    """Move a side's own valuation of one acting issue; the error is that of `move_belief`.

    A vendor knows its own productivity: of that nobody can tell it anything.
    """
    side, k = where
    if side == VENDOR and params.kind[k] == RISK_SHARE:
        return
    own, reader = talk.log.memo.own[side, k], reader_of(talk, params, where, h)
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    for level in range(params.count[k]):
        calm = calm_value(talk, params, where, level, productivity)
        error = spread_of(talk, params, where, level, calm) * luck
        own[level] = updated_belief(own[level], estimated(own[level], calm, reader, error), trust)


@rule
def reader_of(talk, params, where, h):
    """Return (h, weight, blur) of a reading of an acting issue; `where` = (side, issue).

    Of the vendor's κ there is left to learn what deliveries have not taught; of fear, all of it.
    """
    side, k = where
    unknown = 1.0
    if params.kind[k] == RISK_SHARE:
        spread = productivity_spread(params)
        unknown = talk.tie.productivity_variance / (spread * spread) if spread > 0.0 else 0.0
    weight, blur = weighed(competence_about(talk.mediator, side), unknown)
    return h, weight, blur


@rule
def estimated(prior, truth, reader, error):
    """Return an estimate; `reader` is (h, weight, blur), `error` what a blur of 1 would come to."""
    h, weight, blur = reader
    return prior + h * (weight * (truth - prior) + blur * error)


@rule
def productivity_spread(params):
    """Return the sd of vendors' κ in the population."""
    return abs(params.vendors_productivity) * params.vendors_productivity_spread / ROOT_3


@rule
def calm_value(talk, params, where, level, productivity):
    """Return what a level is worth to a side without the exaggeration of distrust.

    `productivity` is the vendor's κ as the mediator heard of it; the vendor knows its own.
    """
    side, k = where
    need, vendor = talk.need, talk.vendor
    sees = (need.risk, productivity, talk.tie.proposed_alignment, need.productivity)
    if side == VENDOR:
        sees = (
            vendor.risk, vendor.productivity, talk.tie.proposed_alignment, params.buyers_cooperation,
        )  # fmt: skip
    return clause_value(side, params.kind[k], params.value[k, level], params, sees, 1.0)


@rule
def spread_of(talk, params, where, level, calm):
    """Return what one sd of what there is to misread moves the worth of a level by.

    For a risk share it is the sd of vendors' κ times what a unit of it is worth to the side, with its
    sign, so that one misjudgement runs through all levels; for a clause it is what fear adds.
    """
    side, k = where
    if params.kind[k] != RISK_SHARE:
        return calm - talk.log.memo.own[side, k, level]
    share = params.value[k, level]
    unit = 0.5 * share * share if side == VENDOR else (talk.tie.proposed_alignment - share) * share
    return unit * productivity_spread(params)
