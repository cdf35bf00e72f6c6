"""Records written at the end of a month beside the books."""

from __future__ import annotations

from sim.bargain.disclosure import openness
from sim.bargain.talk_rows import gather_talk
from sim.jit import hot, rule
from sim.mediation.confidences import openness_to_mediator
from sim.relationship.work.account import MonthBooks
from sim.state import (
    BUYER,
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)


@rule
def write_monthly_means(world, params, totals):
    """Write means over needs at the end of the month, each with its current or last partner."""
    needs = world.needs.shape[0]
    totals.recession = world.memo[0].recession
    for j in range(needs):
        last = world.needs[j].last
        row, buyer, vendor = (
            world.ties[last],
            world.needs[j],
            world.vendors[world.ties[last].vendor_id],
        )
        trust = world.trust[row.met]
        trust_b, trust_v = trust[BUYER_IN_VENDOR].now, trust[VENDOR_IN_BUYER].now
        totals.trust_buyer += trust_b / needs
        totals.trust_vendor += trust_v / needs
        totals.disclosure_buyer += openness(trust_b, buyer.exposure, 0.0) / needs
        totals.disclosure_vendor += openness(trust_v, vendor.exposure, 0.0) / needs
        totals.demand += buyer.demand / needs
        totals.unnoticed += buyer.unnoticed
        totals.trait_trust += 0.5 * (trust_b + trust_v) / needs
        totals.trait_respect += row.respect / needs
        totals.trait_collaboration += row.collaboration / needs
        totals.trait_success += row.success / needs
        totals.trait_goals += row.alignment * (1.0 - abs(row.share - row.best_share)) / needs
        if params.mediator_functions > 0:
            talk = gather_talk(world, j, last)
            trust_b, trust_v = trust[BUYER_IN_MEDIATOR].now, trust[VENDOR_IN_MEDIATOR].now
            totals.trust_mediator_buyer += trust_b / needs
            totals.trust_mediator_vendor += trust_v / needs
            totals.disclosure_mediator_buyer += openness_to_mediator(talk, params, BUYER) / needs
            totals.disclosure_mediator_vendor += openness_to_mediator(talk, params, VENDOR) / needs


@rule
def write_waiting_need(world, need_row):
    """Write the row of need_months of a need not yet in the market: all zeros but trust."""
    write_need_month(
        world.need_months,
        gather_talk(world, need_row, world.needs[need_row].last),
        MonthBooks(0.0, 0.0, 0.0, 0.0),
        False,
    )


@hot
def write_need_month(rows, talk, books, served):
    """Write a need's row of need_months, unless the caller's array is full."""
    memo = talk.log.memo
    at = memo.need_rows
    if at >= rows.shape[0]:
        return
    memo.need_rows = at + 1
    row = rows[at]
    row.world, row.period, row.need, row.tie = memo.world, memo.month, talk.tie.need, talk.number
    row.active = 1 if served else 0
    row.first_best, row.surplus = books.first_best, books.surplus
    row.buyer, row.vendor = books.buyer, books.vendor
    row.effort = talk.tie.effort if served else 0.0
    row.trust_buyer = talk.trust[BUYER_IN_VENDOR].now
    row.trust_vendor = talk.trust[VENDOR_IN_BUYER].now
