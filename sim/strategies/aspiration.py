"""The utility a side asks for at its turn: concession curves, tit-for-tat, MiCRO, and constant asks.

The same rules serve both tables, for a side as `sim/seat.py` describes it: over money in scenarios, and over
outcomes (`sim/outcomes/sessions/asking.py`), where an outcome worth the ask is then found. Utilities are in
the unit of the table: money a month over the outside option, or a share from 0 to 1.
"""

from __future__ import annotations

import math

import numpy as np

from sim.arithmetic import exp, power
from sim.compile.entries import call_entry
from sim.jit import rule
from sim.strategies.catalogue import Family

POLYNOMIAL, EXPONENTIAL = np.int64(Family.POLYNOMIAL), np.int64(Family.EXPONENTIAL)
CONSTANT, ABSOLUTE = np.int64(Family.CONSTANT), np.int64(Family.ABSOLUTE)
RELATIVE, AVERAGED = np.int64(Family.RELATIVE), np.int64(Family.AVERAGED)
RANDOM_ABSOLUTE, NAIVE = np.int64(Family.RANDOM_ABSOLUTE), np.int64(Family.NAIVE)
MICRO, CUSTOM = np.int64(Family.MICRO), np.int64(Family.CUSTOM)
FIRST_MIRRORED_TURN = np.int64(3)  # own offers before naive tit-for-tat mirrors, as in NegMAS
MIN_RANGE = 1e-5  # share of the unit; in a smaller range nothing can be conceded
GOODWILL = 0.1  # share of its range that tit-for-tat concedes first, so that two of them can start


@rule
def clear_history(seat):
    """Clear a side's record of asks and offers, so that a talk does not continue the one before."""
    seat.asked = seat.opening
    seat.turns = 0
    seat.sent = 0
    seat.received = 0
    seat.heard = 0
    seat.wrong = 0


@rule
def ask(seat, worths):
    """Return the utility a side asks for at its turn, from its floor to its opening.

    `worths` holds the utilities to it of the `seat.heard` offers so far, the newest last. MiCRO (de Jonge 2022)
    goes down a list of what it can offer; its table supplies the next step, `seat.below`.
    """
    if seat.family in (POLYNOMIAL, EXPONENTIAL):
        asked = time_dependent_ask(seat)
    elif seat.family == CONSTANT:
        asked = constant_ask(seat)
    elif seat.family == MICRO:
        return micro_ask(seat)
    elif seat.family == NAIVE:
        return naive_ask(seat, worths)
    elif seat.family == CUSTOM:
        asked = custom_ask(seat, worths)
    else:
        asked = tit_for_tat_ask(seat, worths)
    return min(max(asked, seat.floor), seat.opening)


@rule
def time_dependent_ask(seat):
    """Return the ask of a time-dependent side: its curve over its range, less the slack (Faratin et al. 1998)."""
    return (
        (seat.opening - seat.floor) * aspiration_curve(seat.family, seat.e, seat.start, seat.clock)
        + seat.floor
        - seat.slack
    )


@rule
def aspiration_curve(family, exponent, start, t):
    """Return the aspiration at relative time t, from `start` at t = 0 down to 0 at t = 1.

    Polynomial: start (1 − tᵉ); exponential: start (exp((1 − t)ᵉ) − 1)/(exp 1 − 1). `exponent` is e: above 1
    the polynomial holds out, below 1 it concedes early.
    """
    if family == EXPONENTIAL:
        return start * (exp(power(1.0 - t, exponent)) - 1.0) / (math.e - 1.0)
    return start * (1.0 - power(t, exponent))


@rule
def constant_ask(seat):
    """Return the ask of a side that never concedes, its share of the way from floor to opening."""
    return (
        seat.floor + seat.share * (seat.opening - seat.floor) if seat.share < 1.0 else seat.opening
    )


@rule
def tit_for_tat_ask(seat, worths):
    """Return the ask of a tit-for-tat side: its last one, moved as the other side's offers moved.

    Until it has received enough offers it repeats its ask, except for one first concession. An offer of utility 0
    or less has no ratio to another: a relative ask then stays the same (Faratin et al. 1998).
    """
    if seat.turns == 0:
        return seat.opening
    back = seat.window if seat.family == AVERAGED else 1
    if seat.heard <= back:
        return seat.asked - (GOODWILL * (seat.opening - seat.floor) if seat.turns == 1 else 0.0)
    newest, older = worths[seat.heard - 1], worths[seat.heard - 1 - back]
    if seat.family in (RELATIVE, AVERAGED):
        return seat.asked * (older / newest) if newest > 0.0 and older > 0.0 else seat.asked
    return seat.asked - (newest - older) + random_step(seat)


@rule
def random_step(seat):
    """Return the random step of a random tit-for-tat side, 0 for any other."""
    if seat.family != RANDOM_ABSOLUTE:
        return 0.0
    return (
        (1.0 if seat.chance < 0.5 else -1.0) * seat.step * seat.noise * (seat.opening - seat.floor)
    )


@rule
def naive_ask(seat, worths):
    """Return the ask of naive tit-for-tat: its best less its concession; it may lie below the floor."""
    worth = worths[seat.heard - 1] if seat.heard > 0 else seat.floor
    share = min(1.0, 1.0 - naive_concession(seat, worth))
    return min(max(share * (seat.opening - seat.low) + seat.low, seat.low), seat.opening)


@rule
def naive_concession(seat, worth):
    """Return the concession of naive tit-for-tat after an offer of utility `worth`, as a share of its range.

    First none; twice the gap between two neighbours of its list; then as much as the offer is worth to it
    (NegMAS, NaiveTitForTatNegotiator).
    """
    if seat.turns == 0:
        return 0.0
    concession = seat.gap
    if seat.turns >= FIRST_MIRRORED_TURN:
        concession = 1.0 - (normalised_utility(seat, worth) * -1.0 + 1.0)
        concession = (0.0 if concession < 0.0 else concession) + seat.kindness
    return concession if -1e-6 <= concession <= 1.0000001 else 0.0  # tolerances of NegMAS


@rule
def normalised_utility(seat, worth):
    """Return (worth − floor)/(opening − floor), the utility `worth` on the scale of the side's own range.

    0 at the floor, 1 at the opening; 1 if the range is negligible beside `seat.unit`.
    """
    width = seat.opening - seat.floor
    if width <= 0.0 or width < MIN_RANGE * seat.unit:
        return 1.0
    return (worth - seat.floor) * (1.0 / width)


@rule
def micro_ask(seat):
    """Return the ask of a MiCRO side: a step down its list, as long as it sent no more offers than it received.

    Only different offers count; at the end of its list it repeats itself (de Jonge 2022).
    """
    return (
        seat.below if seat.sent <= seat.received and seat.below >= seat.reservation else seat.asked
    )


@rule
def custom_ask(seat, worths):
    """Return the ask of a custom strategy; its opening, and a note in `seat.wrong`, if the rule returns NaN."""
    offered = worths[seat.heard - 1] if seat.heard > 0 else np.nan
    rise = worths[seat.heard - 1] - worths[seat.heard - 2] if seat.heard > 1 else 0.0
    turn = np.float64(seat.turns)
    asked = call_entry(
        seat.rule,
        seat.clock,
        seat.floor,
        seat.opening,
        seat.asked,
        offered,
        rise,
        turn,
        seat.chance,
    )
    if math.isnan(asked):
        seat.wrong = 1
        return seat.opening
    return asked
