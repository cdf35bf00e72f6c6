"""What a side asks for next, in own utility, and the outcome it names for it."""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.outcomes.solving.search import next_worse, outcomes_around
from sim.strategies.aspiration import EARLY, MICRO, NAIVE

REACH = 1e-6  # an outcome that little below the ask is named if it lies nearer
LEAST_GAP = 1e-12


@rule
def next_in_list(me, halves):
    """Return the utility of the next outcome down the naive player's list; the floor at its end."""
    if me.pops < 0:
        return me.reservation
    number, worth = next_worse(halves, me.popped_worth, me.popped)
    if number < 0:
        me.pops = -1
        return me.reservation
    me.popped = number
    me.popped_worth = worth
    me.pops += 1
    return worth


@rule
def list_gap(me, halves):
    """Return the gap between two neighbours of the naive player's list, as a share of its whole range."""
    one = next_in_list(me, halves)
    two = next_in_list(me, halves)
    width = me.opening - me.low
    return (one - two + LEAST_GAP) / width if width > 0.0 else 0.0


@rule
def update_list_view(me, halves):
    """Show a side that goes by its list of outcomes what comes next in it."""
    if me.family == MICRO:
        find_next_outcome(me, halves)
    elif me.family == NAIVE and 0 < me.turns < EARLY:
        me.gap = list_gap(me, halves)


@rule
def outcome_for_ask(me, halves, ask):
    """Return number and utility of the outcome named for an ask: the lowest that is worth it.

    One that lies below the ask by less than a millionth, nearer to it, and not below the reservation
    value is named instead. Two neighbours answer for every ask between them, so that most turns
    search nothing.
    """
    if not (me.under_worth < ask <= me.over_worth) or me.over < 0:
        me.over, me.over_worth, me.under, me.under_worth = outcomes_around(halves, ask, np.inf)
        if me.over < 0:
            me.over, me.over_worth = next_worse(halves, np.inf, np.int64(-1))
    near = me.under >= 0 and me.under_worth >= max(ask - REACH, me.reservation)
    if near and ask - me.under_worth < me.over_worth - ask:
        return me.under, me.under_worth
    return me.over, me.over_worth


@rule
def find_next_outcome(me, halves):
    """Let a MiCRO side know its next outcome down that is worth its reservation value, if any."""
    if me.ahead < 0:
        me.below = -np.inf
        number, worth = next_worse(halves, me.last_worth, me.last)
        if number >= 0 and worth >= me.reservation:
            me.ahead = number
            me.ahead_worth = worth
            me.below = worth


@rule
def count_new_offer(me, said, heard):
    """Count the newest offer if a MiCRO side had not received it before."""
    for k in range(heard - 1):
        if said[k] == said[heard - 1]:
            return
    me.received += 1
