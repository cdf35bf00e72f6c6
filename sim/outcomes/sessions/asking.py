"""What a side asks for next, in own utility, and the outcome it names for it."""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.outcomes.solving.search import around, next_worse
from sim.strategies.aspiration import FIRST_MIRRORED_TURN, MICRO, NAIVE

REACH = 1e-6  # an outcome that little below the ask is named if it lies nearer
HAIR = 1e-12


@rule
def pop(me, h):
    """Return the utility of the next outcome down the naive player's list; the floor at its end."""
    if me.pops < 0:
        return me.reservation
    number, worth = next_worse(h, me.popped_worth, me.popped)
    if number < 0:
        me.pops = -1
        return me.reservation
    me.popped = number
    me.popped_worth = worth
    me.pops += 1
    return worth


@rule
def least_step(me, h):
    """Return the gap between two neighbours of the naive player's list, as a share of its whole range."""
    one = pop(me, h)
    two = pop(me, h)
    width = me.opening - me.low
    return (one - two + HAIR) / width if width > 0.0 else 0.0


@rule
def show_list(me, h):
    """Show a side that goes by its list of outcomes what comes next in it."""
    if me.family == MICRO:
        look_ahead(me, h)
    elif me.family == NAIVE and 0 < me.turns < FIRST_MIRRORED_TURN:
        me.gap = least_step(me, h)


@rule
def named(me, h, ask):
    """Return number and utility of the outcome named for an ask: the lowest that is worth it.

    One that lies below the ask by less than a millionth, nearer to it, and not below the reservation
    value is named instead. Two neighbours answer for every ask between them, so that most turns
    search nothing.
    """
    if not (me.under_worth < ask <= me.over_worth) or me.over < 0:
        me.over, me.over_worth, me.under, me.under_worth = around(h, ask, np.inf)
        if me.over < 0:
            me.over, me.over_worth = next_worse(h, np.inf, np.int64(-1))
    near = me.under >= 0 and me.under_worth >= max(ask - REACH, me.reservation)
    if near and ask - me.under_worth < me.over_worth - ask:
        return me.under, me.under_worth
    return me.over, me.over_worth


@rule
def look_ahead(me, h):
    """Let a MiCRO side know its next outcome down that is worth its reservation value, if any."""
    if me.ahead < 0:
        me.below = -np.inf
        number, worth = next_worse(h, me.last_worth, me.last)
        if number >= 0 and worth >= me.reservation:
            me.ahead = number
            me.ahead_worth = worth
            me.below = worth


@rule
def hear(me, said, heard):
    """Count the newest offer if a MiCRO side had not received it before."""
    for k in range(heard - 1):
        if said[k] == said[heard - 1]:
            return
    me.received += 1
