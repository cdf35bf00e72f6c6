"""Strategies that ignore the other side: their whole talk is known once for a domain.

A path is what such a side would offer and accept in every round. Two paths meet in a loop over two
rows of numbers, so that many pairs on one domain cost next to nothing.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

import numpy as np

from sim.errors import SimError
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.asking import outcome_for_ask
from sim.outcomes.sessions.outcome_seat import (
    clear_memory,
    empty_seats,
    has_no_acceptable_outcome,
    raise_if_strategy_failed,
    seat_both,
    set_strategy,
)
from sim.outcomes.sessions.talks import MOST_ROUNDS, empty_table, talk_kernel
from sim.outcomes.sessions.trading import talk_with_models
from sim.outcomes.sessions.transcript import both_halves
from sim.outcomes.sessions.turns import decide_ask
from sim.outcomes.solving.search import Halves, utility_of
from sim.strategies.catalogue import Accept, ConfiguredStrategy, Family
from sim.strategies.taking import NEXT, acceptance_threshold

# Families and ways to accept that depend on time and the side's own utilities alone.
BLIND_FAMILIES = (Family.POLYNOMIAL, Family.EXPONENTIAL, Family.CONSTANT)
BLIND_ACCEPTS = (Accept.OWN, Accept.NEXT, Accept.CONSTANT, Accept.ANY)


class OfferPaths(NamedTuple):
    """Paths of several strategies on one side, by strategy and round."""

    offered: np.ndarray  # int64: outcome offered; −1 if the side has no acceptable outcome
    threshold: np.ndarray  # float64: least utility at which an offer is accepted
    own: np.ndarray  # float64: utility of its own offer to the side
    got: np.ndarray  # float64: utility of that offer to the other side


class MeetingResults(NamedTuple):
    """How every pair ended, by buyer's and vendor's strategy; −1 is no deal, or nobody."""

    number: np.ndarray  # int64
    turn: np.ndarray  # int64
    taker: np.ndarray  # int64
    buyer: np.ndarray  # float64: utility before discount, the reservation value without a deal
    vendor: np.ndarray


def is_blind(played: ConfiguredStrategy) -> bool:
    """Return whether what a strategy offers and accepts is known before the talk."""
    unscaled = played.accept != Accept.NEXT or (played["scale"] == 1.0 and played["shift"] == 0.0)
    unlearned = not played.model
    return (
        played.strategy.family in BLIND_FAMILIES
        and played.accept in BLIND_ACCEPTS
        and unscaled
        and unlearned
    )


def compute_paths(
    domain: Domain,
    side: int,
    plays: list[ConfiguredStrategy],
    rounds: int,
    halves: tuple[Halves, Halves],
) -> OfferPaths:
    """Return the paths of blind strategies on one side of a domain.

    `halves` are those of buyer and vendor. Raises SimError if a strategy is not blind.
    """
    seats = empty_seats(len(plays))
    for k, played in enumerate(plays):
        if not is_blind(played):
            raise SimError(f"{played}: looks at the other side, want a strategy that does not")
        if k == 0:
            seats[:] = seat_both(domain, (played, played))[side]
        set_strategy(seats, k, played)
    shape = (len(plays), rounds)
    found = OfferPaths(
        np.full(shape, -1, np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    )
    paths_kernel(halves[side], halves[1 - side], seats, rounds, found, (np.uint64(0), np.uint64(0)))
    return found


@kernel_of_rooms(*OUTCOME_ROOMS)
def paths_kernel(mine, theirs, seats, rounds, into, key):
    """Fill in the paths of one side; a side that has no acceptable outcome keeps −1."""
    for s in range(seats.shape[0]):
        me = seats[s]
        clear_memory(me)
        if has_no_acceptable_outcome(me):
            continue
        for k in range(rounds):
            decide_ask(me, mine, k, rounds, 0, into.got[s], key, 0)
            number, worth = outcome_for_ask(me, mine, me.asked)
            into.offered[s, k] = number
            into.own[s, k] = worth
            into.got[s, k] = utility_of(theirs, number)
            into.threshold[s, k] = least_accepted(me, worth)


@rule
def least_accepted(me, worth):
    """Return the least utility that a blind side accepts if its own offer is worth `worth`."""
    # `is_blind` makes sure that it is neither scaled nor shifted, so the side's next offer is a threshold.
    return (
        max(worth, acceptance_threshold(me)) if me.accepting == NEXT else acceptance_threshold(me)
    )


@rule
def meet_paths(opener, opener_row, second, second_row, rounds):
    """Return (outcome, round, act) of two paths that meet; act 0: the opener takes, 1: the second.

    Outcome and act are −1 if the paths end without a deal.
    """
    if opener.offered[opener_row, 0] < 0 or second.offered[second_row, 0] < 0:
        return -1, rounds, -1
    for k in range(rounds):
        if k > 0 and second.got[second_row, k - 1] >= opener.threshold[opener_row, k]:
            return second.offered[second_row, k - 1], k, 0
        if opener.got[opener_row, k] >= second.threshold[second_row, k]:
            return opener.offered[opener_row, k], k, 1
    return -1, rounds, -1


@kernel_of_rooms(*OUTCOME_ROOMS)
def meet_kernel(opener, second, rounds, ended, worth):
    """Let all paths of one side meet all paths of the other.

    Writes `ended`, int64 (openers, seconds, 3), as `meet_paths` returns it, and `worth`, float64
    (openers, seconds, 2): the utility of the deal to opener and second, not written without a deal.
    """
    for i in range(opener.offered.shape[0]):
        for j in range(second.offered.shape[0]):
            number, turn, act = meet_paths(opener, i, second, j, rounds)
            ended[i, j, 0] = number
            ended[i, j, 1] = turn
            ended[i, j, 2] = act
            if act == 0:
                worth[i, j, 0] = second.got[j, turn - 1]
                worth[i, j, 1] = second.own[j, turn - 1]
            elif act == 1:
                worth[i, j, 0] = opener.own[i, turn]
                worth[i, j, 1] = opener.got[i, turn]


def meet_all(
    domain: Domain, buyers: list[ConfiguredStrategy], vendors: list[ConfiguredStrategy], rounds: int = 100,
    first: int = 0, seed: int = 1,
) -> MeetingResults:  # fmt: skip
    """Let every buyer's strategy meet every vendor's in alternating offers on one domain.

    Pairs of blind strategies meet by their paths, all others talk; the results are the same.
    `first` is the side that opens. Raises SimError if `rounds` is out of range or a strategy fails.
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        raise SimError(f"rounds = {rounds}: want 1 to {MOST_ROUNDS:,}")
    h = both_halves(domain)
    shape = (len(buyers), len(vendors))
    ended = np.full((*shape, 3), -1, np.int64)
    worth = np.empty((*shape, 2))
    worth[...] = [profile.reservation for profile in domain.profiles]
    _meet_blind(domain, (buyers, vendors), rounds, first, h, ended, worth)
    t = empty_table(rounds)
    for i, buyer in enumerate(buyers):
        for j, vendor in enumerate(vendors):
            if is_blind(buyer) and is_blind(vendor):
                continue
            key = (np.uint64(seed), np.uint64(session_number(buyer, vendor, first)))
            if buyer.model or vendor.model:
                ended[i, j] = talk_with_models(domain, (buyer, vendor), h, rounds, first, t, key)[
                    :3
                ]
            else:
                seats = seat_both(domain, (buyer, vendor))
                ended[i, j] = talk_kernel(*h, seats, rounds, first, t, key)[:3]
                raise_if_strategy_failed(seats, (buyer, vendor))
            number = int(ended[i, j, 0])
            if number >= 0:
                worth[i, j] = domain.utility(0, number), domain.utility(1, number)
    return MeetingResults(ended[..., 0], ended[..., 1], ended[..., 2], worth[..., 0], worth[..., 1])


