"""What a mediator does about grievance and disputes (function `resolve`).

Being heard speeds the decay of grievance. In a dispute it tells each side, apart, what it thinks of
the merits, and calls unreasonable what is far from that. Whether it is then fought is settled in
`sim/relationship/resolve.py`.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.disclosure import UNIT_SD, moved, reading
from sim.bargain.log import note_event
from sim.jit import hot, rule
from sim.luck import normal, uniforms
from sim.words import Event, Function, Stream

RESOLVE = 1 << int(Function.RESOLVE)
MERIT_ESTIMATE = np.int64(Stream.MERIT_ESTIMATE)
POSITION_NAMED = np.int64(Event.POSITION_NAMED)
UNREASONABLE = 0.25  # a belief this far from the mediator's estimate is called so


@hot
def hearing(row, trust, mediator, p):
    """Return the factor by which being heard by a trusted, able mediator speeds grievance's decay."""
    if row.functions & RESOLVE and row.engaged:
        return 1.0 - p.mediator_hearing * trust * mediator.competence_buyer
    return 1.0


@rule
def heard(place, beliefs, signal, trusts, mediator):
    """Return both beliefs after the mediator gave each side, apart, its estimate of the merits.

    The two estimates follow them. `place` is (key, need, month).
    """
    key, need, t = place
    u = uniforms(key, MERIT_ESTIMATE, need, t, mediator.number)
    competence = 0.5 * (mediator.competence_buyer + mediator.competence_vendor)
    lean = 0.5 * mediator.bias
    estimate_b = reading(beliefs[0], signal, competence, UNIT_SD, normal(u[0])) + lean
    estimate_v = reading(beliefs[1], signal, competence, UNIT_SD, normal(u[1])) + lean
    estimate_b = min(max(estimate_b, 0.0), 1.0)
    estimate_v = min(max(estimate_v, 0.0), 1.0)
    p_buyer = moved(beliefs[0], estimate_b, trusts[0])
    p_vendor = moved(beliefs[1], estimate_v, trusts[1])
    return p_buyer, p_vendor, estimate_b, estimate_v


@rule
def name_positions(talk, beliefs, estimates):
    """Write down which side's belief the mediator called unreasonable, to that side alone."""
    for side in range(2):
        if abs(estimates[side] - beliefs[side]) > UNREASONABLE:
            note_event(
                talk.log, talk.number, POSITION_NAMED, float(side), beliefs[side], estimates[side]
            )
