"""One period, stage by stage: the whole model, compiled for the batch and the browser alike.

`events → choose → negotiate → deliver → resolve → remember → account`; reviews and growth will take
their places between resolve and remember. Within a period every rule reads trust as it stood at its
start.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.seat import seat
from sim.jit import inlined, rule
from sim.relationship.account import close_books
from sim.relationship.choose import choose_and_talk
from sim.relationship.deliver import (
    delivery_luck,
    felt_harm,
    learn_capability,
    learn_productivity,
    shortfall,
    witness_delivery,
)
from sim.relationship.disclose import age_hidden, arrive, problem_luck
from sim.relationship.remember import bring_up_to, remember
from sim.relationship.resolve import age_grievance, resolve
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR_IN_BUYER, VENDOR_IN_MEDIATOR
from sim.words import Event, Institution

PLANNER = int(Institution.PLANNER)
EXPIRED = np.int64(Event.EXPIRED)


@inlined
def period(w, s, key, t, candidates, month):
    """Run month `t` of a world and add it to the row `month` of the periods table."""
    needs = w.needs.shape[0]
    w.memo[0].month = t
    month.world = w.memo[0].world
    month.period = t
    for j in range(needs):
        choose_and_talk(w, s, key, j, t, candidates, month)
    for j in range(needs):
        serve(w, s, key, j, t, month)
    watch(w, s, month)


@inlined
def serve(w, s, key, j, t, month):
    """Deliver, resolve, remember and account for one need."""
    talk = seat(w, j, w.needs[j].last)
    need, served, luck = talk.need, talk.need.partner >= 0, (0.0, 0.0)
    problem = problem_luck(key, j, t, s)
    clear_flows(talk.log.memo, s.problems_fix * problem[0])
    if need.open > 0:
        age_hidden(w, s, j, t, month)
    if served:
        month.active += 1
        luck = delivery_luck(key, j, t, s)
        serve_contract(talk, s, key, j, t, luck, problem, w.problems[j], month)
    close_books(talk, s, served, luck, month)
    if served:
        remember(talk, s, t, True)
        run_out(talk)
    elif need.talked >= 0:
        remember(seat(w, j, need.talked), s, t, False)
    bring_up_to(talk, s, t + 1)
    month.problems_open += need.open
    month.grievance += talk.tie.grievance


@rule
def clear_flows(flows, unavoidable):
    """Start a need's month with nothing but what its problem luck makes unavoidable."""
    flows.harm, flows.felt, flows.repair, flows.buyer_repair = 0.0, 0.0, 0.0, 0.0
    flows.vendor_pays, flows.withheld = 0.0, 0.0
    flows.fight_buyer, flows.fight_vendor = 0.0, 0.0
    flows.unavoidable = unavoidable


@inlined
def serve_contract(talk, s, key, j, t, luck, problem, problems, month):
    """Run a month under a contract: delivery, problems, grievance, disputes, evidence."""
    row, need, vendor, flows = talk.tie, talk.need, talk.vendor, talk.log.memo
    row.months += 1
    if s.institution == PLANNER:
        flows.repair += min(flows.unavoidable, max(0.0, need.first_best))
        return
    if row.engaged:
        need.fee += s.mediator_fee_retainer
    if problem[0] > 0.0:
        arrive(talk, s, key, j, t, problem, problems, month)
    observed = vendor.capability + luck[1] - felt_harm(need, vendor, flows.felt)
    age_grievance(row, talk.trust[BUYER_IN_MEDIATOR].now, s)
    row.grievance += shortfall(row, need, observed, s)
    witness_delivery(row, talk.trust, observed, flows.withheld, s)
    learn_capability(row, observed, s)
    learn_productivity(row, row.share * vendor.productivity + luck[0], s)
    resolve(talk, s, key, j, t, month)


@rule
def run_out(talk):
    """Let a month of the contract pass; at its end the need is free and renewal comes up."""
    row, need = talk.tie, talk.need
    if need.partner < 0:
        return
    row.months_left -= 1
    if row.months_left <= 0:
        need.partner = -1
        need.expired = 1
        note_event(talk.log, talk.number, EXPIRED, float(row.months), 0.0, 0.0)


@rule
def watch(w, s, month):
    """Write mean trust over needs at the end of the month, each with its current or last partner."""
    needs = w.needs.shape[0]
    for j in range(needs):
        last = w.needs[j].last
        month.trust_buyer += w.trust[last, BUYER_IN_VENDOR].now / needs
        month.trust_vendor += w.trust[last, VENDOR_IN_BUYER].now / needs
        if s.mediator_functions > 0:
            month.trust_mediator_buyer += w.trust[last, BUYER_IN_MEDIATOR].now / needs
            month.trust_mediator_vendor += w.trust[last, VENDOR_IN_MEDIATOR].now / needs
