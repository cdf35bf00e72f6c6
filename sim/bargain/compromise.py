"""The package of a person who sees every issue as a contest, and how that is unlearnt.

Most people come to the table with a fixed pie in mind: what one side gains the other loses, issue by
issue, so that there is nothing to trade (Thompson & Hastie 1990; Bazerman & Neale 1983). Such a
person gives way on each issue towards its middle. Whatever shows that the other wants something else
teaches it, issue by issue, until it looks for what is best for both there, as others do from the start.
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
    """Return 1 if a person of a side sees every issue as a contest, else 0."""
    if params.beliefs_fixed_pie_share <= 0.0:
        return 0
    return 1 if uniforms(key, FIXED_PIE, who, side, 0)[0] < params.beliefs_fixed_pie_share else 0


@rule
def draw_contest_thresholds(talk, params, key):
    """Draw how much each person of a pair has to learn before it sees through an issue, U(0, 1].

    What first beliefs know of the other's table is learnt already.
    """
    if params.beliefs_fixed_pie_share > 0.0:
        for side in range(2):
            for issue in range(params.issues):
                draw = uniforms(key, SEEN_THROUGH, talk.tie.pair, side, issue)[0]
                talk.hearing.enough[side, issue] = 1.0 - draw
                talk.hearing.learnt[side, issue] = params.beliefs_known


@rule
def sees_contest(talk, params, side):
    """Say whether who speaks for a side sees issues as contests; nobody does who knows all."""
    if params.beliefs_fixed_pie_share <= 0.0 or params.beliefs_known >= 1.0:
        return False
    contest = talk.need.contest if side == BUYER else talk.vendor.contest
    return contest == 1


@rule
def is_contest(talk, params, side, issue):
    """Say whether a side still sees one issue as a contest; a stranger has learnt nothing yet."""
    return sees_contest(talk, params, side) and is_unlearnt(talk.hearing, side, issue)


@rule
def is_unlearnt(hearing, side, issue):
    """Say whether a person who came with contests in mind has yet to see through one issue."""
    enough = hearing.enough[side, issue]
    return enough <= 0.0 or hearing.learnt[side, issue] < enough


@rule
def expects_halfway_package(talk, params, side):
    """Say whether a side reckons with a package that gives way to the middle: it sees contests yet."""
    if sees_contest(talk, params, side):
        for issue in range(params.issues):
            if is_unlearnt(talk.hearing, side, issue):
                return True
    return False


@rule
def expected_package(talk, params, side):
    """Return (halfway?, levels, lowest, highest) of the package a side thinks such talks are about.

    The standard one, or the one halfway; lowest and highest are its conceivable reservation values.
    There is less to share in a package that gives way, and so less to hold back.
    """
    if expects_halfway_package(talk, params, side):
        return True, params.halfway, params.halfway_range[0], params.halfway_range[1]
    return False, params.standard, params.setup_lowest, params.setup_highest


@rule
def write_compromise(talk, params, side, out):
    """Write the package of a side that sees contests: its compromise, and what is best where it sees none."""
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
    buyer. Whose it is gets what it likes better; as the other is thought to want the opposite, a side
    leaves it what it likes worse itself. Who does not mind names the first.
    """
    if params.count[issue] != 2:
        return (params.count[issue] - 1) // 2
    mine = 1 if side_of_issue(params, issue) == side else 0
    return 1 if exceeds(own[issue, mine], own[issue, 1 - mine]) else 0


@rule
def conceded_level(own, params, side, issue, empty):
    """Return the level a side gives way to; where nothing at all would be left, the standard one."""
    if empty and params.kind[issue] == GENERIC:
        return params.standard[issue]
    return compromise_level(own, params, side, issue)


@rule
def is_compromise_empty(own, params, side):
    """Say whether a compromise would include no generic issue at all: so nobody proposes it."""
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
    """Return the side to which a two-level issue goes."""
    turn = BUYER
    for before in range(issue):
        if params.count[before] == 2:
            turn = VENDOR if turn == BUYER else BUYER
    return turn


@rule
def see_through_issue(talk, params, side, issue, part):
    """Let a side learn a part of what is left to learn about one issue: L ← 1 − (1 − L)(1 − part)."""
    if talk.tie.met != STRANGERS and sees_contest(talk, params, side):
        raise_learnt_share(talk.hearing, side, issue, part)


@rule
def raise_learnt_share(hearing, side, issue, part):
    """Raise the learnt share of one issue; `part` is h × reliability × trust of what is heard."""
    hearing.learnt[side, issue] += part * (1.0 - hearing.learnt[side, issue])


@rule
def see_through_by_telling(talk, params, side, issue, reach):
    """Let a side learn from a telling of reach R what one of the best reach W so far did not teach.

    By the part (R − W)/(1 − W), so the same words never teach twice; to be called before W is raised.
    """
    before = talk.hearing.heard[side, issue]
    if reach > before:
        see_through_issue(talk, params, side, issue, (reach - before) / (1.0 - before))


@rule
def see_through_by_offer(talk, params, side, offered, rate):
    """Let a side learn from the levels of an offer that are not those it would give way to itself.

    `rate` is reliability × trust; h is how open the other is to its face.
    """
    if sees_contest(talk, params, side):
        open_share, empty = (
            face_to_face_reach(talk, 1 - side)[0],
            is_compromise_empty(talk.log.memo.own[side], params, side),
        )
        for issue in range(params.issues):
            see_through_by_level(
                talk, params, side, issue, offered[issue], open_share * rate, empty
            )


@rule
def see_through_by_level(talk, params, side, issue, named, part, empty):
    """Let a side learn from a level named on one issue, if it contradicts the contest.

    `empty` says whether its compromise would include nothing, so that it proposes the standard levels.
    """
    if named != conceded_level(talk.log.memo.own[side], params, side, issue, empty):
        see_through_issue(talk, params, side, issue, part)
