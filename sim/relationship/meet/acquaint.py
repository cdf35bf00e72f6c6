"""The first talk of a pair, which gives it separate rows of trust and beliefs.

Until then all strangers share one row of trust, the prior, and beliefs are computed when needed. So
the memory that a world takes grows with the pairs that have met, not with all possible pairs.
"""

from __future__ import annotations

from sim.bargain.beliefs import set_first_beliefs
from sim.bargain.compromise import draw_contest_thresholds
from sim.bargain.hearing import note_told
from sim.bargain.talk_rows import gather_talk, gather_talk_with_tables
from sim.jit import rule
from sim.relationship.work.build_trust import count_directions, set_initial_trust
from sim.relationship.work.fear import set_initial_fear
from sim.state import STRANGERS


@rule
def introduce_pair(world, params, key, need_row, tie):
    """Give a pair its own row of trust and beliefs, unless it has one already.

    Writes `met` of the tie; beliefs, fear of blame and contests start from the scenario's priors.
    """
    row, memo = world.ties[tie], world.memo[0]
    if row.met == STRANGERS:
        # First beliefs read the sides' own tables, so these are laid out before.
        gather_talk_with_tables(world, params, need_row, tie)
        memo.acquaintances += 1
        row.met = memo.acquaintances
        for direction in range(count_directions(params)):
            set_initial_trust(world.trust[row.met, direction], direction, params)
        talk = gather_talk(world, need_row, tie)
        set_first_beliefs(talk, params)
        set_initial_fear(row, params)
        draw_contest_thresholds(talk, params, key)
        note_told(talk, params, world.noticed[need_row])
