"""What a party tells, as far as it dares, and what a listener makes of it.

What a party withholds for fear of exposure is kept apart from what it shades because its share
depends on it: only exposure is treated here. What is told to a mediator is in
`sim/mediation/confidences.py`.
"""

from __future__ import annotations

import math

from sim.jit import rule

UNIT_SD = math.sqrt(1.0 / 12.0)  # sd of a share known only to lie in [0, 1]


@rule
def openness(trust, sensitivity, leak_risk):
    """Return h = 1 − (1 − T) ω_d − leak risk (1 − ω_d), kept in [0, 1]."""
    h = 1.0 - (1.0 - trust) * sensitivity - leak_risk * (1.0 - sensitivity)
    return min(max(h, 0.0), 1.0)


@rule
def disclosed_entry(truth, mean, open_share):
    """Return the entry a party discloses: h true + (1 − h) population mean."""
    return open_share * truth + (1.0 - open_share) * mean


@rule
def noisy_reading(prior, signal, competence, sd, draw):
    """Return the best linear estimate of a reader of reliability `competence` (Kelley 1947).

    prior + c (signal − prior) + sqrt(c (1 − c)) sd luck: at 0 it only mirrors the prior, at 1 it
    reads the signal exactly, in between its error has the spread such a reliability implies.
    """
    noise = math.sqrt(max(0.0, competence * (1.0 - competence))) * sd * draw
    return prior + competence * (signal - prior) + noise


@rule
def updated_belief(belief, estimate, trust):
    """Return a belief after hearing an estimate: it moves as far as its source is trusted."""
    return belief + trust * (estimate - belief)
