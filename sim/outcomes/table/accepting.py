"""Whether a side takes the offer on the table: what a list of outcomes adds to `sim/strategies/taking.py`.

The naive player has a condition of its own. A side's next offer is an outcome, worth its ask or a little more.
"""

from __future__ import annotations

from sim.jit import rule
from sim.outcomes.table.asking import given, named, normalised
from sim.strategies.aspiration import MICRO, NAIVE
from sim.strategies.taking import COMBINED, NEXT, OWN, takes


@rule
def agrees_to(me, h, turn, worth, got):
    """Say whether a side takes an offer worth `worth` to it; `me.asked` is its ask of this turn."""
    if me.accepting == OWN and me.family == NAIVE:
        return normalised(me, worth) >= 1.0 - given(me, h, turn, worth)
    if me.accepting in (NEXT, COMBINED):
        if me.family == MICRO:
            me.offer = me.asked
        else:
            _, me.offer = named(me, h, me.asked)
    return takes(me, worth, got)
