"""A mediator that enters at selection comments on candidates before the buyer chooses."""

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
from sim.mediation.confidences import disclosed_capability, openness_to_mediator
from sim.mediation.estimates import (
    estimate_base,
    estimate_capability,
    estimate_issue,
    reading_of_table,
)
from sim.mediation.rounds.texts import DRAFT_SLOT
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Event, Stream

FIT_ESTIMATE = np.int64(Stream.FIT_ESTIMATE)
ADVISED_AGAINST = np.int64(Event.ADVISED_AGAINST)


@rule
def advise(talk, params, key, gain):
    """Return the gain a buyer expects from a candidate after hearing the mediator, in money over the contract.

    The estimate of the vendor's capability moves the expectation as far as the mediator is trusted, and less
    if deliveries have already shown it. If the mediator sees no joint surplus in a match that the buyer
    believes in, it advises against: the expected gain then shrinks by the buyer's trust.
    """
    row, need = talk.tie, talk.need
    if row.functions == 0:
        return gain
    trust = talk.trust[BUYER_IN_MEDIATOR].now
    disclosure = disclosed_capability(talk, params)
    luck = normal(uniforms(key, FIT_ESTIMATE, row.pair, row.mediator, 0)[0])
    news = estimate_capability(row.expected, disclosure, luck, talk, params) - row.expected
    worth = news * need.quality_worth
    _, months = expected_surplus_and_term(talk, params, BUYER)
    advised = gain + trust * worth * months * 0.5 * chance_of_agreeing(row)
    believed = believed_joint_surplus(talk, params, BUYER, talk.log.memo.pack[BUYER])
    seen = estimate_surplus(talk, params, key, worth)
    if seen <= 0.0 < believed and advised > 0.0:
        note_event(talk.log, talk.number, ADVISED_AGAINST, seen, 0.0, 0.0)
        return (1.0 - trust) * advised
    return advised


@rule
def estimate_surplus(talk, params, key, worth):
    """Return the joint surplus a mediator sees in a match, in money a month.

    The buyer's side is as the buyer discloses it; the vendor's is the mediator's estimate, in place of the
    buyer's guess. `worth` is what the news of the vendor's capability adds to the buyer's side.
    """
    memo, openness = talk.log.memo, openness_to_mediator(talk, params, VENDOR)
    reading = reading_of_table(talk, params, VENDOR)
    for issue in range(params.issues):
        estimate_issue(talk, params, key, (VENDOR, issue), openness, reading)
    levels = memo.pack[DRAFT_SLOT]
    write_best_package(memo.own[0], talk.desk.estimate[1], params, levels)
    buyer = package_value(own_base(talk, params, BUYER) + worth, memo.own[0], levels, params.issues)
    vendor = estimate_base(talk, params, key, VENDOR, openness, 0.0)
    return buyer + package_value(vendor, talk.desk.estimate[1], levels, params.issues)
