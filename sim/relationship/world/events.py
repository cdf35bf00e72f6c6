"""What happens to a need before anybody acts: entry, contacts leaving, shifts, opportunities."""

from __future__ import annotations

import numpy as np

from sim.bargain.talk_rows import gather_talk
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.enter import note_entry
from sim.relationship.work.grow import draw_opportunity
from sim.relationship.world.drift import shift_needs
from sim.relationship.world.turnover import replace_contacts
from sim.words import Stream

TURNOVER, SHIFT = np.int64(Stream.TURNOVER), np.int64(Stream.SHIFT)


@rule
def can_events_happen(params):
    """Return whether any event from outside can happen to a need in this scenario."""
    people = params.run_stagger + params.turnover_buyer + params.turnover_vendor
    return people + params.drift_rate + params.drift_strategy_rate + params.growth_rate > 0.0


@rule
def apply_need_events(world, params, key, need_row, month, candidates, totals):
    """Let the month's outside events reach one need; each is drawn whatever anybody does.

    Most months bring none, so the draws that decide are looked at before any rule is called. The
    default of 1 stands for a draw that never happens.
    """
    need, people, shift = world.needs[need_row], (1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0)
    if params.run_stagger > 0 and month == need.start:
        note_entry(world, need)
    if params.turnover_buyer + params.turnover_vendor + params.drift_strategy_rate > 0.0:
        people = uniforms(key, TURNOVER, need_row, month, 0)
    if params.drift_rate + params.drift_strategy_rate > 0.0:
        shift = uniforms(key, SHIFT, need_row, month, 0)
    strategy = people[2] < params.drift_strategy_rate
    leaves = (people[0] < params.turnover_buyer or strategy, people[1] < params.turnover_vendor)
    if leaves[0] or leaves[1]:
        replace_contacts(world, params, key, need_row, month, candidates, leaves, people[3], totals)
    if shift[0] < params.drift_rate or strategy or need.unnoticed > 0:
        shift_needs(world, params, key, need_row, month, candidates, (strategy, shift), totals)
    if params.growth_rate > 0.0:
        draw_opportunity(
            gather_talk(world, need_row, need.last),
            params,
            key,
            need_row,
            month,
            world.leads[need_row],
            totals,
        )
