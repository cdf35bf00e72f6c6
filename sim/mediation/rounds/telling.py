"""Estimates that a mediator tells a side, and how they change the side's beliefs and claims.

It can speak about a side only if that side has confided in it. A side that suspects a mediator of favouring
the other believes less of what asks it to give way (Kydd 2003).
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
from sim.mediation.confidences import openness_to_mediator
from sim.mediation.disputes import MERIT_ESTIMATE, estimate_merits, note_if_unreasonable
from sim.mediation.estimates import competence_about
from sim.mediation.reviews import share_conveyed
from sim.mediation.rounds.round import participating_sides
from sim.state import BUYER_IN_MEDIATOR, STRANGERS
from sim.words import Event, Topic

PRIORITIES, MERITS, CONDUCT = int(Topic.PRIORITIES), int(Topic.MERITS), int(Topic.CONDUCT)
PROSPECTS, POSITION = int(Topic.PROSPECTS), int(Topic.POSITION)
ESTIMATE_TOLD = np.int64(Event.ESTIMATE_TOLD)


@rule
def tell(talk, params, key, stance):
    """Tell the participating sides of `whom` the mediator's estimate of the topic; return the new stance."""
    desk, turned = talk.desk, False
    addressees = desk.whom & participating_sides(desk)
    if desk.topic == PRIORITIES or desk.topic == CONDUCT:
        # It says nothing to a side whose counterpart has not confided: the bits change places.
        addressees &= (desk.confided >> 1) | ((desk.confided & 1) << 1)
    desk.messages += (addressees & 1) + (addressees >> 1)
    for side in range(2):
        if addressees & (1 << side):
            by = tell_side(talk, params, key, side, stance)
            note_event(talk.log, talk.number, ESTIMATE_TOLD, float(desk.topic), float(side), by)
            turned = turned or by != 0.0
    if turned and (desk.topic == PRIORITIES or desk.topic == PROSPECTS):
        return compute_stance(talk, params)
    if desk.topic == POSITION:
        floor_b, floor_v = stance.floor
        floor_b -= yield_to_pressure(talk, 0, floor_b) * (addressees & 1)
        floor_v -= yield_to_pressure(talk, 1, floor_v) * (addressees >> 1)
        return Stance((floor_b, floor_v), stance.opening)
    return stance


@rule
def tell_side(talk, params, key, side, stance):
    """Tell one side about the topic on the desk; return by how much its belief or claim moves."""
    topic = talk.desk.topic
    if topic == PRIORITIES:
        return tell_priorities(talk, params, side)
    if topic == MERITS:
        return tell_merits(talk, key, side)
    if topic == CONDUCT:
        return tell_conduct(talk, params, key, side)
    if topic == PROSPECTS:
        return tell_prospects(talk, params, side)
    return yield_to_pressure(talk, side, stance.floor[side])


@rule
def tell_priorities(talk, params, side):
    """Tell a side which issues the other cares about; return the share of its error that is corrected.

    The share h c T of two errors: each issue that it sees as a contest, and the fixed-pie error in its first
    beliefs.
    """
    part = share_conveyed(talk, params, 1 - side)
    if part <= 0.0 or params.beliefs_fixed_pie + params.beliefs_fixed_pie_share <= 0.0:
        return 0.0
    for issue in range(params.issues):
        see_through_issue(talk, params, side, issue, part)
    if params.beliefs_fixed_pie > 0.0 and talk.tie.met != STRANGERS:
        reduce_fixed_pie_error(talk, params, side, part)
    return part


@rule
def tell_merits(talk, key, side):
    """Tell a side an estimate of the merits of its dispute; return by how much its belief moves.

    If both hear it together the estimate has one error; if apart, each has its own. Writes `memo.chance`.
    """
    memo, desk, mediator = talk.log.memo, talk.desk, talk.mediator
    draws = uniforms(key, MERIT_ESTIMATE, talk.tie.need, memo.month, mediator.number)
    luck, before = draws[0] if side == 0 or desk.together else draws[1], memo.chance[side]
    estimate = estimate_merits(before, memo.merits, mediator, desk.readings, luck)
    asks_to_yield = estimate < before if side == 0 else estimate > before
    memo.chance[side] = updated_belief(
        before, estimate, belief_in_mediator(talk, side, asks_to_yield)
    )
    note_if_unreasonable(talk, side, before, estimate)
    return memo.chance[side] - before


@rule
def tell_prospects(talk, params, side):
    """Tell a side its real outside option; return what it stops imagining, in money a month.

    Writes `memo.imagined`.
    """
    imagined, able = talk.log.memo.imagined, competence_about(talk.mediator, side)
    gone = (
        openness_to_mediator(talk, params, side)
        * able
        * belief_in_mediator(talk, side, True)
        * imagined[side]
    )
    imagined[side] -= gone
    return gone


@rule
def belief_in_mediator(talk, side, asks_to_yield):
    """Return how far a side believes the mediator: its trust T, less suspicion if it is asked to give way.

    T (1 − suspicion (1 − max(0, lean towards the side))).
    """
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    if talk.desk.suspicion <= 0.0 or not asks_to_yield:
        return trust
    lean = talk.mediator.bias if side == 0 else -talk.mediator.bias
    return trust * (1.0 - talk.desk.suspicion * (1.0 - max(0.0, lean)))


@rule
def yield_to_pressure(talk, side, floor):
    """Return the part of a claimed floor that a side gives up under pressure, in money a month.

    The floor is counted from its outside option, so that it never gives up what it would lose by.
    """
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    return trust * talk.desk.pressure * max(0.0, floor)
