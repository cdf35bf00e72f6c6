"""The utility a side asks for at a given moment of the talk."""

from __future__ import annotations

from sim.jit import rule
from sim.strategies.catalogue import HARDLINER, TIME_DEPENDENT

GOODWILL = 0.1  # share of its range a tit-for-tat player gives first, so that two of them can start


@rule
def time_dependent(clock, floor, opening, exponent):
    """Return the aspiration at `clock` in [0, 1]: it falls from the opening to the floor."""
    ask = floor + (opening - floor) * (1.0 - clock**exponent)
    return min(max(ask, floor), opening)


@rule
def tit_for_tat(last_ask, received, floor, opening, own_turn):
    """Return the last aspiration less what the other side gave since, in own utility.

    `received` is the rise of own utility between the other side's last two offers; the second own
    turn opens with a goodwill step.
    """
    if own_turn == 0:
        return opening
    step = max(0.0, received)
    if own_turn == 1:
        step = max(step, GOODWILL * (opening - floor))
    return min(max(last_ask - step, floor), opening)


@rule
def aspiration(family, exponent, clock, floor, opening, last_ask, received, own_turn):
    """Return the utility asked for next, by family of the catalogue."""
    if family == TIME_DEPENDENT:
        return time_dependent(clock, floor, opening, exponent)
    if family == HARDLINER:
        return opening
    return tit_for_tat(last_ask, received, floor, opening, own_turn)


@rule
def accepts(utility, next_ask, floor, is_last, family):
    """Say whether an offer is taken: worth at least one's own next ask, at the end the floor."""
    if is_last and family != HARDLINER:
        return utility >= floor
    return utility >= next_ask
