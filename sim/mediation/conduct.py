"""How the other has behaved, as a mediator tells it from what both confided of the record of their tie.

Of a vendor: the share of its problems it told at once. Of a buyer: the share of months in which it withheld
no payment and neither squeezed nor held up. Both with the prior evidence anybody starts with. What it says
moves trust, up or down, by the rule that makes trust (`sim/relationship/work/build_trust.py`): from next month on.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import UNIT_SD
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.mediation.estimates import competence_about
from sim.mediation.reviews import share_believed
from sim.state import BUYER, VENDOR
from sim.words import Stream

RECORD_ESTIMATE = np.int64(Stream.RECORD_ESTIMATE)
OF_CONDUCT = np.int64(1 << 20)  # beyond the numbers of the record's readings


@rule
def good_conduct_share(row, side, params):
    """Return the share of good conduct of a side of a tie, with the evidence everybody starts with."""
    good, bad = params.relationship_prior_good, params.relationship_prior_bad
    if side == VENDOR:
        return (row.problems_reported + good) / (row.problems_arrived + good + bad)
    fair = max(0.0, float(row.months - row.unfair))
    return (fair + good) / (row.months + good + bad)


@rule
def tell_conduct(talk, params, key, side):
    """Tell a side how the other has behaved; return by how much its trust is asked to move.

    By h c T of the way to the record, with the error of such a reading, drawn once per mediator, pair and side.
    """
    other = 1 - side
    believed, able = share_believed(talk, params, other), competence_about(talk.mediator, other)
    part = believed * able
    if part <= 0.0:
        return 0.0
    nth = OF_CONDUCT + other + 2 * talk.tie.mediator
    luck = normal(uniforms(key, RECORD_ESTIMATE, talk.tie.pair, 0, nth)[0])
    error = math.sqrt((1.0 - able) / able) * UNIT_SD * luck
    lean = 0.5 * talk.mediator.bias * (1.0 if other == BUYER else -1.0)
    conduct = min(max(good_conduct_share(talk.tie, other, params) + error + lean, 0.0), 1.0)
    talk.hearing.conduct[side] = conduct
    talk.hearing.believed[side] = max(part, talk.hearing.believed[side])
    return part * (conduct - talk.trust[side].now)
