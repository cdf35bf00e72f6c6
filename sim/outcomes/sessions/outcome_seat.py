"""A side at a table over outcomes: its strategy, what it can get, and what it remembers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.errors import SimError
from sim.jit import rule
from sim.outcomes.domains.domain import Domain
from sim.records import Column, allocate
from sim.seat import SEAT
from sim.strategies.aspiration import clear_history
from sim.strategies.catalogue import ConfiguredStrategy

# Its own columns come first: Numba would take a row that begins as SEAT does for a SEAT, with a warning, and
# run rules compiled for the shorter row on it.
OUTCOME_SEAT = (
    Column("temperature", "f8", "utility", "first temperature of a strategy that votes"),
    # its place in its list of outcomes
    Column("last", "i8", "-", "outcome that a MiCRO side offered last"),
    Column("last_worth", "f8", "utility", "of it"),
    Column("ahead", "i8", "-", "its next outcome down"),
    Column("ahead_worth", "f8", "utility", "of it"),
    Column("popped", "i8", "-", "outcome that a naive player looked at last"),
    Column("popped_worth", "f8", "utility", "of it"),
    Column("pops", "i8", "outcomes", "looked at so far; -1 at the end of its list"),
    Column("over", "i8", "-", "lowest outcome worth the last ask"),
    Column("over_worth", "f8", "utility", "of it"),
    Column("under", "i8", "-", "next outcome below it"),
    Column("under_worth", "f8", "utility", "of it"),
    *SEAT,
)


def empty_seats(count: int) -> np.recarray:
    """Return `count` seats filled with zeros, whose columns compiled and interpreted rules read by name."""
    return allocate(OUTCOME_SEAT, count)


def seat_both(domain: Domain, plays: tuple[ConfiguredStrategy, ConfiguredStrategy]) -> np.recarray:
    """Return the seats of buyer and vendor at a domain, with empty memories."""
    seats = empty_seats(2)
    for side, played in enumerate(plays):
        set_strategy(seats, side, played)
        profile = domain.profiles[side]
        seats[side]["low"], seats[side]["opening"] = profile.worst, profile.best
        seats[side]["reservation"] = profile.reservation
        seats[side]["floor"] = max(profile.worst, profile.reservation)
        seats[side]["unit"] = 1.0
    return seats


def set_strategy(seats: np.ndarray, place: int, played: ConfiguredStrategy) -> None:
    """Write a strategy and its settings into the seat at `place`."""
    seat = seats[place]
    seat["family"], seat["accepting"] = played.strategy.family, played.accept
    for name, value in played.values:
        if name in (seats.dtype.names or ()):
            seat[name] = value
    seat["rule"] = 0 if played.custom is None else played.custom.address


def raise_if_strategy_failed(seats: np.ndarray, plays: Sequence[ConfiguredStrategy]) -> None:
    """Raise a one-line SimError if a custom strategy raised an error or answered NaN."""
    for seat, played in zip(seats, plays, strict=True):
        if played.custom is not None:
            played.custom.raise_trouble()
            if seat["wrong"]:
                raise SimError(f"{played.custom}: answered nan: want a utility")


@rule
def set_utility_range(seat, flat, sizes, reservation):
    """Write what a side can get, from the worth of all values, summed in the order of issues.

    `flat` holds the worth of all values, one issue after the other. Writes `low`, `opening`,
    `unit`, `reservation` and `floor` of the seat.
    """
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
    seat.opening = high
    seat.unit = 1.0
    seat.reservation = reservation
    seat.floor = max(low, reservation)


@rule
def clear_memory(seat):
    """Empty a side's memory, so that a talk never starts with that of the last one."""
    clear_history(seat)
    seat.last = -1
    seat.last_worth = np.inf
    seat.ahead = -1
    seat.ahead_worth = np.inf
    seat.popped = -1
    seat.popped_worth = np.inf
    seat.pops = 0
    seat.over = -1


@rule
def has_no_acceptable_outcome(seat):
    """Return whether no outcome is worth a side's reservation value; then it does not talk."""
    return seat.opening < seat.reservation
