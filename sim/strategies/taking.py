"""When a side accepts an offer: by its ask, its next offer, a threshold, time, or a combination.

Acceptance conditions are separate from asks, after Baarslag, Hindriks & Jonker (2014).
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
def accepts(seat, worth, worths):
    """Return whether a side accepts an offer of utility `worth` to it; `seat.asked` is its present ask.

    `worths` holds the utilities to it of the `seat.heard` offers so far, the one on the table last.
    """
    if seat.accepting == OWN and seat.family == NAIVE:
        return normalised_utility(seat, worth) >= 1.0 - naive_concession(seat, worth)
    if not worth >= acceptance_threshold(seat):
        return False
    if seat.accepting == TIME:
        return seat.clock >= seat.after
    if seat.accepting == NEXT:
        return meets_next_offer(seat, worth)
    if seat.accepting == COMBINED:
        return meets_next_offer(seat, worth) or (
            seat.clock >= seat.after and worth >= best_recent_offer(seat, worths)
        )
    return True


@rule
def acceptance_threshold(seat):
    """Return the least utility that can be accepted: the ask, the reservation value or a threshold."""
    if seat.accepting == OWN:
        return seat.asked
    if seat.accepting == CONSTANT:
        return max(seat.floor + seat.enough * (seat.opening - seat.floor), seat.reservation)
    return seat.reservation


@rule
def meets_next_offer(seat, worth):
    """Return whether an offer, scaled and shifted, is worth at least the side's own next offer."""
    return seat.scale * worth + seat.shift * seat.unit >= seat.offer


@rule
def best_recent_offer(seat, worths):
    """Return the utility of the best among as many of the last offers as rounds are left."""
    best = -np.inf
    for k in range(max(0, seat.heard - seat.left), seat.heard):
        best = max(best, worths[k])
    return best
