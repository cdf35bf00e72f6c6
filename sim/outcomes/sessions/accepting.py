"""Whether a side takes the offer on the table: `sim/strategies/taking.py` over outcomes."""

from __future__ import annotations

from sim.jit import rule
from sim.outcomes.sessions.asking import outcome_for_ask
from sim.strategies.aspiration import MICRO
from sim.strategies.taking import COMBINED, NEXT, accepts


@rule
def agrees_to(me, halves, worth, got):
    """Return whether a side takes an offer worth `worth` to it.

    `me.asked` is its ask of this turn; `got` are the utilities of all offers received. Writes
    `me.offer`, the utility of the outcome it would offer next, for rules that compare with it.
    """
    me.offer = me.asked
    if me.accepting in (NEXT, COMBINED) and me.family != MICRO:
        _, me.offer = outcome_for_ask(me, halves, me.asked)
    return accepts(me, worth, got)
