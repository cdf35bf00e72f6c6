"""When a side takes an offer: its own ask, its own next offer, a threshold, time, or these combined.

Acceptance conditions apart from what is asked, after Baarslag, Hindriks & Jonker (2014).
"""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.strategies.aspiration import NAIVE, naive_concession, normalised_utility
from sim.strategies.catalogue import Accept

OWN, NEXT = np.int64(Accept.OWN), np.int64(Accept.NEXT)
CONSTANT, TIME = np.int64(Accept.CONSTANT), np.int64(Accept.TIME)
COMBINED = np.int64(Accept.COMBINED)


@rule
def accepts(me, worth, got):
    """Say whether a side takes an offer worth `worth` to it; it asks for `me.asked` now.

    `got` is what the `me.heard` offers so far were worth to it, the one on the table last.
    """
    if me.accepting == OWN and me.family == NAIVE:
        return normalised_utility(me, worth) >= 1.0 - naive_concession(me, worth)
    if not worth >= acceptance_threshold(me):
        return False
    if me.accepting == TIME:
        return me.clock >= me.after
    if me.accepting == NEXT:
        return meets_next_offer(me, worth)
    if me.accepting == COMBINED:
        return meets_next_offer(me, worth) or (
            me.clock >= me.after and worth >= best_recent_offer(me, got)
        )
    return True


@rule
def acceptance_threshold(me):
    """Return what an offer must be worth whatever was said: the ask, else the reservation value or a threshold."""
    if me.accepting == OWN:
        return me.asked
    if me.accepting == CONSTANT:
        return max(me.floor + me.enough * (me.opening - me.floor), me.reservation)
    return me.reservation


@rule
def meets_next_offer(me, worth):
    """Say whether an offer, scaled and shifted, is worth at least one's own next offer."""
    return me.scale * worth + me.shift * me.unit >= me.offer


@rule
def best_recent_offer(me, got):
    """Return the best offer of as many rounds as are left."""
    best = -np.inf
    for k in range(max(0, me.heard - me.left), me.heard):
        best = max(best, got[k])
    return best
