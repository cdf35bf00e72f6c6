"""What two sides tell each other at a review, and how far it moves the listener.

A belief is never moved twice by the same words: however often a table is told, the listener ends
where one telling at the best reach so far would have left it. To the face nothing is misheard
(`face_to_face` of `sim/bargain/hearing.py`); through a mediator it may be (`sim/mediation/reviews.py`).
"""

from __future__ import annotations

from sim.bargain.compromise import see_through
from sim.bargain.disclosure import moved
from sim.bargain.hearing import worth_of_issue
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.mediation.estimates import step_sd
from sim.mediation.reviews import reading_errors
from sim.state import BUYER, VENDOR


@rule
def tell_table(talk, params, key, teller, sound, noticed):
    """Move the listener's belief about generic issues and duration towards the teller's table.

    `sound` is (reach, relative blur), `noticed` what the buyer needs as it sees it. From reach W
    to reach R a belief moves by (R − W)/(1 − W). An issue on which the buyer's needs have changed
    is told anew; what the vendor itself has seen shift it is not told.
    """
    row, listener = talk.tie, 1 - teller
    reach, blur = sound
    for k in range(params.issues):
        if params.kind[k] != GENERIC and params.kind[k] != DURATION:
            continue
        before, worth = talk.hearing.heard[listener, k], worth_of_issue(params, noticed, k)
        if teller == BUYER and worth != talk.hearing.told[k]:
            before = 0.0
        if reach <= before or (teller == BUYER and (row.signalled >> k) & 1):
            continue
        part, error = (reach - before) / (1.0 - before), 0.0
        see_through(talk, params, listener, k, part)
        for level in range(params.count[k]):
            if blur > 0.0:
                luck = reading_errors(talk, key, teller, k, level)
                error += blur * step_sd(params, teller, k, level) * luck[0]
            belief = talk.belief[listener, k, level]
            signal = talk.log.memo.own[teller, k, level] + error
            talk.belief[listener, k, level] = moved(belief, signal, part)
        talk.hearing.heard[listener, k] = reach
        if teller == BUYER:
            talk.hearing.told[k] = worth


@rule
def tell_shift(talk, params, key, sound, noticed):
    """Let a vendor that saw needs shift say so: the buyer sees its own needs nearer to its view.

    What is not included is worth nothing; of that nobody needs telling. Beliefs are about worth in
    today's economy, `noticed` is before it.
    """
    row, factor = talk.tie, talk.need.worth_factor
    reach, blur = sound
    for k in range(params.issues):
        if params.kind[k] == GENERIC and (row.signalled >> k) & 1 and factor > 0.0:
            error = 0.0
            for level in range(1, params.count[k]):
                if blur > 0.0:
                    luck = reading_errors(talk, key, VENDOR, k, level)
                    error += blur * step_sd(params, BUYER, k, level) * luck[1]
                view = talk.belief[VENDOR, k, level] / factor + error
                noticed[k, level] = moved(noticed[k, level], view, reach)
            talk.hearing.told[k] = worth_of_issue(params, noticed, k)
