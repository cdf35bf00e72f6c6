"""The package of a side that sees every issue as a contest, and how it learns that some are not.

Most people assume a fixed pie when talks begin: on every issue one side loses what the other gains,
so that there is nothing to trade (Thompson & Hastie 1990; Bazerman & Neale 1983). Such a side gives
way on each issue towards its middle. Evidence that the other side wants something else corrects
this issue by issue, until the side looks for the package that is best for both.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.hearing import face_to_face_reach
from sim.contract import FIRST_LEVEL, GENERIC, best_level
from sim.jit import rule
from sim.luck import uniforms
from sim.state import BUYER, STRANGERS, VENDOR
from sim.words import Stream

FIXED_PIE, SEEN_THROUGH = np.int64(Stream.FIXED_PIE), np.int64(Stream.SEEN_THROUGH)


@rule
def draw_contest(params, key, side, who):
    """Return 1 if a person of a side sees every issue as a contest, else 0; drawn by identity."""
    if params.beliefs_fixed_pie_share <= 0.0:
        return 0
    return 1 if uniforms(key, FIXED_PIE, who, side, 0)[0] < params.beliefs_fixed_pie_share else 0


@rule
def draw_contest_thresholds(talk, params, key):
    """Draw the learning after which each side of a pair sees through an issue, U(0, 1].

    Writes `enough` and `learnt`: the share of the other's table that first beliefs know is learnt.
    """
    if params.beliefs_fixed_pie_share > 0.0:
        for side in range(2):
            for issue in range(params.issues):
                draw = uniforms(key, SEEN_THROUGH, talk.tie.pair, side, issue)[0]
                talk.hearing.enough[side, issue] = 1.0 - draw
                talk.hearing.learnt[side, issue] = params.beliefs_known


@rule
def sees_contest(talk, params, side):
    """Return whether a side's speaker sees issues as contests; never if all is known."""
    if params.beliefs_fixed_pie_share <= 0.0 or params.beliefs_known >= 1.0:
        return False
    contest = talk.need.contest if side == BUYER else talk.vendor.contest
    return contest == 1


@rule
def is_contest(talk, params, side, issue):
    """Return whether a side still sees one issue as a contest; strangers have learnt nothing."""
    return sees_contest(talk, params, side) and is_unlearnt(talk.hearing, side, issue)


@rule
def is_unlearnt(hearing, side, issue):
    """Return whether a side that saw contests at first still sees this issue as one."""
    enough = hearing.enough[side, issue]
    return enough <= 0.0 or hearing.learnt[side, issue] < enough


@rule
def expects_halfway_package(talk, params, side):
    """Return whether a side expects a package of middles, as it still sees some contest."""
    if sees_contest(talk, params, side):
        for issue in range(params.issues):
            if is_unlearnt(talk.hearing, side, issue):
                return True
    return False


@rule
def expected_package(talk, params, side):
    """Return (halfway?, levels, lowest, highest) of the package that a side expects to agree on.

    It is the standard package, or the one halfway. `lowest` and `highest` bound the reservation
    values for it, in money a month. The package halfway leaves less to share, and so less to shade.
    """
    if expects_halfway_package(talk, params, side):
        return True, params.halfway, params.halfway_range[0], params.halfway_range[1]
    return False, params.standard, params.setup_lowest, params.setup_highest


@rule
def write_compromise(talk, params, side, out):
    """Write the package of a side that sees contests: their middles, else the best levels."""
    own, belief = talk.log.memo.own[side], talk.belief[side]
    for issue in range(params.issues):
        if is_unlearnt(talk.hearing, side, issue):
            out[issue] = compromise_level(own, params, side, issue)
        else:
            out[issue] = best_level(own, belief, issue, params.count[issue], FIRST_LEVEL)


@rule
def compromise_level(own, params, side, issue):
    """Return the level a side gives way to: the middle one, of two middle ones the lower.

    Two levels have no middle: such issues go to each side in turn, the first of the contract to the
    buyer. The owner gets the level it likes better; as it thinks that the other wants the opposite,
    the other side leaves it what it likes worse itself. If a side is indifferent it names the
    first.
    """
    if params.count[issue] != 2:
        return (params.count[issue] - 1) // 2
    mine = 1 if side_of_issue(params, issue) == side else 0
    return 1 if exceeds(own[issue, mine], own[issue, 1 - mine]) else 0


@rule
def conceded_level(own, params, side, issue, empty):
    """Return the level a side gives way to; the standard one if its compromise is `empty`."""
    if empty and params.kind[issue] == GENERIC:
        return params.standard[issue]
    return compromise_level(own, params, side, issue)


@rule
def is_compromise_empty(own, params, side):
    """Return whether a compromise includes no generic issue at all, so that nobody proposes it."""
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC and (
            compromise_level(own, params, side, issue) > 0
            or params.average[0, issue, 0] != 0.0
            or params.average[1, issue, 0] != 0.0
        ):
            return False
    return params.beliefs_known < 1.0


@rule
def side_of_issue(params, issue):
    """Return the side to which a two-level issue goes; such issues alternate, from the buyer."""
    turn = BUYER
    for before in range(issue):
        if params.count[before] == 2:
            turn = VENDOR if turn == BUYER else BUYER
    return turn


@rule
def see_through_issue(talk, params, side, issue, part):
    """Let a side learn a part of what is left to learn on an issue: L ← 1 − (1 − L)(1 − part)."""
    if talk.tie.met != STRANGERS and sees_contest(talk, params, side):
        raise_learnt_share(talk.hearing, side, issue, part)


@rule
def raise_learnt_share(hearing, side, issue, part):
    """Raise the learnt share of an issue; `part` is openness × reliability × trust."""
    hearing.learnt[side, issue] += part * (1.0 - hearing.learnt[side, issue])


@rule
def see_through_by_telling(talk, params, side, issue, reach):
    """Let a side learn what a telling of reach R adds to the best reach W so far.

    By the part (R − W)/(1 − W), so that the same words never teach twice. Call it before W is
    raised.
    """
    before = talk.hearing.heard[side, issue]
    if reach > before:
        see_through_issue(talk, params, side, issue, (reach - before) / (1.0 - before))


@rule
def see_through_by_offer(talk, params, side, offered, rate):
    """Let a side learn from the levels of an offer that it would not give way to itself.

    `rate` is reliability × trust; it is multiplied by how open the other side is in direct talk.
    """
    if sees_contest(talk, params, side):
        part = face_to_face_reach(talk, 1 - side)[0] * rate
        empty = is_compromise_empty(talk.log.memo.own[side], params, side)
        for issue in range(params.issues):
            see_through_by_level(talk, params, side, issue, offered[issue], part, empty)


@rule
def see_through_by_level(talk, params, side, issue, named, part, empty):
    """Let a side learn from a level named on one issue, if it contradicts the contest.

    `empty` says whether its compromise would be empty, so that it proposes the standard levels.
    """
    if named != conceded_level(talk.log.memo.own[side], params, side, issue, empty):
        see_through_issue(talk, params, side, issue, part)
