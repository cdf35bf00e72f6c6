"""What a side asks for next, in own utility, and the outcome it names for it."""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.outcomes.solving.search import around, next_worse

REACH = 1e-6  # an outcome that little below the ask is named if it lies nearer
LEAST_RANGE = 1e-5
EARLY = np.int64(3)  # rounds before the naive player mirrors
HAIR = 1e-12


@rule
def normalised(me, worth):
    """Return a utility as a share of the range above the floor."""
    width = me.opening - me.floor
    if width < LEAST_RANGE:
        return 1.0
    return (worth - me.floor) * (1.0 / width)


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
def given(me, h, turn, worth):
    """Return what the naive player gives, as a share of its range, after an offer of `worth`.

    In the first round nothing; then twice the gap between two neighbours of its list; then as much
    as the offer is worth to it.
    """
    if turn == 0:
        return 0.0
    concession = 1.0 - (normalised(me, worth) * -1.0 + 1.0)
    if turn >= EARLY:
        concession = (0.0 if concession < 0.0 else concession) + me.kindness
    else:
        one = pop(me, h)
        two = pop(me, h)
        width = me.opening - me.low
        concession = (one - two + HAIR) / width if width > 0.0 else 0.0
    return concession if -1e-6 <= concession <= 1.0000001 else 0.0


@rule
def naive_ask(me, h, turn, heard, got):
    """Return the naive player's ask: its best less what it gives."""
    worth = got[heard - 1] if heard > 0 else me.floor
    share = min(1.0, 1.0 - given(me, h, turn, worth))
    return share * (me.opening - me.low) + me.low


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
