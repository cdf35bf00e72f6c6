"""What a mediator's note says of risk and protection (function `terms`).

It proposes risk share, penalty and exit fee at its estimate of the joint optimum: each side's own
valuation of these levels, and what it thinks they are worth to the other, move towards what the
mediator makes of them, as far as the side trusts it; the levels are voted on like any other. What
the note can put right is the buyer's mistaken idea of the vendor's productivity, on which s* depends
(Holmström & Milgrom 1987), and the distrust that makes sides ask for clauses no expected loss calls
for (Macaulay 1963).
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import disclosed, moved, reading
from sim.contract import RISK_SHARE, acting_value
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import confidence
from sim.mediation.readings import ROOT_3, competence_about
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Stream

TERMS_ESTIMATE = np.int64(Stream.TERMS_ESTIMATE)


@rule
def propose_terms(talk, s, key, first):
    """Move what acting issues are worth to both sides; say whether there is any such issue.

    Own valuations are worked out anew for every talk, so the estimate is applied at every talk;
    beliefs about the other side are moved by the `first` note only.
    """
    row, found = talk.tie, False
    h = (confidence(talk, s, BUYER), confidence(talk, s, VENDOR))
    productivity = disclosed(talk.vendor.productivity, row.expected_productivity, h[1])
    for k in range(s.issues):
        if s.kind[k] >= RISK_SHARE:
            found = True
            for side in range(2):
                u = uniforms(key, TERMS_ESTIMATE, row.pair, row.mediator, 2 * k + side)
                luck = normal(u[0])
                if first:
                    move_belief(talk, s, (side, k), h[side], luck)
                move_table(talk, s, (side, k), h[side], productivity, luck)
    return found


@rule
def move_belief(talk, s, where, h, luck):
    """Move what the other side thinks one acting issue is worth to a side; `where` = (side, issue).

    One error goes through all levels: the mediator misjudges a party, not a number.
    """
    side, k = where
    competence = competence_about(talk.mediator, side)
    trust = talk.trust[BUYER_IN_MEDIATOR + 1 - side].now
    belief = talk.belief[1 - side, k]
    for level in range(s.count[k]):
        calm = calm_value(talk, s, where, level, talk.tie.expected_productivity)
        told = disclosed(calm, s.average[side, k, level], h)
        sd = spread_of(talk, s, where, level, calm)
        belief[level] = moved(
            belief[level], reading(belief[level], told, competence, sd, luck), trust
        )


@rule
def move_table(talk, s, where, h, productivity, luck):
    """Move a side's own valuation of one acting issue; the error is that of `move_belief`."""
    side, k = where
    own = talk.log.memo.own[side, k]
    competence = competence_about(talk.mediator, side)
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    for level in range(s.count[k]):
        calm = calm_value(talk, s, where, level, productivity)
        told = disclosed(calm, own[level], h)
        sd = spread_of(talk, s, where, level, calm)
        own[level] = moved(own[level], reading(own[level], told, competence, sd, luck), trust)


@rule
def calm_value(talk, s, where, level, productivity):
    """Return what a level is worth to a side without the exaggeration of distrust.

    `productivity` is the vendor's κ as the mediator heard of it; the vendor knows its own.
    """
    side, k = where
    need, vendor = talk.need, talk.vendor
    sees = (need.risk, productivity, talk.tie.proposed_alignment, need.productivity)
    if side == VENDOR:
        sees = (
            vendor.risk, vendor.productivity, talk.tie.proposed_alignment, s.buyers_cooperation,
        )  # fmt: skip
    return acting_value(side, s.kind[k], s.value[k, level], s, sees, 1.0)


@rule
def spread_of(talk, s, where, level, calm):
    """Return the sd of what there is to misread.

    For a risk share that of the vendor's κ, times what a unit of it is worth to the side: to the
    buyer as far as deliveries have not taught it; for a clause what fear adds.
    """
    side, k = where
    if s.kind[k] != RISK_SHARE:
        return abs(calm - talk.log.memo.own[side, k, level])
    share = s.value[k, level]
    if side == VENDOR:
        return 0.5 * share * share * s.vendors_productivity * s.vendors_productivity_spread / ROOT_3
    unit = abs((talk.tie.proposed_alignment - share) * share)
    return unit * math.sqrt(talk.tie.productivity_variance)
