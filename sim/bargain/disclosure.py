"""What a party discloses in spite of exposure, and how a listener updates its beliefs by it.

A party withholds information because exposure may cost it; only that is treated here. Shading of
claims is in `stance.py`, disclosure to a mediator in `sim/mediation/confidences.py`.
"""

from __future__ import annotations

import math

from sim.jit import rule

UNIT_SD = math.sqrt(1.0 / 12.0)  # sd of a share known only to lie in [0, 1]


@rule
def openness(trust, sensitivity, leak_risk):
    """Return the share of what it knows that a party discloses, from 0 to 1.

    h = 1 − (1 − T) ω_d − leak risk (1 − ω_d), with trust T and `sensitivity` ω_d to exposure.
    """
    h = 1.0 - (1.0 - trust) * sensitivity - leak_risk * (1.0 - sensitivity)
    return min(max(h, 0.0), 1.0)


@rule
def disclosed_entry(truth, mean, open_share):
    """Return the entry a party discloses: h true + (1 − h) population mean, h its open share."""
    return open_share * truth + (1.0 - open_share) * mean


@rule
def noisy_reading(prior, signal, competence, sd, draw):
    """Return the best linear estimate of a reader of reliability `competence` (Kelley 1947).

    prior + c (signal − prior) + sqrt(c (1 − c)) sd luck, `draw` a standard normal number. At c = 0
    the estimate is the prior, at 1 the signal; in between its error has the spread such a
    reliability implies.
    """
    noise = math.sqrt(max(0.0, competence * (1.0 - competence))) * sd * draw
    return prior + competence * (signal - prior) + noise


@rule
def updated_belief(belief, estimate, trust):
    """Return a belief after hearing an estimate: it moves as far as its source is trusted.

    Example:

        >>> from sim.jit import plain
        >>> plain(updated_belief)(10.0, 20.0, 0.25)
        12.5
    """
    return belief + trust * (estimate - belief)
