"""The record a mediator keeps of what contacts who leave had confided to it (function `continue`).

h c of it, with the error of a reading of competence c and in favour of the side whose advocate it is;
the new contact takes it up as far as it trusts the mediator (`sim/relationship/world/turnover.py`).
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import UNIT_SD
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.estimates import competence_about
from sim.state import BUYER, BUYER_IN_MEDIATOR
from sim.words import Function, Stream

RECORD_ESTIMATE = np.int64(Stream.RECORD_ESTIMATE)
CONTINUE = 1 << int(Function.CONTINUE)


@rule
def share_on_record(talk, side, h):
    """Return T h c, what of the old contact's memory reaches the new one; 0 where no record is kept.

    `h` is how open the old contact was to the mediator.
    """
    if talk.tie.engaged and talk.tie.functions & CONTINUE:
        able = competence_about(talk.mediator, side)
        return talk.trust[BUYER_IN_MEDIATOR + side].now * h * able
    return 0.0


@rule
def record_errors(talk, key, month, side, regained):
    """Return how much better it looks on the record than it was, and the blur of what it gives back.

    The first is about the other side's conduct, a share; the second about the share `regained` of
    what was learnt, in standard deviations of the population.
    """
    row, able = talk.tie, competence_about(talk.mediator, side)
    u = uniforms(key, RECORD_ESTIMATE, row.pair, month, side + 2 * row.mediator)
    noise = math.sqrt((1.0 - able) / able)
    lean = 0.5 * talk.mediator.bias * (-1.0 if side == BUYER else 1.0)
    return noise * UNIT_SD * normal(u[0]) + lean, regained * noise * normal(u[1])
