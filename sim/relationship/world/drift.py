"""Shifts of a buyer's needs, which the people who work together notice late.

The longer the same people work together, the less they look outside (Katz 1982; Grayson & Ambler
1999): the monthly hazard of noticing falls with tenure. A shift from outside also shows at other
customers, so a vendor with many of them may see it first. A change of strategy is open at once.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import raise_learnt_share, sees_contest
from sim.bargain.disclosure import noisy_reading
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk
from sim.contract import GENERIC
from sim.jit import rule
from sim.luck import exponential, normal, uniforms
from sim.records import MAX_LEVELS
from sim.relationship.meet.appraise import reappraise_need
from sim.relationship.meet.population import draw_step
from sim.state import BUYER, STRANGERS, VENDOR, Log
from sim.words import Event, Stream

SHIFT, NEEDS_SIGNAL = np.int64(Stream.SHIFT), np.int64(Stream.NEEDS_SIGNAL)
SHIFTED, NOTICED = np.int64(Event.NEEDS_SHIFTED), np.int64(Event.SHIFT_NOTICED)
# Address of the first redrawn step; below it lie the draws that decide which issues shift.
FIRST_STEP = 100


@rule
def shift_needs(world, params, key, need_row, month, candidates, luck, totals):
    """Let a need shift, and an earlier shift be noticed; drawn the same whatever anybody does.

    `luck` is (whether strategy changes, the month's draws). A shift that redraws no issue is none.
    """
    strategy, draws = luck
    need = world.needs[need_row]
    if need.unnoticed:
        served = need.partner >= 0 or need.expired == 1
        tenure = world.ties[need.last].months if served else 0
        need.shift_hazard += params.setup_notice_hazard / (1.0 + params.drift_tenure * tenure)
        if need.shift_hazard >= need.shift_threshold:
            notice_shift(world, params, need_row, month, candidates)
    redrawn = 0
    if strategy or draws[0] < params.drift_rate:
        redrawn = redraw_worth(world.table[need_row], params, key, need_row, month)
    if redrawn > 0:
        external = draws[1] < params.drift_external and not strategy
        if need.unnoticed == 0:
            need.unnoticed, need.shifted_at = 1, month
            need.shift_hazard, need.shift_threshold = 0.0, exponential(draws[2])
        log = Log(world.memo[0], world.events, world.offers)
        note_event(
            log, need.last, SHIFTED, count_bits(redrawn),
            1.0 if external else 0.0, 1.0 if strategy else 0.0,
        )  # fmt: skip
        totals.shifts += 1
        if strategy:
            notice_shift(world, params, need_row, month, candidates)
        elif external and params.drift_signal > 0.0:
            signal_shift(world, params, key, need_row, month, candidates, redrawn)
        reappraise_need(world, params, need_row)


@rule
def redraw_worth(table, params, key, need_row, month):
    """Redraw the worth of some generic issues around the population mean; return which, as bits."""
    redrawn = 0
    for issue in range(params.issues):
        if (
            params.kind[issue] == GENERIC
            and uniforms(key, SHIFT, need_row, month, 1 + issue)[0] < params.drift_size
        ):
            redrawn |= 1 << issue
            before, total = 0.0, 0.0
            for level in range(params.count[issue]):
                draws = uniforms(
                    key, SHIFT, need_row, month, FIRST_STEP + MAX_LEVELS * issue + level
                )
                mean = params.average[BUYER, issue, level]
                total += draw_step(params, issue, level, mean - before, draws)
                before = mean
                table[issue, level] = total
    return redrawn


@rule
def count_bits(bits):
    """Return how many bits are set, as a float for the events table."""
    total = 0.0
    while bits > 0:
        total += bits & 1
        bits >>= 1
    return total


@rule
def notice_shift(world, params, need_row, month, candidates):
    """Let a buyer see its true needs; a vendor's signal of the shift is then no news, and is deleted."""
    need = world.needs[need_row]
    log = Log(world.memo[0], world.events, world.offers)
    note_event(log, need.last, NOTICED, float(month - need.shifted_at), 0.0, 0.0)
    need.unnoticed = 0
    for issue in range(params.issues):
        for level in range(params.count[issue]):
            world.noticed[need_row, issue, level] = world.table[need_row, issue, level]
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        world.ties[tie].signalled = 0


@rule
def signal_shift(world, params, key, need_row, month, candidates, redrawn):
    """Let every vendor that knows the buyer see the shift at its other customers, if it has any.

    With n other contracts it reads the shift with reliability `drift.signal` × n / (n + 1). Writes
    `signalled` and the vendor's belief.
    """
    for tie in range(need_row * candidates, (need_row + 1) * candidates):
        row = world.ties[tie]
        serving = world.vendors[row.vendor_id].serving - (
            1 if tie == world.needs[need_row].partner else 0
        )
        if serving > 0 and row.met != STRANGERS:
            reliability = params.drift_signal * serving / (serving + 1.0)
            row.signalled |= redrawn
            place = (key, row.pair, month)
            if sees_contest(gather_talk(world, need_row, tie), params, VENDOR):
                learn_from_other_customers(world.hearing[row.met], params, redrawn, reliability)
            read_signal(
                world.belief[row.met, VENDOR], world.table[need_row], params, place,
                (redrawn, reliability, world.needs[need_row].worth_factor),
            )  # fmt: skip


@rule
def learn_from_other_customers(hearing, params, redrawn, reliability):
    """Let a vendor that sees contests learn from the needs it sees at other customers."""
    for issue in range(params.issues):
        if redrawn >> issue & 1:
            raise_learnt_share(hearing, VENDOR, issue, reliability)


@rule
def read_signal(belief, table, params, place, signal):
    """Move a vendor's belief about redrawn issues towards their worth, as reliably as it sees them.

    `place` is (key, pair, month), `signal` (issues redrawn as bits, reliability, worth factor).
    """
    key, pair, month = place
    redrawn, reliability, factor = signal
    for issue in range(params.issues):
        if redrawn >> issue & 1:
            for level in range(params.count[issue]):
                luck = normal(
                    uniforms(key, NEEDS_SIGNAL, pair, month, MAX_LEVELS * issue + level)[0]
                )
                seen, sd = table[issue, level] * factor, params.sd[BUYER, issue, level] * factor
                belief[issue, level] = noisy_reading(
                    belief[issue, level], seen, reliability, sd, luck
                )


@rule
def needs_error(belief, table, factor, agreed, params):
    """Return the vendor's error about the worth of the agreed generic levels; money a month."""
    total = 0.0
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            level = agreed[issue]
            total += abs(belief[issue, level] - table[issue, level] * factor)
    return total
