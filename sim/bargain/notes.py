"""What is said before the first offer: open books of partners, a mediator's note on alignment."""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import confidence, disclosed, moved, openness, reading
from sim.bargain.feedback import note_heard
from sim.bargain.log import note_event
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.records import MAX_LEVELS
from sim.state import (
    BUYER,
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Event, Stream

NOTE, LEAK, LEAK_FOUND = (
    np.int64(Event.NOTE),
    np.int64(Event.LEAK),
    np.int64(Event.LEAK_FOUND),
)
ESTIMATE, CAPABILITY, LEAKS = (
    np.int64(Stream.ESTIMATE),
    np.int64(Stream.CAPABILITY_ESTIMATE),
    np.int64(Stream.LEAK),
)


@rule
def open_books(talk, s):
    """Let both sides show their books, each as far as it trusts the other (`partnership`).

    What to promise is written down at every contract; the books are shown at the first talk only,
    as a mediator's note is told once. Returns the notes told, 0 or 1.
    """
    row = talk.tie
    trust = (talk.trust[BUYER_IN_VENDOR].now, talk.trust[VENDOR_IN_BUYER].now)
    h = (
        openness(trust[0], talk.need.exposure, 0.0),
        openness(trust[1], talk.vendor.exposure, 0.0),
    )
    told = disclosed(talk.vendor.capability, row.claim, h[1])
    row.promised = moved(row.promised, told, trust[0])
    if row.talks > 1:
        return 0
    before = row.expected
    row.expected = moved(row.expected, told, trust[0])
    show_tables(talk, s, h, trust)
    note_event(talk.log, talk.number, NOTE, before, row.expected, told)
    return 1


@rule
def show_tables(talk, s, h, trust):
    """Move both sides' beliefs towards the tables the other shows."""
    for side in range(2):
        teller = 1 - side
        for k in range(s.issues):
            for level in range(s.count[k]):
                own = talk.log.memo.own[teller, k, level]
                told = disclosed(own, s.average[teller, k, level], h[teller])
                belief = talk.belief[side, k, level]
                talk.belief[side, k, level] = moved(belief, told, trust[side])
        note_heard(talk, s, side, h[teller] * trust[side])


@rule
def first_note(row):
    """Say whether the mediator of a tie has yet to give this pair a note, and that it now has."""
    bit = 1 << row.mediator
    if row.noted & bit:
        return False
    row.noted |= bit
    return True


@rule
def capability_note(talk, s, key, first):
    """Let the mediator say what delivery to expect and what the buyer needs (`align`).

    What to promise is written down at every contract; beliefs are moved by its `first` note only,
    because the same estimate told again is no news.
    """
    row = talk.tie
    trust_b, trust_v = talk.trust[BUYER_IN_MEDIATOR].now, talk.trust[VENDOR_IN_MEDIATOR].now
    told = disclosed(talk.vendor.capability, row.claim, confidence(talk, s, VENDOR))
    luck = normal(uniforms(key, CAPABILITY, row.pair, row.mediator, 0)[0])
    row.promised = moved(
        row.promised, capability_reading(row.promised, told, luck, talk, s), trust_b
    )
    if not first:
        return
    before = row.expected
    row.estimate = capability_reading(row.expected, told, luck, talk, s)
    row.expected = moved(row.expected, row.estimate, trust_b)
    needs_note(talk, s, key, confidence(talk, s, BUYER), trust_v)
    note_event(talk.log, talk.number, NOTE, before, row.expected, row.estimate)


@rule
def capability_reading(prior, told, luck, talk, p):
    """Return the mediator's estimate of capability, kept in [0, 1]; it starts from what was said."""
    estimate = reading(prior, told, talk.mediator.competence_vendor, p.setup_sd_capability, luck)
    return min(max(estimate, 0.0), 1.0)


@rule
def needs_note(talk, s, key, h, trust_v):
    """Move the vendor's belief about what the buyer needs to the mediator's estimate."""
    for k in range(s.issues):
        if s.kind[k] == GENERIC or s.kind[k] == DURATION:
            for level in range(s.count[k]):
                belief = talk.belief[1, k, level]
                estimate = estimate_entry(talk, s, key, (BUYER, k, level), h, belief)
                talk.belief[1, k, level] = moved(belief, estimate, trust_v)
    note_heard(talk, s, VENDOR, h * talk.mediator.competence_buyer * trust_v)


@rule
def estimate_entry(talk, s, key, where, h, prior):
    """Return the mediator's estimate of one entry of a side's table; `where` = (side, k, level).

    Its error is drawn once per (mediator, pair, side, issue, level), never per redraft.
    """
    side, k, level = where
    nth = level + MAX_LEVELS * talk.tie.mediator
    competence = talk.mediator.competence_buyer if side == 0 else talk.mediator.competence_vendor
    u = uniforms(key, ESTIMATE, talk.tie.pair, 2 * k + side, nth)
    told = disclosed(talk.log.memo.own[side, k, level], s.average[side, k, level], h)
    return reading(prior, told, competence, h * s.sd[side, k, level], normal(u[0]))


@rule
def leak_confidences(talk, s, key, t, h, month):
    """Let each confidence reach the other side with probability 1 − discretion.

    It is believed as far as it is open; a side that finds out holds it against the mediator.
    """
    if s.mediator_discretion >= 1.0:
        return
    for side in range(2):
        for k in range(s.issues):
            u = uniforms(key, LEAKS, talk.tie.pair, t, 2 * k + side)
            if u[0] >= s.mediator_discretion:
                for level in range(s.count[k]):
                    own = talk.log.memo.own[side, k, level]
                    told = disclosed(own, s.average[side, k, level], h[side])
                    belief = talk.belief[1 - side, k, level]
                    talk.belief[1 - side, k, level] = moved(belief, told, h[side])
                month.leaks += 1
                note_event(talk.log, talk.number, LEAK, float(k), float(side), 0.0)
                if u[1] < s.mediator_leak_discovery:
                    talk.trust[BUYER_IN_MEDIATOR + side].loss += s.relationship_weight_candour
                    month.leaks_found += 1
                    note_event(talk.log, talk.number, LEAK_FOUND, float(k), float(side), 0.0)
