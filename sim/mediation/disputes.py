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
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Event, Function, Stream, Style

RESOLVE = 1 << int(Function.RESOLVE)
MERIT_ESTIMATE = np.int64(Stream.MERIT_ESTIMATE)
EVALUATIVE, STANDING_NEUTRAL = int(Style.EVALUATIVE), int(Style.STANDING_NEUTRAL)
SUSPICION = 0  # place of that setting of the evaluator
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
    return opinions(beliefs, signal, competence, (u[0], u[1]), trusts, mediator)


@rule
def opinions(beliefs, signal, competence, luck, trusts, mediator):
    """Return both beliefs moved by a reading of the merits, and the readings; `luck` is of each."""
    lean = 0.5 * mediator.bias
    estimate_b = reading(beliefs[0], signal, competence, UNIT_SD, normal(luck[0])) + lean
    estimate_v = reading(beliefs[1], signal, competence, UNIT_SD, normal(luck[1])) + lean
    estimate_b = min(max(estimate_b, 0.0), 1.0)
    estimate_v = min(max(estimate_v, 0.0), 1.0)
    p_buyer = moved(beliefs[0], estimate_b, trusts[0])
    p_vendor = moved(beliefs[1], estimate_v, trusts[1])
    return p_buyer, p_vendor, estimate_b, estimate_v


@rule
def hear_opinion(talk, place, beliefs, signal, style):
    """Return both beliefs after those who take part heard what a style says of the merits.

    Apart and each with its own reading, or of a standing neutral one opinion for both.
    """
    (key, need, t), mediator = place, talk.mediator
    u = uniforms(key, MERIT_ESTIMATE, need, t, mediator.number)
    competence = 0.5 * (mediator.competence_buyer + mediator.competence_vendor)
    luck, trusts = (u[0], u[1]), (trust_now(talk, BUYER), trust_now(talk, VENDOR))
    if style == STANDING_NEUTRAL:
        luck, competence = (u[0], u[0]), of_readings(competence, talk.tie.attended)
    told = opinions(beliefs, signal, competence, luck, trusts, mediator)
    if style == EVALUATIVE:
        believed = (
            trusts[0] * credit(talk, beliefs[0] - told[2], mediator.bias),
            trusts[1] * credit(talk, told[3] - beliefs[1], -mediator.bias),
        )
        told = opinions(beliefs, signal, competence, luck, believed, mediator)
    name_positions(talk, beliefs, (told[2], told[3]))
    return told[0], told[1]


@rule
def trust_now(talk, side):
    """Return a side's trust in the mediator if it takes part, else 0."""
    return talk.trust[BUYER_IN_MEDIATOR + side].now if talk.desk.present[side] else 0.0


@rule
def credit(talk, to_give, lean):
    """Return how far a side credits advice on its case: in full unless it asks the side to give way.

    Then, as far as it is suspicious, only of a mediator that leans to its own side (Kydd 2003).
    """
    if to_give <= 0.0:
        return 1.0
    return 1.0 - talk.desk.setting[SUSPICION] * (1.0 - max(0.0, lean))


@rule
def of_readings(competence, months):
    """Return the reliability of n readings, n c/(1 + (n − 1) c); of none it is that of one."""
    n = float(max(1, months))
    return n * competence / (1.0 + (n - 1.0) * competence)


@rule
def name_positions(talk, beliefs, estimates):
    """Write down which side's belief the mediator called unreasonable, to that side alone."""
    for side in range(2):
        if talk.desk.present[side] and abs(estimates[side] - beliefs[side]) > UNREASONABLE:
            note_event(
                talk.log, talk.number, POSITION_NAMED, float(side), beliefs[side], estimates[side]
            )
