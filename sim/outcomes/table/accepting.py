"""When a side takes an offer: its own ask, its own next offer, a threshold, time, or these combined."""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.outcomes.table.asking import given, look_ahead, named, normalised
from sim.strategies.aspiration import COMBINED, ENOUGH, MICRO, NAIVE, NEXT, OWN, TIME


@rule
def takes(me, h, turn, rounds, worth, heard, got):
    """Say whether a side takes an offer worth `worth` to it; `me.asked` is its ask of this turn.

    `heard` offers came, worth `got` to it; the last is on the table.
    """
    if me.accepting == OWN:
        return _own(me, h, turn, worth)
    if worth < me.reservation:
        return False
    t = (turn + 1.0) / (rounds + 1.0)
    if me.accepting == ENOUGH:
        return worth >= me.floor + me.enough * (me.high - me.floor)
    if me.accepting == TIME:
        return t >= me.after
    if me.accepting == NEXT:
        return _next(me, h, worth)
    if me.accepting == COMBINED:
        late = t >= me.after and worth >= _best_lately(got, heard, rounds - turn)
        return late or _next(me, h, worth)
    return True


@rule
def _own(me, h, turn, worth):
    """Say whether an offer meets the strategy's own condition."""
    if me.family == NAIVE:
        return normalised(me, worth) >= 1.0 - given(me, h, turn, worth)
    if me.family == MICRO:
        return worth >= micro_least(me, h)
    return worth >= me.asked


@rule
def _next(me, h, worth):
    """Say whether an offer, scaled and shifted, is worth at least one's own next offer."""
    if me.family == MICRO:
        least = micro_least(me, h)
    else:
        _, least = named(me, h, me.asked)
    return me.scale * worth + me.shift >= least


@rule
def _best_lately(got, heard, left):
    """Return the best offer of as many rounds as are left."""
    best = -np.inf
    for k in range(max(0, heard - left), heard):
        best = max(best, got[k])
    return best


@rule
def micro_least(me, h):
    """Return the least a MiCRO side takes: the next outcome down if it may give it, else the last.

    It may as long as it has not sent more different outcomes than it received.
    """
    if me.sent > me.received:
        return max(me.last_worth, me.reservation)
    look_ahead(me, h)
    return me.reservation if me.ahead < 0 else max(me.ahead_worth, me.reservation)
