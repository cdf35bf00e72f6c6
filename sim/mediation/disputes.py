"""What a mediator does about grievance and disputes (function `resolve`).

Being heard speeds the decay of grievance. In a dispute the mediator tells each side, apart, its estimate of
the merits, and names a belief far from that unreasonable. A mediator with styles for disputes uses those
instead (`sim/mediation/rounds/moments.py`). `sim/relationship/work/resolve.py` decides whether the dispute
is then fought.
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
# Distance of a belief from the mediator's estimate, above which it is called unreasonable. A choice of
# this laboratory; it decides only whether an event is logged.
UNREASONABLE = 0.25


@hot
def grievance_decay_factor(row, trust, mediator, params):
    """Return the factor by which a trusted, able mediator speeds the monthly decay of grievance; 1 without one."""
    if row.functions & RESOLVE and row.engaged:
        return 1.0 - params.mediator_hearing * trust * mediator.competence_buyer
    return 1.0


@rule
def beliefs_after_hearing(place, beliefs, signal, trusts, mediator):
    """Return both beliefs and both estimates, after the mediator gave each side, apart, its estimate of the merits.

    `beliefs` are probabilities that the buyer wins, `signal` is what the merits look like to the mediator,
    `trusts` the trust of both sides in it; `place` is (key, need, month).
    """
    key, need, month = place
    draws = uniforms(key, MERIT_ESTIMATE, need, month, mediator.number)
    estimate_b = estimate_merits(beliefs[0], signal, mediator, 1, draws[0])
    estimate_v = estimate_merits(beliefs[1], signal, mediator, 1, draws[1])
    p_buyer = updated_belief(beliefs[0], estimate_b, trusts[0])
    p_vendor = updated_belief(beliefs[1], estimate_v, trusts[1])
    return p_buyer, p_vendor, estimate_b, estimate_v


@rule
def estimate_merits(belief, signal, mediator, readings, luck):
    """Return the probability that the buyer wins, as a mediator states it to a side of prior `belief`.

    The reading has the mean competence about both sides, raised by several independent readings, plus half
    the mediator's bias; the result is kept in [0, 1].
    """
    competence = 0.5 * (mediator.competence_buyer + mediator.competence_vendor)
    competence = reliability_of_mean(competence, readings)
    estimate = (
        noisy_reading(belief, signal, competence, UNIT_SD, normal(luck)) + 0.5 * mediator.bias
    )
    return min(max(estimate, 0.0), 1.0)


@rule
def reliability_of_mean(reliability, readings):
    """Return n c/(1 + (n − 1) c), the reliability of the mean of n readings (Spearman 1910; Brown 1910).

    `reliability` is c, of one reading; `readings` is n.
    """
    return readings * reliability / (1.0 + (readings - 1) * reliability)


@rule
def note_unreasonable_beliefs(talk, beliefs, estimates):
    """Log which side's belief the mediator called unreasonable, to that side alone."""
    for side in range(2):
        note_if_unreasonable(talk, side, beliefs[side], estimates[side])


@rule
def note_if_unreasonable(talk, side, belief, estimate):
    """Log that the mediator called a side's belief unreasonable, if it is far from the estimate."""
    if abs(estimate - belief) > UNREASONABLE:
        note_event(talk.log, talk.number, POSITION_NAMED, float(side), belief, estimate)
