"""How hard both sides work: paid effort, effort given freely, the buyer's own cooperation.

A vendor paid share s of measured performance works s κ; trust and regard add effort that no term
pays for (gift exchange, Akerlof 1982; Charness & Rabin 2002). The buyer keeps 1 − s of the result
and cooperates accordingly (two-sided moral hazard, Bhattacharyya & Lafontaine 1995), as far as it
sees that it is needed and does not bear a grudge.
"""

from __future__ import annotations

from sim.jit import hot, rule
from sim.mediation.news import cooperation_after_request
from sim.relationship.work.deliver import effort_cost
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Function, Institution

PLANNER, WARN = int(Institution.PLANNER), 1 << int(Function.WARN)


@rule
def free_effort(goodwill, regard, trust):
    """Return g, the share of the effort s leaves unpaid that a vendor gives all the same."""
    return 1.0 - (1.0 - goodwill * trust) * (1.0 - regard)


@rule
def effort_of(vendor, share, trust):
    """Return a = κ(g + (1 − g)s): what a vendor does for pay, and for a buyer it trusts."""
    given = free_effort(vendor.goodwill, vendor.regard, trust)
    return vendor.productivity * (given + (1.0 - given) * share)


@rule
def cooperation_of(need, share):
    """Return b = κ_b(1 − s(1 − ω_b)): what a buyer does that sees its part and bears no grudge."""
    return need.productivity * (1.0 - share * (1.0 - need.regard))


@hot
def work(talk, params, key):
    """Set both sides' effort for the month."""
    row, need, vendor = talk.tie, talk.need, talk.vendor
    trust, voice, seen = 1.0, 1.0, 1.0
    if params.institution != PLANNER:
        trust = talk.trust[VENDOR_IN_BUYER].now
        seen = attention(talk, params, key)
        if params.disputes_threshold > 0.0:
            voice = max(0.0, 1.0 - row.grievance / params.disputes_threshold)
    row.effort = effort_of(vendor, row.share, trust)
    row.cooperation = cooperation_of(need, row.share) * seen * voice


@rule
def attention(talk, params, key):
    """Return the share of the need for its cooperation that the buyer sees.

    What it does not see by itself the vendor can tell to its face, as far as it dares and is
    believed, and a mediator with `warn` can tell it more.
    """
    own = params.buyers_attention
    if own >= 1.0:
        return 1.0
    dares, believes = talk.trust[VENDOR_IN_BUYER].now, talk.trust[BUYER_IN_VENDOR].now
    seen = own + (1.0 - own) * dares * believes
    if talk.tie.functions & WARN:
        return cooperation_after_request(talk, params, key, seen)
    return seen


@rule
def installed(row, vendor, params):
    """Return the effort spent on what is installed; the rest goes into selling more."""
    return row.effort * (1.0 - push_of(vendor, params))


@rule
def push_of(vendor, params):
    """Return the share of effort a vendor spends on selling; the planner has nothing to sell."""
    return 0.0 if params.institution == PLANNER else vendor.push


@rule
def work_value(share, alignment, effort, cooperation, need, vendor, push):
    """Return what work adds to the incentive surplus of paid effort sκ alone; 0 without extras."""
    paid = share * vendor.productivity
    value = alignment * (effort * (1.0 - push) - paid) + cooperation
    cost = effort_cost(effort, vendor.productivity) - effort_cost(paid, vendor.productivity)
    return value - cost - effort_cost(cooperation, need.productivity)
