"""Calm and recession: a two-state Markov chain common to a world (Hamilton 1989).

In a recession generic issues are worth less to buyers, budgets and vendors' outside options fall, and
credit is tight, so that vendors value each month of agreed duration. The economy is public: what
everybody knows of the population, and what a vendor believes of a buyer, falls with it.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import fallen, worth_now
from sim.contract import DURATION, GENERIC, acting_level
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.appraise import reappraise_need
from sim.state import VENDOR, Log
from sim.words import Event, Stream

MACRO = np.int64(Stream.MACRO)
BEGINS, ENDS = np.int64(Event.RECESSION_BEGINS), np.int64(Event.RECESSION_ENDS)
WORLD = np.int64(-1)  # the tie of an event that befalls everybody


@rule
def turn_economy(w, s, key, t, month):
    """Let a recession begin or end; one draw per world and month decides, whatever anybody does."""
    if s.recession_rate > 0.0:
        memo, log = w.memo[0], Log(w.memo[0], w.events, w.offers)
        u = uniforms(key, MACRO, 0, t, 0)[0]
        turned = u < (s.recession_recovery if memo.recession else s.recession_rate)
        if turned and memo.recession:
            note_event(log, WORLD, ENDS, float(t - memo.recession_since), 0.0, 0.0)
            memo.recession = 0
        elif turned:
            note_event(log, WORLD, BEGINS, 0.0, 0.0, 0.0)
            memo.recession, memo.recession_since = 1, t
        if turned:
            feel_economy(w, s)


@rule
def feel_economy(w, s):
    """Carry a change of the economy to vendors, needs, running contracts and beliefs."""
    memo = w.memo[0]
    for i in range(w.vendors.shape[0]):
        vendor = w.vendors[i]
        vendor.outside = fallen(vendor.outside_calm, s.recession_outside, memo.recession)
    for met in range(1, memo.acquaintances + 1):
        rescale(w.belief[met, VENDOR], s, memo.recession)
    for j in range(w.needs.shape[0]):
        need = w.needs[j]
        set_worth(need, memo, s)
        if need.partner >= 0:
            row = w.ties[need.partner]
            relief = relief_of(row, w.vendors[row.vendor_id], s)
            row.margin += relief if memo.recession else -relief
        reappraise_need(w, s, j)


@rule
def set_worth(need, memo, s):
    """Write by how much demand and the economy multiply what generic issues are worth to a need."""
    need.worth_factor = need.demand * worth_now(memo.recession, s)


@rule
def rescale(belief, s, recession):
    """Let a vendor's belief about a buyer's worth follow the economy; none does where all is lost."""
    left = 1.0 - s.recession_worth
    if left <= 0.0:
        return
    factor = left if recession else 1.0 / left
    for k in range(s.issues):
        if s.kind[k] == GENERIC:
            for level in range(s.count[k]):
                belief[k, level] *= factor


@rule
def relief_of(row, vendor, s):
    """Return by how much a recession raises a vendor's margin over its outside option."""
    lost = s.recession_outside * abs(vendor.outside_calm)
    return lost + s.recession_credit * max(0.0, acting_level(s, row.agreed, DURATION))
