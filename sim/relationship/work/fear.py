"""Fear of blame: the share of blame a vendor expects for reporting a problem, and how it learns.

With `vendors.blame_fear` = trust it expects its distrust 1 − T_v. Learnt, it starts at F₀, a factor
times the blame that a stranger meets, and takes F = (m F₀ + Σ receptions)/(m + n) after n pieces of
news (Bayes' rule for a normal mean with a prior worth m of them). People overestimate the reaction
to what they reveal (Dungan & Epley 2024), though messengers are disliked (John, Blunden & Liu
2019).
"""

from __future__ import annotations

from sim.jit import rule
from sim.relationship.work.build_trust import initial_trust
from sim.state import BUYER_IN_VENDOR, VENDOR_IN_BUYER
from sim.words import BlameFear

LEARNT = int(BlameFear.LEARNT)


@rule
def believed_fault(trust, params):
    """Return the buyer's P(fault) on hearing of a problem: base rate at full trust, 1 at none."""
    return 1.0 - trust * (1.0 - params.problems_fault)


@rule
def initial_fear(params):
    """Return F₀, a factor times the blame that an unknown vendor meets, at most 1; share."""
    return min(
        1.0,
        params.vendors_first_fear * believed_fault(initial_trust(BUYER_IN_VENDOR, params), params),
    )


@rule
def set_initial_fear(row, params):
    """Let the vendor of a new tie expect the blame it expects from strangers. Writes `fear`."""
    if params.vendors_blame_fear == LEARNT:
        row.fear = initial_fear(params)


@rule
def expected_blame(talk, params):
    """Return the share of blame that the vendor expects before a mediator tells it more.

    Writes `feared` if fear is learnt, so that what it expected can be compared with what it met.
    """
    if params.vendors_blame_fear == LEARNT:
        talk.tie.feared = talk.tie.fear
        return talk.tie.fear
    return 1.0 - talk.trust[VENDOR_IN_BUYER].now


@rule
def learn_from_reception(row, believed, params):
    """Let the vendor learn from how its news was received: one more observation of the mean.

    `believed` is the share of blame it met. Writes `fear` and `news_met`.
    """
    if params.vendors_blame_fear == LEARNT:
        row.news_met += 1.0
        row.fear += (believed - row.fear) / (params.vendors_fear_memory + row.news_met)


@rule
def forget_fear(row, params, kept):
    """Let fear fall back to what it would be after a share `kept` of the receptions."""
    if params.vendors_blame_fear != LEARNT:
        return
    first, left = initial_fear(params), params.vendors_fear_memory + kept * row.news_met
    shrunk = 0.0
    if left > 0.0:
        shrunk = kept * (params.vendors_fear_memory + row.news_met) / left
    row.fear = min(max(first + shrunk * (row.fear - first), 0.0), 1.0)
    row.news_met *= kept
