"""In a recession a buyer reopens a running contract: squeeze, or give to get; once per recession.

Squeeze: a price cut under the threat of leaving, which a vendor believes as long as the cut leaves
it no worse off than its fallen outside option; a threat is carried out only if that pays (Schelling
1960). Give to get: all issues are on the table, and either side may offer a package that leaves
both better off than the contract in force (post-settlement settlement, Raiffa 1985).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.direct import STANDARD_SLOT, package_utilities
from sim.bargain.log import mark_accepted, note_event, note_offer
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import current_budget, fill_clause_values, propose_levels
from sim.contract import package_value
from sim.jit import rule
from sim.relationship.meet.negotiate import term_in_months, write_terms
from sim.relationship.work.disclose import geometric_sum
from sim.relationship.work.resolve import end_contract_early, exit_fee
from sim.state import BUYER, BUYER_IN_VENDOR, VENDOR, VENDOR_IN_BUYER
from sim.words import Event, RecessionConduct

SQUEEZE = int(RecessionConduct.SQUEEZE)
SQUEEZED, GIVEN_AND_TAKEN = np.int64(Event.SQUEEZED), np.int64(Event.GIVEN_AND_TAKEN)
NOTHING, REFUSED, TAKEN = 0, 1, 2  # outcomes of a side's turn to propose, in order of success
CURRENT = STANDARD_SLOT  # slot of `pack` for the levels in force


@rule
def reopen_contract(world, params, key, need_row, month, totals):
    """Let a buyer under contract squeeze, or give to get, by its conduct, once per recession.

    A buyer that has given notice waits.
    """
    need, memo = world.needs[need_row], world.memo[0]
    row = world.ties[need.partner]
    if row.notice > 0:
        return
    if row.squeezed_at != memo.recession_since + 1:
        row.squeezed_at = memo.recession_since + 1
        talk = gather_talk_with_tables(world, params, need_row, need.partner)
        fill_clause_values(talk, params)
        lay_out_current_levels(talk, params)
        if need.in_recession == SQUEEZE:
            squeeze_price(talk, params, totals)
        else:
            give_to_get(talk, params, totals)


@rule
def lay_out_current_levels(talk, params):
    """Write the levels of the contract in force into their slot of `pack`."""
    for issue in range(params.issues):
        talk.log.memo.pack[CURRENT, issue] = talk.tie.agreed[issue]


@rule
def worth_of_staying(talk, params):
    """Return a month's worth of the contract in force to (buyer, vendor); money.

    What they built and learnt together is part of it.

    Over outside options, on each side's own beliefs. The levels are in their slot of `pack`.
    """
    row = talk.tie
    buyer, vendor = package_utilities(talk, params, talk.log.memo.pack[CURRENT], row.price)
    lore = 0.5 * params.reviews_learning_worth * row.lore
    buyer += (1.0 - params.growth_vendor_share) * row.asset_gain + lore
    vendor += params.growth_vendor_share * row.asset_gain + lore
    return buyer, vendor


@rule
def squeeze_price(talk, params, totals):
    """Demand a price cut under threat: the vendor gives in, the buyer leaves, or it was bluff.

    The cut is a share of the price, money a month. Writes `price` and `margin`, or ends the
    contract.
    """
    row, need = talk.tie, talk.need
    before = row.price
    cut = params.recession_cut * max(0.0, before)
    if cut <= 0.0:
        return
    buyer, vendor = worth_of_staying(talk, params)
    gives_in = vendor - cut >= 0.0
    if gives_in:
        row.price -= cut
        row.margin -= cut
    totals.squeezes += 1
    need.disrespect += 1
    row.unfair += 1
    talk.trust[VENDOR_IN_BUYER].loss += params.relationship_weight_conflict
    note_event(talk.log, talk.number, SQUEEZED, cut, 1.0 if gives_in else 0.0, before)
    ahead = buyer * geometric_sum(params.relationship_discount, row.months_left)
    if not gives_in and ahead < -exit_fee(row, params):
        need.exit_fee += end_contract_early(talk, params, row.months_left)
        need.talked = talk.number  # so that this month's evidence is remembered without service


@rule
def give_to_get(talk, params, totals):
    """Look for a package that both prefer to the contract in force; the buyer proposes first.

    The vendor proposes if the buyer's package was not taken.
    """
    row = talk.tie
    before = row.price
    came = propose_replacement(talk, params, BUYER, totals)
    if came != TAKEN:
        came = max(came, propose_replacement(talk, params, VENDOR, totals))
    if came == TAKEN:
        totals.reopened += 1
        talk.trust[VENDOR_IN_BUYER].gain += params.relationship_weight_candour
        talk.trust[BUYER_IN_VENDOR].gain += params.relationship_weight_candour
    if came != NOTHING:
        signed = 1.0 if came == TAKEN else 0.0
        note_event(talk.log, talk.number, GIVEN_AND_TAKEN, before, row.price, signed)


@rule
def propose_replacement(talk, params, side, totals):
    """Let a side propose the package best for both on its beliefs, at half the gain for each.

    It stays silent unless that gain pays for the proposal. Signed iff both gain by it. Returns
    NOTHING, REFUSED or TAKEN.
    """
    row, memo = talk.tie, talk.log.memo
    levels, current = memo.pack[side], memo.pack[CURRENT]
    propose_levels(talk, params, side, levels)
    own = package_gain(memo.own[side], levels, current, params)
    gain = own + package_gain(talk.belief[side], levels, current, params)
    months = term_in_months(levels, params)
    if gain * months <= 2.0 * params.negotiation_offer_cost:
        return NOTHING
    price = row.price + (own - 0.5 * gain if side == 0 else 0.5 * gain - own)
    limit = current_budget(talk.need, memo, params)
    if side == 0:
        price = min(price, limit)
    talk.need.haggling += 2.0 * params.negotiation_offer_cost
    totals.offers += 1
    old_b, old_v = package_utilities(talk, params, current, row.price)
    new_b, new_v = package_utilities(talk, params, levels, price)
    note_offer(talk.log, talk.number, side, side, (price, new_b, new_v), levels, params.issues)
    longer = months > row.months_left
    if price > limit or not (
        prefers_terms(new_b, old_b, longer) and prefers_terms(new_v, old_v, longer)
    ):
        return REFUSED
    mark_accepted(talk.log)
    write_terms(talk, params, levels, price)
    return TAKEN


@rule
def package_gain(table, levels, current, params):
    """Return a package's worth by a table over that of the levels in force; money a month."""
    return package_value(0.0, table, levels, params.issues) - package_value(
        0.0, table, current, params.issues
    )


@rule
def prefers_terms(new, old, longer):
    """Return whether a side takes new terms: better ones, and not for longer at a loss.

    `new` and `old` are utilities over its outside option; `longer` says whether the new contract
    runs longer.
    """
    return new > old and (new >= 0.0 or not longer)
