"""What a mediator tells a side an estimate of, and what that moves: as far as it is told, read and believed."""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.jit import rule
from sim.words import Event

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
            note_event(talk.log, talk.number, ESTIMATE_TOLD, float(desk.topic), float(side), moved)
