"""A side imagines its outside option better than it is (Babcock & Loewenstein 1997).

Self-serving bias about alternatives makes talks fail that should not. It raises what a side insists
on (`sim/bargain/stance.py`), and no true utility.
"""

from __future__ import annotations

import numpy as np

from sim.jit import rule
from sim.luck import uniforms
from sim.words import Stream

IMAGINED = np.int64(Stream.IMAGINED)


@rule
def imagine_outside(talk, params, key, month):
    """Write by how much each side overestimates its outside option; money a month.

    Optimism × size of the option × U[0, 1], drawn for each pair and month. Writes `imagined`.
    """
    imagined = talk.log.memo.imagined
    imagined[0], imagined[1] = 0.0, 0.0
    if params.buyers_outside_optimism > 0.0 or params.vendors_outside_optimism > 0.0:
        u = uniforms(key, IMAGINED, talk.tie.pair, month, 0)
        imagined[0] = params.buyers_outside_optimism * abs(talk.need.outside) * u[0]
        imagined[1] = params.vendors_outside_optimism * abs(talk.vendor.outside) * u[1]
