"""One turn of a side, the same in every protocol where sides make offers, and for a guest's table."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.luck import uniforms
from sim.outcomes.sessions.accepting import agrees_to
from sim.outcomes.sessions.asking import (
    hear,
    named,
    show_list,
)
from sim.outcomes.sessions.outcome_seat import forget
from sim.strategies.aspiration import GUEST, MICRO, NAIVE, RANDOM_ABSOLUTE, ask
from sim.strategies.taking import OWN


class Luck(IntEnum):
    """Streams of luck of talks over outcomes; their numbers begin where no scenario's reach."""

    STEP = 1_000
    COIN = 1_001
    CHANGE = 1_002
    VOTE = 1_003


STEP = np.int64(Luck.STEP)


@rule
def look(me, turn, rounds, heard):
    """Show a side where the talk is: of n rounds, the (turn + 1)-th is at (turn + 1) / (n + 1)."""
    me.clock = (turn + 1.0) / (rounds + 1.0)
    me.left = rounds - turn
    me.heard = heard


@rule
def decide_ask(me, h, turn, rounds, heard, got, key, side):
    """Set a side's ask of this turn."""
    look(me, turn, rounds, heard)
    show_list(me, h)
    if me.family in (RANDOM_ABSOLUTE, GUEST):
        luck = uniforms(key, STEP, np.int64(side), np.int64(turn), np.int64(0))
        me.chance, me.step = luck[0], luck[1]
    me.asked = ask(me, got)


@rule
def offer_of(me, h):
    """Return number and utility of the outcome a side offers; a MiCRO side may repeat its last."""
    if me.family != MICRO:
        return named(me, h, me.asked)
    if me.ahead >= 0 and me.sent <= me.received:
        me.last = me.ahead
        me.last_worth = me.ahead_worth
        me.ahead = -1
        me.sent += 1
    return me.last, me.last_worth


@rule
def turn_of(me, h, turn, rounds, heard, got, said, key, side):
    """Return (taken, number, utility): whether the offer on the table is taken, else one's own.

    The naive player looks at its list once to answer and once more to offer, so it asks last.
    """
    if me.family == MICRO and heard > 0:
        hear(me, said, heard)
    late = me.family == NAIVE and me.accepting == OWN
    if late and heard > 0:
        look(me, turn, rounds, heard)
        show_list(me, h)
    if not late:
        decide_ask(me, h, turn, rounds, heard, got, key, side)
    if heard > 0 and agrees_to(me, h, got[heard - 1], got):
        return True, said[heard - 1], got[heard - 1]
    if late:
        decide_ask(me, h, turn, rounds, heard, got, key, side)
    number, worth = offer_of(me, h)
    me.turns += 1
    return False, number, worth


@kernel_of_rooms(*OUTCOME_ROOMS)
def turn_kernel(seats, side, h, turn, rounds, heard, got, said, key):
    """Take one turn at a table that somebody else runs, called from Python."""
    if turn == 0 and seats[side].turns == 0:
        forget(seats[side])
    return turn_of(seats[side], h, turn, rounds, heard, got, said, key, side)
