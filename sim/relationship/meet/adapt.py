"""Types of conduct spread by imitation of those who earn more: pairwise comparison, Fermi rule.

Each party meets one other of its side, drawn at random, and adopts its type with chance 1 / (1 +
exp(−β (π_other − π_own))), π money earned a month since the last round; now and then it adopts a
type drawn at random instead (Szabó & Tőke 1998; Traulsen, Nowak & Pacheco 2006). All decide at the
same time, by the same earnings. Under the planner nobody imitates.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exp
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk
from sim.jit import rule
from sim.luck import uniforms
from sim.relationship.meet.appraise import reappraise_need
from sim.relationship.meet.enter import is_in_market
from sim.relationship.meet.population import set_buyer_conduct, set_vendor_conduct
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR
from sim.words import Event, Institution, Stream

PLANNER = int(Institution.PLANNER)
ADAPTATION, CHANGED = np.int64(Stream.ADAPTATION), np.int64(Event.CONDUCT_CHANGED)
LARGEST_EXPONENT = 700.0  # exp overflows above 709.8


@rule
def run_imitation_round(world, params, key, month, totals):
    """Hold a round of imitation at the end of a month, every `adaptation.every` months.

    Writes `conduct` and the traits of needs and vendors whose type changes, reappraises all ties in
    use if any party changed, and resets `earned`.
    """
    every = params.adaptation_every
    if every > 0 and params.institution != PLANNER and (month + 1) % every == 0:
        changed = choose_buyer_types(world.needs, params, key, month) + choose_vendor_types(
            world.vendors, params, key, month
        )
        if changed > 0:
            for j in range(world.needs.shape[0]):
                if is_in_market(world.needs[j], month):
                    note_type_changes(gather_talk(world, j, world.needs[j].last))
            apply_next_types(world.needs, world.vendors, params)
            update_claims(world.ties, world.vendors, world.trust, params)
            for j in range(world.needs.shape[0]):
                reappraise_need(world, params, j)
        reset_earnings(world.needs, world.vendors)


@rule
def imitation_chance(gap, intensity):
    """Return the chance to imitate a party that earns `gap` more; money a month.

    1 / (1 + exp(−β gap)), β the `intensity` in months per money: the Fermi rule (Szabó & Tőke
    1998).
    """
    exponent = min(max(-intensity * gap, -LARGEST_EXPONENT), LARGEST_EXPONENT)
    return 1.0 / (1.0 + exp(exponent))


@rule
def count_types(mix):
    """Return how many types of conduct a side has, from their cumulative weights.

    Places beyond the last type repeat the last cumulative weight.
    """
    count = 1
    for n in range(mix.shape[0]):
        if mix[n] < mix[mix.shape[0] - 1]:
            count += 1
    return count


@rule
def pick_other(who, count, draw):
    """Return another member of a side, each with equal chance; `who` itself if alone."""
    if count < 2:
        return who
    other = int(draw * (count - 1))
    return other + 1 if other >= who else other


@rule
def choose_next_type(own, other, gap, types, draws, params):
    """Return the type a party adopts after meeting one of type `other` that earns `gap` more.

    `draws` are four uniform numbers: [1] decides imitation, [2] mutation, [3] the type mutated to.
    """
    if draws[2] < params.adaptation_mutation:
        return int(draws[3] * types)
    if draws[1] < imitation_chance(gap, params.adaptation_intensity):
        return other
    return own


@rule
def count_needs_in_market(needs, buyer, needs_per_buyer, month):
    """Return how many of a buyer's needs have come to market."""
    count = 0
    for j in range(buyer * needs_per_buyer, min((buyer + 1) * needs_per_buyer, needs.shape[0])):
        count += 1 if is_in_market(needs[j], month) else 0
    return count


@rule
def mean_earnings(needs, buyer, needs_per_buyer, month, every):
    """Return a buyer's earnings over a round of imitation, mean over its needs; money.

    0 if it has no need in the market. A need that came to market within the round is scaled up to
    the whole round.
    """
    total = 0.0
    for j in range(buyer * needs_per_buyer, min((buyer + 1) * needs_per_buyer, needs.shape[0])):
        months = month + 1 - needs[j].start
        total += needs[j].earned if months >= every else needs[j].earned * every / max(1, months)
    return total / max(1, count_needs_in_market(needs, buyer, needs_per_buyer, month))


