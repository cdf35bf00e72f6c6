"""Direct protocols: alternating offers with a deadline, sealed bids, take it or leave it.

Each returns (slot, price, offers used): the slot of `pack` that holds the agreed levels, or -1 for
an impasse, and a price in money a month.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import learn_from_offer
from sim.bargain.compromise import expected_package
from sim.bargain.log import mark_accepted, note_offer
from sim.bargain.value import (
    base_before_talks,
    current_budget,
    guessed_base,
    learnt_shift,
    own_base,
    propose_levels,
)
from sim.contract import package_value
from sim.jit import hot, rule
from sim.luck import uniforms
from sim.state import BUYER, VENDOR
from sim.strategies.aspiration import (
    CUSTOM,
    MICRO,
    NAIVE,
    RANDOM_ABSOLUTE,
    ask,
    clear_history,
)
from sim.strategies.regard import ask_with_regard
from sim.strategies.shading import interpolate
from sim.strategies.taking import accepts
from sim.words import Protocol, Stream

STRATEGY = np.int64(Stream.STRATEGY)
SEALED_BID, TAKE_IT = int(Protocol.SEALED_BID), int(Protocol.TAKE_IT_OR_LEAVE_IT)
STANDARD_SLOT = 3  # of `pack`: buyer's, vendor's, draft, standard, blank, agreed


@rule
def package_utilities(talk, params, levels, price):
    """Return the utilities of a package at a price to (buyer, vendor).

    Money a month over outside options, each on the side's own beliefs.
    """
    buyer = (
        package_value(own_base(talk, params, BUYER), talk.log.memo.own[0], levels, params.issues)
        - price
    )
    vendor = (
        package_value(own_base(talk, params, VENDOR), talk.log.memo.own[1], levels, params.issues)
        + price
    )
    return buyer, vendor


@hot
def run_direct_protocol(talk, params, key, month, first, stance, used):
    """Run the scenario's direct protocol with the offers that are left.

    `stance` holds both sides' claims, `used` counts drafts already made, `first` is the side that
    opens; `key` and `month` address luck.
    """
    if params.negotiation_protocol == SEALED_BID:
        return sealed_bid(talk, params, stance, used)
    if params.negotiation_protocol == TAKE_IT:
        return take_it_or_leave_it(talk, params, first, used)
    return alternating_offers(talk, params, (key, month), first, stance, used)


@rule
def sealed_bid(talk, params, stance, used):
    """Let both sides name a price for the standard package; trade at their weighted mean.

    The k-double auction (Chatterjee & Samuelson 1983), k the weight of the buyer's bid. It takes two offers;
    if fewer are left before the deadline there is no auction.
    """
    if used + 2 > params.negotiation_deadline:
        return -1, 0.0, used
    buyer_weight = params.negotiation_k
    for issue in range(params.issues):
        talk.log.memo.pack[STANDARD_SLOT, issue] = params.standard[issue]
    most, least = package_utilities(talk, params, params.standard, 0.0)
    bid = min(most - stance.floor[0], current_budget(talk.need, talk.log.memo, params))
    ask = -least + stance.floor[1]
    price = buyer_weight * bid + (1.0 - buyer_weight) * ask
    note_offer(
        talk.log,
        talk.number,
        used,
        BUYER,
        (bid, most - bid, least + bid),
        params.standard,
        params.issues,
    )
    note_offer(
        talk.log,
        talk.number,
        used + 1,
        VENDOR,
        (ask, most - ask, least + ask),
        params.standard,
        params.issues,
    )
    if bid < ask:
        return -1, 0.0, used + 2
    mark_accepted(talk.log)
    return STANDARD_SLOT, price, used + 2


@rule
def take_it_or_leave_it(talk, params, first, used):
    """Let the first mover post one price; the other takes it iff it does not lose by it.

    A stranger asks the best margin against the population (`posted`), a proposer that knows the
    other's reservation value asks for all of it; `beliefs.known` lies between. Regard for the other
    lowers the ask.
    """
    other = 1 - first
    propose_levels(talk, params, first, talk.log.memo.pack[first])
    levels = talk.log.memo.pack[first]
    own = package_value(
        own_base(talk, params, first), talk.log.memo.own[first], levels, params.issues
    )
    guess = package_value(
        guessed_base(talk, params, first), talk.belief[first], levels, params.issues
    )
    imagined = talk.log.memo.imagined
    own -= imagined[first]
    margin = posted_margin(talk, params, first)
    known = params.beliefs_known
    price = (1.0 - known) * (own - margin) - known * guess
    if first == 1:
        price = (1.0 - known) * (margin - own) + known * guess
    regard = talk.need.regard if first == 0 else talk.vendor.regard
    if regard > 0.0:
        selfish = own - price if first == 0 else own + price
        ask = ask_with_regard(selfish, own + guess, regard)
        price = own - ask if first == 0 else ask - own
    limit = current_budget(talk.need, talk.log.memo, params)
    if first == 0:
        price = min(price, limit)
    buyer, vendor = package_utilities(talk, params, levels, price)
    note_offer(talk.log, talk.number, used, first, (price, buyer, vendor), levels, params.issues)
    taken = (vendor if other == 1 else buyer) >= imagined[other]
    willing = (buyer if other == 1 else vendor) >= imagined[first]
    if taken and willing and price <= limit:
        mark_accepted(talk.log)
        return first, price, used + 1
    return -1, 0.0, used + 1


@rule
def posted_margin(talk, params, side):
    """Return the margin over its own reservation value that a proposer asks for; money a month."""
    halfway, levels, lowest, highest = expected_package(talk, params, side)
    width = highest - lowest
    if width <= 0.0:
        return 0.0
    value = package_value(
        own_base(talk, params, side), talk.log.memo.own[side], levels, params.issues
    )
    if side == 1:
        value = -value
    table = params.halfway_posted if halfway else params.posted
    return width * interpolate(table[side], (value - lowest) / width)


@rule
def seat_strategy(me, params, number, floor, opening):
    """Seat a scenario's strategy of that number, with its settings, between floor and opening."""
    me.family, me.accepting = params.family[number], params.accepting[number]
    me.rule = params.rule[number]
    me.e, me.start, me.share = params.exponent[number], params.start[number], params.share[number]
    me.noise, me.kindness = params.noise[number], params.kindness[number]
    me.window = int(params.window[number])
    me.scale, me.shift = params.scale[number], params.shift[number]
    me.after, me.enough = params.after[number], params.enough[number]
    set_utility_range(me, floor, opening)


