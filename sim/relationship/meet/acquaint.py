"""Two sides meet: from their first talk on a pair has a memory of its own.

Until then all strangers share one row of trust, the prior, and beliefs are worked out when needed;
so memory is linear in pairs that have met, not in pairs that might.
"""

from __future__ import annotations

from sim.bargain.beliefs import first_beliefs
from sim.bargain.compromise import meet_with_contest
from sim.bargain.hearing import note_told
from sim.bargain.talk_rows import seat, sit_down
from sim.jit import rule
from sim.relationship.work.build_trust import directions, start_trust
from sim.relationship.work.fear import meet_with_fear
from sim.state import STRANGERS


@rule
def acquaint(world, params, key, need_row, tie):
    """Give a pair its row of trust and beliefs, unless it has one."""
    row, memo = world.ties[tie], world.memo[0]
    if row.met == STRANGERS:
        sit_down(world, params, need_row, tie)  # first beliefs start from the sides' own tables
        memo.acquaintances += 1
        row.met = memo.acquaintances
        for direction in range(directions(params)):
            start_trust(world.trust[row.met, direction], direction, params)
        talk = seat(world, need_row, tie)
        first_beliefs(talk, params)
        meet_with_fear(row, params)
        meet_with_contest(talk, params, key)
        note_told(talk, params, world.noticed[need_row])
