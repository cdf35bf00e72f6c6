"""The account stage: the cash book of a need's month, and the ledger of where first best went.

Realised surplus comes from the cash book and certainty equivalents alone; each cause is a booked
flow, or the difference of two surpluses computed independently. The residual checks one against the
other.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.bargain.value import quality_premium
from sim.contract import buyer_incentive, protection_cost, vendor_incentive
from sim.jit import hot, rule
from sim.relationship.work.cooperate import installed_effort, selling_share, work_value
from sim.relationship.work.deliver import effort_cost


class MonthCauses(NamedTuple):
    """Shortfall of a need's month from first best, by cause, in the order booked; money."""

    no_deal: float
    wrong_vendor: float
    misfit: float
    drift: float
    incentives: float
    protection: float
    problems: float
    opportunities: float
    underinvestment: float


class MonthBooks(NamedTuple):
    """Result of a need's month; money."""

    first_best: float
    surplus: float
    buyer: float  # the buyer's part
    vendor: float  # the vendor's part


@hot
def delivery_accounts(talk, luck, params):
    """Return the yield and the costs of a month of delivery, before the price; money.

    (value to the buyer, vendor's cost, pay for performance, deadweight of clauses, luck of (buyer,
    vendor), risk premiums of (buyer, vendor)). Luck is booked apart, so that surplus is a certainty
    equivalent.
    """
    need, vendor, row = talk.need, talk.vendor, talk.tie
    measured = installed_effort(row, vendor, params) + row.cooperation + luck.performance
    capability = need.quality_worth * (vendor.capability + luck.capability)
    value = (
        row.worth_sum
        + capability
        + row.alignment * installed_effort(row, vendor, params)
        + luck.performance
    )
    value += row.cooperation - effort_cost(row.cooperation, need.productivity)
    variance = params.delivery_noise * params.delivery_noise
    kept = 1.0 - row.share
    premium_b = 0.5 * need.risk * kept * kept * variance + quality_premium(
        need.quality_worth, need.risk, params
    )
    premium_v = 0.5 * vendor.risk * row.share * row.share * variance
    clauses = protection_cost(row.penalty, params.protection_deadweight)
    clauses += protection_cost(row.liability, params.protection_deadweight)
    cost = row.cost_sum + effort_cost(row.effort, vendor.productivity)
    noise_b = need.quality_worth * luck.capability + kept * luck.performance
    noise_v = row.share * luck.performance
    return value, cost, row.share * measured, clauses, (noise_b, noise_v), (premium_b, premium_v)


@rule
def need_first_best(need):
    """Return a need's first best before this month's problems; money, 0 without a vendor."""
    return need.first_best + need.potential if need.best_tie >= 0 else 0.0


