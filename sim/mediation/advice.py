"""A mediator that comes early, at selection, speaks of candidates before the buyer chooses."""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import (
    believed_joint_surplus,
    chance_of_agreeing,
    expected_surplus_and_term,
    own_base,
    write_best_package,
)
from sim.contract import package_value
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import capability_told, confidence
from sim.mediation.estimates import capability_reading, estimate_issue, estimated_base
from sim.mediation.rounds.texts import DRAFT_SLOT
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Event, Stream

FIT_ESTIMATE = np.int64(Stream.FIT_ESTIMATE)
ADVISED_AGAINST = np.int64(Event.ADVISED_AGAINST)


@rule
def advise(talk, params, key, gain):
    """Return what a buyer expects of a candidate after a mediator has spoken of it.

    Its estimate of the vendor's capability counts as far as it is trusted, and weighs as far as
    deliveries have not taught more; it advises against a match in which it sees nothing to gain.
    """
    row, need = talk.tie, talk.need
    if row.functions == 0:
        return gain
    trust = talk.trust[BUYER_IN_MEDIATOR].now
    told = capability_told(talk, params)
    luck = normal(uniforms(key, FIT_ESTIMATE, row.pair, row.mediator, 0)[0])
    news = capability_reading(row.expected, told, luck, talk, params) - row.expected
    worth = news * need.quality_worth
    _, months = expected_surplus_and_term(talk, params, BUYER)
    advised = gain + trust * worth * months * 0.5 * chance_of_agreeing(row)
    believed = believed_joint_surplus(talk, params, BUYER, talk.log.memo.pack[BUYER])
    seen = surplus_seen(talk, params, key, worth)
    if seen <= 0.0 < believed and advised > 0.0:
        note_event(talk.log, talk.number, ADVISED_AGAINST, seen, 0.0, 0.0)
        return (1.0 - trust) * advised
    return advised


@rule
def surplus_seen(talk, params, key, worth):
    """Return the joint surplus a mediator sees in a match, the buyer's part as the buyer tells it.

    Its estimate of the vendor's side takes the place of the buyer's guess.
    """
    memo, h = talk.log.memo, confidence(talk, params, VENDOR)
    for k in range(params.issues):
        estimate_issue(talk, params, key, (VENDOR, k), h)
    levels = memo.pack[DRAFT_SLOT]
    write_best_package(memo.own[0], talk.desk.estimate[1], params, levels)
    buyer = package_value(own_base(talk, params, BUYER) + worth, memo.own[0], levels, params.issues)
    vendor = estimated_base(talk, params, key, VENDOR, h, 0.0)
    return buyer + package_value(vendor, talk.desk.estimate[1], levels, params.issues)
