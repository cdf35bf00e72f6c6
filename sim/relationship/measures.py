"""What performance is measured by: θ is the cosine of true and agreed weights (Baker 2002)."""

from __future__ import annotations

import math

from sim.jit import rule


@rule
def usual_alignment(need, s):
    """Return θ of the usual measure, which weighs every dimension alike."""
    n = s.delivery_dimensions
    if n < 2:
        return s.delivery_alignment
    total = 0.0
    for d in range(n):
        total += need.weights[d]
    return s.delivery_alignment * total / math.sqrt(float(n))
