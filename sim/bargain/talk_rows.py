"""The rows that one talk, or one month of service, reads and writes, gathered into one tuple."""

from __future__ import annotations

from sim.bargain.beliefs import set_first_beliefs
from sim.contract import DURATION, GENERIC
from sim.jit import inlined, rule
from sim.state import BUYER_IN_VENDOR, STRANGERS, VENDOR, Log, Talk


@inlined
def gather_talk(world, need_row, tie):
    """Return the rows of a need and one of its ties.

    Compiled into its callers: compiled calls cannot return rows.
    """
    row = world.ties[tie]
    log = Log(world.memo[0], world.events, world.offers)
    return Talk(
        tie, world.needs[need_row], row, world.vendors[row.vendor_id], world.trust[row.met], world.belief[row.met],
        world.hearing[row.met], log,
        world.mediators[row.mediator], world.desk[0], (world.seats[0], world.seats[1]),
    )  # fmt: skip


@inlined
def gather_talk_with_tables(world, params, need_row, tie):
    """Return the rows of a talk, with today's tables and the truth laid out in the scratch."""
    lay_out_tables(world, params, need_row, tie)
    lay_out_true_worth(world, params, need_row)
    return gather_talk(world, need_row, tie)


@rule
def lay_out_true_worth(world, params, need_row):
    """Write today's true worth of a need into `truth`, by which no party acts; money a month."""
    truth, factor = world.memo[0].truth, world.needs[need_row].worth_factor
    table = world.table[need_row]
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            for level in range(params.count[issue]):
                truth[issue, level] = table[issue, level] * factor
        elif params.kind[issue] == DURATION:
            for level in range(params.count[issue]):
                truth[issue, level] = table[issue, level]


@rule
def lay_out_tables(world, params, need_row, tie):
    """Write both sides' own tables as they see them today into `own`; money a month.

    Demand and recession scale what generic issues are worth to buyers; in a recession each month of
    agreed duration is worth credit to vendors. Strangers' beliefs, which have no row of their own,
    are computed here too.
    """
    row, memo, factor = world.ties[tie], world.memo[0], world.needs[need_row].worth_factor
    noticed, vendor_table = world.noticed[need_row], world.vendor_table[row.vendor_id]
    buyers, vendors = memo.own[0], memo.own[1]
    credit = params.recession_credit if memo.recession else 0.0
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            for level in range(params.count[issue]):
                buyers[issue, level] = noticed[issue, level] * factor
                vendors[issue, level] = vendor_table[issue, level]
        elif params.kind[issue] == DURATION:
            for level in range(params.count[issue]):
                buyers[issue, level] = noticed[issue, level]
                worth = vendor_table[issue, level]
                vendors[issue, level] = worth + credit * params.value[issue, level]
    talk = gather_talk(world, need_row, tie)
    if row.met == STRANGERS:
        set_first_beliefs(talk, params)
    if talk.vendor.push > 0.0:
        apply_sales_talk(talk, params)


@rule
def apply_sales_talk(talk, params):
    """Let a pushing vendor raise what the buyer thinks it needs, as far as it is believed.

    It raises a worth only up to what the vendor itself believes. So it corrects a buyer that has
    overlooked a need, and sells what is not needed if the vendor is wrong.
    """
    own, belief = talk.log.memo.own[0], talk.belief[VENDOR]
    swayed = talk.vendor.push * talk.trust[BUYER_IN_VENDOR].now
    for issue in range(params.issues):
        if params.kind[issue] == GENERIC:
            for level in range(params.count[issue]):
                own[issue, level] += swayed * max(0.0, belief[issue, level] - own[issue, level])
