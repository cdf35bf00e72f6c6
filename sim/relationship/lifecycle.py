"""One month of a world, stage by stage: the whole model, compiled for batch and browser alike.

`events → choose → negotiate → deliver → resolve → review → grow → remember → account`. Within a
month every rule reads trust as it stood at the start of the month.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk
from sim.jit import hot, rule
from sim.mediation.rounds.moments import attend_month
from sim.relationship.meet.adapt import run_imitation_round
from sim.relationship.meet.choose import choose_and_talk
from sim.relationship.meet.enter import is_in_market
from sim.relationship.meet.matching import match_needs
from sim.relationship.work.account import close_books, need_first_best
from sim.relationship.work.build_trust import catch_up_trust, update_trust
from sim.relationship.work.cooperate import installed_effort, set_efforts
from sim.relationship.work.deliver import (
    DeliveryLuck,
    delivery_shortfall,
    draw_delivery_luck,
    felt_harm,
    is_as_promised,
    learn_capability,
    learn_productivity,
    witness_delivery,
)
from sim.relationship.work.disclose import (
    age_hidden_problems,
    draw_problem_luck,
    handle_new_problem,
)
from sim.relationship.work.govern import monitoring_cost
from sim.relationship.work.grow import pursue_opportunities, take_all_opportunities
from sim.relationship.work.lore import learn_together
from sim.relationship.work.month_end import (
    write_monthly_means,
    write_need_month,
    write_waiting_need,
)
from sim.relationship.work.request import request_changes
from sim.relationship.work.resolve import age_grievance, resolve
from sim.relationship.work.review import review
from sim.relationship.work.terminate import consider_leaving
from sim.relationship.work.traits import score_traits
from sim.relationship.world.downstream import adjust_demand
from sim.relationship.world.drift import needs_error
from sim.relationship.world.economy import step_economy
from sim.relationship.world.events import apply_need_events, can_events_happen
from sim.state import BUYER_IN_MEDIATOR, BUYER_IN_VENDOR, VENDOR
from sim.words import Event, Institution

PLANNER = int(Institution.PLANNER)
EXPIRED = np.int64(Event.EXPIRED)


@rule
def run_month(world, params, key, month, candidates, totals):
    """Run month `month` of a world and add it to the row `totals` of the periods table.

    `key` is the pair (seed, world) that addresses all luck; `candidates` is the number of ties of a
    need. Needs are visited in the order of their rows, and all of them talk before any is served.
    """
    needs = world.needs.shape[0]
    world.memo[0].month = month
    totals.world = world.memo[0].world
    totals.period = month
    step_economy(world, params, key, month, totals)
    if can_events_happen(params):
        for j in range(needs):
            if is_in_market(world.needs[j], month):
                apply_need_events(world, params, key, j, month, candidates, totals)
    match_needs(world, params, key, month, candidates, totals)
    for j in range(needs):
        choose_and_talk(world, params, key, j, month, candidates, totals)
    for j in range(needs):
        if is_in_market(world.needs[j], month):
            serve_need(world, params, key, j, month, totals)
        else:
            write_waiting_need(world, j)
    run_imitation_round(world, params, key, month, totals)
    write_monthly_means(world, params, totals)


@rule
def serve_need(world, params, key, need_row, month, totals):
    """Deliver, resolve, review, grow, remember and account for one need's month.

    Writes the need's row of need_months and adds to `totals`, among others `active`,
    `problems_open` and `grievance`. A need without a contract is booked too: what it misses is
    `no_deal`.
    """
    talk = gather_talk(world, need_row, world.needs[need_row].last)
    need, served, luck = talk.need, talk.need.partner >= 0, DeliveryLuck(0.0, 0.0)
    if params.institution == PLANNER:
        # The planner lets a contract rest in months in which an idle pair would be better off.
        take_all_opportunities(talk, params)
        served = served and need_first_best(need) > 0.0
    problem = draw_problem_luck(key, need_row, month, params)
    clear_flows(need, talk.log.memo, params.problems_fix * problem.severity)
    if need.open > 0:
        age_hidden_problems(world, params, need_row, month, totals)
    if served:
        totals.active += 1
        luck = draw_delivery_luck(key, need_row, month, params)
        serve_contract(world, talk, params, key, need_row, month, luck, problem, totals)
    books = close_books(talk, params, served, luck, totals)
    if served:
        score_traits(talk, params, books, totals)
        if params.downstream_rate > 0.0:
            adjust_demand(world, params, need_row, talk.vendor.capability + luck.capability)
        update_trust(talk, params, month, True)
        count_down_contract(talk)
    elif need.talked >= 0:  # a talk that failed is evidence as well
        update_trust(gather_talk(world, need_row, need.talked), params, month, False)
    catch_up_trust(talk, params, month + 1)
    write_need_month(world.need_months, talk, books, served)
    totals.problems_open += need.open
    totals.grievance += talk.tie.grievance


@hot
def clear_flows(need, flows, unavoidable):
    """Reset the money flows of a need's month, which rules then add to; money.

    `unavoidable` is the cost of repairing this month's problem at once; first best pays it too.
    Squeezes and hold-ups of the choose stage (`disrespect`) are carried over into the month.
    """
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
    """Run a month under a contract, from watching and delivery to learning, growth and notice.

    `luck` is the noise of delivery, `problem` the problem that arises (severity 0 if none does).
    Under the planner there is only effort and the repair of that problem.
    """
    row, need, vendor, flows = talk.tie, talk.need, talk.vendor, talk.log.memo
    row.months += 1
    set_efforts(talk, params, key)
    totals.effort += row.effort
    totals.cooperation += row.cooperation
    totals.alignment += row.alignment
    if params.institution == PLANNER:
        flows.repair += min(flows.unavoidable, max(0.0, need_first_best(need)))
        return
    if row.engaged:
        need.fee += params.mediator_fee_retainer
        totals.engaged += 1
        totals.mediator_cost += params.mediator_cost
        attend_month(talk, params, key, month)
    if params.governance_monitoring > 0.0:
        flows.governance = monitoring_cost(talk.trust[BUYER_IN_VENDOR].now, params)
    if problem.severity > 0.0:
        handle_new_problem(
            talk, params, key, need_row, month, problem, world.problems[need_row], totals
        )
    observed = vendor.capability + luck.capability - felt_harm(need, vendor, flows.felt)
    age_grievance(row, talk.trust[BUYER_IN_MEDIATOR].now, talk.mediator, params)
    row.grievance += delivery_shortfall(row, need, observed, params)
    witness_delivery(row, talk.trust, observed, flows.withheld, params)
    flows.kept = 1 if is_as_promised(row, observed, params) else 0
    learn_capability(row, observed, params)
    learn_productivity(row, installed_effort(row, vendor, params) + luck.performance, params)
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
        pursue_opportunities(talk, params, key, need_row, month, world.leads[need_row], totals)
    if params.termination_every > 0 and need.partner >= 0:
        consider_leaving(world, talk, params, need_row, month, totals)


@hot
def count_down_contract(talk):
    """Count down the months left; after the last one free the need, whose contract may be renewed.

    A contract that ends by notice cannot be renewed. Writes `expired`, `partner`, `serving`.
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
