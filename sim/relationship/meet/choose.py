"""The choose stage: renewal, and which candidate a need without a contract talks to.

score = T^a · G^(1 − a), G the expected gain; G ≤ 0 is never chosen, nor does a vendor come that
sees none. (Klos & Nooteboom 2001; Gorobets & Nooteboom 2006.) Where capacities bind the same scores
are matched beforehand (`sim/relationship/meet/matching.py`).
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds, power
from sim.bargain.log import note_event
from sim.bargain.talk_rows import lay_out, seat, sit_down
from sim.bargain.value import chance_of_agreeing, fill_own, prospects
from sim.contract import RISK_SHARE, best_levels, vendor_incentive
from sim.jit import rule
from sim.mediation.advice import advise
from sim.mediation.hiring import hire
from sim.relationship.meet.acquaint import acquaint
from sim.relationship.meet.enter import is_in_market, take_as_in_force
from sim.relationship.meet.negotiate import negotiate, sign
from sim.relationship.meet.refuse import declines
from sim.relationship.work.build_trust import bring_up_to, under_ceiling
from sim.relationship.work.cooperate import cooperation_of, effort_of
from sim.relationship.work.deliver import effort_cost
from sim.relationship.work.grow import hold_up, kept_return, strand
from sim.relationship.work.renegotiate import reopen
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER
from sim.words import Entrance, Event, Institution

PLANNER = int(Institution.PLANNER)
SELECTION = int(Entrance.SELECTION)
ASSIGNED = np.int64(Event.ASSIGNED)


@rule
def choose_and_talk(w, s, key, j, t, candidates, month):
    """Let a need without a contract pick a candidate and talk; the planner assigns instead."""
    need = w.needs[j]
    need.talked = -1
    if not is_in_market(need, t):
        return
    if need.partner >= 0:
        if w.memo[0].recession and need.in_recession > 0 and s.institution != PLANNER:
            reopen(w, s, key, j, t, month)
        return
    if need.expired:
        month.expiries += 1
    if s.institution == PLANNER:
        if need.best_tie >= 0:
            acquaint(w, s, key, j, need.best_tie)
            assign(sit_down(w, s, j, need.best_tie), s, month)
    else:
        tie = need.proposal
        if s.market_capacity <= 0:
            tie = favourite(w, s, key, j, t, candidates)
        if tie >= 0:
            acquaint(w, s, key, j, tie)
        if tie >= 0 and not declines(w, s, key, j, tie, t, candidates, month):
            need.talked = tie
            before = need.last
            if s.mediator_functions > 0:
                hire(w, s, key, j, tie)
            talk = sit_down(w, s, j, tie)
            if negotiate(talk, s, key, t, month):
                if tie != before:
                    switch(talk, w.ties[before], s, month)
                elif need.expired and s.growth_holdup > 0.0:
                    hold_up(talk, s, month)
    need.expired = 0
    if need.aged > 0.0 and t == need.start and need.partner >= 0:
        take_as_in_force(w, s, need)


@rule
def favourite(w, s, key, j, t, candidates):
    """Return the candidate of highest score, the lower number at a tie; -1 if none promises gain.

    Its score is written into the tie, and where capacities bind the vendor's; what is no choice scores
    below 0.
    """
    best, best_score, last = -1, 0.0, w.needs[j].last
    for tie in range(j * candidates, (j + 1) * candidates):
        row = w.ties[tie]
        row.score_buyer = -1.0
        if t < row.cool_until:
            continue
        lay_out(w, s, j, tie)
        talk = seat(w, j, tie)
        bring_up_to(talk, s, t)
        fill_own(talk, s)
        gain = side_gain(talk, s, BUYER)
        if s.mediator_functions > 0 and s.mediator_enters == SELECTION:
            gain = advise(talk, s, key, gain)
        if tie != last and w.ties[last].contracts > 0:
            gain -= s.market_switching_cost
        if gain <= 0.0:
            continue
        others = side_gain(talk, s, VENDOR)
        if others <= 0.0:
            continue
        score = score_of(talk, s, gain)
        row.score_buyer = score
        if s.market_capacity > 0:
            row.score_vendor = weighted(talk.trust[VENDOR_IN_BUYER].now, others, s)
        if best < 0 or exceeds(score, best_score):
            best, best_score = tie, score
    return best


@rule
def score_of(talk, s, gain):
    """Return the score by which a buyer chooses."""
    return weighted(reputed_trust(talk, s), gain, s)


@rule
def weighted(trust, gain, p):
    """Return T^a · G^(1 − a)."""
    a = p.market_trust_weight
    return power(trust, a) * power(gain, 1.0 - a)


@rule
def reputed_trust(talk, p):
    """Return the trust a buyer chooses by: its own, and evidence of all other buyers at a discount."""
    row, weight = talk.trust[BUYER_IN_VENDOR], p.market_reputation
    if weight <= 0.0:
        return row.now
    good = row.good + weight * max(0.0, talk.vendor.good - row.good)
    bad = row.bad + weight * max(0.0, talk.vendor.bad - row.bad)
    good += p.relationship_prior_good
    return under_ceiling(good / (good + bad + p.relationship_prior_bad), row, p)


@rule
def side_gain(talk, s, side):
    """Return G, what a side expects of a talk: half the pie it believes in, net of the haggling.

    Over the months of a contract, with what its assets in this tie would go on to yield, times the
    chance of agreeing by Laplace's rule of succession from the talks over this tie.
    """
    gain, months = prospects(talk, s, side)
    return gain_of_talk(talk, s, side, gain, months)


@rule
def gain_of_talk(talk, s, side, gain, months):
    """Return what a talk is worth to a side that expects a pie of `gain` a month for so many months."""
    own = 0.5 * gain * months + kept_return(talk.tie, s, side, months)
    return own * chance_of_agreeing(talk.tie) - s.negotiation_offer_cost * s.negotiation_deadline


@rule
def switch(talk, former, s, month):
    """Leave the last vendor behind, with what was built with it; the change costs the buyer."""
    strand(talk.need, former)
    if former.contracts > 0:
        month.switches += 1
        talk.need.switching += s.market_switching_cost


@rule
def assign(talk, s, month):
    """Sign first-best terms with the best candidate (the yardstick)."""
    row, memo = talk.tie, talk.log.memo
    levels = memo.pack[0]
    best_levels(memo.truth, memo.own[1], s, levels)
    for k in range(s.issues):
        if s.kind[k] >= RISK_SHARE:
            levels[k] = 0
    row.lore = 1.0
    sign(talk, s, levels, 0.0, month)
    row.share = row.best_share
    row.penalty = 0.0
    row.liability = 0.0
    row.alignment = 1.0
    row.price = fair_price(talk, s)
    note_event(talk.log, talk.number, ASSIGNED, row.first_best, float(row.months_left), 0.0)


@rule
def fair_price(talk, s):
    """Return the price that leaves the vendor half of the true surplus of first-best terms."""
    row, vendor = talk.tie, talk.vendor
    variance = s.delivery_noise * s.delivery_noise
    own = vendor_incentive(row.share, vendor.productivity, vendor.risk, variance)
    effort = effort_of(vendor, row.share, 1.0)
    paid = vendor.productivity * row.share
    own += row.share * (effort - paid)
    own -= effort_cost(effort, vendor.productivity) - effort_cost(paid, vendor.productivity)
    own += row.share * cooperation_of(talk.need, row.share)
    own += 0.5 * s.reviews_learning_worth
    return row.cost_sum + vendor.outside - own + 0.5 * talk.need.first_best
