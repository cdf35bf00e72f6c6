"""One period, stage by stage: the whole model, compiled for the batch and the browser alike.

`events → choose → negotiate → deliver → resolve → review → grow → remember → account`. Within a
period every rule reads trust as it stood at its start.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.talk_rows import seat
from sim.jit import hot, rule
from sim.mediation.rounds.moments import attend
from sim.relationship.meet.adapt import adapt
from sim.relationship.meet.choose import choose_and_talk
from sim.relationship.meet.enter import is_in_market
from sim.relationship.meet.matching import match
from sim.relationship.work.account import best_of_need, close_books
from sim.relationship.work.build_trust import bring_up_to, remember
from sim.relationship.work.cooperate import installed, work
from sim.relationship.work.deliver import (
    DeliveryLuck,
    delivery_luck,
    felt_harm,
    is_as_promised,
    learn_capability,
    learn_productivity,
    shortfall,
    witness_delivery,
)
from sim.relationship.work.disclose import age_hidden, arrive, problem_luck
from sim.relationship.work.govern import monitoring_cost
from sim.relationship.work.grow import grow, grow_as_planned
from sim.relationship.work.lore import learn_together
from sim.relationship.work.month_end import watch, write_need_month, write_waiting
from sim.relationship.work.request import request_changes
from sim.relationship.work.resolve import age_grievance, resolve
from sim.relationship.work.review import review
from sim.relationship.work.terminate import consider_leaving
from sim.relationship.work.traits import note_traits
from sim.relationship.world.downstream import follow_quality
from sim.relationship.world.drift import needs_error
from sim.relationship.world.economy import turn_economy
from sim.relationship.world.events import events_of_need, is_eventful
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR
from sim.words import Event, Institution

PLANNER = int(Institution.PLANNER)
EXPIRED = np.int64(Event.EXPIRED)


@rule
def period(w, s, key, t, candidates, month):
    """Run month `t` of a world and add it to the row `month` of the periods table."""
    needs = w.needs.shape[0]
    w.memo[0].month = t
    month.world = w.memo[0].world
    month.period = t
    turn_economy(w, s, key, t, month)
    if is_eventful(s):
        for j in range(needs):
            if is_in_market(w.needs[j], t):
                events_of_need(w, s, key, j, t, candidates, month)
    match(w, s, key, t, candidates, month)
    for j in range(needs):
        choose_and_talk(w, s, key, j, t, candidates, month)
    for j in range(needs):
        if is_in_market(w.needs[j], t):
            serve(w, s, key, j, t, month)
        else:
            write_waiting(w, j)
    adapt(w, s, key, t, month)
    watch(w, s, month)


@rule
def serve(w, s, key, j, t, month):
    """Deliver, resolve, review, grow, remember and account for one need."""
    talk = seat(w, j, w.needs[j].last)
    need, served, luck = talk.need, talk.need.partner >= 0, DeliveryLuck(0.0, 0.0)
    if s.institution == PLANNER:
        grow_as_planned(talk, s)
        served = served and best_of_need(need) > 0.0
    problem = problem_luck(key, j, t, s)
    clear_flows(need, talk.log.memo, s.problems_fix * problem.severity)
    if need.open > 0:
        age_hidden(w, s, j, t, month)
    if served:
        month.active += 1
        luck = delivery_luck(key, j, t, s)
        serve_contract(w, talk, s, key, j, t, luck, problem, month)
    books = close_books(talk, s, served, luck, month)
    if served:
        note_traits(talk, s, books, month)
        if s.downstream_rate > 0.0:
            follow_quality(w, s, j, talk.vendor.capability + luck.capability)
        remember(talk, s, t, True)
        run_out(talk)
    elif need.talked >= 0:
        remember(seat(w, j, need.talked), s, t, False)
    bring_up_to(talk, s, t + 1)
    write_need_month(w.need_months, talk, books, served)
    month.problems_open += need.open
    month.grievance += talk.tie.grievance


@hot
def clear_flows(need, flows, unavoidable):
    """Start a need's month with what choosing left and what its problem luck makes unavoidable."""
    flows.harm, flows.felt, flows.repair, flows.buyer_repair = 0.0, 0.0, 0.0, 0.0
    flows.vendor_pays, flows.withheld = 0.0, 0.0
    flows.fight_buyer, flows.fight_vendor = 0.0, 0.0
    flows.governance = 0.0
    flows.transactions, flows.disrespect = 0.0, need.disrespect
    need.disrespect = 0
    flows.told_now, flows.hidden_now, flows.kept = 0, 0, 0
    flows.unavoidable = unavoidable


@rule
def serve_contract(w, talk, s, key, j, t, luck, problem, month):
    """Run a month under a contract: from watching and delivery to learning, growth and notice."""
    row, need, vendor, flows = talk.tie, talk.need, talk.vendor, talk.log.memo
    row.months += 1
    work(talk, s, key)
    month.effort += row.effort
    month.cooperation += row.cooperation
    month.alignment += row.alignment
    if s.institution == PLANNER:
        flows.repair += min(flows.unavoidable, max(0.0, best_of_need(need)))
        return
    if row.engaged:
        need.fee += s.mediator_fee_retainer
        month.engaged += 1
        month.mediator_cost += s.mediator_cost
        attend(talk, s, key, t)
    if s.governance_monitoring > 0.0:
        flows.governance = monitoring_cost(talk.trust[BUYER_IN_VENDOR].now, s)
    if problem.severity > 0.0:
        arrive(talk, s, key, j, t, problem, w.problems[j], month)
    observed = vendor.capability + luck.capability - felt_harm(need, vendor, flows.felt)
    age_grievance(row, talk.trust[BUYER_IN_MEDIATOR].now, talk.mediator, s)
    row.grievance += shortfall(row, need, observed, s)
    witness_delivery(row, talk.trust, observed, flows.withheld, s)
    flows.kept = 1 if is_as_promised(row, observed, s) else 0
    learn_capability(row, observed, s)
    learn_productivity(row, installed(row, vendor, s) + luck.performance, s)
    if 0.0 < s.disputes_threshold < row.grievance:
        resolve(talk, s, key, j, t, month)
    if s.drift_rate + s.drift_strategy_rate > 0.0:
        belief = talk.belief[VENDOR]
        month.needs_error += needs_error(belief, w.table[j], need.worth_factor, row.agreed, s)
    if s.reviews_learning_by_doing > 0.0:
        learn_together(row, s.reviews_learning_by_doing)
    if s.reviews_every > 0 and row.months - row.reviewed >= s.reviews_every:
        review(w, talk, s, key, j, t, month)
    if s.change_requests_every > 0 and need.partner >= 0:
        request_changes(w, talk, s, j, month)
    if s.growth_rate > 0.0 and need.partner >= 0:
        grow(talk, s, key, j, t, w.leads[j], month)
    if s.termination_every > 0 and need.partner >= 0:
        consider_leaving(w, talk, s, j, t, month)


@hot
def run_out(talk):
    """Let a month of the contract pass; at its end the need is free and renewal comes up.

    A contract that ends by notice does not come up for renewal.
    """
    row, need = talk.tie, talk.need
    if need.partner < 0:
        return
    row.months_left -= 1
    if row.months_left <= 0:
        need.partner = -1
        talk.vendor.serving -= 1
        if row.notice == 0:
            need.expired = 1
            note_event(talk.log, talk.number, EXPIRED, float(row.months), 0.0, 0.0)
