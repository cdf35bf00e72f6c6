"""Bad news: whether a vendor reports a problem at once or hides it, and what either leads to.

Reported now it costs R = f z + π g_b z + b z F, F the blame it fears (`fear.py`). Hidden it grows
by ρ a month and is discovered with hazard d: H = d [π g_b z δ(1+ρ)(1−Xⁿ)/(1−X) + L δ(1−Yⁿ)/(1−Y)],
Y = δ(1−d), X = Y(1+ρ). A vendor reports iff R ≤ H. Reported problems are repaired by the vendor,
discovered ones at the buyer's expense.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.arithmetic import whole_power
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk
from sim.jit import hot, rule
from sim.luck import exponential, uniforms
from sim.mediation.news import carry_news
from sim.relationship.work.build_trust import update_trust
from sim.relationship.work.fear import believed_fault, expected_blame, learn_from_reception
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    OPEN_PROBLEMS,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Event, Function, Stream

PROBLEM = np.int64(Stream.PROBLEM)
WARN = 1 << int(Function.WARN)
REPORTED, HIDDEN, DISCOVERED = (
    np.int64(Event.PROBLEM_REPORTED),
    np.int64(Event.PROBLEM_HIDDEN),
    np.int64(Event.PROBLEM_DISCOVERED),
)
LARGEST_HARM = 1e12  # keeps a month's harm finite, however fast problems grow in a scenario


class ProblemLuck(NamedTuple):
    """A problem that arises in a need's month; zeros if none does."""

    severity: float  # money
    fault: float  # 1 if it is the vendor's, else 0
    threshold: float  # of accumulated hazard at which it is discovered


@hot
def draw_problem_luck(key, need, month, params):
    """Return the problem that arises in a need's month."""
    draws = uniforms(key, PROBLEM, need, month, 0)
    if draws[0] >= params.problems_rate:
        return ProblemLuck(0.0, 0.0, 0.0)
    severity = exponential(draws[1]) * params.problems_severity
    fault = 1.0 if draws[2] < params.problems_fault else 0.0
    return ProblemLuck(severity, fault, exponential(draws[3]))


@rule
def geometric_sum(ratio, terms):
    """Return 1 + x + … + x^(n−1) for x = `ratio` and n = `terms`."""
    # Below 1e-12 the quotient would lose all its digits; 1e300 keeps sums of sums finite.
    if abs(1.0 - ratio) < 1e-12:
        return float(terms)
    return min((1.0 - whole_power(ratio, terms)) / (1.0 - ratio), 1e300)


@rule
def cost_of_telling(severity, penalty, blame_share, params):
    """Return R for a problem: repair, penalty and the blame expected; money.

    `severity` is money, `penalty` the clause g_b, `blame_share` the expected share of full blame.
    """
    return (
        params.problems_fix * severity
        + params.problems_enforcement * penalty * severity
        + params.buyers_blame * severity * blame_share
    )


@rule
def cost_of_hiding(severity, penalty, at_stake, months_left, params):
    """Return H, the expected discounted cost of hiding a problem; money.

    `months_left` is how long it may stay hidden, `at_stake` the money lost on being found out.
    """
    hazard, delta = params.problems_discovery, params.relationship_discount
    growth = 1.0 + params.problems_growth
    stays_hidden = delta * (1.0 - hazard)
    owed = 0.0
    if penalty > 0.0:
        owed = (
            params.problems_enforcement
            * penalty
            * severity
            * delta
            * growth
            * geometric_sum(stays_hidden * growth, months_left)
        )
    return hazard * (owed + at_stake * delta * geometric_sum(stays_hidden, months_left))


@rule
def harm_of_hiding(severity, months_left, params):
    """Return the expected discounted harm of a problem hidden up to `months_left`; money."""
    stays_hidden = params.relationship_discount * (1.0 - params.problems_discovery)
    return severity * geometric_sum(stays_hidden * (1.0 + params.problems_growth), months_left)


@rule
def value_at_stake(margin, months_left, params):
    """Return L, the part of the discounted remaining margin that deceit would cost; money.

    `margin` is money a month; the share is the vendor's own view, `problems.stake_of_deceit`.
    """
    delta = params.relationship_discount
    return (
        params.problems_stake_of_deceit
        * max(0.0, margin)
        * delta
        * geometric_sum(delta, months_left)
    )


