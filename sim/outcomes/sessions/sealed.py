"""Simultaneous sealed bids: the monotonic concession protocol over a domain's outcomes.

In every round both sides put an outcome into an envelope and both are opened. A side is content
with the other's if it is worth as much to it as its own. If one side is content, the other's
outcome is the deal; if both are, a coin says whose. That is the protocol's rule: how a strategy takes
offers (`sim/strategies/taking.py`) has no say here, since nobody answers what is opened. Source: Rosenschein & Zlotkin 1994.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms
from sim.luck import uniforms
from sim.outcomes.domains.domain import SIDES, Domain
from sim.outcomes.sessions.asking import hear
from sim.outcomes.sessions.outcome_seat import complain, forget, hopeless, seated
from sim.outcomes.sessions.talks import TalkTable, table
from sim.outcomes.sessions.transcript import SEALED, Said, Session, both_halves
from sim.outcomes.sessions.turns import Luck, decide_ask, offer_of
from sim.outcomes.solving.search import worth_of
from sim.strategies.aspiration import MICRO
from sim.strategies.catalogue import Played

COIN = np.int64(Luck.COIN)


def meet_sealed(
    domain: Domain, plays: tuple[Played, Played], rounds: int, key: tuple[np.uint64, np.uint64]
) -> Session:
    """Let two strategies bid sealed until one is content, or the rounds are over."""
    one, two = both_halves(domain)
    t = table(rounds)
    seats = seated(domain, plays)
    number, turn, taker = sealed_kernel(one, two, seats, rounds, t, key)
    complain(seats, plays)
    opened = rounds if turn >= rounds else turn + 1
    said = tuple(_said(t, opened)) if t.said[0, 0] >= 0 else ()
    by = SIDES[taker] if taker >= 0 else ""
    return Session(domain, plays, SEALED, rounds, int(number), int(turn), by, said)


@kernel_of_rooms(*OUTCOME_ROOMS)
def sealed_kernel(one, two, seats, rounds, t, key):
    """Return (number, turn, taker): the side that is content and takes the other's outcome."""
    forget(seats[0])
    forget(seats[1])
    if hopeless(seats[0]) or hopeless(seats[1]):
        return -1, rounds, -1
    for k in range(rounds):
        for side in range(2):
            me, other = seats[side], 1 - side
            if me.family == MICRO and k > 0:
                hear(me, t.said[other], k)
            if side == 0:
                decide_ask(me, one, k, rounds, k, t.got[other], key, side)
                number, worth = offer_of(me, one)
            else:
                decide_ask(me, two, k, rounds, k, t.got[other], key, side)
                number, worth = offer_of(me, two)
            me.turns += 1
            t.said[side, k] = number
            t.own[side, k] = worth
            t.got[side, k] = worth_of(two if side == 0 else one, number)
        buyer = t.got[1, k] >= t.own[0, k]
        vendor = t.got[0, k] >= t.own[1, k]
        if buyer and vendor:
            toss, _, _, _ = uniforms(key, COIN, np.int64(0), np.int64(k), np.int64(0))
            buyer = toss < 0.5
            vendor = not buyer
        if buyer:
            return t.said[1, k], k, 0
        if vendor:
            return t.said[0, k], k, 1
    return -1, rounds, -1


def _said(t: TalkTable, opened: int) -> Iterator[Said]:
    for k in range(opened):
        for side in (0, 1):
            pair = (float(t.own[side, k]), float(t.got[side, k]))
            buyer, vendor = pair if side == 0 else pair[::-1]
            yield Said(k, SIDES[side], int(t.said[side, k]), buyer, vendor)
