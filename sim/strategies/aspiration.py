"""The utility a side asks for at a given moment of the talk, and which offers it takes for it.

Curves and mirrors are the same over outcomes (`sim/outcomes/table/asking.py`) and in the money of scenarios.
In scenarios a side that mirrors takes nothing back: its ask never rises.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.arithmetic import exp, power
from sim.jit import brought, rule
from sim.strategies.catalogue import Accept, Family

POLYNOMIAL, EXPONENTIAL = np.int64(Family.POLYNOMIAL), np.int64(Family.EXPONENTIAL)
CONSTANT, ABSOLUTE = np.int64(Family.CONSTANT), np.int64(Family.ABSOLUTE)
RELATIVE, AVERAGED = np.int64(Family.RELATIVE), np.int64(Family.AVERAGED)
RANDOM_ABSOLUTE, NAIVE = np.int64(Family.RANDOM_ABSOLUTE), np.int64(Family.NAIVE)
MICRO, GUEST = np.int64(Family.MICRO), np.int64(Family.GUEST)
OWN, NEXT = np.int64(Accept.OWN), np.int64(Accept.NEXT)
ENOUGH, TIME = np.int64(Accept.CONSTANT), np.int64(Accept.TIME)
COMBINED = np.int64(Accept.COMBINED)
GOODWILL = 0.1  # share of its range a tit-for-tat player gives first, so that two of them can start


class AtTurn(NamedTuple):
    """What a side goes by when its turn comes; utilities are its own, over its outside option."""

    floor: float  # least it claims to accept
    opening: float  # most it can hope for
    last_ask: float
    turn: float  # own offers made so far
    newest: float  # utility of the newest offer heard
    rise: float  # of that over the offer before
    heard: float  # offers heard


@rule
def curve(family, e, start, t):
    """Return the aspiration at relative time `t`, from `start` to 0."""
    if family == EXPONENTIAL:
        return start * (exp(power(1.0 - t, e)) - 1.0) / (math.e - 1.0)
    return start * (1.0 - power(t, e))


@rule
def mirrored(family, asked, newest, older, rise, jitter):
    """Return the last ask moved as the other side's offers moved; utilities are one's own.

    An offer worth nothing, or less, has no ratio to another: then a relative ask stays.
    """
    if family in (RELATIVE, AVERAGED):
        return asked * (older / newest) if newest > 0.0 and older > 0.0 else asked
    return asked - rise + jitter


@rule
def jitter_of(family, luck, noise, width):
    """Return the random step of a player that mirrors at random, else none."""
    if family != RANDOM_ABSOLUTE:
        return 0.0
    return (1.0 if luck[0] < 0.5 else -1.0) * luck[1] * noise * width


@rule
def aspiration(s, n, clock, span, seen, told, luck):
    """Return the utility that strategy number n of a scenario asks for next.

    `told` are (what all offers heard were worth, asks made that differ, offers heard that differ);
    `luck` two uniform numbers of this turn. A talk has `span` offers after the first.
    """
    floor, opening, last_ask = seen.floor, seen.opening, seen.last_ask
    newest, family = seen.newest, s.family[n]
    worth, sent, fresh = told
    if family in (POLYNOMIAL, EXPONENTIAL):
        ask = (opening - floor) * curve(family, s.exponent[n], s.start[n], clock) + floor
    elif family == CONSTANT:
        ask = floor + s.share[n] * (opening - floor) if s.share[n] < 1.0 else opening
    elif seen.turn == 0.0 and family != GUEST:
        ask = opening
    elif family == MICRO:
        ask = last_ask
        if sent <= fresh:
            ask = opening - sent * (opening - floor) / max(1.0, span // 2)
    elif family == NAIVE:
        width = opening - floor
        share = (
            min(max((newest - floor) / width, 0.0), 1.0)
            if width > 0.0 and seen.heard > 0.0
            else 0.0
        )
        ask = opening - min(1.0, share + s.kindness[n]) * width
    elif family == GUEST:
        offered = newest if seen.heard > 0.0 else np.nan
        ask = brought(
            s.rule[n], clock, floor, opening, last_ask, offered, seen.rise, seen.turn, luck[0]
        )
        if math.isnan(ask):
            return ask
    else:
        ask = conceded(s, n, seen, worth, luck)
    return min(max(ask, floor), opening)


@rule
def conceded(s, n, seen, worth, luck):
    """Return the ask of one that mirrors: it gives as much as it got, and takes nothing back."""
    last_ask, width = seen.last_ask, seen.opening - seen.floor
    family, ask = s.family[n], last_ask
    back = int(s.window[n]) if family == AVERAGED else 1
    if seen.heard > back:
        older = worth[int(seen.heard) - 1 - back]
        jitter = jitter_of(family, luck, s.noise[n], width)
        ask = min(ask, mirrored(family, last_ask, seen.newest, older, seen.rise, jitter))
    if seen.turn == 1.0:
        ask = min(ask, last_ask - GOODWILL * width)
    return ask


@rule
def accepts(s, n, utility, ask, seen, clock, left, worth):
    """Say whether strategy number n takes an offer; it would ask for `ask` next.

    By its own condition it takes what is worth its next ask, and with the last offer what is worth
    its floor, unless it never moves. `left` offers are still to be made; `worth` is what all
    offers heard were worth. Never below the floor.
    """
    floor, width = seen.floor, seen.opening - seen.floor
    way = s.accepting[n]
    if way == OWN:
        if left == 0 and s.family[n] != CONSTANT:
            return utility >= floor
        return utility >= ask
    if utility < floor:
        return False
    if way == ENOUGH:
        return utility >= floor + s.enough[n] * width
    if way == TIME:
        return clock >= s.after[n]
    if way in (NEXT, COMBINED):
        if s.scale[n] * utility + s.shift[n] * width >= ask:
            return True
        if way == NEXT or clock < s.after[n]:
            return False
        best = -np.inf
        for k in range(max(0, int(seen.heard) - 1 - left // 2), int(seen.heard)):
            best = max(best, worth[k])
        return utility >= best
    return True
