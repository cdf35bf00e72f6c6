"""What a mediator says before the first offer (function `align`): what to expect, what is needed."""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_by_telling
from sim.bargain.disclosure import updated_belief
from sim.bargain.hearing import note_heard
from sim.bargain.log import note_event
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.confidences import capability_told, confidence
from sim.mediation.estimates import capability_reading, estimate_issue, reading_of_table
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.words import Event, Stream

NOTE = np.int64(Event.NOTE)
CAPABILITY = np.int64(Stream.CAPABILITY_ESTIMATE)


@rule
def first_note(row):
    """Say whether the mediator of a tie has yet to give this pair a note, and that it now has."""
    bit = 1 << row.mediator
    if row.noted & bit:
        return False
    row.noted |= bit
    return True


@rule
def capability_note(talk, params, key, first):
    """Let the mediator say what delivery to expect and what the buyer needs (`align`).

    What to promise is written down at every contract; beliefs are moved by its `first` note only,
    because the same estimate told again is no news.
    """
    row = talk.tie
    trust_b, trust_v = talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now
    told = capability_told(talk, params)
    luck = normal(uniforms(key, CAPABILITY, row.pair, row.mediator, 0)[0])
    row.promised = updated_belief(
        row.promised, capability_reading(row.promised, told, luck, talk, params), trust_b
    )
    if not first:
        return
    before = row.expected
    row.estimate = capability_reading(row.expected, told, luck, talk, params)
    row.expected = updated_belief(row.expected, row.estimate, trust_b)
    needs_note(talk, params, key, confidence(talk, params, BUYER), trust_v)
    note_event(talk.log, talk.number, NOTE, before, row.expected, row.estimate)


@rule
def needs_note(talk, params, key, h, trust_v):
    """Move the vendor's belief about what the buyer needs to the mediator's estimate."""
    reach = h * reading_of_table(talk, params, BUYER)[0] * trust_v
    for k in range(params.issues):
        if params.kind[k] == GENERIC or params.kind[k] == DURATION:
            see_through_by_telling(talk, params, VENDOR, k, reach)
            estimate_issue(talk, params, key, (BUYER, k), h)
            for level in range(params.count[k]):
                estimate = talk.desk.estimate[BUYER, k, level]
                talk.belief[1, k, level] = updated_belief(
                    talk.belief[1, k, level], estimate, trust_v
                )
    note_heard(talk, params, VENDOR, reach)
