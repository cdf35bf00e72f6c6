"""The record a mediator keeps of what departed contacts disclosed to it (function `continue`).

It holds the share h c of that, with the error of a reading of competence c and a lean towards the side
whose advocate the mediator is. The new contact takes it up as far as it trusts the mediator
(`sim/relationship/world/turnover.py`).
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
def share_on_record(talk, side, openness):
    """Return T h c, the share of the old contact's memory that reaches the new one; 0 without a record.

    `openness` is h, how open the old contact was to the mediator.
    """
    if talk.tie.engaged and talk.tie.functions & CONTINUE:
        able = competence_about(talk.mediator, side)
        return talk.trust[BUYER_IN_MEDIATOR + side].now * openness * able
    return 0.0


@rule
def record_errors(talk, key, month, side, regained):
    """Return the error of the record about the other side's conduct, and about what was learnt.

    The first is a share by which conduct looks better than it was. The second is about the share `regained`
    of what was learnt, in standard deviations of the population.
    """
    row, able = talk.tie, competence_about(talk.mediator, side)
    draws = uniforms(key, RECORD_ESTIMATE, row.pair, month, side + 2 * row.mediator)
    noise = math.sqrt((1.0 - able) / able)
    lean = 0.5 * talk.mediator.bias * (-1.0 if side == BUYER else 1.0)
    return noise * UNIT_SD * normal(draws[0]) + lean, regained * noise * normal(draws[1])
