"""When a need comes to market, and contracts that were in force before the first month.

If all needs come to market in one month, their contracts run out together, and every measure shows
that cycle. So needs may come one by one, and the first contract of a need may have run for part of
its term already. In a renewal process in equilibrium the time left of the current spell is
uniform over its length (Cox 1962, Renewal Theory); the length is that of the contract signed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.bargain.log import note_event
from sim.jit import rule
from sim.luck import uniforms
from sim.state import Log
from sim.words import Event, Stream

START = np.int64(Stream.START)
ENTERED, IN_FORCE = np.int64(Event.ENTERED), np.int64(Event.IN_FORCE)


@rule
def draw_entry(row, params, key, need_row):
    """Draw when a need comes to market, and the share of its first term that has passed by then.

    Writes `start` (months) and `aged` (share of the term).
    """
    if params.run_stagger > 0 or params.run_in_force > 0.0:
        draws = uniforms(key, START, need_row, 0, 0)
        row.start = int(draws[0] * params.run_stagger)
        row.aged = draws[2] if draws[1] < params.run_in_force else 0.0


@rule
def is_in_market(need, month):
    """Return whether a need has come to market by a month."""
    return month >= need.start


def has_yet_to_enter(needs: Any, months: Any) -> Any:
    """Return whether a need, or each of many, has yet to come to market after so many months."""
    return (needs.start > 0) & (needs.start >= months)


@rule
def note_entry(world, need):
    """Write the event that a need comes to market."""
    note_event(Log(world.memo[0], world.events, world.offers), need.last, ENTERED, 0.0, 0.0, 0.0)


@rule
def months_since_due(months_passed, every):
    """Return how many months ago something due every so many months was last due; 0 if never."""
    return months_passed % every if every > 0 else 0


@rule
def start_mid_term(world, params, need):
    """Let a contract just signed have run for the drawn share of its term.

    One month is left at least. Its clocks move back with it: the last review, the last chance to
    ask for a change and the last look at the market. Writes `months_left`, `reviewed`, `requested`
    and `looked`.
    """
    row, log = world.ties[need.partner], Log(world.memo[0], world.events, world.offers)
    term = row.months_left
    months_passed = int(need.aged * term)
    row.months_left -= months_passed
    row.reviewed -= months_since_due(months_passed, params.reviews_every)
    row.requested -= months_since_due(months_passed, params.change_requests_every)
    row.looked -= months_since_due(months_passed, params.termination_every)
    note_event(log, need.partner, IN_FORCE, float(term), float(row.months_left), 0.0)
