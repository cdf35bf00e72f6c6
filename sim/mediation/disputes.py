"""What a mediator does about grievance and disputes (function `resolve`).

Being heard speeds the decay of grievance. In a dispute it tells each side, apart, what it thinks of
the merits, and calls unreasonable what is far from that; one that practises styles at disputes does what
they say instead (`sim/mediation/rounds/moments.py`). Whether it is then fought is settled in
`sim/relationship/work/resolve.py`.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import UNIT_SD, noisy_reading, updated_belief
from sim.bargain.log import note_event
from sim.jit import hot, rule
from sim.luck import normal, uniforms
from sim.words import Event, Function, Stream

RESOLVE = 1 << int(Function.RESOLVE)
MERIT_ESTIMATE = np.int64(Stream.MERIT_ESTIMATE)
POSITION_NAMED = np.int64(Event.POSITION_NAMED)
UNREASONABLE = 0.25  # a belief this far from the mediator's estimate is called so


@hot
def hearing(row, trust, mediator, params):
    """Return the factor by which being heard by a trusted, able mediator speeds grievance's decay."""
    if row.functions & RESOLVE and row.engaged:
        return 1.0 - params.mediator_hearing * trust * mediator.competence_buyer
    return 1.0


@rule
def heard(place, beliefs, signal, trusts, mediator):
    """Return both beliefs after the mediator gave each side, apart, its estimate of the merits.

    The two estimates follow them. `place` is (key, need, month).
    """
    key, need, t = place
    u = uniforms(key, MERIT_ESTIMATE, need, t, mediator.number)
    estimate_b = estimate_of_merits(beliefs[0], signal, mediator, 1, u[0])
    estimate_v = estimate_of_merits(beliefs[1], signal, mediator, 1, u[1])
    p_buyer = updated_belief(beliefs[0], estimate_b, trusts[0])
    p_vendor = updated_belief(beliefs[1], estimate_v, trusts[1])
    return p_buyer, p_vendor, estimate_b, estimate_v


@rule
def estimate_of_merits(belief, signal, mediator, readings, luck):
    """Return what a mediator tells a side of the merits: read from that side's belief, with its lean.

    Of several independent readings the mean is read, whose reliability is higher.
    """
    competence = 0.5 * (mediator.competence_buyer + mediator.competence_vendor)
    competence = of_several(competence, readings)
    estimate = (
        noisy_reading(belief, signal, competence, UNIT_SD, normal(luck)) + 0.5 * mediator.bias
    )
    return min(max(estimate, 0.0), 1.0)


@rule
def of_several(reliability, n):
    """Return n c/(1 + (n − 1) c), the reliability of the mean of n readings (Spearman 1910; Brown 1910)."""
    return n * reliability / (1.0 + (n - 1) * reliability)


@rule
def name_positions(talk, beliefs, estimates):
    """Write down which side's belief the mediator called unreasonable, to that side alone."""
    for side in range(2):
        name_position(talk, side, beliefs[side], estimates[side])


@rule
def name_position(talk, side, belief, estimate):
    """Write down if the mediator called a side's belief unreasonable."""
    if abs(estimate - belief) > UNREASONABLE:
        note_event(talk.log, talk.number, POSITION_NAMED, float(side), belief, estimate)
