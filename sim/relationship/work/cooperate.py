"""How hard both sides work: paid effort, effort given freely, the buyer's own cooperation.

A vendor paid share s of measured performance works s κ; trust and regard add effort that no term
pays for (gift exchange, Akerlof 1982; Charness & Rabin 2002). The buyer keeps 1 − s of the result
and cooperates accordingly (two-sided moral hazard, Bhattacharyya & Lafontaine 1995), as far as it
sees that its cooperation is needed and bears no grudge. Effort is counted in money a month.
"""

from __future__ import annotations

from sim.jit import hot, rule
from sim.mediation.news import cooperation_after_request
from sim.relationship.work.deliver import effort_cost
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import Function, Institution

PLANNER, WARN = int(Institution.PLANNER), 1 << int(Function.WARN)


@rule
def free_effort_share(goodwill, regard, trust):
    """Return g, the share of the effort left unpaid by the risk share that a vendor still gives.

    g = 1 − (1 − goodwill · T)(1 − regard), from 0 to 1.
    """
    return 1.0 - (1.0 - goodwill * trust) * (1.0 - regard)


@rule
def vendor_effort(vendor, share, trust):
    """Return a = κ(g + (1 − g)s), a vendor's effort under risk share s; money a month."""
    given = free_effort_share(vendor.goodwill, vendor.regard, trust)
    return vendor.productivity * (given + (1.0 - given) * share)


@rule
def buyer_cooperation(need, share):
    """Return b = κ_b(1 − s(1 − ω_b)), the cooperation of a fully attentive buyer; money a month."""
    return need.productivity * (1.0 - share * (1.0 - need.regard))


@hot
def set_efforts(talk, params, key):
    """Set both sides' effort for the month: write `effort` and `cooperation`, money a month.

    Grievance lowers the buyer's cooperation, to nothing at the threshold of a dispute. The planner
    has full trust, attention and goodwill.
    """
    row, need, vendor = talk.tie, talk.need, talk.vendor
    trust, voice, seen = 1.0, 1.0, 1.0
    if params.institution != PLANNER:
        trust = talk.trust[VENDOR_IN_BUYER].now
        seen = buyer_attention(talk, params, key)
        if params.disputes_threshold > 0.0:
            voice = max(0.0, 1.0 - row.grievance / params.disputes_threshold)
    row.effort = vendor_effort(vendor, row.share, trust)
    row.cooperation = buyer_cooperation(need, row.share) * seen * voice


@rule
def buyer_attention(talk, params, key):
    """Return the share of the need for its cooperation that the buyer sees.

    The rest the vendor can tell it directly, as far as the vendor dares and is believed; a mediator
    with `warn` can tell it more.
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
def installed_effort(row, vendor, params):
    """Return the effort spent on what is installed, not on selling more; money a month."""
    return row.effort * (1.0 - selling_share(vendor, params))


@rule
def selling_share(vendor, params):
    """Return the share of effort a vendor spends on selling; 0 under the planner."""
    return 0.0 if params.institution == PLANNER else vendor.push


@rule
def work_value(share, alignment, effort, cooperation, need, vendor, push):
    """Return the value of work beyond the incentive surplus of paid effort sκ; money a month.

    0 without free effort, cooperation and selling.
    """
    paid = share * vendor.productivity
    value = alignment * (effort * (1.0 - push) - paid) + cooperation
    cost = effort_cost(effort, vendor.productivity) - effort_cost(paid, vendor.productivity)
    return value - cost - effort_cost(cooperation, need.productivity)
