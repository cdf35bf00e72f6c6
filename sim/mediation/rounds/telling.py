"""What a mediator tells a side an estimate of, and what that moves: as far as it is told, read and believed.

Of another side it can only speak if that side has confided in it. Who suspects a mediator that is not on its
own side believes less of what asks it to give way (Kydd 2003).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import reduce_fixed_pie_error
from sim.bargain.compromise import see_through_issue
from sim.bargain.disclosure import updated_belief
from sim.bargain.log import note_event
from sim.bargain.stance import Stance, compute_stance
from sim.jit import rule
from sim.luck import uniforms
from sim.mediation.conduct import tell_conduct
from sim.mediation.confidences import confidence
from sim.mediation.disputes import MERIT_ESTIMATE, estimate_of_merits, name_position
from sim.mediation.estimates import competence_about
from sim.mediation.reviews import carried
from sim.mediation.rounds.round import sides_there
from sim.state import BUYER_IN_MEDIATOR, STRANGERS
from sim.words import Event, Topic

PRIORITIES, MERITS, CONDUCT = int(Topic.PRIORITIES), int(Topic.MERITS), int(Topic.CONDUCT)
PROSPECTS, POSITION = int(Topic.PROSPECTS), int(Topic.POSITION)
ESTIMATE_TOLD = np.int64(Event.ESTIMATE_TOLD)


@rule
def tell(talk, params, key, stance):
    """Tell the sides of `whom` that take part the mediator's estimate of the topic; return the stance after it."""
    desk, turned = talk.desk, False
    told = desk.whom & sides_there(desk)
    if desk.topic == PRIORITIES or desk.topic == CONDUCT:
        told &= (desk.laid >> 1) | (
            (desk.laid & 1) << 1
        )  # of whom it has heard nothing it says nothing
    desk.messages += (told & 1) + (told >> 1)
    for side in range(2):
        if told & (1 << side):
            by = tell_side(talk, params, key, side, stance)
            note_event(talk.log, talk.number, ESTIMATE_TOLD, float(desk.topic), float(side), by)
            turned = turned or by != 0.0
    if turned and (desk.topic == PRIORITIES or desk.topic == PROSPECTS):
        return compute_stance(talk, params)
    if desk.topic == POSITION:
        floor_b, floor_v = stance.floor
        floor_b -= given_up(talk, 0, floor_b) * (told & 1)
        floor_v -= given_up(talk, 1, floor_v) * (told >> 1)
        return Stance((floor_b, floor_v), stance.opening)
    return stance


@rule
def tell_side(talk, params, key, side, stance):
    """Tell one side; return by how much that moves what it is about."""
    topic = talk.desk.topic
    if topic == PRIORITIES:
        return tell_priorities(talk, params, side)
    if topic == MERITS:
        return tell_merits(talk, key, side)
    if topic == CONDUCT:
        return tell_conduct(talk, params, key, side)
    if topic == PROSPECTS:
        return tell_prospects(talk, params, side)
    return given_up(talk, side, stance.floor[side])


@rule
def tell_priorities(talk, params, side):
    """Tell a side which issues the other cares about; return the part of what it gets wrong that is put right.

    h c T of it: each issue it sees as a contest, and the fixed-pie error in its first beliefs.
    """
    part = carried(talk, params, 1 - side)
    if part <= 0.0 or params.beliefs_fixed_pie + params.beliefs_fixed_pie_share <= 0.0:
        return 0.0
    for k in range(params.issues):
        see_through_issue(talk, params, side, k, part)
    if params.beliefs_fixed_pie > 0.0 and talk.tie.met != STRANGERS:
        reduce_fixed_pie_error(talk, params, side, part)
    return part


@rule
def tell_merits(talk, key, side):
    """Tell a side an estimate of the merits of its dispute; return by how much its belief moves.

    What both hear together has one error; what each hears apart, its own.
    """
    memo, desk, mediator = talk.log.memo, talk.desk, talk.mediator
    u = uniforms(key, MERIT_ESTIMATE, talk.tie.need, memo.month, mediator.number)
    luck, before = u[0] if side == 0 or desk.together else u[1], memo.chance[side]
    estimate = estimate_of_merits(before, memo.merits, mediator, desk.readings, luck)
    asks_to_yield = estimate < before if side == 0 else estimate > before
    memo.chance[side] = updated_belief(before, estimate, belief_in(talk, side, asks_to_yield))
    name_position(talk, side, before, estimate)
    return memo.chance[side] - before


@rule
def tell_prospects(talk, params, side):
    """Tell a side what it could get elsewhere; return what it stops imagining, money a month."""
    imagined, able = talk.log.memo.imagined, competence_about(talk.mediator, side)
    gone = confidence(talk, params, side) * able * belief_in(talk, side, True) * imagined[side]
    imagined[side] -= gone
    return gone


@rule
def belief_in(talk, side, asks_to_yield):
    """Return how far a side believes the mediator: T, less suspicion of whoever is not on its side.

    T [1 − suspicion (1 − max(0, lean towards it))] of what asks it to give way.
    """
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    if talk.desk.suspicion <= 0.0 or not asks_to_yield:
        return trust
    lean = talk.mediator.bias if side == 0 else -talk.mediator.bias
    return trust * (1.0 - talk.desk.suspicion * (1.0 - max(0.0, lean)))


@rule
def given_up(talk, side, floor):
    """Return what a side gives up of a claimed floor under pressure; never what it would lose by."""
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    return trust * talk.desk.pressure * max(0.0, floor)
