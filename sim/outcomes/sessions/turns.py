"""One turn of a side, the same in every protocol with offers and at a table that others run."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.luck import uniforms
from sim.outcomes.sessions.accepting import agrees_to
from sim.outcomes.sessions.asking import (
    count_new_offer,
    outcome_for_ask,
    update_list_view,
)
from sim.outcomes.sessions.outcome_seat import clear_memory
from sim.strategies.aspiration import CUSTOM, MICRO, NAIVE, RANDOM_ABSOLUTE, ask
from sim.strategies.taking import OWN


class TalkStream(IntEnum):
    """Streams of luck of talks over outcomes; numbers from 1,000 are used by no scenario."""

    STEP = 1_000
    COIN = 1_001
    CHANGE = 1_002
    VOTE = 1_003


STEP = np.int64(TalkStream.STEP)


@rule
def set_clock(me, turn, rounds, heard):
    """Write relative time, rounds left and offers heard; round k of n is at (k+1)/(n+1)."""
    me.clock = (turn + 1.0) / (rounds + 1.0)
    me.left = rounds - turn
    me.heard = heard


@rule
def decide_ask(me, halves, turn, rounds, heard, got, key, side):
    """Write a side's ask of this turn, `me.asked`, in its utility."""
    set_clock(me, turn, rounds, heard)
    update_list_view(me, halves)
    if me.family in (RANDOM_ABSOLUTE, CUSTOM):
        luck = uniforms(key, STEP, np.int64(side), np.int64(turn), np.int64(0))
        me.chance, me.step = luck[0], luck[1]
    me.asked = ask(me, got)


@rule
def choose_offer(me, halves):
    """Return number and utility of a side's offer; a MiCRO side may repeat its last one."""
    if me.family != MICRO:
        return outcome_for_ask(me, halves, me.asked)
    if me.ahead >= 0 and me.sent <= me.received:
        me.last = me.ahead
        me.last_worth = me.ahead_worth
        me.ahead = -1
        me.sent += 1
    return me.last, me.last_worth


@rule
def take_turn(me, halves, turn, rounds, heard, got, offered, key, side):
    """Return (taken, outcome, utility): of the latest offer if it is taken, else of its own offer.

    The naive player looks at its list once to answer and once more to offer, so it asks last.
    """
    if me.family == MICRO and heard > 0:
        count_new_offer(me, offered, heard)
    late = me.family == NAIVE and me.accepting == OWN
    if late and heard > 0:
        set_clock(me, turn, rounds, heard)
        update_list_view(me, halves)
    if not late:
        decide_ask(me, halves, turn, rounds, heard, got, key, side)
    if heard > 0 and agrees_to(me, halves, got[heard - 1], got):
        return True, offered[heard - 1], got[heard - 1]
    if late:
        decide_ask(me, halves, turn, rounds, heard, got, key, side)
    number, worth = choose_offer(me, halves)
    me.turns += 1
    return False, number, worth


@kernel_of_rooms(*OUTCOME_ROOMS)
def turn_kernel(seats, side, halves, turn, rounds, heard, got, offered, key):
    """Take one turn at a table that somebody else runs, called from Python; see `take_turn`."""
    if turn == 0 and seats[side].turns == 0:
        clear_memory(seats[side])
    return take_turn(seats[side], halves, turn, rounds, heard, got, offered, key, side)
