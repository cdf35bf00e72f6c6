"""Partners open their books to each other before the first offer (`partnership`)."""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_by_telling
from sim.bargain.disclosure import disclosed_entry, openness, updated_belief
from sim.bargain.hearing import note_heard
from sim.bargain.log import note_event
from sim.jit import rule
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Event

NOTE = np.int64(Event.NOTE)


@rule
def open_books(talk, params):
    """Let both sides open their books, as far as each trusts the other; return 1 if they do, else 0.

    The promise is written down at every contract. The books are opened at the first talk only, as a
    mediator gives its note only once. Writes `promised` and `expected`, shares, and beliefs.
    """
    row = talk.tie
    trust = (talk.trust[BUYER_IN_VENDOR].now, talk.trust[VENDOR_IN_BUYER].now)
    open_shares = (
        openness(trust[0], talk.need.exposure, 0.0),
        openness(trust[1], talk.vendor.exposure, 0.0),
    )
    told = disclosed_entry(talk.vendor.capability, row.claim, open_shares[1])
    row.promised = updated_belief(row.promised, told, trust[0])
    if row.talks > 1:
        return 0
    before = row.expected
    row.expected = updated_belief(row.expected, told, trust[0])
    show_tables(talk, params, open_shares, trust)
    note_event(talk.log, talk.number, NOTE, before, row.expected, told)
    return 1


@rule
def show_tables(talk, params, open_shares, trust):
    """Move both sides' beliefs towards the tables the other discloses."""
    for side in range(2):
        teller = 1 - side
        for issue in range(params.issues):
            see_through_by_telling(talk, params, side, issue, open_shares[teller] * trust[side])
            for level in range(params.count[issue]):
                own = talk.log.memo.own[teller, issue, level]
                told = disclosed_entry(
                    own, params.average[teller, issue, level], open_shares[teller]
                )
                belief = talk.belief[side, issue, level]
                talk.belief[side, issue, level] = updated_belief(belief, told, trust[side])
        note_heard(talk, params, side, open_shares[teller] * trust[side])
