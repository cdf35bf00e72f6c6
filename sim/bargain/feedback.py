"""What two sides tell each other at a review, and how much of it reaches the listener.

To the face a share h T of what one side knows reaches the other: told as far as the teller dares,
believed as far as the listener trusts. Through a mediator it is h c T, with the error of a reading
of competence c. A belief is never moved twice by the same words: however often a table is told, the
listener ends where one telling at the best reach so far would have left it.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.disclosure import confidence, moved, openness
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.records import MAX_LEVELS
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Stream

REVIEW_ESTIMATE = np.int64(Stream.REVIEW_ESTIMATE)


@rule
def face_to_face(talk, teller):
    """Return (h, h T): how open a side is, and what of its knowledge reaches the other."""
    sensitivity = talk.need.exposure if teller == BUYER else talk.vendor.exposure
    h = openness(talk.trust[teller].now, sensitivity, 0.0)
    return h, h * talk.trust[1 - teller].now


@rule
def in_confidence(talk, s, teller):
    """Return (h c T, h T √(c(1 − c))): what reaches the other through the mediator, and its blur.

    The blur is in standard deviations of the population: the error of a reading of reliability c.
    """
    competence = talk.mediator.competence_buyer
    if teller == VENDOR:
        competence = talk.mediator.competence_vendor
    believed = confidence(talk, s, teller) * talk.trust[BUYER_IN_MEDIATOR + 1 - teller].now
    return believed * competence, believed * math.sqrt(max(0.0, competence * (1.0 - competence)))


@rule
def better_of(direct, mediated):
    """Return (reach, blur relative to it) of the channel that carries more; `mediated` is a pair."""
    if mediated[0] > direct:
        return mediated[0], mediated[1] / mediated[0]
    return direct, 0.0


@rule
def luck_of_reading(talk, key, teller, k, level):
    """Return two standard normal errors, drawn once per mediator, pair, side, issue and level."""
    nth = level + MAX_LEVELS * talk.tie.mediator
    u = uniforms(key, REVIEW_ESTIMATE, talk.tie.pair, 2 * k + teller, nth)
    return normal(u[0]), normal(u[1])


@rule
def worth_of_issue(s, table, k):
    """Return the sum of a table over the levels of an issue; another sum is another table."""
    total = 0.0
    for level in range(s.count[k]):
        total += table[k, level]
    return total


@rule
def note_told(talk, s, table):
    """Write down what the buyer needs when it is first told."""
    for k in range(s.issues):
        talk.hearing.told[k] = worth_of_issue(s, table, k)


@rule
def note_heard(talk, s, side, reach):
    """Write down that a side has been shown the other's table."""
    for k in range(s.issues):
        talk.hearing.heard[side, k] = max(talk.hearing.heard[side, k], reach)


@rule
def tell_table(talk, s, key, teller, sound, noticed):
    """Move the listener's belief about generic issues and duration towards the teller's table.

    `sound` is (reach, relative blur), `noticed` what the buyer needs as it sees it. From reach W
    to reach R a belief moves by (R − W)/(1 − W). An issue on which the buyer's needs have changed
    is told anew; what the vendor itself has seen shift it is not told.
    """
    row, listener = talk.tie, 1 - teller
    reach, blur = sound
    for k in range(s.issues):
        if s.kind[k] != GENERIC and s.kind[k] != DURATION:
            continue
        before, worth = talk.hearing.heard[listener, k], worth_of_issue(s, noticed, k)
        if teller == BUYER and worth != talk.hearing.told[k]:
            before = 0.0
        if reach <= before or (teller == BUYER and (row.signalled >> k) & 1):
            continue
        part = (reach - before) / (1.0 - before)
        for level in range(s.count[k]):
            signal = talk.log.memo.own[teller, k, level]
            if blur > 0.0:
                luck = luck_of_reading(talk, key, teller, k, level)
                signal += blur * s.sd[teller, k, level] * luck[0]
            belief = talk.belief[listener, k, level]
            talk.belief[listener, k, level] = moved(belief, signal, part)
        talk.hearing.heard[listener, k] = reach
        if teller == BUYER:
            talk.hearing.told[k] = worth


@rule
def tell_shift(talk, s, key, sound, noticed):
    """Let a vendor that saw needs shift say so: the buyer sees its own needs nearer to its view.

    What is not included is worth nothing; of that nobody needs telling. Beliefs are about worth in
    today's economy, `noticed` is before it.
    """
    row, factor = talk.tie, talk.need.worth_factor
    reach, blur = sound
    for k in range(s.issues):
        if s.kind[k] == GENERIC and (row.signalled >> k) & 1 and factor > 0.0:
            for level in range(1, s.count[k]):
                view = talk.belief[VENDOR, k, level] / factor
                if blur > 0.0:
                    luck = luck_of_reading(talk, key, VENDOR, k, level)
                    view += blur * s.sd[BUYER, k, level] * luck[1]
                noticed[k, level] = moved(noticed[k, level], view, reach)
            talk.hearing.told[k] = worth_of_issue(s, noticed, k)