@rule
def choose_buyer_types(needs, params, key, month):
    """Choose the type each buyer adopts next, for all its needs; return how many needs change.

    Writes `next_conduct` of needs. A buyer without a need in the market meets nobody, and is met by
    nobody.
    """
    types, changed = count_types(params.conduct_mix[0]), 0
    needs_per_buyer = params.market_needs_per_buyer
    buyers = (needs.shape[0] + needs_per_buyer - 1) // needs_per_buyer
    for buyer in range(buyers):
        first = buyer * needs_per_buyer
        own = needs[first].conduct
        number = own
        if types > 1 and count_needs_in_market(needs, buyer, needs_per_buyer, month) > 0:
            draws = uniforms(key, ADAPTATION, buyer, month, BUYER)
            model = pick_other(buyer, buyers, draws[0])
            if count_needs_in_market(needs, model, needs_per_buyer, month) == 0:
                model = buyer
            every = params.adaptation_every
            gap = mean_earnings(needs, model, needs_per_buyer, month, every) - mean_earnings(
                needs, buyer, needs_per_buyer, month, every
            )
            gap /= every
            number = choose_next_type(
                own, needs[model * needs_per_buyer].conduct, gap, types, draws, params
            )
        for j in range(first, min(first + needs_per_buyer, needs.shape[0])):
            needs[j].next_conduct = number
            changed += 1 if number != own else 0
    return changed


@rule
def choose_vendor_types(vendors, params, key, month):
    """Choose the type each vendor adopts next; return how many change. Writes `next_conduct`."""
    types, changed = count_types(params.conduct_mix[1]), 0
    for i in range(vendors.shape[0]):
        row = vendors[i]
        row.next_conduct = row.conduct
        if types > 1:
            draws = uniforms(key, ADAPTATION, i, month, VENDOR)
            model = vendors[pick_other(i, vendors.shape[0], draws[0])]
            gap = (model.earned - row.earned) / params.adaptation_every
            row.next_conduct = choose_next_type(
                row.conduct, model.conduct, gap, types, draws, params
            )
            changed += 1 if row.next_conduct != row.conduct else 0
    return changed


@rule
def note_type_changes(talk):
    """Write an event if a buyer, or the vendor of its current or last tie, changes its type."""
    for side in range(2):
        before, after = talk.need.conduct, talk.need.next_conduct
        if side == 1:
            before, after = talk.vendor.conduct, talk.vendor.next_conduct
        if after != before:
            note_event(talk.log, talk.number, CHANGED, float(side), float(before), float(after))


@rule
def update_claims(ties, vendors, trust, params):
    """Let vendors of a new type claim a new capability in every tie that has not talked yet.

    A claim made in a talk is not changed. The buyer's expectation moves as far as it trusts strangers.
    Writes `claim`, `promised` and `expected` of ties, shares from 0 to 1.
    """
    for tie in range(ties.shape[0]):
        row, vendor = ties[tie], vendors[ties[tie].vendor_id]
        claim = vendor.capability + vendor.oversell * (1.0 - vendor.capability)
        if row.talks == 0 and claim != row.claim:
            believed = (1.0 - params.beliefs_known) * trust[row.met, BUYER_IN_VENDOR].now
            row.expected += believed * (claim - row.claim)
            row.expected = min(max(row.expected, 0.0), 1.0)
            row.claim, row.promised = claim, claim


@rule
def apply_next_types(needs, vendors, params):
    """Give every party the traits of the type it adopts."""
    for j in range(needs.shape[0]):
        set_buyer_conduct(needs[j], params.conducts[0], needs[j].next_conduct)
    for i in range(vendors.shape[0]):
        set_vendor_conduct(vendors[i], params.conducts[1], vendors[i].next_conduct)


@rule
def reset_earnings(needs, vendors):
    """Set everybody's earnings to 0 for the next round of imitation."""
    for j in range(needs.shape[0]):
        needs[j].earned = 0.0
    for i in range(vendors.shape[0]):
        vendors[i].earned = 0.0
