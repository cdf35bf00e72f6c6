"""The utility a side asks for at its turn: curves, mirrors, steps, and types that never move.

One rule for both tables, of a side as `sim/seat.py` describes it: over money in scenarios, and over
outcomes (`sim/outcomes/sessions/asking.py`), which then looks for an outcome worth the ask.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import exp, power
from sim.compile.entries import call_entry
from sim.jit import rule
from sim.strategies.catalogue import Family

POLYNOMIAL, EXPONENTIAL = np.int64(Family.POLYNOMIAL), np.int64(Family.EXPONENTIAL)
CONSTANT, ABSOLUTE = np.int64(Family.CONSTANT), np.int64(Family.ABSOLUTE)
RELATIVE, AVERAGED = np.int64(Family.RELATIVE), np.int64(Family.AVERAGED)
RANDOM_ABSOLUTE, NAIVE = np.int64(Family.RANDOM_ABSOLUTE), np.int64(Family.NAIVE)
MICRO, GUEST = np.int64(Family.MICRO), np.int64(Family.GUEST)
EARLY = np.int64(3)  # own offers before the naive player mirrors
LEAST_RANGE = 1e-5  # share of the unit; a smaller range counts as nothing to give
GOODWILL = 0.1  # share of its range a tit-for-tat player gives first, so that two of them can start


@rule
def begin(me):
    """Empty what a side has said and heard, so that a talk never starts with the last one's."""
    me.asked = me.opening
    me.turns = 0
    me.sent = 0
    me.received = 0
    me.heard = 0
    me.wrong = 0


@rule
def ask(me, got):
    """Return the utility a side asks for at its turn, from its floor to its opening.

    `got` is what the `me.heard` offers so far were worth to it. MiCRO (de Jonge 2022) goes down a list of
    what it can offer; its table says what comes next, `me.below`.
    """
    if me.family in (POLYNOMIAL, EXPONENTIAL):
        asked = timed(me)
    elif me.family == CONSTANT:
        asked = still(me)
    elif me.family == MICRO:
        return stepped(me)
    elif me.family == NAIVE:
        return naive(me, got)
    elif me.family == GUEST:
        asked = guest(me, got)
    else:
        asked = mirrored(me, got)
    return min(max(asked, me.floor), me.opening)


@rule
def timed(me):
    """Return the ask of a time-dependent side: its curve over its range, less the slack."""
    return (
        (me.opening - me.floor) * curve(me.family, me.e, me.start, me.clock) + me.floor - me.slack
    )


@rule
def curve(family, e, start, t):
    """Return the aspiration at relative time `t`, from `start` to 0."""
    if family == EXPONENTIAL:
        return start * (exp(power(1.0 - t, e)) - 1.0) / (math.e - 1.0)
    return start * (1.0 - power(t, e))


@rule
def still(me):
    """Return the ask of a side that never moves; all of its range is the opening itself."""
    return me.floor + me.share * (me.opening - me.floor) if me.share < 1.0 else me.opening


@rule
def mirrored(me, got):
    """Return the ask of a tit-for-tat side: its last one, moved as the other side's offers moved.

    Until it has heard enough of them it stands still, but for a first step of goodwill. An offer worth
    nothing, or less, has no ratio to another: then a relative ask stays.
    """
    if me.turns == 0:
        return me.opening
    back = me.window if me.family == AVERAGED else 1
    if me.heard <= back:
        return me.asked - (GOODWILL * (me.opening - me.floor) if me.turns == 1 else 0.0)
    newest, older = got[me.heard - 1], got[me.heard - 1 - back]
    if me.family in (RELATIVE, AVERAGED):
        return me.asked * (older / newest) if newest > 0.0 and older > 0.0 else me.asked
    return me.asked - (newest - older) + jitter(me)


@rule
def jitter(me):
    """Return the random step of a player that mirrors at random, else none."""
    if me.family != RANDOM_ABSOLUTE:
        return 0.0
    return (1.0 if me.chance < 0.5 else -1.0) * me.step * me.noise * (me.opening - me.floor)


@rule
def naive(me, got):
    """Return the ask of the naive player, its best less what it gives; it may lie below the floor."""
    worth = got[me.heard - 1] if me.heard > 0 else me.floor
    share = min(1.0, 1.0 - given(me, worth))
    return min(max(share * (me.opening - me.low) + me.low, me.low), me.opening)


@rule
def given(me, worth):
    """Return what the naive player gives, as a share of its range, after an offer of `worth`.

    At first nothing; twice the gap between two neighbours of its list; then as much as the offer is worth to
    it (NegMAS, NaiveTitForTatNegotiator).
    """
    if me.turns == 0:
        return 0.0
    concession = me.gap
    if me.turns >= EARLY:
        concession = 1.0 - (normalised(me, worth) * -1.0 + 1.0)
        concession = (0.0 if concession < 0.0 else concession) + me.kindness
    return concession if -1e-6 <= concession <= 1.0000001 else 0.0


@rule
def normalised(me, worth):
    """Return a utility as a share of the range above the floor."""
    width = me.opening - me.floor
    if width <= 0.0 or width < LEAST_RANGE * me.unit:
        return 1.0
    return (worth - me.floor) * (1.0 / width)


@rule
def stepped(me):
    """Return the ask of a MiCRO side: a step down its list, as long as it sent no more than it received.

    What was sent or received before does not count; at the end of its list it repeats itself.
    """
    return me.below if me.sent <= me.received and me.below >= me.reservation else me.asked


@rule
def guest(me, got):
    """Return the ask of a strategy that a person brought along, its opening if that is no number."""
    offered = got[me.heard - 1] if me.heard > 0 else np.nan
    rise = got[me.heard - 1] - got[me.heard - 2] if me.heard > 1 else 0.0
    turn = np.float64(me.turns)
    asked = call_entry(
        me.rule, me.clock, me.floor, me.opening, me.asked, offered, rise, turn, me.chance
    )
    if math.isnan(asked):
        me.wrong = 1
        return me.opening
    return asked
