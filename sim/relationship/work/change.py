"""Changes of a running contract: the levels a side thinks best for both, at half the gain to each.

What a contract got wrong the two may change if both gain by it (Hart & Moore 1988). Changes agreed
at reviews and changes requested between them are planned and carried out by the same rules.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import is_contest
from sim.bargain.log import note_event
from sim.bargain.talk_rows import lay_out_true_worth
from sim.bargain.value import current_budget, fill_clause_values, vendor_base
from sim.contract import GENERIC, best_level, package_value
from sim.jit import rule
from sim.relationship.meet.appraise import appraise_contract
from sim.state import BUYER
from sim.words import Event

CHANGE_ORDER = np.int64(Event.CHANGE_ORDER)
UNCHANGED, CHANGED, REFUSED = 0, 1, 2


@rule
def plan_change(talk, params, side, hurdles):
    """Write the generic levels a side thinks best for both into its slot of `pack`.

    An issue that the side sees as a contest keeps its agreed level: there is nothing to gain for
    both. The price moves so that the other side gets half of the gain the proposer believes in.

    Returns (outcome, price, own gain, other's gain), gains in money a month, each on the side's own
    table. The change is proposed if the proposer's gain exceeds hurdles[0], and agreed if the
    other's exceeds hurdles[1]; outcome is UNCHANGED, CHANGED or REFUSED. No price above the buyer's
    budget is agreed unless it falls.
    """
    row, memo = talk.tie, talk.log.memo
    levels, own, belief = memo.pack[side], memo.own[side], talk.belief[side]
    gain, guess, others = 0.0, 0.0, 0.0
    for issue in range(params.issues):
        agreed = row.agreed[issue]
        top = agreed
        if params.kind[issue] == GENERIC and not is_contest(talk, params, side, issue):
            top = best_level(own, belief, issue, params.count[issue], agreed)
        levels[issue] = top
        gain += own[issue, top] - own[issue, agreed]
        guess += belief[issue, top] - belief[issue, agreed]
        others += memo.own[1 - side, issue, top] - memo.own[1 - side, issue, agreed]
    paid = 0.5 * (gain - guess)
    price = row.price + (paid if side == BUYER else -paid)
    too_dear = price > max(row.price, current_budget(talk.need, memo, params))
    came = CHANGED
    if gain - paid <= hurdles[0] or (side == BUYER and too_dear):
        came = UNCHANGED
    elif others + paid <= hurdles[1] or too_dear:
        came = REFUSED
    return came, price, gain - paid, others + paid


@rule
def carry_out_change(world, talk, params, side, price, gains):
    """Write a planned change into the running contract.

    `gains` are the proposer's and the other's, money a month. Writes `agreed`, `price` and
    `margin`.
    """
    row, memo = talk.tie, talk.log.memo
    levels, better = memo.pack[side], gains[0] if side == BUYER else gains[1]
    lay_out_true_worth(world, params, row.need)
    fill_clause_values(talk, params)  # of clauses and risk, which nobody proposed to change
    note_event(talk.log, talk.number, CHANGE_ORDER, row.price, price, better)
    for issue in range(params.issues):
        row.agreed[issue] = levels[issue]
    row.price = price
    appraise_contract(talk, params)
    row.margin = (
        package_value(vendor_base(talk, params), memo.own[1], levels, params.issues) + price
    )