def session_number(buyer: ConfiguredStrategy, vendor: ConfiguredStrategy, first: int) -> int:
    """Return the number that names a meeting's luck, whoever else takes part."""
    return crc32(f"{buyer} {vendor} {first}".encode())


def _meet_blind(
    domain: Domain, plays: tuple[list[ConfiguredStrategy], list[ConfiguredStrategy]], rounds: int, first: int,
    halves: tuple[Halves, Halves], ended: np.ndarray, worth: np.ndarray,
) -> None:  # fmt: skip
    """Fill in how pairs of blind strategies end; acts of openers become sides."""
    places = [np.array([k for k, p in enumerate(side) if is_blind(p)], np.int64) for side in plays]
    if not len(places[0]) or not len(places[1]):
        return
    ways = [
        compute_paths(domain, side, [plays[side][k] for k in places[side]], rounds, halves)
        for side in (0, 1)
    ]
    shape = (len(places[first]), len(places[1 - first]))
    found, gains = np.zeros((*shape, 3), np.int64), np.empty((*shape, 2))
    gains[...] = [domain.profiles[side].reservation for side in (first, 1 - first)]
    meet_kernel(ways[first], ways[1 - first], rounds, found, gains)
    if first == 1:
        found, gains = found.transpose(1, 0, 2).copy(), gains.transpose(1, 0, 2)[..., ::-1]
        taker = found[..., 2]
        found[..., 2] = np.where(taker < 0, taker, 1 - taker)
    where = np.ix_(places[0], places[1])
    ended[where], worth[where] = found, gains
