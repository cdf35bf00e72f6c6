"""A side at the table: what it plays, what it can get, and what it remembers."""

from __future__ import annotations

import numpy as np

from sim.errors import SimError
from sim.jit import rule
from sim.outcomes.domains.domain import Domain
from sim.strategies.catalogue import Played

SEAT = np.dtype(
    [
        ("family", "i8"), ("accepting", "i8"), ("window", "i8"), ("rule", "i8"),
        ("e", "f8"), ("start", "f8"), ("slack", "f8"), ("share", "f8"), ("noise", "f8"),
        ("kindness", "f8"), ("temperature", "f8"), ("scale", "f8"), ("shift", "f8"),
        ("after", "f8"), ("enough", "f8"),
        # what it can get: worst and best outcome, no agreement, and the floor of its asks
        ("low", "f8"), ("high", "f8"), ("reservation", "f8"), ("floor", "f8"),
        # what it remembers
        ("asked", "f8"), ("turns", "i8"),
        ("sent", "i8"), ("received", "i8"), ("last", "i8"), ("last_worth", "f8"),
        ("ahead", "i8"), ("ahead_worth", "f8"),
        ("popped", "i8"), ("popped_worth", "f8"), ("pops", "i8"),
        ("over", "i8"), ("over_worth", "f8"), ("under", "i8"), ("under_worth", "f8"),
        ("wrong", "i8"),
    ]
)  # fmt: skip


def empty(count: int) -> np.recarray:
    """Return empty seats, whose columns compiled and interpreted rules alike read by name."""
    return np.zeros(count, SEAT).view(np.recarray)


def seated(domain: Domain, plays: tuple[Played, Played]) -> np.recarray:
    """Return the seats of buyer and vendor at a domain, with empty memories."""
    seats = empty(2)
    for side, played in enumerate(plays):
        equip(seats, side, played)
        profile = domain.profiles[side]
        seats[side]["low"], seats[side]["high"] = profile.worst, profile.best
        seats[side]["reservation"] = profile.reservation
        seats[side]["floor"] = max(profile.worst, profile.reservation)
    return seats


def equip(seats: np.ndarray, place: int, played: Played) -> None:
    """Give a seat its strategy and settings."""
    seat = seats[place]
    seat["family"], seat["accepting"] = played.strategy.family, played.accept
    for name, value in played.values:
        seat[name] = value
    seat["rule"] = 0 if played.own is None else played.own.address


def complain(seats: np.ndarray, plays: tuple[Played, Played]) -> None:
    """Raise a one-line SimError where a strategy that a person brought along went wrong."""
    for seat, played in zip(seats, plays, strict=True):
        if played.own is not None:
            played.own.complain()
            if seat["wrong"]:
                raise SimError(f"{played.own}: answered nan: want a utility")


@rule
def sit(seat, flat, sizes, reservation):
    """Set what a side can get, from the worth of all values; sums run in the order of issues."""
    low = high = 0.0
    at = 0
    for i in range(sizes.shape[0]):
        least = most = flat[at]
        for k in range(1, sizes[i]):
            least = min(least, flat[at + k])
            most = max(most, flat[at + k])
        low = least if i == 0 else low + least
        high = most if i == 0 else high + most
        at += sizes[i]
    seat.low = low
    seat.high = high
    seat.reservation = reservation
    seat.floor = max(low, reservation)


@rule
def forget(seat):
    """Empty a side's memory, so that a talk never starts with the last one's."""
    seat.asked = seat.high
    seat.turns = 0
    seat.sent = 0
    seat.received = 0
    seat.last = -1
    seat.last_worth = np.inf
    seat.ahead = -1
    seat.ahead_worth = np.inf
    seat.popped = -1
    seat.popped_worth = np.inf
    seat.pops = 0
    seat.over = -1
    seat.wrong = 0


@rule
def hopeless(seat):
    """Say whether no outcome is worth a side's reservation value: then it does not talk."""
    return seat.high < seat.reservation
