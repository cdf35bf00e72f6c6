"""What a side asks for next, in its own utility, and the outcome it offers for it."""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.outcomes.solving.search import next_worse, outcomes_around
from sim.strategies.aspiration import FIRST_MIRRORED_TURN, MICRO, NAIVE

REACH = 1e-6  # an outcome less than this below the ask is offered if it lies nearer
LEAST_GAP = 1e-12  # added to a gap, so that it is above 0 between equal outcomes


@rule
def next_in_list(me, halves):
    """Return the utility of the next outcome down the naive player's list; the floor at its end.

    Writes `me.popped`, `me.popped_worth` and `me.pops`, which is −1 from the end of the list on.
    """
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
    """Return the gap between the next two outcomes of the naive player's list.

    The gap is a share of the list's range. Both outcomes are taken off the list.
    """
    better = next_in_list(me, halves)
    worse = next_in_list(me, halves)
    width = me.opening - me.low
    return (better - worse + LEAST_GAP) / width if width > 0.0 else 0.0


@rule
def update_list_view(me, halves):
    """Show a side whose strategy goes down its list of outcomes what comes next in the list."""
    if me.family == MICRO:
        find_next_outcome(me, halves)
    elif me.family == NAIVE and 0 < me.turns < FIRST_MIRRORED_TURN:
        me.gap = list_gap(me, halves)


@rule
def outcome_for_ask(me, halves, ask):
    """Return number and utility of the outcome offered for an ask: the lowest worth the ask.

    An outcome below the ask by less than a millionth is offered instead if it lies nearer to the
    ask and not below the reservation value. The two outcomes around the last ask are remembered,
    since they answer every ask between them: most turns search nothing.
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
    """Find a MiCRO side's next outcome down that is worth its reservation value, if there is one.

    Writes `me.ahead`, `me.ahead_worth` and `me.below`.
    """
    if me.ahead < 0:
        me.below = -np.inf
        number, worth = next_worse(halves, me.last_worth, me.last)
        if number >= 0 and worth >= me.reservation:
            me.ahead = number
            me.ahead_worth = worth
            me.below = worth


@rule
def count_new_offer(me, offered, heard):
    """Count the latest offer in `me.received` if it is new to a MiCRO side."""
    for k in range(heard - 1):
        if offered[k] == offered[heard - 1]:
            return
    me.received += 1
