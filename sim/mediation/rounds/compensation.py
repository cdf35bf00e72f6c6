"""A mediator's payment from its own pocket for a signed text (compensation: Carnevale 1986).

It is paid once, half to each side, after both have accepted the text, and lowers the mediator's income.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import package_months
from sim.jit import rule
from sim.words import Event

COMPENSATED = np.int64(Event.COMPENSATED)


@rule
def add_compensation(desk, params, buyer, vendor):
    """Return the worths of a text to both sides, each with half the mediator's payment; money a month.

    The payment is spread over the months of the contract.
    """
    if desk.payment <= 0.0:
        return buyer, vendor
    each = 0.5 * desk.payment / package_months(desk.text, params)
    return buyer + each, vendor + each


@rule
def compensate(talk, params):
    """Pay both sides what was promised for the text that they accepted. Lowers `need.fee`."""
    desk = talk.desk
    talk.need.fee -= desk.payment
    months = package_months(desk.text, params)
    note_event(talk.log, talk.number, COMPENSATED, desk.payment, months, 0.0)
