"""Simultaneous sealed bids: the monotonic concession protocol over the outcomes of a domain.

In every round both sides put an outcome into an envelope, and both are opened. A side is content
with the other's outcome if it is worth at least as much to it as its own. If one side is content,
the other's outcome is the deal; if both are, a coin decides whose. How strategies accept offers
(`sim/strategies/taking.py`) plays no part, since nobody answers what is opened. Source: Rosenschein
& Zlotkin 1994.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.jit import OUTCOME_ROOMS, kernel_of_rooms
from sim.luck import uniforms
from sim.outcomes.domains.domain import SIDES, Domain
from sim.outcomes.sessions.asking import count_new_offer
from sim.outcomes.sessions.outcome_seat import (
    clear_memory,
    has_no_acceptable_outcome,
    raise_if_strategy_failed,
    seat_both,
)
from sim.outcomes.sessions.talks import TalkTable, empty_table
from sim.outcomes.sessions.transcript import SEALED, Session, Utterance, both_halves
from sim.outcomes.sessions.turns import TalkStream, choose_offer, decide_ask
from sim.outcomes.solving.search import utility_of
from sim.strategies.aspiration import MICRO
from sim.strategies.catalogue import ConfiguredStrategy

COIN = np.int64(TalkStream.COIN)


def negotiate_sealed(
    domain: Domain,
    plays: tuple[ConfiguredStrategy, ConfiguredStrategy],
    rounds: int,
    key: tuple[np.uint64, np.uint64],
) -> Session:
    """Let two strategies make sealed bids until one is content or the rounds are over."""
    buyer_halves, vendor_halves = both_halves(domain)
    table = empty_table(rounds)
    seats = seat_both(domain, plays)
    number, turn, taker = sealed_kernel(buyer_halves, vendor_halves, seats, rounds, table, key)
    raise_if_strategy_failed(seats, plays)
    opened = rounds if turn >= rounds else turn + 1
    utterances = tuple(_utterances(table, opened)) if table.offered[0, 0] >= 0 else ()
    by = SIDES[taker] if taker >= 0 else ""
    return Session(domain, plays, SEALED, rounds, int(number), int(turn), by, utterances)


@kernel_of_rooms(*OUTCOME_ROOMS)
def sealed_kernel(buyer_halves, vendor_halves, seats, rounds, table, key):
    """Return (outcome, round, taker): the side that is content and takes the other's outcome.

    Outcome and taker are −1 without a deal. Writes all bids to `table`.
    """
    clear_memory(seats[0])
    clear_memory(seats[1])
    if has_no_acceptable_outcome(seats[0]) or has_no_acceptable_outcome(seats[1]):
        return -1, rounds, -1
    for k in range(rounds):
        for side in range(2):
            me, other = seats[side], 1 - side
            if me.family == MICRO and k > 0:
                count_new_offer(me, table.offered[other], k)
            if side == 0:
                decide_ask(me, buyer_halves, k, rounds, k, table.got[other], key, side)
                number, worth = choose_offer(me, buyer_halves)
            else:
                decide_ask(me, vendor_halves, k, rounds, k, table.got[other], key, side)
                number, worth = choose_offer(me, vendor_halves)
            me.turns += 1
            table.offered[side, k] = number
            table.own[side, k] = worth
            table.got[side, k] = utility_of(vendor_halves if side == 0 else buyer_halves, number)
        buyer = table.got[1, k] >= table.own[0, k]
        vendor = table.got[0, k] >= table.own[1, k]
        if buyer and vendor:
            toss, _, _, _ = uniforms(key, COIN, np.int64(0), np.int64(k), np.int64(0))
            buyer = toss < 0.5
            vendor = not buyer
        if buyer:
            return table.offered[1, k], k, 0
        if vendor:
            return table.offered[0, k], k, 1
    return -1, rounds, -1


def _utterances(table: TalkTable, opened: int) -> Iterator[Utterance]:
    """Yield the bids of the opened rounds, the buyer's first."""
    for k in range(opened):
        for side in (0, 1):
            pair = (float(table.own[side, k]), float(table.got[side, k]))
            buyer, vendor = pair if side == 0 else pair[::-1]
            yield Utterance(k, SIDES[side], int(table.offered[side, k]), buyer, vendor)
