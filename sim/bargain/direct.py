"""Direct protocols: alternating offers with a deadline, sealed bids, take it or leave it.

Each returns (slot, price, offers used): the slot of `pack` that holds the agreed levels, -1 for an
impasse.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.beliefs import learn_from_offer
from sim.bargain.compromise import reckoned_with
from sim.bargain.log import mark_accepted, note_offer
from sim.bargain.value import base_of, budget_now, guessed_base, propose_levels
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
STANDARD_SLOT = 3


@rule
def utilities(talk, params, levels, price):
    """Return what a package at a price is worth to the buyer and to the vendor."""
    buyer = (
        package_value(base_of(talk, params, BUYER), talk.log.memo.own[0], levels, params.issues)
        - price
    )
    vendor = (
        package_value(base_of(talk, params, VENDOR), talk.log.memo.own[1], levels, params.issues)
        + price
    )
    return buyer, vendor


@hot
def direct_talk(talk, params, key, month, first, stance, used):
    """Run the scenario's direct protocol with the offers that are left.

    `stance` is what both sides claim; `used` counts drafts already made; `key` and month `month`
    address luck.
    """
    if params.negotiation_protocol == SEALED_BID:
        return sealed_bid(talk, params, stance, used)
    if params.negotiation_protocol == TAKE_IT:
        return take_it_or_leave_it(talk, params, first, used)
    return alternating_offers(talk, params, (key, month), first, stance, used)


@rule
def sealed_bid(talk, params, stance, used):
    """Let both sides name a price for the standard package; trade at the k-weighted mean.

    It takes two offers; where fewer are left before the deadline there is no auction.
    """
    if used + 2 > params.negotiation_deadline:
        return -1, 0.0, used
    k = params.negotiation_k
    for issue in range(params.issues):
        talk.log.memo.pack[STANDARD_SLOT, issue] = params.standard[issue]
    most, least = utilities(talk, params, params.standard, 0.0)
    bid = min(most - stance.floor[0], budget_now(talk.need, talk.log.memo, params))
    ask = -least + stance.floor[1]
    price = k * bid + (1.0 - k) * ask
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

    A stranger asks the best margin against the population (`posted`); one who knows the other's
    reservation value asks for all of it.
    """
    other = 1 - first
    propose_levels(talk, params, first, talk.log.memo.pack[first])
    levels = talk.log.memo.pack[first]
    own = package_value(
        base_of(talk, params, first), talk.log.memo.own[first], levels, params.issues
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
    limit = budget_now(talk.need, talk.log.memo, params)
    if first == 0:
        price = min(price, limit)
    buyer, vendor = utilities(talk, params, levels, price)
    note_offer(talk.log, talk.number, used, first, (price, buyer, vendor), levels, params.issues)
    taken = (vendor if other == 1 else buyer) >= imagined[other]
    willing = (buyer if other == 1 else vendor) >= imagined[first]
    if taken and willing and price <= limit:
        mark_accepted(talk.log)
        return first, price, used + 1
    return -1, 0.0, used + 1


@rule
def posted_margin(talk, params, side):
    """Return the margin over its own reservation value that a proposer asks for."""
    halfway, levels, lowest, highest = reckoned_with(talk, params, side)
    width = highest - lowest
    if width <= 0.0:
        return 0.0
    value = package_value(
        base_of(talk, params, side), talk.log.memo.own[side], levels, params.issues
    )
    if side == 1:
        value = -value
    table = params.halfway_posted if halfway else params.posted
    return width * interpolate(table[side], (value - lowest) / width)


@rule
def take_seat(me, params, n, floor, opening):
    """Seat strategy number n of a scenario between its floor and its opening."""
    me.family, me.accepting, me.rule = params.family[n], params.accepting[n], params.rule[n]
    me.e, me.start, me.share = params.exponent[n], params.start[n], params.share[n]
    me.noise, me.window, me.kindness = params.noise[n], int(params.window[n]), params.kindness[n]
    me.scale, me.shift = params.scale[n], params.shift[n]
    me.after, me.enough = params.after[n], params.enough[n]
    sit_between(me, floor, opening)


@rule
def sit_between(me, floor, opening):
    """Set what a side can get over money: from its floor to its opening, nothing below the floor."""
    me.low, me.floor, me.reservation = floor, floor, floor
    me.opening, me.unit = opening, opening - floor
    me.slack = 0.0
    clear_history(me)


@hot
def ask_of(talk, side, made, span, luck):
    """Return the utility a side asks for next, after `made` offers of a talk of `span` + 1.

    The one place where strategies act: `sim/engines/played.py` puts Python's in its stead. Over money a
    side has no list of outcomes: its list is as many equal steps from opening to floor as it has turns.
    """
    me, memo = talk.seats[side], talk.log.memo
    me.clock = min(1.0, made / span)
    if me.family in (RANDOM_ABSOLUTE, CUSTOM):
        drawn = uniforms(luck[0], STRATEGY, talk.tie.pair, luck[1], 2 * made + side)
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
def agrees(talk, side, worth, left):
    """Say whether a side takes an offer worth `worth` to it; `left` offers are still to be made."""
    me, got = talk.seats[side], talk.log.memo.worth[side]
    me.left = left // 2 + 1
    me.offer = me.asked
    return accepts(me, worth, got)


@rule
def decide(me, asked):
    """Let a side decide on its next ask, and count those that differ."""
    if me.turns == 0 or asked != me.asked:
        me.sent += 1
    me.asked = asked


@rule
def hear(me, got, worth, count):
    """Write down what an offer is worth to the side that hears it, its `count`-th from 1."""
    me.heard = count
    if me.family == MICRO:
        fresh = 1
        for k in range(count - 1):
            if got[k] == worth:
                fresh = 0
        me.received += fresh
    got[count - 1] = worth


@rule
def alternating_offers(talk, params, luck, first, stance, used):
    """Let the sides offer in turn until one accepts or the deadline has come (Faratin et al. 1998).

    Whether an offer is taken is the strategy's to say: as a rule iff it is worth at least one's own
    next ask. No buyer goes beyond
    its budget, whatever it is worth to it. `luck` is (key, month). Offers that pass unseen, by way of a
    mediator, are heard, and learnt from, only if they are taken.
    """
    deadline, memo = params.negotiation_deadline, talk.log.memo
    span = max(deadline - used - 1, 1)
    learning, limit = params.beliefs_learning, budget_now(talk.need, memo, params)
    trusts = (talk.trust[0].now, talk.trust[1].now)
    unseen = talk.desk.unseen > 0
    for side in range(2):
        n = talk.need.strategy if side == 0 else talk.vendor.strategy
        take_seat(talk.seats[side], params, n, stance.floor[side], stance.opening[side])
        memo.said[side][:] = -1
    decide(talk.seats[first], ask_of(talk, first, 0, span, luck))
    for n in range(used, deadline):
        side = (first + n - used) % 2
        other = 1 - side
        asked = talk.seats[side].asked
        talk.seats[side].turns += 1
        propose_levels(talk, params, side, memo.pack[side])
        levels = memo.pack[side]
        own = package_value(base_of(talk, params, side), memo.own[side], levels, params.issues)
        price = min(own - asked, limit) if side == 0 else asked - own
        buyer, vendor = utilities(talk, params, levels, price)
        note_offer(talk.log, talk.number, n, side, (price, buyer, vendor), levels, params.issues)
        received = price if side == 1 else -price
        worth = vendor if other == 1 else buyer
        if not unseen:
            guess = guessed_base(talk, params, other)
            learn_from_offer(talk, params, other, guess, levels, received, learning * trusts[other])
            hear(talk.seats[other], memo.worth[other], worth, talk.seats[side].turns)
        decide(talk.seats[other], ask_of(talk, other, n + 1 - used, span, luck))
        if agrees(talk, other, worth, deadline - 1 - n) and price <= limit:
            mark_accepted(talk.log)
            if unseen:
                guess = guessed_base(talk, params, other)
                learn_from_offer(
                    talk, params, other, guess, levels, received, learning * trusts[other]
                )
            return side, price, n + 1
    return -1, 0.0, deadline
