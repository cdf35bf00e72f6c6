"""Whether a side takes the offer on the table: `sim/strategies/taking.py`, where its own next offer is an outcome."""

from __future__ import annotations

from sim.jit import rule
from sim.outcomes.sessions.asking import named
from sim.strategies.aspiration import MICRO
from sim.strategies.taking import COMBINED, NEXT, accepts


@rule
def agrees_to(me, h, worth, got):
    """Say whether a side takes an offer worth `worth` to it; `me.asked` is its ask of this turn."""
    me.offer = me.asked
    if me.accepting in (NEXT, COMBINED) and me.family != MICRO:
        _, me.offer = named(me, h, me.asked)
    return accepts(me, worth, got)
