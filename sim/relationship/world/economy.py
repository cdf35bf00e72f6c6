"""Calm and recession: a two-state Markov chain common to a world (Hamilton 1989).

In a recession generic issues are worth less to buyers, budgets and vendors' outside options fall,
and credit is tight, so that vendors value each month of agreed duration. The economy is public:
what everybody knows of the population, and what a vendor believes of a buyer, falls with it.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import recession_worth_factor, reduced_in_recession
from sim.contract import DURATION, GENERIC, value_of_kind
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.appraise import reappraise_need
from sim.state import VENDOR, Log
from sim.words import Event, Stream

MACRO = np.int64(Stream.MACRO)
BEGINS, ENDS = np.int64(Event.RECESSION_BEGINS), np.int64(Event.RECESSION_ENDS)
NO_TIE = np.int64(-1)  # the tie of an event that befalls everybody


@rule
def step_economy(world, params, key, month, totals):
    """Let a recession begin or end; one draw per world and month decides, whatever anybody does."""
    if params.recession_rate > 0.0:
        memo, log = world.memo[0], Log(world.memo[0], world.events, world.offers)
        draw = uniforms(key, MACRO, 0, month, 0)[0]
        turned = draw < (params.recession_recovery if memo.recession else params.recession_rate)
        if turned and memo.recession:
            note_event(log, NO_TIE, ENDS, float(month - memo.recession_since), 0.0, 0.0)
            memo.recession = 0
        elif turned:
            note_event(log, NO_TIE, BEGINS, 0.0, 0.0, 0.0)
            memo.recession, memo.recession_since = 1, month
        if turned:
            apply_economy(world, params)


@rule
def apply_economy(world, params):
    """Apply a change of the economy to vendors, needs, running contracts and beliefs."""
    memo = world.memo[0]
    for i in range(world.vendors.shape[0]):
        vendor = world.vendors[i]
        vendor.outside = reduced_in_recession(
            vendor.outside_calm, params.recession_outside, memo.recession
        )
    for met in range(1, memo.acquaintances + 1):
        rescale_belief(world.belief[met, VENDOR], params, memo.recession)
    for j in range(world.needs.shape[0]):
        need = world.needs[j]
        set_worth_factor(need, memo, params)
        if need.partner >= 0:
            row = world.ties[need.partner]
            relief = recession_relief(row, world.vendors[row.vendor_id], params)
            row.margin += relief if memo.recession else -relief
        reappraise_need(world, params, j)


@rule
def set_worth_factor(need, memo, params):
    """Write the factor of demand and economy on the worth of a need's generic issues."""
    need.worth_factor = need.demand * recession_worth_factor(memo.recession, params)


@rule
def rescale_belief(belief, params, recession):
    """Scale a vendor's belief about a buyer's worth with the economy.

    If a recession destroys all worth there is no factor back, so beliefs stay as they are.
    """
    left = 1.0 - params.recession_worth
    if left <= 0.0:
        return
    factor = left if recession else 1.0 / left
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            for level in range(params.count[issue]):
                belief[issue, level] *= factor


@rule
def recession_relief(row, vendor, params):
    """Return by how much a recession raises a vendor's margin; money a month.

    Its outside option falls, and each month of agreed duration is worth credit to it.
    """
    lost = params.recession_outside * abs(vendor.outside_calm)
    return lost + params.recession_credit * max(0.0, value_of_kind(params, row.agreed, DURATION))
