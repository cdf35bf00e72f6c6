"""One period, stage by stage: the whole model, compiled for the batch and the browser alike.

`events → choose → negotiate → deliver → resolve → review → grow → remember → account`. Within a
period every rule reads trust as it stood at its start.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.talk_rows import seat
from sim.jit import hot, rule
from sim.mediation.rounds.moments import attend_month
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
def period(world, params, key, month, candidates, totals):
    """Run month `month` of a world and add it to the row `totals` of the periods table."""
    needs = world.needs.shape[0]
    world.memo[0].month = month
    totals.world = world.memo[0].world
    totals.period = month
    turn_economy(world, params, key, month, totals)
    if is_eventful(params):
        for j in range(needs):
            if is_in_market(world.needs[j], month):
                events_of_need(world, params, key, j, month, candidates, totals)
    match(world, params, key, month, candidates, totals)
    for j in range(needs):
        choose_and_talk(world, params, key, j, month, candidates, totals)
    for j in range(needs):
        if is_in_market(world.needs[j], month):
            serve(world, params, key, j, month, totals)
        else:
            write_waiting(world, j)
    adapt(world, params, key, month, totals)
    watch(world, params, totals)


@rule
def serve(world, params, key, need_row, month, totals):
    """Deliver, resolve, review, grow, remember and account for one need."""
    talk = seat(world, need_row, world.needs[need_row].last)
    need, served, luck = talk.need, talk.need.partner >= 0, DeliveryLuck(0.0, 0.0)
    if params.institution == PLANNER:
        grow_as_planned(talk, params)
        served = served and best_of_need(need) > 0.0
    problem = problem_luck(key, need_row, month, params)
    clear_flows(need, talk.log.memo, params.problems_fix * problem.severity)
    if need.open > 0:
        age_hidden(world, params, need_row, month, totals)
    if served:
        totals.active += 1
        luck = delivery_luck(key, need_row, month, params)
        serve_contract(world, talk, params, key, need_row, month, luck, problem, totals)
    books = close_books(talk, params, served, luck, totals)
    if served:
        note_traits(talk, params, books, totals)
        if params.downstream_rate > 0.0:
            follow_quality(world, params, need_row, talk.vendor.capability + luck.capability)
        remember(talk, params, month, True)
        run_out(talk)
    elif need.talked >= 0:
        remember(seat(world, need_row, need.talked), params, month, False)
    bring_up_to(talk, params, month + 1)
    write_need_month(world.need_months, talk, books, served)
    totals.problems_open += need.open
    totals.grievance += talk.tie.grievance


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
def serve_contract(world, talk, params, key, need_row, month, luck, problem, totals):
    """Run a month under a contract: from watching and delivery to learning, growth and notice."""
    row, need, vendor, flows = talk.tie, talk.need, talk.vendor, talk.log.memo
    row.months += 1
    work(talk, params, key)
    totals.effort += row.effort
    totals.cooperation += row.cooperation
    totals.alignment += row.alignment
    if params.institution == PLANNER:
        flows.repair += min(flows.unavoidable, max(0.0, best_of_need(need)))
        return
    if row.engaged:
        need.fee += params.mediator_fee_retainer
        totals.engaged += 1
        totals.mediator_cost += params.mediator_cost
        attend_month(talk, params, key, month)
    if params.governance_monitoring > 0.0:
        flows.governance = monitoring_cost(talk.trust[BUYER_IN_VENDOR].now, params)
    if problem.severity > 0.0:
        arrive(talk, params, key, need_row, month, problem, world.problems[need_row], totals)
    observed = vendor.capability + luck.capability - felt_harm(need, vendor, flows.felt)
    age_grievance(row, talk.trust[BUYER_IN_MEDIATOR].now, talk.mediator, params)
    row.grievance += shortfall(row, need, observed, params)
    witness_delivery(row, talk.trust, observed, flows.withheld, params)
    flows.kept = 1 if is_as_promised(row, observed, params) else 0
    learn_capability(row, observed, params)
    learn_productivity(row, installed(row, vendor, params) + luck.performance, params)
    if 0.0 < params.disputes_threshold < row.grievance:
        resolve(talk, params, key, need_row, month, totals)
    if params.drift_rate + params.drift_strategy_rate > 0.0:
        belief = talk.belief[VENDOR]
        totals.needs_error += needs_error(
            belief, world.table[need_row], need.worth_factor, row.agreed, params
        )
    if params.reviews_learning_by_doing > 0.0:
        learn_together(row, params.reviews_learning_by_doing)
    if params.reviews_every > 0 and row.months - row.reviewed >= params.reviews_every:
        review(world, talk, params, key, need_row, month, totals)
    if params.change_requests_every > 0 and need.partner >= 0:
        request_changes(world, talk, params, need_row, totals)
    if params.growth_rate > 0.0 and need.partner >= 0:
        grow(talk, params, key, need_row, month, world.leads[need_row], totals)
    if params.termination_every > 0 and need.partner >= 0:
        consider_leaving(world, talk, params, need_row, month, totals)


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
