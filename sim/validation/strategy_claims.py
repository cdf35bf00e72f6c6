"""Checks whether a strategy does what it claims at both tables: over outcomes and over money.

Over money it sits in the same drawn talks, between its reservation value and its best outcome.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

from sim.bargain.direct import (
    accepts_offer,
    next_ask,
    record_ask,
    record_offer_heard,
    set_utility_range,
)
from sim.jit import plain
from sim.outcomes.many.conformance import (
    ROUNDS,
    Finding,
    ObservedTalk,
    check_claims,
    check_conformance,
)
from sim.outcomes.sessions.outcome_seat import raise_if_strategy_failed, set_strategy
from sim.records import allocate
from sim.seat import SEAT
from sim.state import MEMO
from sim.strategies.catalogue import ConfiguredStrategy

SPAN = 2 * ROUNDS - 1
_agrees, _ask, _decide = plain(accepts_offer), plain(next_ask), plain(record_ask)
_hear, _sit = plain(record_offer_heard), plain(set_utility_range)


def conformance_at_both_tables(played: ConfiguredStrategy, seed: int = 1) -> tuple[Finding, ...]:
    """Return each claim of a strategy and whether it holds, over outcomes and then over money.

    Over money no side can ask for less than its floor, and a strategy that votes on texts has no
    seat.
    """
    found = check_conformance(played, seed)
    if played.votes:
        return found
    traits = replace(played.strategy.traits, rational=True)
    seated = replace(played, strategy=replace(played.strategy, traits=traits))
    over_money = check_claims(seated, seed, play_over_money)
    return (*found, *(replace(f, what=f"over money: {f.what}") for f in over_money))


def play_over_money(played: ConfiguredStrategy, talk: ObservedTalk) -> list[tuple[bool, float]]:
    """Return turn by turn whether an offer was accepted, and its utility, or that of the side's own ask."""
    seats, memo = allocate(SEAT, 1), allocate(MEMO, 1)[0]
    set_strategy(seats, 0, played)
    me, got, profile = seats[0], memo.worth[0], talk.domain.profiles[0]
    _sit(me, profile.reservation, profile.best)
    pair = SimpleNamespace(pair=np.int64(0))
    at = SimpleNamespace(seats=seats, log=SimpleNamespace(memo=memo), tie=pair)
    luck = (np.uint64(talk.seed), np.uint64(0)), np.int64(0)
    found: list[tuple[bool, float]] = []
    for k in range(ROUNDS):
        if k > 0:
            _hear(me, got, talk.domain.utility(0, talk.heard[k - 1]), k)
        with np.errstate(over="ignore"):  # words of luck wrap around
            _decide(me, _ask(at, 0, np.int64(2 * k), SPAN, luck))
        raise_if_strategy_failed(seats, (played,))
        taken = k > 0 and bool(_agrees(at, 0, got[k - 1], SPAN - 2 * k))
        found.append((taken, float(got[k - 1] if taken else me.asked)))
        if taken:
            break
        me.turns += 1
    return found
