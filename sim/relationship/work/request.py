"""Requests for change: every so many months either side may ask to change the running contract.

Writing and assessing a request costs both sides, whether or not it is accepted: adapting a contract
after signing is costly (Bajari & Tadelis 2001). So a side asks only if its half of the gain exceeds
its cost. A request asks for the change that would be proposed at a review (`change.py`).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.talk_rows import lay_out_tables
from sim.jit import rule
from sim.relationship.work.change import CHANGED, UNCHANGED, carry_out_change, plan_change
from sim.words import Event

CHANGE_REQUESTED = np.int64(Event.CHANGE_REQUESTED)


@rule
def request_changes(world, talk, params, need_row, totals):
    """Let the buyer, and then the vendor, ask for a change if its time has come."""
    row = talk.tie
    if row.months - row.requested < params.change_requests_every:
        return
    row.requested = row.months
    lay_out_tables(world, params, need_row, talk.number)
    for side in range(2):
        if request_change(world, talk, params, side, totals) == CHANGED:
            return


@rule
def request_change(world, talk, params, side, totals):
    """Let a side ask for a change if its gain over the months left exceeds the cost of asking.

    The other agrees iff it gains: assessing the request costs it the same either way. A side that
    was refused asks again under this contract only for more than it asked for then. Returns
    UNCHANGED, CHANGED or REFUSED.
    """
    row = talk.tie
    hurdle = max(params.change_requests_cost / row.months_left, row.refused_gain[side])
    came, price, own, others = plan_change(talk, params, side, (hurdle, 0.0))
    if came == UNCHANGED:
        return came
    agreed = came == CHANGED
    row.refused_gain[side] = 0.0 if agreed else own
    totals.change_requests += 1
    talk.log.memo.transactions += 2.0 * params.change_requests_cost
    note_event(talk.log, talk.number, CHANGE_REQUESTED, float(side), own, 1.0 if agreed else 0.0)
    if agreed:
        totals.requests_agreed += 1
        totals.change_orders += 1
        carry_out_change(world, talk, params, side, price, (own, others))
    return came
