"""One negotiation from Python: a domain, two strategies and a protocol; its offers and its end."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.errors import SimError, closest_name
from sim.outcomes.domains.domain import SIDES, Domain
from sim.outcomes.sessions.outcome_seat import raise_if_strategy_failed, seat_both
from sim.outcomes.sessions.talks import MOST_ROUNDS, TalkTable, empty_table, talk_kernel
from sim.outcomes.sessions.transcript import (
    ALTERNATING,
    PROTOCOLS,
    SEALED,
    TEXTS,
    ULTIMATUM,
    Session,
    Utterance,
    both_halves,
)
from sim.strategies.catalogue import Accept, ConfiguredStrategy, parse_strategy


def negotiate(
    domain: Domain,
    buyer: str | ConfiguredStrategy,
    vendor: str | ConfiguredStrategy,
    protocol: str = ALTERNATING,
    rounds: int = 100,
    first: str = "buyer",
    seed: int = 1,
    session: int = 0,
) -> Session:
    """Let two strategies negotiate over a domain and return the session.

    `buyer` and `vendor` are strategies as text, e.g. "boulware:e=4", or played ones. `rounds` is
    the deadline, `first` the side that opens alternating offers. The same arguments give the same
    session to the last bit: luck is drawn by `seed` and `session`. Raises a one-line SimError if a
    strategy does not fit the protocol or an argument is out of range.
    """
    if protocol not in PROTOCOLS:
        raise _unknown_value_error("protocol", protocol, PROTOCOLS)
    if first not in SIDES:
        raise _unknown_value_error("first", first, SIDES)
    if not 1 <= rounds <= MOST_ROUNDS:
        raise SimError(f"rounds = {rounds}: want 1 to {MOST_ROUNDS:,}")
    plays = (
        parse_strategy(buyer, "buyer") if isinstance(buyer, str) else buyer,
        parse_strategy(vendor, "vendor") if isinstance(vendor, str) else vendor,
    )
    for side, played in zip(SIDES, plays, strict=True):
        if played.votes != (protocol in TEXTS):
            want = "hill_climber or annealer" if protocol in TEXTS else "a strategy that offers"
            raise SimError(f"{side} = {played.strategy.name!r}: want {want} under {protocol}")
        if played.model and protocol != ALTERNATING:
            raise SimError(f"{side} = {str(played)!r}: want no model under {protocol}")
    key = (np.uint64(seed), np.uint64(session))
    opener = SIDES.index(first)
    if protocol in TEXTS:
        from sim.outcomes.sessions.voted_text import mediate

        return mediate(domain, plays, protocol, rounds, key)
    if protocol == SEALED:
        from sim.outcomes.sessions.sealed import negotiate_sealed

        return negotiate_sealed(domain, plays, rounds, key)
    return _negotiate_alternating(domain, plays, protocol, rounds, opener, key)


def _negotiate_alternating(
    domain: Domain,
    plays: tuple[ConfiguredStrategy, ConfiguredStrategy],
    protocol: str,
    rounds: int,
    opener: int,
    key: tuple[np.uint64, np.uint64],
) -> Session:
    """Run alternating offers; an ultimatum is one offer that the other side takes or leaves."""
    seats = seat_both(domain, plays)
    if protocol == ULTIMATUM:
        rounds = 1
        seats[1 - opener]["accepting"] = Accept.ANY
    h, t = both_halves(domain), empty_table(rounds)
    if any(played.model for played in plays) and protocol == ALTERNATING:
        from sim.outcomes.sessions.trading import talk_with_models

        number, turn, taker, offers = talk_with_models(domain, plays, h, rounds, opener, t, key)
    else:
        number, turn, taker, offers = talk_kernel(*h, seats, rounds, opener, t, key)
        raise_if_strategy_failed(seats, plays)
    if protocol == ULTIMATUM and offers > 1:
        number, turn, taker, offers = -1, 1, -1, 1
    utterances = tuple(_utterances(t, opener, offers))
    return Session(
        domain, plays, protocol, rounds, int(number), int(turn), SIDES[taker] if taker >= 0 else "",
        utterances,
    )  # fmt: skip


def _utterances(table: TalkTable, opener: int, offers: int) -> Iterator[Utterance]:
    """Yield the offers in the order in which they were made."""
    for k in range(offers):
        turn, act = divmod(k, 2)
        side = opener if act == 0 else 1 - opener
        pair = (float(table.own[side, turn]), float(table.got[side, turn]))
        buyer, vendor = pair if side == 0 else pair[::-1]
        yield Utterance(turn, SIDES[side], int(table.offered[side, turn]), buyer, vendor)


def _unknown_value_error(key: str, value: str, known: tuple[str, ...]) -> SimError:
    """Return the error for an unknown word, with the nearest known one."""
    near = closest_name(value, known)
    hint = f"; did you mean '{near}'?" if near else ""
    return SimError(f"{key} = {value!r}: want one of {', '.join(known)}{hint}")
