"""Strategies that never look at the other side: their whole talk is known once per domain.

A path is what such a side would offer and take in every round. Two paths meet in a loop over two
rows of numbers, so that many pairs on one domain cost next to nothing.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

import numpy as np

from sim.errors import SimError
from sim.jit import OUTCOME_ROOMS, kernel_of_rooms, rule
from sim.outcomes.domains.domain import Domain
from sim.outcomes.sessions.asking import named
from sim.outcomes.sessions.outcome_seat import complain, empty, equip, forget, hopeless, seated
from sim.outcomes.sessions.talks import MOST_ROUNDS, table, talk_kernel
from sim.outcomes.sessions.trading import talk_with_models
from sim.outcomes.sessions.transcript import both_halves
from sim.outcomes.sessions.turns import decide_ask
from sim.outcomes.solving.search import Halves, worth_of
from sim.strategies.catalogue import Accept, Family, Played
from sim.strategies.taking import NEXT, least_taken

BLIND = (Family.POLYNOMIAL, Family.EXPONENTIAL, Family.CONSTANT)
PLAIN = (Accept.OWN, Accept.NEXT, Accept.CONSTANT, Accept.ANY)


class Paths(NamedTuple):
    """Paths of several strategies on one side, by strategy and round."""

    said: np.ndarray  # int64: outcome offered; −1 where a side has nothing to talk about
    least: np.ndarray  # float64: what an offer must be worth to be taken
    own: np.ndarray  # float64: worth of the own offer to oneself
    got: np.ndarray  # float64: and to the other side


class Met(NamedTuple):
    """How every pair ended, by buyer's and vendor's strategy; −1 stands for no deal, nobody."""

    number: np.ndarray  # int64
    turn: np.ndarray  # int64
    taker: np.ndarray  # int64
    buyer: np.ndarray  # float64: utility before discount, the reservation value without a deal
    vendor: np.ndarray


def blind(played: Played) -> bool:
    """Say whether what a strategy offers and takes is known before the talk."""
    plain = played.accept != Accept.NEXT or (played["scale"] == 1.0 and played["shift"] == 0.0)
    unlearned = not played.model
    return played.strategy.family in BLIND and played.accept in PLAIN and plain and unlearned


def paths(
    domain: Domain, side: int, plays: list[Played], rounds: int, h: tuple[Halves, Halves]
) -> Paths:
    """Return the paths of blind strategies on one side of a domain."""
    seats = empty(len(plays))
    for k, played in enumerate(plays):
        if not blind(played):
            raise SimError(f"{played}: looks at the other side, want a strategy that does not")
        if k == 0:
            seats[:] = seated(domain, (played, played))[side]
        equip(seats, k, played)
    shape = (len(plays), rounds)
    found = Paths(np.full(shape, -1, np.int64), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    paths_kernel(h[side], h[1 - side], seats, rounds, found, (np.uint64(0), np.uint64(0)))
    return found


@kernel_of_rooms(*OUTCOME_ROOMS)
def paths_kernel(mine, theirs, seats, rounds, into, key):
    """Fill the paths of one side."""
    for s in range(seats.shape[0]):
        me = seats[s]
        forget(me)
        if hopeless(me):
            continue
        for k in range(rounds):
            decide_ask(me, mine, k, rounds, 0, into.got[s], key, 0)
            number, worth = named(me, mine, me.asked)
            into.said[s, k] = number
            into.own[s, k] = worth
            into.got[s, k] = worth_of(theirs, number)
            into.least[s, k] = least(me, worth)


@rule
def least(me, worth):
    """Return what an offer must be worth to a blind side whose own offer is worth `worth` to it."""
    # Neither scaled nor shifted, which `blind` sees to, one's own next offer is a threshold as well.
    return max(worth, least_taken(me)) if me.accepting == NEXT else least_taken(me)


@rule
def meet(opener, i, second, j, rounds):
    """Return (number, turn, act) of two paths that meet; act 0: the opener takes, 1: the second."""
    if opener.said[i, 0] < 0 or second.said[j, 0] < 0:
        return -1, rounds, -1
    for k in range(rounds):
        if k > 0 and second.got[j, k - 1] >= opener.least[i, k]:
            return second.said[j, k - 1], k, 0
        if opener.got[i, k] >= second.least[j, k]:
            return opener.said[i, k], k, 1
    return -1, rounds, -1


@kernel_of_rooms(*OUTCOME_ROOMS)
def meet_kernel(opener, second, rounds, ended, worth):
    """Let all paths of one side meet all of the other.

    ended: int64 (openers, seconds, 3), as `meet`; worth: float64 (openers, seconds, 2), what the
    deal is worth to opener and second, not written without one.
    """
    for i in range(opener.said.shape[0]):
        for j in range(second.said.shape[0]):
            number, turn, act = meet(opener, i, second, j, rounds)
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
    domain: Domain, buyers: list[Played], vendors: list[Played], rounds: int = 100,
    first: int = 0, seed: int = 1,
) -> Met:  # fmt: skip
    """Let every buyer's strategy meet every vendor's in alternating offers on one domain.

    Blind pairs meet by their paths, all others talk. `first` is the side that opens.
    """
    if not 1 <= rounds <= MOST_ROUNDS:
        raise SimError(f"rounds = {rounds}: want 1 to {MOST_ROUNDS:,}")
    h = both_halves(domain)
    shape = (len(buyers), len(vendors))
    ended = np.full((*shape, 3), -1, np.int64)
    worth = np.empty((*shape, 2))
    worth[...] = [profile.reservation for profile in domain.profiles]
    _meet_blind(domain, (buyers, vendors), rounds, first, h, ended, worth)
    t = table(rounds)
    for i, buyer in enumerate(buyers):
        for j, vendor in enumerate(vendors):
            if blind(buyer) and blind(vendor):
                continue
            key = (np.uint64(seed), np.uint64(session_of(buyer, vendor, first)))
            if buyer.model or vendor.model:
                ended[i, j] = talk_with_models(domain, (buyer, vendor), h, rounds, first, t, key)[
                    :3
                ]
            else:
                seats = seated(domain, (buyer, vendor))
                ended[i, j] = talk_kernel(*h, seats, rounds, first, t, key)[:3]
                complain(seats, (buyer, vendor))
            number = int(ended[i, j, 0])
            if number >= 0:
                worth[i, j] = domain.utility(0, number), domain.utility(1, number)
    return Met(ended[..., 0], ended[..., 1], ended[..., 2], worth[..., 0], worth[..., 1])


def session_of(buyer: Played, vendor: Played, first: int) -> int:
    """Return the number of a meeting's luck: its own, whoever else takes part."""
    return crc32(f"{buyer} {vendor} {first}".encode())


def _meet_blind(
    domain: Domain, plays: tuple[list[Played], list[Played]], rounds: int, first: int,
    h: tuple[Halves, Halves], ended: np.ndarray, worth: np.ndarray,
) -> None:  # fmt: skip
    """Fill in how the blind strategies of both sides end, with sides where paths have acts."""
    places = [np.array([k for k, p in enumerate(side) if blind(p)], np.int64) for side in plays]
    if not len(places[0]) or not len(places[1]):
        return
    ways = [
        paths(domain, side, [plays[side][k] for k in places[side]], rounds, h) for side in (0, 1)
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
