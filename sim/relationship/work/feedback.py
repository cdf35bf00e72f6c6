"""What two sides tell each other at a review, and how far it moves the listener.

The same information never moves a belief twice: however often a table is told, the listener ends
where one telling at the best reach so far would have left it. What is told directly is not misheard
(`face_to_face_reach` of `sim/bargain/hearing.py`); through a mediator it may be
(`sim/mediation/reviews.py`).
"""

from __future__ import annotations

from sim.bargain.compromise import see_through_issue
from sim.bargain.disclosure import updated_belief
from sim.bargain.hearing import worth_of_issue
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.mediation.estimates import step_sd
from sim.mediation.reviews import reading_errors
from sim.state import BUYER, VENDOR


@rule
def tell_table(talk, params, key, teller, sound, noticed):
    """Move the listener's belief about generic issues and duration towards the teller's table.

    `sound` is (reach, relative blur), reach being the share of the table that arrives; `noticed` is
    what the buyer needs as it sees it. From reach W to reach R a belief moves by (R − W)/(1 − W).
    If the buyer's needs have changed on an issue, telling it starts from W = 0. Shifts that the
    vendor has seen itself (`signalled`) are not told to it. Writes `belief`, `heard` and `told`.
    """
    row, listener = talk.tie, 1 - teller
    reach, blur = sound
    for issue in range(params.issues):
        if params.kind[issue] != GENERIC and params.kind[issue] != DURATION:
            continue
        before, worth = talk.hearing.heard[listener, issue], worth_of_issue(params, noticed, issue)
        if teller == BUYER and worth != talk.hearing.told[issue]:
            before = 0.0
        if reach <= before or (teller == BUYER and (row.signalled >> issue) & 1):
            continue
        part, error = (reach - before) / (1.0 - before), 0.0
        see_through_issue(talk, params, listener, issue, part)
        for level in range(params.count[issue]):
            spread = step_sd(params, teller, issue, level) if blur > 0.0 else 0.0
            if spread > 0.0:
                luck = reading_errors(talk, key, teller, issue, level)
                error += blur * spread * luck[0]
            belief = talk.belief[listener, issue, level]
            signal = talk.log.memo.own[teller, issue, level] + error
            talk.belief[listener, issue, level] = updated_belief(belief, signal, part)
        talk.hearing.heard[listener, issue] = reach
        if teller == BUYER:
            talk.hearing.told[issue] = worth


@rule
def tell_shift(talk, params, key, sound, noticed):
    """Let a vendor that saw needs shift tell the buyer, which corrects its view of its own needs.

    Level 0, not included, is worth nothing to anybody, so nothing is told about it. Beliefs are
    about worth in today's economy, `noticed` is before the economy and demand: hence the division
    by `worth_factor`.
    """
    row, factor = talk.tie, talk.need.worth_factor
    reach, blur = sound
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC and (row.signalled >> issue) & 1 and factor > 0.0:
            error = 0.0
            for level in range(1, params.count[issue]):
                if blur > 0.0:
                    luck = reading_errors(talk, key, VENDOR, issue, level)
                    error += blur * step_sd(params, BUYER, issue, level) * luck[1]
                view = talk.belief[VENDOR, issue, level] / factor + error
                noticed[issue, level] = updated_belief(noticed[issue, level], view, reach)
            talk.hearing.told[issue] = worth_of_issue(params, noticed, issue)