@hot
def close_books(talk, params, served, luck, totals):
    """Book a need's month into `totals` and the tie; return its `MonthBooks`.

    `served` says whether a contract ran, `luck` is the noise of its delivery. Talks, fees and
    stranded rent are shared equally. Writes `residual` of `totals`: the largest error by which
    first best − causes − surplus, or surplus − buyer − vendor, misses 0, relative to the terms.
    """
    need, row = talk.need, talk.tie
    vendor = talk.vendor
    flows = talk.log.memo
    base = need_first_best(need)
    best = max(0.0, base) - flows.unavoidable
    first_best = max(0.0, best) if need.best_tie >= 0 else 0.0
    shared, fee = need.haggling + flows.transactions, need.fee  # halved between the sides below
    haggling = shared + need.switching
    fight = flows.fight_buyer + flows.fight_vendor
    rent = row.rent_buyer + row.rent_vendor
    real = flows.harm + flows.repair + flows.buyer_repair + fight + haggling + fee
    real += rent + need.stranded + flows.governance
    buyer = flows.vendor_pays - flows.harm - flows.buyer_repair - flows.fight_buyer
    vendors = -flows.vendor_pays - flows.repair - flows.fight_vendor
    buyer -= 0.5 * (shared + fee + need.stranded) + row.rent_buyer + need.exit_fee + need.switching
    buyer -= flows.governance
    vendors -= 0.5 * (shared + fee + need.stranded) + row.rent_vendor - need.exit_fee
    surplus, noise, premium = -real, 0.0, 0.0
    trouble = flows.harm + flows.repair + flows.buyer_repair
    causes = MonthCauses(first_best, 0.0, 0.0, 0.0, 0.0, 0.0, trouble, 0.0, rent + need.stranded)
    if served:
        value, cost, paid, clauses, noises, premiums = delivery_accounts(talk, luck, params)
        noise = noises[0] + noises[1]
        premium = premiums[0] + premiums[1]
        lore = params.reviews_learning_worth * row.lore
        grown = row.asset_gain + lore
        cash = value - cost - clauses - real + grown
        surplus = cash - noise - premium - need.outside - vendor.outside
        buyer += value - paid - row.price - 0.5 * clauses - noises[0] - premiums[0] - need.outside
        vendors += (
            row.price + paid - cost - 0.5 * clauses - noises[1] - premiums[1] - vendor.outside
        )
        buyer += (1.0 - params.growth_vendor_share) * row.asset_gain + 0.5 * lore
        vendors += params.growth_vendor_share * row.asset_gain + 0.5 * lore
        idle = first_best - best
        causes = contract_causes(talk, trouble - flows.unavoidable + idle, max(0.0, -base), params)
    lost = causes.no_deal + causes.wrong_vendor + causes.misfit + causes.drift + causes.incentives
    lost = lost + causes.protection + causes.problems
    lost += (
        causes.opportunities + causes.underinvestment + haggling + fight + fee + flows.governance
    )
    add_surplus(totals, row, first_best, surplus, buyer, vendors)
    add_causes(totals, causes)
    totals.haggling += haggling
    totals.transactions += flows.transactions + need.switching
    totals.disputes += fight
    totals.fee += fee
    totals.governance += flows.governance
    totals.mediator += fee
    totals.noise += noise
    totals.premium += premium
    totals.investment += rent
    # Rounding grows with the largest term, so the residual is taken relative to it.
    scale = max(1.0, abs(first_best), abs(surplus), abs(lost), abs(row.price), abs(noise), premium)
    scale = max(scale, need.potential, row.asset_gain)
    gap = max(abs(first_best - lost - surplus), abs(surplus - buyer - vendors)) / scale
    totals.residual = max(totals.residual, gap)
    need.earned += buyer
    vendor.earned += vendors
    need.haggling = 0.0
    need.exit_fee = 0.0
    need.fee = 0.0
    need.switching = 0.0
    return MonthBooks(first_best, surplus, buyer, vendors)


@hot
def contract_causes(talk, problems, unworthy, params):
    """Return the causes of a month under a contract; money.

    `problems` is the harm and repair beyond what is unavoidable. If the market has no vendor for a
    need, what its contract could gain is booked as `wrong_vendor`. `unworthy` is the cost of a
    contract in an economy in which no contract is worth having, booked as `drift`.
    """
    need, vendor, row = talk.need, talk.vendor, talk.tie
    variance = params.delivery_noise * params.delivery_noise
    agreed = buyer_incentive(row.share, row.alignment, vendor.productivity, need.risk, variance)
    agreed += vendor_incentive(row.share, vendor.productivity, vendor.risk, variance)
    agreed += work_value(
        row.share,
        row.alignment,
        row.effort,
        row.cooperation,
        need,
        vendor,
        selling_share(vendor, params),
    )
    clauses = protection_cost(row.penalty, params.protection_deadweight)
    clauses += protection_cost(row.liability, params.protection_deadweight)
    wrong, untaken = need.first_best - row.first_best, need.potential - row.taken
    if need.best_tie < 0:
        wrong, untaken = need.first_best - row.first_best - row.taken, 0.0
    rent = row.rent_buyer + row.rent_vendor
    learning = params.reviews_learning_worth * (1.0 - row.lore)
    return MonthCauses(
        0.0,
        wrong,
        row.ideal_sum - (row.worth_sum - row.cost_sum),
        row.best_sum - row.ideal_sum + unworthy,
        row.best_incentive - agreed,
        clauses,
        problems,
        untaken,
        row.taken - (row.asset_gain - rent) + learning + need.stranded,
    )


@hot
def add_causes(totals, causes):
    """Add the causes of a need's month to `totals`."""
    totals.no_deal += causes.no_deal
    totals.wrong_vendor += causes.wrong_vendor
    totals.misfit += causes.misfit
    totals.drift += causes.drift
    totals.incentives += causes.incentives
    totals.protection += causes.protection
    totals.problems += causes.problems
    totals.opportunities += causes.opportunities
    totals.underinvestment += causes.underinvestment


@hot
def add_surplus(totals, row, first_best, surplus, buyer, vendors):
    """Add a need's first best, surplus and both parts of it to `totals` and to the tie."""
    totals.first_best += first_best
    totals.surplus += surplus
    totals.buyer += buyer
    totals.vendor += vendors
    row.surplus += surplus
    row.buyer += buyer
    row.vendor += vendors
