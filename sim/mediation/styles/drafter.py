"""The drafter: a single negotiating text written from what both sides confided (Raiffa 1982).

Its text is the package of highest estimated joint surplus. The price moves first: a veto raises the
vetoer's estimated reservation value by `mediator.veto_step` of the estimated surplus, half as much at
each further veto. A deferential one goes from its own estimate towards the middle of both sides' demands.
"""

from __future__ import annotations

import math

from sim.arithmetic import whole_power
from sim.contract import GENERIC, best_levels, is_empty, package_value
from sim.jit import rule
from sim.words import Act, Drafting

ASK_PRICES, NOTHING, TEXT = int(Act.ASK_PRICES), int(Act.NOTHING), int(Act.TEXT)
DEFERENTIAL = int(Drafting.DEFERENTIAL)


@rule
def draft(desk, mediator, s, asked):
    """Return the drafter's next act; `asked` is 1 once both sides have named a price for its text."""
    if desk.texts == 0 and not asked:
        draft_levels(desk, s)
        if desk.pie <= 0.0:
            return NOTHING
    elif desk.texts > 0 and not asked and not moves_price(desk, s):
        return NOTHING
    if s.mediator_drafting == DEFERENTIAL and not asked:
        return ASK_PRICES
    desk.price = draft_price(desk, mediator, s)
    return TEXT


@rule
def write_text(one, other, s, out):
    """Write the package that is best for two tables; where that is nothing at all, the standard one."""
    best_levels(one, other, s, out)
    if is_empty(out, s):
        for k in range(s.issues):
            if s.kind[k] == GENERIC:
                out[k] = s.standard[k]


@rule
def draft_levels(desk, s):
    """Write the package of highest estimated joint surplus, and what it is estimated to be worth.

    A deferential mediator goes from there towards the middle between what both sides propose,
    issue by issue, as far as it heeds them; a half goes to the lower level.
    """
    write_text(desk.estimate[0], desk.estimate[1], s, desk.text)
    if s.mediator_drafting == DEFERENTIAL:
        for k in range(s.issues):
            wanted = (float(desk.demand[0, k]), float(desk.demand[1, k]))
            middle = towards_middle(float(desk.text[k]), wanted, desk.heeds)
            desk.text[k] = math.ceil(middle - 0.5)
    desk.pie = estimated_worth(desk, s, 0) + estimated_worth(desk, s, 1)


@rule
def estimated_worth(desk, s, side):
    """Return what the text is estimated to be worth to a side before its price."""
    return package_value(desk.bases[side], desk.estimate[side], desk.text, s.issues)


@rule
def towards_middle(prior, wanted, heeds):
    """Return the mean of two demands, each read from a mediator's own number as prior."""
    return prior + 0.5 * (heeds[0] * (wanted[0] - prior) + heeds[1] * (wanted[1] - prior))


@rule
def moves_price(desk, s):
    """Raise the estimated reservation value of who vetoed alone; say whether anything is left to share."""
    if desk.yes[0] == desk.yes[1]:
        return False
    step = s.mediator_veto_step * whole_power(0.5, desk.texts - 1) * desk.pie
    desk.raised[0] += 0.0 if desk.yes[0] else step
    desk.raised[1] += 0.0 if desk.yes[1] else step
    return desk.pie - desk.raised[0] - desk.raised[1] > 0.0


@rule
def draft_price(desk, mediator, s):
    """Return the price of the text: by estimates and bias, or nearer the middle of two demands."""
    left_to_split = desk.pie - desk.raised[0] - desk.raised[1]
    worth = estimated_worth(desk, s, 0)
    price = worth - desk.raised[0] - left_to_split * (0.5 + 0.5 * mediator.bias)
    if s.mediator_drafting != DEFERENTIAL:
        return price
    wanted = (desk.asked[0] - desk.raised[0], desk.asked[1] + desk.raised[1])
    return towards_middle(price, wanted, desk.heeds)
