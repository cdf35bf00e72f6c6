"""What happens to a need before anybody acts: it enters, contacts leave, it shifts, opportunities arise."""

from __future__ import annotations

import numpy as np

from sim.bargain.talk_rows import seat
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.enter import note_entry
from sim.relationship.work.grow import opportunity_arises
from sim.relationship.world.drift import needs_shift
from sim.relationship.world.turnover import contacts_leave
from sim.words import Stream

TURNOVER, SHIFT = np.int64(Stream.TURNOVER), np.int64(Stream.SHIFT)


@rule
def is_eventful(s):
    """Say whether anything can happen to a need from outside at all."""
    people = s.run_stagger + s.turnover_buyer + s.turnover_vendor
    return people + s.drift_rate + s.drift_strategy_rate + s.growth_rate > 0.0


@rule
def events_of_need(w, s, key, j, t, candidates, month):
    """Let the month's outside events reach one need; each is drawn whatever anybody does.

    Most months bring none: the draws that decide are looked at before anybody is called.
    """
    need, people, shift = w.needs[j], (1.0, 1.0, 1.0, 1.0), (1.0, 1.0, 1.0, 1.0)
    if s.run_stagger > 0 and t == need.start:
        note_entry(w, need)
    if s.turnover_buyer + s.turnover_vendor + s.drift_strategy_rate > 0.0:
        people = uniforms(key, TURNOVER, j, t, 0)
    if s.drift_rate + s.drift_strategy_rate > 0.0:
        shift = uniforms(key, SHIFT, j, t, 0)
    strategy = people[2] < s.drift_strategy_rate
    leaves = (people[0] < s.turnover_buyer or strategy, people[1] < s.turnover_vendor)
    if leaves[0] or leaves[1]:
        contacts_leave(w, s, key, j, t, candidates, leaves, people[3], month)
    if shift[0] < s.drift_rate or strategy or need.unnoticed > 0:
        needs_shift(w, s, key, j, t, candidates, (strategy, shift), month)
    if s.growth_rate > 0.0:
        opportunity_arises(seat(w, j, need.last), s, key, j, t, w.leads[j], month)
