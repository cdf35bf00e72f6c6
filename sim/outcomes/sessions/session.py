"""One negotiation from Python: a domain, two strategies, a protocol; what was said and how it ended."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.errors import SimError, closest_name
from sim.outcomes.domains.domain import SIDES, Domain
from sim.outcomes.sessions.outcome_seat import complain, seated
from sim.outcomes.sessions.talks import MOST_ROUNDS, TalkTable, table, talk_kernel
from sim.outcomes.sessions.transcript import (
    ALTERNATING,
    PROTOCOLS,
    SEALED,
    TEXTS,
    ULTIMATUM,
    Said,
    Session,
    both_halves,
)
from sim.strategies.catalogue import Accept, Played, play


def negotiate(
    domain: Domain,
    buyer: str | Played,
    vendor: str | Played,
    protocol: str = ALTERNATING,
    rounds: int = 100,
    first: str = "buyer",
    seed: int = 1,
    session: int = 0,
) -> Session:
    """Let two strategies negotiate over a domain; raises a one-line SimError where they cannot.

    The same arguments give the same session, to the last bit: luck is drawn by seed and session.
    """
    if protocol not in PROTOCOLS:
        raise _unknown("protocol", protocol, PROTOCOLS)
    if first not in SIDES:
        raise _unknown("first", first, SIDES)
    if not 1 <= rounds <= MOST_ROUNDS:
        raise SimError(f"rounds = {rounds}: want 1 to {MOST_ROUNDS:,}")
    plays = (
        play(buyer, "buyer") if isinstance(buyer, str) else buyer,
        play(vendor, "vendor") if isinstance(vendor, str) else vendor,
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
        from sim.outcomes.sessions.sealed import meet_sealed

        return meet_sealed(domain, plays, rounds, key)
    return _alternate(domain, plays, protocol, rounds, opener, key)


def _alternate(
    domain: Domain,
    plays: tuple[Played, Played],
    protocol: str,
    rounds: int,
    opener: int,
    key: tuple[np.uint64, np.uint64],
) -> Session:
    """Run alternating offers; an ultimatum is one offer that the other side takes or leaves."""
    seats = seated(domain, plays)
    if protocol == ULTIMATUM:
        rounds = 1
        seats[1 - opener]["accepting"] = Accept.ANY
    h, t = both_halves(domain), table(rounds)
    if any(played.model for played in plays) and protocol == ALTERNATING:
        from sim.outcomes.sessions.trading import talk_with_models

        number, turn, taker, offers = talk_with_models(domain, plays, h, rounds, opener, t, key)
    else:
        number, turn, taker, offers = talk_kernel(*h, seats, rounds, opener, t, key)
        complain(seats, plays)
    if protocol == ULTIMATUM and offers > 1:
        number, turn, taker, offers = -1, 1, -1, 1
    said = tuple(_said(t, opener, offers))
    return Session(
        domain, plays, protocol, rounds, int(number), int(turn), SIDES[taker] if taker >= 0 else "",
        said,
    )  # fmt: skip


def _said(t: TalkTable, opener: int, offers: int) -> Iterator[Said]:
    for k in range(offers):
        turn, act = divmod(k, 2)
        side = opener if act == 0 else 1 - opener
        pair = (float(t.own[side, turn]), float(t.got[side, turn]))
        buyer, vendor = pair if side == 0 else pair[::-1]
        yield Said(turn, SIDES[side], int(t.said[side, turn]), buyer, vendor)


def _unknown(key: str, value: str, known: tuple[str, ...]) -> SimError:
    near = closest_name(value, known)
    hint = f"; did you mean '{near}'?" if near else ""
    return SimError(f"{key} = {value!r}: want one of {', '.join(known)}{hint}")
