"""What a mediator says before the first offer (function `align`): what to expect and what is needed."""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_by_telling
from sim.bargain.disclosure import updated_belief
from sim.bargain.hearing import note_heard
from sim.bargain.log import note_event
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import disclosed_capability, openness_to_mediator
from sim.mediation.estimates import estimate_capability, estimate_issue, reading_of_table
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Event, Stream

NOTE = np.int64(Event.NOTE)
CAPABILITY = np.int64(Stream.CAPABILITY_ESTIMATE)


@rule
def mark_first_note(row):
    """Return whether this is the mediator's first note to this pair, and remember that it was given."""
    bit = 1 << row.mediator
    if row.noted & bit:
        return False
    row.noted |= bit
    return True


@rule
def give_note(talk, params, key, first):
    """Let the mediator say what delivery to expect and what the buyer needs (function `align`).

    The promise is written down at every contract. Beliefs move at the `first` note only, because the same
    estimate told twice is no news. Writes `tie.promised`, `tie.estimate` and `tie.expected`.
    """
    row = talk.tie
    trust_b, trust_v = talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now
    disclosure = disclosed_capability(talk, params)
    luck = normal(uniforms(key, CAPABILITY, row.pair, row.mediator, 0)[0])
    row.promised = updated_belief(
        row.promised, estimate_capability(row.promised, disclosure, luck, talk, params), trust_b
    )
    if not first:
        return
    before = row.expected
    row.estimate = estimate_capability(row.expected, disclosure, luck, talk, params)
    row.expected = updated_belief(row.expected, row.estimate, trust_b)
    tell_needs(talk, params, key, openness_to_mediator(talk, params, BUYER), trust_v)
    note_event(talk.log, talk.number, NOTE, before, row.expected, row.estimate)


@rule
def tell_needs(talk, params, key, openness, trust_v):
    """Move the vendor's belief about what the buyer needs towards the mediator's estimate.

    `openness` is the buyer's h, `trust_v` the vendor's trust in the mediator.
    """
    reading = reading_of_table(talk, params, BUYER)
    reach = openness * reading[0] * trust_v
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC or params.kind[issue] == DURATION:
            see_through_by_telling(talk, params, VENDOR, issue, reach)
            estimate_issue(talk, params, key, (BUYER, issue), openness, reading)
            for level in range(params.count[issue]):
                estimate = talk.desk.estimate[BUYER, issue, level]
                talk.belief[1, issue, level] = updated_belief(
                    talk.belief[1, issue, level], estimate, trust_v
                )
    note_heard(talk, params, VENDOR, reach)
