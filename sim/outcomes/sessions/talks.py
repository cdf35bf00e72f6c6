"""Alternating offers over outcomes, by the rule of stacked alternating offers.

In round k of n both sides see the relative time (k + 1) / (n + 1). The first side opens; from then
on each takes the offer on the table or makes its own. After n rounds without a deal, none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of, rule
from sim.outcomes.sessions.outcome_seat import (
    clear_memory,
    has_no_acceptable_outcome,
    set_utility_range,
)
from sim.outcomes.sessions.turns import take_turn
from sim.outcomes.solving.search import fill_halves, utility_of

MOST_ROUNDS = 1_000_000


class TalkTable(NamedTuple):
    """What is said: by side and turn, the outcome, its worth to the speaker and to the listener."""

    said: np.ndarray  # int64 (2, rounds)
    own: np.ndarray  # float64 (2, rounds)
    got: np.ndarray  # float64 (2, rounds)


class TalkResult(NamedTuple):
    """How a talk ended: the outcome (−1: none), in which round, taken by whom, after how many offers."""

    number: int
    turn: int
    taker: int
    offers: int


def empty_table(rounds: int) -> TalkTable:
    """Return an empty table for so many rounds."""
    return TalkTable(
        np.full((2, rounds), -1, np.int64), np.zeros((2, rounds)), np.zeros((2, rounds))
    )


@rule
def run_talk(buyer_halves, vendor_halves, seats, rounds, first, table, key):
    """Let two sides talk; `first` opens. Returns (number, turn, taker, offers)."""
    clear_memory(seats[0])
    clear_memory(seats[1])
    if has_no_acceptable_outcome(seats[0]) or has_no_acceptable_outcome(seats[1]):
        return -1, rounds, -1, 0
    offers = 0
    for k in range(rounds):
        for act in range(2):
            side = first if act == 0 else 1 - first
            heard = k if act == 0 else k + 1
            other = 1 - side
            if side == 0:
                taken, number, worth = take_turn(
                    seats[0], buyer_halves, k, rounds, heard, table.got[other], table.said[other], key, side
                )
            else:
                taken, number, worth = take_turn(
                    seats[1], vendor_halves, k, rounds, heard, table.got[other], table.said[other], key, side
                )
            if taken:
                return number, k, side, offers
            table.said[side, k] = number
            table.own[side, k] = worth
            table.got[side, k] = utility_of(vendor_halves if side == 0 else buyer_halves, number)
            offers += 1
    return -1, rounds, -1, offers


@kernel_of(*OUTCOME_ROOMS)
def talk_kernel(one, two, seats, rounds, first, table, key):
    """Let two sides talk, called from Python."""
    return run_talk(one, two, seats, rounds, first, table, key)


@kernel_of(*OUTCOME_ROOMS)
def batch_kernel(worths, reservations, sizes, cut, one, two, seats, rounds, table, key, ended):
    """Let the same two strategies talk over many domains of one shape, each met for the first time.

    worths: float64 (domains, 2, values); ended: int64 (domains, 4), as `TalkResult`.
    """
    for d in range(worths.shape[0]):
        for side in range(2):
            set_utility_range(seats[side], worths[d, side], sizes, reservations[d, side])
        fill_halves(worths[d, 0], sizes, cut, one)
        fill_halves(worths[d, 1], sizes, cut, two)
        number, turn, taker, offers = run_talk(one, two, seats, rounds, 0, table, key)
        ended[d, 0] = number
        ended[d, 1] = turn
        ended[d, 2] = taker
        ended[d, 3] = offers
