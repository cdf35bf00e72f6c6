"""Who sits at the table: the rows one talk, or one month of service, reads and writes."""

from __future__ import annotations

from sim.contract import DURATION, GENERIC
from sim.jit import inlined
from sim.state import Log, Talk


@inlined
def seat(w, j, tie):
    """Return the rows of need j and one of its ties."""
    row = w.ties[tie]
    log = Log(w.memo[0], w.events, w.offers)
    return Talk(tie, w.needs[j], row, w.vendors[row.vendor_id], w.trust[tie], w.belief[tie], log)


@inlined
def sit_down(w, s, j, tie):
    """Return the rows of a talk, with both sides' own generic tables laid out in the scratch."""
    row, memo = w.ties[tie], w.memo[0]
    for k in range(s.issues):
        if s.kind[k] == GENERIC or s.kind[k] == DURATION:
            for level in range(s.count[k]):
                memo.own[0, k, level] = w.table[j, k, level]
                memo.own[1, k, level] = w.vendor_table[row.vendor_id, k, level]
    return seat(w, j, tie)
