"""Who sits at the table: the rows one talk, or one month of service, reads and writes."""

from __future__ import annotations

from sim.bargain.beliefs import first_beliefs
from sim.contract import DURATION, GENERIC
from sim.jit import inlined, rule
from sim.state import BUYER_IN_VENDOR, STRANGERS, VENDOR, Log, Talk


@inlined
def seat(w, j, tie):
    """Return the rows of need j and one of its ties."""
    row = w.ties[tie]
    log = Log(w.memo[0], w.events, w.offers)
    return Talk(
        tie, w.needs[j], row, w.vendors[row.vendor_id], w.trust[row.met], w.belief[row.met],
        w.hearing[row.met], log,
        w.mediators[row.mediator], w.desk[0], (w.seats[0], w.seats[1]),
    )  # fmt: skip


@inlined
def sit_down(w, s, j, tie):
    """Return the rows of a talk, with today's tables and the truth laid out in the scratch."""
    lay_out(w, s, j, tie)
    lay_out_truth(w, s, j)
    return seat(w, j, tie)


@rule
def lay_out_truth(w, s, j):
    """Lay out what a buyer's needs are truly worth today, which nobody acts by."""
    memo, factor = w.memo[0], w.needs[j].worth_factor
    for k in range(s.issues):
        if s.kind[k] == GENERIC:
            for level in range(s.count[k]):
                memo.truth[k, level] = w.table[j, k, level] * factor
        elif s.kind[k] == DURATION:
            for level in range(s.count[k]):
                memo.truth[k, level] = w.table[j, k, level]


@rule
def lay_out(w, s, j, tie):
    """Lay out both sides' own tables as they see them today.

    Demand and recession scale what generic issues are worth to buyers; in a recession each month of
    agreed duration is worth credit to vendors.
    """
    row, memo, factor = w.ties[tie], w.memo[0], w.needs[j].worth_factor
    credit = s.recession_credit if memo.recession else 0.0
    for k in range(s.issues):
        if s.kind[k] == GENERIC:
            for level in range(s.count[k]):
                memo.own[0, k, level] = w.noticed[j, k, level] * factor
                memo.own[1, k, level] = w.vendor_table[row.vendor_id, k, level]
        elif s.kind[k] == DURATION:
            for level in range(s.count[k]):
                memo.own[0, k, level] = w.noticed[j, k, level]
                worth = w.vendor_table[row.vendor_id, k, level]
                memo.own[1, k, level] = worth + credit * s.value[k, level]
    talk = seat(w, j, tie)
    if row.met == STRANGERS:
        first_beliefs(talk, s)
    if talk.vendor.push > 0.0:
        talk_up(talk, s)


@rule
def talk_up(talk, s):
    """Let a pushing vendor talk up what the buyer thinks it needs, as far as it is believed.

    Only towards what the vendor itself believes: so it opens eyes where the buyer has overlooked a
    need, and sells what is not needed where the vendor is wrong.
    """
    own, belief = talk.log.memo.own[0], talk.belief[VENDOR]
    swayed = talk.vendor.push * talk.trust[BUYER_IN_VENDOR].now
    for k in range(s.issues):
        if s.kind[k] == GENERIC:
            for level in range(s.count[k]):
                own[k, level] += swayed * max(0.0, belief[k, level] - own[k, level])
