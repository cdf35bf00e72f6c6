"""Proposals that replace a text both sides would sign (settlement after settlement: Raiffa 1985).

Each side in turn may propose its own package instead, at a price that halves the gain it believes
in; the other takes it iff it prefers it to the text. So no side loses by a replacement, and if
neither proposal is taken, the text is signed.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.beliefs import learn_from_offer
from sim.bargain.direct import package_utilities
from sim.bargain.log import mark_offer, note_event, note_offer
from sim.bargain.value import (
    believed_joint_surplus,
    current_budget,
    guessed_base,
    package_months,
    propose_levels,
)
from sim.jit import rule
from sim.state import BUYER
from sim.words import Event

TEXT_REPLACED = np.int64(Event.TEXT_REPLACED)


@rule
def propose_replacements(talk, params, text, first, used):
    """Let each side propose its own package instead of a text; return (slot, price, offers used).

    `text` is (slot of `pack`, price, row of the table of offers). A side speaks if its half of the
    gain it believes in exceeds the cost of an offer, spread over the months of its contract: the cost
    is paid once, the gain accrues every month.
    """
    memo, limit = talk.log.memo, current_budget(talk.need, talk.log.memo, params)
    trusts = (talk.trust[0].now, talk.trust[1].now)
    for side in range(2):
        memo.last_levels[side][:] = -1
    slot, price, row = text
    for turn in range(2):
        if used >= params.negotiation_deadline:
            break
        side = (first + turn) % 2
        other, levels = 1 - side, memo.pack[side]
        before = package_utilities(talk, params, memo.pack[slot], price)
        gain, asked = write_own_package(talk, params, side, (slot, price), before[side])
        if not exceeds(gain, params.negotiation_offer_cost / package_months(levels, params)):
            continue
        asked = min(asked, limit) if side == BUYER else asked
        after = package_utilities(talk, params, levels, asked)
        written = memo.offer_rows
        note_offer(
            talk.log, talk.number, used, side, (asked, after[0], after[1]), levels, params.issues
        )
        used += 1
        received = asked if side == 1 else -asked
        guess = guessed_base(talk, params, other)
        rate = params.beliefs_learning * trusts[other]
        learn_from_offer(talk, params, other, guess, levels, received, rate)
        if asked <= limit and exceeds(after[other], before[other]):
            slot, price, row = side, asked, written
            note_event(talk.log, talk.number, TEXT_REPLACED, asked, float(side), gain)
    mark_offer(talk.log, row)
    return slot, price, used


@rule
def write_own_package(talk, params, side, text, worth):
    """Write a side's own package; return (its half of the gain it believes in, its price).

    `text` is (slot of `pack`, price) of what it would replace, `worth` the text's utility to the
    side; money a month.
    """
    (slot, price), memo = text, talk.log.memo
    levels = memo.pack[side]
    propose_levels(talk, params, side, levels)
    pie = believed_joint_surplus(talk, params, side, memo.pack[slot])
    gain = 0.5 * (believed_joint_surplus(talk, params, side, levels) - pie)
    shift = package_utilities(talk, params, levels, price)[side] - worth - gain
    return gain, price + shift if side == BUYER else price - shift
