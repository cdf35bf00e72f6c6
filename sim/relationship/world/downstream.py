"""A need's own customers: demand follows the quality delivered.

A stock that good quality raises and bad quality runs down (goodwill of Nerlove & Arrow 1962; the
service–profit chain of Heskett et al. 1994). It belongs to the need and survives its vendors.
"""

from __future__ import annotations

from sim.jit import rule
from sim.relationship.meet.appraise import reappraise_need
from sim.relationship.world.economy import set_worth_factor


@rule
def adjust_demand(world, params, need_row, delivered):
    """Let demand grow or shrink by what a month delivered; it counts from the next month on.

    `delivered` is a capability; demand is a factor kept between its limits in the scenario. Writes
    `demand` and `worth_factor` of the need.
    """
    need = world.needs[need_row]
    grown = need.demand * (1.0 + params.downstream_rate * (delivered - params.downstream_neutral))
    need.demand = min(max(grown, params.downstream_least), params.downstream_most)
    set_worth_factor(need, world.memo[0], params)
    reappraise_need(world, params, need_row)
