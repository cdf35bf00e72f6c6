"""Alternating offers over outcomes, by the rules of the stacked alternating offers protocol.

In round k of n both sides see the relative time (k + 1) / (n + 1), k from 0. The first side opens;
from then on each side takes the offer on the table or makes its own. After n rounds without a deal
the talk ends without one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.sessions.outcome_seat import (
    clear_memory,
    has_no_acceptable_outcome,
    set_utility_range,
)
from sim.outcomes.sessions.turns import take_turn
from sim.outcomes.solving.search import fill_halves, utility_of

MOST_ROUNDS = 1_000_000  # tables of offers are allocated in full: 48 MB


class TalkTable(NamedTuple):
    """Offers of a talk by side and round: the outcome, its utility to speaker and listener."""

    offered: np.ndarray  # int64 (2, rounds)
    own: np.ndarray  # float64 (2, rounds)
    got: np.ndarray  # float64 (2, rounds)


class TalkResult(NamedTuple):
    """How a talk ended: the outcome (−1: none), round, taker, and the number of offers."""

    number: int
    turn: int
    taker: int
    offers: int


def empty_table(rounds: int) -> TalkTable:
    """Return an empty table for `rounds` rounds."""
    return TalkTable(
        np.full((2, rounds), -1, np.int64), np.zeros((2, rounds)), np.zeros((2, rounds))
    )


@rule
def run_talk(buyer_halves, vendor_halves, seats, rounds, first, table, key):
    """Let two sides talk, `first` opening, and return (outcome, round, taker, offers).

    Outcome and taker are −1 without a deal. `key` is (seed, session). All offers are written to the table.
    """
    clear_memory(seats[0])
    clear_memory(seats[1])
    if has_no_acceptable_outcome(seats[0]) or has_no_acceptable_outcome(seats[1]):
        return -1, rounds, -1, 0
    offers = 0
    for k in range(rounds):
        for act in range(2):
            side = first if act == 0 else 1 - first
            heard = k if act == 0 else k + 1  # the second side has heard this round's offer too
            got, offered = table.got[1 - side], table.offered[1 - side]
            if side == 0:
                taken, number, worth = take_turn(
                    seats[0], buyer_halves, k, rounds, heard, got, offered, key, side
                )
            else:
                taken, number, worth = take_turn(
                    seats[1], vendor_halves, k, rounds, heard, got, offered, key, side
                )
            if taken:
                return number, k, side, offers
            table.offered[side, k] = number
            table.own[side, k] = worth
            table.got[side, k] = utility_of(vendor_halves if side == 0 else buyer_halves, number)
            offers += 1
    return -1, rounds, -1, offers


@kernel_of_rooms(*OUTCOME_ROOMS)
def talk_kernel(buyer_halves, vendor_halves, seats, rounds, first, table, key):
    """Run one talk, called from Python; see `run_talk`."""
    return run_talk(buyer_halves, vendor_halves, seats, rounds, first, table, key)


@kernel_of_rooms(*OUTCOME_ROOMS)
def batch_kernel(
    worths, reservations, sizes, cut, buyer_halves, vendor_halves, seats, rounds, table, key, ended
):
    """Let the same two strategies talk over many domains of one shape, without learning in between.

    `worths` is float64 (domains, 2, values), `reservations` float64 (domains, 2), `ended` int64
    (domains, 4), as in `TalkResult`. The halves and the table are workspace that each domain
    reuses.
    """
    for d in range(worths.shape[0]):
        for side in range(2):
            set_utility_range(seats[side], worths[d, side], sizes, reservations[d, side])
        fill_halves(worths[d, 0], sizes, cut, buyer_halves)
        fill_halves(worths[d, 1], sizes, cut, vendor_halves)
        number, turn, taker, offers = run_talk(
            buyer_halves, vendor_halves, seats, rounds, 0, table, key
        )
        ended[d, 0] = number
        ended[d, 1] = turn
        ended[d, 2] = taker
        ended[d, 3] = offers
