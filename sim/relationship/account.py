"""The account stage: the cash book of a need's month, and the ledger of where first best went.

Realised surplus comes from the cash book and certainty equivalents alone; each cause is a booked
flow or the difference of two surpluses evaluated on their own; the residual checks one by the other.
"""

from __future__ import annotations

from sim.bargain.value import quality_premium
from sim.contract import best_share, buyer_incentive, protection_cost, vendor_incentive
from sim.jit import rule
from sim.relationship.deliver import effort_cost


@rule
def pair_surplus_parts(need, vendor, p):
    """Return s* and the incentive surplus it yields with θ = 1."""
    variance = p.delivery_noise * p.delivery_noise
    share = best_share(1.0, vendor.productivity, need.risk, vendor.risk, variance)
    own = buyer_incentive(share, 1.0, vendor.productivity, need.risk, variance)
    return share, own + vendor_incentive(share, vendor.productivity, vendor.risk, variance)


@rule
def delivery_books(need, vendor, row, luck, p):
    """Return (buyer's cash, vendor's cash, noise, premium of each) of a month under a contract.

    Before price, which is paid on top; `luck` is (ε, η).
    """
    effort = row.share * vendor.productivity
    measured = effort + luck[0]
    capability = need.quality_worth * (vendor.capability + luck[1])
    value = row.worth_sum + capability + row.alignment * effort + luck[0]
    variance = p.delivery_noise * p.delivery_noise
    kept = 1.0 - row.share
    premium_b = 0.5 * need.risk * kept * kept * variance + quality_premium(
        need.quality_worth, need.risk, p
    )
    premium_v = 0.5 * vendor.risk * row.share * row.share * variance
    clauses = protection_cost(row.penalty, p.protection_deadweight)
    clauses += protection_cost(row.liability, p.protection_deadweight)
    cost = row.cost_sum + effort_cost(effort, vendor.productivity)
    noise_b = need.quality_worth * luck[1] + kept * luck[0]
    noise_v = row.share * luck[0]
    return value, cost, row.share * measured, clauses, (noise_b, noise_v), (premium_b, premium_v)


@rule
def close_books(talk, s, served, luck, month):
    """Book a need's month into the period row and the tie; `served` says if a contract ran."""
    need, row = talk.need, talk.tie
    vendor = talk.vendor
    flows = talk.log.memo
    first_best = max(0.0, need.first_best - flows.unavoidable) if need.best_tie >= 0 else 0.0
    haggling, fee = need.haggling, need.fee
    fight = flows.fight_buyer + flows.fight_vendor
    real = flows.harm + flows.repair + flows.buyer_repair + fight + haggling + fee
    buyer = flows.vendor_pays - flows.harm - flows.buyer_repair - flows.fight_buyer
    vendors = -flows.vendor_pays - flows.repair - flows.fight_vendor
    buyer -= 0.5 * (haggling + fee)
    vendors -= 0.5 * (haggling + fee)
    surplus, noise, premium = -real, 0.0, 0.0
    trouble = flows.harm + flows.repair + flows.buyer_repair
    causes = (first_best, 0.0, 0.0, 0.0, 0.0, trouble)
    if served:
        value, cost, paid, clauses, noises, premiums = delivery_books(need, vendor, row, luck, s)
        noise = noises[0] + noises[1]
        premium = premiums[0] + premiums[1]
        cash = value - cost - clauses - real
        surplus = cash - noise - premium - need.outside - vendor.outside
        buyer += value - paid - row.price - 0.5 * clauses - noises[0] - premiums[0] - need.outside
        vendors += (
            row.price + paid - cost - 0.5 * clauses - noises[1] - premiums[1] - vendor.outside
        )
        idle = first_best - (need.first_best - flows.unavoidable)
        causes = contract_causes(need, vendor, row, trouble - flows.unavoidable + idle, s)
    lost = causes[0] + causes[1] + causes[2] + causes[3] + causes[4] + causes[5]
    lost += haggling + fight + fee
    book(month, row, first_best, surplus, buyer, vendors)
    month.no_deal += causes[0]
    month.wrong_vendor += causes[1]
    month.misfit += causes[2]
    month.incentives += causes[3]
    month.protection += causes[4]
    month.problems += causes[5]
    month.haggling += haggling
    month.disputes += fight
    month.fee += fee
    month.mediator += fee
    month.noise += noise
    month.premium += premium
    scale = max(1.0, abs(first_best), abs(surplus), abs(lost), abs(row.price), abs(noise), premium)
    gap = max(abs(first_best - lost - surplus), abs(surplus - buyer - vendors)) / scale
    month.residual = max(month.residual, gap)
    need.haggling = 0.0
    need.fee = 0.0


@rule
def contract_causes(need, vendor, row, problems, p):
    """Return (no deal, wrong vendor, misfit, incentives, protection, problems) under a contract."""
    variance = p.delivery_noise * p.delivery_noise
    agreed = buyer_incentive(row.share, row.alignment, vendor.productivity, need.risk, variance)
    agreed += vendor_incentive(row.share, vendor.productivity, vendor.risk, variance)
    clauses = protection_cost(row.penalty, p.protection_deadweight)
    clauses += protection_cost(row.liability, p.protection_deadweight)
    misfit = row.best_sum - (row.worth_sum - row.cost_sum)
    return (
        0.0,
        need.first_best - row.first_best,
        misfit,
        row.best_incentive - agreed,
        clauses,
        problems,
    )


@rule
def book(month, row, first_best, surplus, buyer, vendors):
    """Add a need's month to the totals of the period and of the tie."""
    month.first_best += first_best
    month.surplus += surplus
    month.buyer += buyer
    month.vendor += vendors
    row.surplus += surplus
    row.buyer += buyer
    row.vendor += vendors