@rule
def handle_new_problem(talk, params, key, need_row, month, luck, problems, totals):
    """Let a problem arise under a contract, for the vendor to report or hide.

    `problems` are the need's rows of hidden problems; if all are in use, a further one is reported.
    A vendor that has regard for the buyer counts part of the buyer's harm as its own. Writes
    `open`, `harm`, `felt` and counts `problems_arrived` and `problems_reported` in `totals`.
    """
    row, need = talk.tie, talk.need
    severity, fault, threshold = luck.severity, luck.fault, luck.threshold
    flows = talk.log.memo
    trust_b = talk.trust[BUYER_IN_VENDOR].now
    fear = expected_blame(talk, params)
    believed = believed_fault(trust_b, params)
    expected, via, estimates = fear, 0, (0.0, 0.0)
    if talk.tie.functions & WARN:
        via = 1
        believed, expected, estimates = carry_news(
            talk, params, (key, need_row, month), fault, believed, fear
        )
    telling = cost_of_telling(severity, row.penalty, expected, params)
    months_left = row.months_left - 1 + params.problems_shadow
    hiding = cost_of_hiding(
        severity, row.penalty, value_at_stake(row.margin, months_left, params), months_left, params
    )
    hiding += talk.vendor.regard * harm_of_hiding(severity, months_left, params)
    row.problems_arrived += 1
    totals.problems_arrived += 1
    if telling <= hiding or need.open >= OPEN_PROBLEMS:
        report_problem(talk, params, (severity, fault, believed), via, estimates)
        totals.problems_reported += 1
        return
    slot = problems[need.open]
    slot.tie, slot.since, slot.harm = talk.number, month, severity
    slot.hazard, slot.threshold = 0.0, threshold
    slot.penalty = params.problems_enforcement * row.penalty
    need.open += 1
    flows.harm += severity
    flows.felt += severity
    note_event(talk.log, talk.number, HIDDEN, severity, telling, hiding)


@rule
def report_problem(talk, params, news, via, estimates):
    """Repair a reported problem, which shows whose fault it was; both sides draw conclusions.

    `news` is (severity, 1 if the vendor's fault, fault the buyer believes), `via` 1 if a mediator
    carried the news, `estimates` what it told both sides. Writes `repair`, `vendor_pays`,
    `withheld` and evidence on all four kinds of trust.
    """
    row, need = talk.tie, talk.need
    severity, fault, believed = news
    flows = talk.log.memo
    withheld = need.blame * severity * believed
    row.problems_reported += 1
    learn_from_reception(row, believed, params)
    flows.repair += params.problems_fix * severity
    flows.vendor_pays += params.problems_enforcement * row.penalty * severity + withheld
    flows.withheld += withheld
    flows.told_now += 1
    unfair = believed * (1.0 - fault)
    talk.trust[BUYER_IN_VENDOR].gain += params.relationship_weight_candour
    talk.trust[VENDOR_IN_BUYER].gain += params.relationship_weight_candour * (1.0 - unfair)
    talk.trust[VENDOR_IN_BUYER].loss += params.relationship_weight_candour * unfair
    if via:
        weight = params.relationship_weight_candour
        off_b, off_v = abs(estimates[0] - fault), abs(estimates[1] - believed)
        talk.trust[BUYER_IN_MEDIATOR].gain += weight * (1.0 - off_b)
        talk.trust[BUYER_IN_MEDIATOR].loss += weight * off_b
        talk.trust[VENDOR_IN_MEDIATOR].gain += weight * (1.0 - off_v)
        talk.trust[VENDOR_IN_MEDIATOR].loss += weight * off_v
    note_event(talk.log, talk.number, REPORTED, severity, withheld, float(via))


@rule
def age_hidden_problems(world, params, need_row, month, totals):
    """Let hidden problems of a need grow, harm and perhaps be discovered; they survive expiry.

    Writes `harm` and `felt` of the month. A discovered problem's row is filled by the last one.
    """
    need, problems, flows = world.needs[need_row], world.problems[need_row], world.memo[0]
    slot = 0
    while slot < need.open:
        row = problems[slot]
        row.harm = min(row.harm * (1.0 + params.problems_growth), LARGEST_HARM)
        row.hazard += params.setup_discovery_hazard
        flows.harm += row.harm
        if row.tie == need.partner:
            flows.felt += row.harm
        if row.hazard < row.threshold:
            slot += 1
            continue
        talk = gather_talk(world, need_row, row.tie)
        discover_problem(talk, params, row, month)
        totals.problems_discovered += 1
        if row.tie != need.partner:
            update_trust(talk, params, month, False)
        # The last problem takes the freed row and is aged next, so `slot` stays.
        need.open -= 1
        last = problems[need.open]
        row.tie, row.since, row.harm = last.tie, last.since, last.harm
        row.hazard, row.threshold, row.penalty = last.hazard, last.threshold, last.penalty


@rule
def discover_problem(talk, params, problem, month):
    """Let the buyer find a hidden problem: it pays for repair, collects, and remembers.

    Adds harm to the grievance, and deceit to the evidence against the vendor.
    """
    row, flows = talk.tie, talk.log.memo
    row.problems_discovered += 1
    row.found += 1
    row.grievance += problem.harm
    flows.buyer_repair += params.problems_fix * problem.harm
    penalty = problem.penalty * problem.harm
    flows.vendor_pays += penalty
    if talk.number == talk.need.partner:
        flows.felt -= problem.harm
        flows.hidden_now += 1
    talk.trust[BUYER_IN_VENDOR].deceit += 1.0
    talk.trust[BUYER_IN_VENDOR].loss += params.relationship_weight_candour
    months = float(month - problem.since)
    note_event(talk.log, talk.number, DISCOVERED, problem.harm, months, penalty)
