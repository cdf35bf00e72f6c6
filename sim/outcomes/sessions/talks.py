"""Alternating offers over outcomes, by the rule of stacked alternating offers.

In round k of n both sides see the relative time (k + 1) / (n + 1). The first side opens; from then
on each takes the offer on the table or makes its own. After n rounds without a deal, none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.sessions.outcome_seat import forget, hopeless, sit
from sim.outcomes.sessions.turns import turn_of
from sim.outcomes.solving.search import fill, worth_of

MOST_ROUNDS = 1_000_000


class TalkTable(NamedTuple):
    """What is said: by side and turn, the outcome, its worth to the speaker and to the listener."""

    said: np.ndarray  # int64 (2, rounds)
    own: np.ndarray  # float64 (2, rounds)
    got: np.ndarray  # float64 (2, rounds)


class Ended(NamedTuple):
    """How a talk ended: the outcome (−1: none), in which round, taken by whom, after how many offers."""

    number: int
    turn: int
    taker: int
    offers: int


def table(rounds: int) -> TalkTable:
    """Return an empty table for so many rounds."""
    return TalkTable(
        np.full((2, rounds), -1, np.int64), np.zeros((2, rounds)), np.zeros((2, rounds))
    )


@rule
def talk(one, two, seats, rounds, first, t, key):
    """Let two sides talk; `first` opens. Returns (number, turn, taker, offers)."""
    forget(seats[0])
    forget(seats[1])
    if hopeless(seats[0]) or hopeless(seats[1]):
        return -1, rounds, -1, 0
    offers = 0
    for k in range(rounds):
        for act in range(2):
            side = first if act == 0 else 1 - first
            heard = k if act == 0 else k + 1
            other = 1 - side
            if side == 0:
                taken, number, worth = turn_of(
                    seats[0], one, k, rounds, heard, t.got[other], t.said[other], key, side
                )
            else:
                taken, number, worth = turn_of(
                    seats[1], two, k, rounds, heard, t.got[other], t.said[other], key, side
                )
            if taken:
                return number, k, side, offers
            t.said[side, k] = number
            t.own[side, k] = worth
            t.got[side, k] = worth_of(two if side == 0 else one, number)
            offers += 1
    return -1, rounds, -1, offers


@kernel_of_rooms(*OUTCOME_ROOMS)
def talk_kernel(one, two, seats, rounds, first, t, key):
    """Let two sides talk, called from Python."""
    return talk(one, two, seats, rounds, first, t, key)


@kernel_of_rooms(*OUTCOME_ROOMS)
def fresh_kernel(worths, reservations, sizes, cut, one, two, seats, rounds, t, key, ended):
    """Let the same two strategies talk over many domains of one shape, each met for the first time.

    worths: float64 (domains, 2, values); ended: int64 (domains, 4), as `Ended`.
    """
    for d in range(worths.shape[0]):
        for side in range(2):
            sit(seats[side], worths[d, side], sizes, reservations[d, side])
        fill(worths[d, 0], sizes, cut, one)
        fill(worths[d, 1], sizes, cut, two)
        number, turn, taker, offers = talk(one, two, seats, rounds, 0, t, key)
        ended[d, 0] = number
        ended[d, 1] = turn
        ended[d, 2] = taker
        ended[d, 3] = offers
