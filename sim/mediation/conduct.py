"""A mediator's estimate of how the other side has behaved, from what both disclose about their record.

A vendor's conduct is the share of its problems that it reported at once. A buyer's is the share of months
without a withheld payment, a squeeze or a hold-up. Both start from the prior evidence of a stranger. What
the mediator says moves trust up or down from next month on, by the same rule as experience
(`sim/relationship/work/build_trust.py`).
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
OF_CONDUCT = np.int64(1 << 20)  # address of luck, above those that `record_errors` draws


@rule
def good_conduct_share(row, side, params):
    """Return a side's share of good conduct in a tie, 0 to 1, with the prior evidence of a stranger."""
    good, bad = params.relationship_prior_good, params.relationship_prior_bad
    if side == VENDOR:
        return (row.problems_reported + good) / (row.problems_arrived + good + bad)
    fair = max(0.0, float(row.months - row.unfair))
    return (fair + good) / (row.months + good + bad)


@rule
def tell_conduct(talk, params, key, side):
    """Tell a side how the other has behaved; return the change of trust that this asks for.

    Trust is asked to move h c T of the way to the record, with the error of a reading of competence c, drawn
    once for each mediator, pair and side. Writes `hearing.conduct` and `hearing.believed`.
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
