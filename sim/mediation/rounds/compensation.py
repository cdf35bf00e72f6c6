"""What a mediator pays from its own pocket so that a text is signed (compensation: Carnevale 1986).

It is paid once, half to each side, when both have taken the text, and lowers what the mediator receives.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import package_months
from sim.jit import rule
from sim.words import Event

COMPENSATED = np.int64(Event.COMPENSATED)


@rule
def sweetened(desk, params, buyer, vendor):
    """Return what a text is worth to both sides a month once the mediator's payment is spread over it."""
    if desk.payment <= 0.0:
        return buyer, vendor
    each = 0.5 * desk.payment / package_months(desk.text, params)
    return buyer + each, vendor + each


@rule
def compensate(talk, params):
    """Pay both sides what was promised for the text that they took."""
    desk = talk.desk
    talk.need.fee -= desk.payment
    months = package_months(desk.text, params)
    note_event(talk.log, talk.number, COMPENSATED, desk.payment, months, 0.0)
