"""What a mediator tells a side an estimate of, and what that moves: as far as it is told, read and believed.

What comes from the other side reaches a listener by h c T: h of it was confided, c understood, T believed.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through
from sim.bargain.log import note_event
from sim.bargain.value import worth_now
from sim.contract import DURATION, GENERIC
from sim.jit import rule
from sim.mediation.reviews import carried
from sim.state import BUYER, BUYER_IN_MEDIATOR, STRANGERS
from sim.words import Event, Topic, TrustRule

PRIORITIES, CONDUCT = int(Topic.PRIORITIES), int(Topic.CONDUCT)
PROSPECTS, POSITION = int(Topic.PROSPECTS), int(Topic.POSITION)
BETA = int(TrustRule.BETA)
ESTIMATE_TOLD = np.int64(Event.ESTIMATE_TOLD)


@rule
def tell(talk, s):
    """Tell the sides of `whom` that take part the mediator's estimate of the topic on the desk."""
    desk = talk.desk
    told = desk.whom & (desk.present[0] + 2 * desk.present[1])
    desk.messages += (told & 1) + (told >> 1)
    for side in range(2):
        if told & (1 << side):
            moved = 0.0
            if desk.topic == PRIORITIES:
                moved = tell_priorities(talk, s, side)
            elif desk.topic == CONDUCT:
                moved = tell_conduct(talk, s, side)
            elif desk.topic == PROSPECTS:
                moved = carried(talk, s, side)
                talk.log.memo.sobered[side] = moved
            elif desk.topic == POSITION:
                moved = desk.told[side] * talk.trust[BUYER_IN_MEDIATOR + side].now
                talk.log.memo.pressed[side] = moved
            note_event(talk.log, talk.number, ESTIMATE_TOLD, float(desk.topic), float(side), moved)


@rule
def tell_priorities(talk, s, side):
    """Tell a side what the other cares about, if that one said; return how much of it got through.

    Every issue is seen through by that part of what is left to learn (`sim/bargain/compromise.py`), and that
    part of what is left of the fixed-pie error in its beliefs is taken back: −φ (mean + scale × own).
    """
    other = 1 - side
    if not talk.desk.answered & (1 << other):
        return 0.0
    part = carried(talk, s, other)
    for k in range(s.issues):
        see_through(talk, s, side, k, part)
    if s.beliefs_fixed_pie > 0.0 and talk.tie.met != STRANGERS:
        left = 1.0 - talk.hearing.taken_back[side]
        take_back(talk, s, side, part * left)
        talk.hearing.taken_back[side] += part * left
    return part


@rule
def take_back(talk, s, side, share):
    """Take a share of the first fixed-pie error out of a side's beliefs about the other's table."""
    other, factor = 1 - side, 1.0
    share *= (1.0 - s.beliefs_known) * s.beliefs_fixed_pie
    for k in range(s.issues):
        if s.kind[k] == GENERIC or s.kind[k] == DURATION:
            factor = 1.0
            if other == BUYER and s.kind[k] == GENERIC:
                factor = worth_now(talk.log.memo.recession, s)
            for level in range(s.count[k]):
                error = (
                    s.average[other, k, level] + s.mirror[side] * talk.log.memo.own[side, k, level]
                )
                talk.belief[side, k, level] += share * factor * error


@rule
def tell_conduct(talk, s, side):
    """Move a side's trust in the other towards how the other has behaved; return by how much.

    A vendor by the share of its problems that it told at once, a buyer by the share of months in which it
    neither withheld payment nor squeezed, each beside what strangers are given. What deceit has left as a
    ceiling stays; trust as others read it moves with the next month.
    """
    row, tie = talk.trust[side], talk.tie
    if tie.met == STRANGERS:
        return 0.0
    good, bad = s.relationship_prior_good, s.relationship_prior_bad
    well, seen = float(tie.problems_reported), float(tie.problems_arrived)
    if side != BUYER:
        well, seen = float(tie.months - tie.slights), float(tie.months)
    seen_as = (well + good) / (seen + good + bad)
    part = carried(talk, s, 1 - side)
    if s.relationship_trust_rule != BETA:
        moved = part * (seen_as - row.level)
        row.level += moved
        return moved
    weight = row.good + row.bad
    trust = (row.good + good) / (weight + good + bad)
    wanted = (trust + part * (seen_as - trust)) * (weight + good + bad) - good
    row.good = min(max(wanted, 0.0), weight)
    row.bad = weight - row.good
    return (row.good + good) / (weight + good + bad) - trust
