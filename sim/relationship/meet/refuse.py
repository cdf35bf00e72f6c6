"""A vendor that cannot deliver declines honestly, and may name another.

The contract that it forgoes today earns it trust, as candour, by the trust rule of the scenario.
Its estimate of another vendor is a reading of limited reliability (Kelley 1947) of that vendor's
capability, and moves the buyer as far as it trusts the speaker.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import noisy_reading, updated_belief
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.state import BUYER_IN_VENDOR
from sim.words import Event, Stream

REFERRAL, DECLINED = np.int64(Stream.REFERRAL), np.int64(Event.DECLINED)


@rule
def decline_if_incapable(world, params, key, need_row, tie, month, candidates, totals):
    """Return whether the vendor a need turns to declines, and let the buyer learn from it.

    A vendor declines if it is less capable than its type's `refusal` and has never had a contract
    in this tie. Candour and the referral count once: the same words again are no news. Writes
    `declined` and `cool_until`, and adds to `totals.declined`.
    """
    row, vendor = world.ties[tie], world.vendors[world.ties[tie].vendor_id]
    refuses = vendor.capability < vendor.refusal and row.contracts == 0
    if refuses:
        named, word = -1, 0.0
        talk = gather_talk(world, need_row, tie)
        if row.declined == 0:
            talk.trust[BUYER_IN_VENDOR].gain += params.relationship_weight_candour
            world.needs[need_row].talked = tie
            if params.market_referral > 0.0:
                named, word = refer_to_other(
                    world.ties, world.vendors, params, key, tie, candidates
                )
                if named >= 0:
                    hear_referral(world.ties[named], word, talk.trust[BUYER_IN_VENDOR].now, params)
        row.declined += 1
        row.cool_until = month + params.market_cooldown
        totals.declined += 1
        note_event(talk.log, tie, DECLINED, float(named), word, 0.0)
    return refuses


@rule
def refer_to_other(ties, vendors, params, key, tie, candidates):
    """Return (tie, estimate) of the candidate that seems most capable to the declining vendor.

    The estimate is a capability from 0 to 1. A vendor's error about another is drawn once, whoever
    asks. (-1, 0) if the need has no other candidate.
    """
    named, word = -1, 0.0
    speaker, first = ties[tie].vendor_id, tie - tie % candidates
    for other in range(first, first + candidates):
        i = ties[other].vendor_id
        if other != tie:
            luck = normal(uniforms(key, REFERRAL, speaker * vendors.shape[0] + i, 0, 0)[0])
            mean, able = params.vendors_capability, vendors[i].capability
            seen = noisy_reading(
                mean, able, params.market_referral, params.setup_sd_capability, luck
            )
            seen = min(max(seen, 0.0), 1.0)
            if named < 0 or seen > word:
                named, word = other, seen
    return named, word


@rule
def hear_referral(row, word, trust, params):
    """Move a buyer's expected capability of a vendor towards another vendor's estimate.

    The more own experience the buyer has, the less it moves. Writes `expected`, a share.
    """
    weight = params.delivery_prior_months / (params.delivery_prior_months + row.experience)
    row.expected = updated_belief(row.expected, word, trust * weight)
