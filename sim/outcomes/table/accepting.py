"""Whether a side takes the offer on the table: what a list of outcomes adds to `sim/strategies/taking.py`.

The naive player and MiCRO (de Jonge 2022) have conditions of their own, on where they are in their list.
"""

from __future__ import annotations

from sim.jit import rule
from sim.outcomes.table.asking import given, look_ahead, named, normalised
from sim.strategies.aspiration import MICRO, NAIVE
from sim.strategies.taking import COMBINED, NEXT, OWN, takes


@rule
def agrees_to(me, h, turn, worth, got):
    """Say whether a side takes an offer worth `worth` to it; `me.asked` is its ask of this turn."""
    if me.accepting == OWN:
        if me.family == NAIVE:
            return normalised(me, worth) >= 1.0 - given(me, h, turn, worth)
        if me.family == MICRO:
            return worth >= micro_least(me, h)
    elif me.accepting in (NEXT, COMBINED):
        if me.family == MICRO:
            me.offer = micro_least(me, h)
        else:
            _, me.offer = named(me, h, me.asked)
    return takes(me, worth, got)


@rule
def micro_least(me, h):
    """Return the least a MiCRO side takes: the next outcome down if it may give it, else the last.

    It may as long as it has not sent more different outcomes than it received.
    """
    if me.sent > me.received:
        return max(me.last_worth, me.reservation)
    look_ahead(me, h)
    return me.reservation if me.ahead < 0 else max(me.ahead_worth, me.reservation)
