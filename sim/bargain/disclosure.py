"""What a party tells in confidence or on open books, and what a listener makes of it.

What a party withholds for fear of exposure is kept apart from what it shades because its share
depends on it: only exposure is treated here. A mediator who is known to keep back some of the
drafts it has gives away less by its silence, and is told more (Fanning 2021).
"""

from __future__ import annotations

import math

from sim.jit import rule
from sim.state import BUYER_IN_MEDIATOR, VENDOR
from sim.words import Entrance, Function

BROKER, IMPLEMENTATION = 1 << int(Function.BROKER), int(Entrance.IMPLEMENTATION)
UNIT_SD = math.sqrt(1.0 / 12.0)  # sd of a share known only to lie in [0, 1]


@rule
def openness(trust, sensitivity, leak_risk):
    """Return h = 1 − (1 − T) ω_d − leak risk (1 − ω_d), kept in [0, 1]."""
    h = 1.0 - (1.0 - trust) * sensitivity - leak_risk * (1.0 - sensitivity)
    return min(max(h, 0.0), 1.0)


@rule
def silence_tells(announce, toughness):
    """Return (z′ − z)/(1 − z), what silence gives away of a refusal: all of it at m = 1.

    z′ = z/(z + (1 − z)(1 − m)) is the belief that the other side never yields, after a mediator
    was silent who announces a draft it has with chance m.
    """
    after = toughness / (toughness + (1.0 - toughness) * (1.0 - announce))
    return (after - toughness) / (1.0 - toughness)


@rule
def confidence(talk, s, side):
    """Return how open a side is to the mediator of its tie."""
    sensitivity = talk.need.exposure
    if side == VENDOR:
        sensitivity = talk.vendor.exposure
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    h = openness(trust, sensitivity, 1.0 - s.mediator_discretion)
    if s.mediator_announce < 1.0 and drafts_here(talk.tie, s):
        return 1.0 - silence_tells(s.mediator_announce, s.mediator_toughness) * (1.0 - h)
    return h


@rule
def drafts_here(row, s):
    """Say whether the mediator of a tie drafts contracts at all."""
    return row.functions & BROKER > 0 and s.mediator_enters < IMPLEMENTATION


@rule
def disclosed(truth, mean, h):
    """Return the entry a party discloses: h true + (1 − h) population mean."""
    return h * truth + (1.0 - h) * mean


@rule
def reading(prior, signal, competence, sd, luck):
    """Return the best linear estimate of a reader of reliability `competence` (Kelley 1947).

    prior + c (signal − prior) + sqrt(c (1 − c)) sd luck: at 0 it only mirrors the prior, at 1 it
    reads the signal exactly, in between its error has the spread such a reliability implies.
    """
    noise = math.sqrt(max(0.0, competence * (1.0 - competence))) * sd * luck
    return prior + competence * (signal - prior) + noise


@rule
def moved(belief, estimate, trust):
    """Return a belief after hearing an estimate: it moves as far as its source is trusted."""
    return belief + trust * (estimate - belief)