@rule
def set_utility_range(me, floor, opening):
    """Set a side's range of utility over money: from floor to opening, nothing below the floor."""
    me.low, me.floor, me.reservation = floor, floor, floor
    me.opening, me.unit = opening, opening - floor
    me.slack = 0.0
    clear_history(me)


@hot
def next_ask(talk, side, offers_made, span, luck):
    """Return the utility a side asks for next, after `offers_made` offers of a talk of `span` + 1.

    This and `accepts_offer` are where strategies act: `sim/engines/played.py` puts Python's in
    their place. Over money a side has no list of outcomes: its list is as many equal steps from
    opening to floor as it has turns. `luck` is (key, month).
    """
    me, memo = talk.seats[side], talk.log.memo
    me.clock = min(1.0, offers_made / span)
    if me.family in (RANDOM_ABSOLUTE, CUSTOM):
        drawn = uniforms(luck[0], STRATEGY, talk.tie.pair, luck[1], 2 * offers_made + side)
        me.chance, me.step = drawn[0], drawn[1]
    if me.family in (MICRO, NAIVE):
        steps = max(1.0, span // 2)
        me.gap = 1.0 / steps
        me.below = max(me.opening - me.sent * me.unit / steps, me.floor)
    asked = ask(me, memo.worth[side])
    if me.wrong > 0:
        memo.wrong = 1
    return asked


@hot
def accepts_offer(talk, side, worth, left):
    """Return whether a side takes an offer of utility `worth`, with `left` offers to come."""
    me, got = talk.seats[side], talk.log.memo.worth[side]
    me.left = left // 2 + 1
    me.offer = me.asked
    return accepts(me, worth, got)


@rule
def record_ask(me, asked):
    """Write a side's decision on its next ask, and count the asks that differ."""
    if me.turns == 0 or asked != me.asked:
        me.sent += 1
    me.asked = asked


@rule
def record_offer_heard(me, got, worth, count):
    """Write the worth of an offer to the side that hears it, its `count`-th from 1.

    Only strategies that count different offers need the comparison with all earlier ones.
    """
    me.heard = count
    if me.family == MICRO:
        fresh = 1
        for nth in range(count - 1):
            if got[nth] == worth:
                fresh = 0
        me.received += fresh
    got[count - 1] = worth


@rule
def alternating_offers(talk, params, luck, first, stance, used):
    """Let the sides offer in turn until one accepts or the deadline has come (Faratin et al. 1998).

    Whether an offer is taken is the strategy's decision; as a rule iff it is worth at least the
    side's own next ask. No buyer goes beyond its budget, whatever the contract is worth to it.
    `luck` is (key, month). Offers that pass unseen, by way of a mediator, are heard, and learnt
    from, only if they are taken.
    """
    deadline, memo = params.negotiation_deadline, talk.log.memo
    span = max(deadline - used - 1, 1)
    learning, limit = params.beliefs_learning, current_budget(talk.need, memo, params)
    trusts = (talk.trust[0].now, talk.trust[1].now)
    unseen = talk.desk.unseen > 0
    # Nothing said in a talk moves a side's own base, or what it guesses of the other's apart from `shift_…`.
    bases = (own_base(talk, params, BUYER), own_base(talk, params, VENDOR))
    guesses = (base_before_talks(talk, params, BUYER), base_before_talks(talk, params, VENDOR))
    news_b, news_v = True, True  # whether a side has learnt of levels since it wrote its package
    for side in range(2):
        n = talk.need.strategy if side == 0 else talk.vendor.strategy
        seat_strategy(talk.seats[side], params, n, stance.floor[side], stance.opening[side])
        memo.last_levels[side][:] = -1  # no levels offered yet
    record_ask(talk.seats[first], next_ask(talk, first, 0, span, luck))
    for n in range(used, deadline):
        side = (first + n - used) % 2
        other = 1 - side
        asked = talk.seats[side].asked
        talk.seats[side].turns += 1
        if news_b if side == 0 else news_v:
            propose_levels(talk, params, side, memo.pack[side])
        if side == 0:
            news_b = False
        else:
            news_v = False
        levels = memo.pack[side]
        buyer = package_value(bases[0], memo.own[0], levels, params.issues)
        vendor = package_value(bases[1], memo.own[1], levels, params.issues)
        price = min(buyer - asked, limit) if side == 0 else asked - vendor
        buyer, vendor = buyer - price, vendor + price
        note_offer(talk.log, talk.number, n, side, (price, buyer, vendor), levels, params.issues)
        received = price if side == 1 else -price
        worth = vendor if other == 1 else buyer
        if not unseen:
            guess = guesses[other] + learnt_shift(talk.tie, other)
            rate = learning * trusts[other]
            news = learn_from_offer(talk, params, other, guess, levels, received, rate)
            if other == 0:
                news_b = news_b or news
            else:
                news_v = news_v or news
            record_offer_heard(talk.seats[other], memo.worth[other], worth, talk.seats[side].turns)
        record_ask(talk.seats[other], next_ask(talk, other, n + 1 - used, span, luck))
        if accepts_offer(talk, other, worth, deadline - 1 - n) and price <= limit:
            mark_accepted(talk.log)
            if unseen:
                guess = guesses[other] + learnt_shift(talk.tie, other)
                rate = learning * trusts[other]
                learn_from_offer(talk, params, other, guess, levels, received, rate)
            return side, price, n + 1
    return -1, 0.0, deadline
