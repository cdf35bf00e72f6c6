"""Events and offers written while a world runs, until the caller's arrays are full."""

from __future__ import annotations

from sim.jit import rule
from sim.records import MAX_ISSUES


@rule
def note_event(log, tie, kind, amount, second, third):
    """Write one event, unless the caller's array of events is full (or empty: no events wanted).

    `amount`, `second` and `third` are its numbers by kind, see `EVENT_MEANINGS` of
    `sim/records.py`.
    """
    memo, n = log.memo, log.memo.event_rows
    if n >= log.events.shape[0]:
        return
    memo.event_rows = n + 1
    row = log.events[n]
    row.world = memo.world
    row.period = memo.month
    row.need = tie // memo.candidates
    row.tie = tie
    row.kind = kind
    row.amount = amount
    row.second = second
    row.third = third


@rule
def note_offer(log, tie, nth, side, terms, levels, issues):
    """Write one offer; `terms` is (price, buyer's utility, vendor's utility), money a month."""
    memo, n = log.memo, log.memo.offer_rows
    if n >= log.offers.shape[0]:
        return
    memo.offer_rows = n + 1
    row = log.offers[n]
    row.world = memo.world
    row.period = memo.month
    row.tie = tie
    row.nth = nth
    row.side = side
    row.price, row.buyer_utility, row.vendor_utility = terms
    row.accepted = 0
    for issue in range(MAX_ISSUES):
        row.levels[issue] = levels[issue] if issue < issues else -1


@rule
def mark_offer(log, row):
    """Mark the offer in a row as the one that became the contract, if that offer was written."""
    if 0 <= row < log.memo.offer_rows:
        log.offers[row].accepted = 1


@rule
def mark_accepted(log):
    """Mark the offer written last as the one that became the contract."""
    mark_offer(log, log.memo.offer_rows - 1)


@rule
def move_accepted_mark(log, tie, row):
    """Move the mark of a talk's agreed offer to the row of another package that replaced it."""
    memo = log.memo
    for n in range(min(row, memo.offer_rows) - 1, -1, -1):
        if log.offers[n].tie != tie or log.offers[n].period != memo.month:
            break
        log.offers[n].accepted = 0
    mark_offer(log, row)
