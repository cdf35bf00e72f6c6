"""Direct protocols: alternating offers with a deadline, sealed bids, take it or leave it.

Each returns (slot, price, offers used): the slot of `pack` that holds the agreed levels, -1 for an
impasse.
"""

from __future__ import annotations

import math

import numpy as np

from sim.bargain.beliefs import learn_from_offer
from sim.bargain.compromise import reckoned_with
from sim.bargain.log import mark_accepted, note_offer
from sim.bargain.value import base_of, budget_now, guessed_base, propose_levels
from sim.contract import package_value
from sim.jit import hot, rule
from sim.luck import uniforms
from sim.state import BUYER, VENDOR
from sim.strategies.aspiration import GUEST, MICRO, RANDOM_ABSOLUTE, AtTurn, accepts, aspiration
from sim.strategies.regard import considerate_ask
from sim.strategies.shading import interpolate
from sim.words import Protocol, Stream

STRATEGY = np.int64(Stream.STRATEGY)
SEALED_BID, TAKE_IT = int(Protocol.SEALED_BID), int(Protocol.TAKE_IT_OR_LEAVE_IT)
STANDARD_SLOT = 3
# Rows of `memo.talk`, each by side: utilities are the side's own.
ASK, SEEN, RISE, TURNS, SENT, FRESH, HEARD = range(
    7
)  # last ask, newest offer heard, its rise, own offers,
#                                    own asks that differ, offers heard that differ, offers heard


@rule
def utilities(talk, s, levels, price):
    """Return what a package at a price is worth to the buyer and to the vendor."""
    buyer = package_value(base_of(talk, s, BUYER), talk.log.memo.own[0], levels, s.issues) - price
    vendor = package_value(base_of(talk, s, VENDOR), talk.log.memo.own[1], levels, s.issues) + price
    return buyer, vendor


@hot
def direct_talk(talk, s, key, t, first, stance, used):
    """Run the scenario's direct protocol with the offers that are left.

    `stance` is what both sides claim; `used` counts drafts already made; `key` and month `t`
    address luck.
    """
    if s.negotiation_protocol == SEALED_BID:
        return sealed_bid(talk, s, stance, used)
    if s.negotiation_protocol == TAKE_IT:
        return take_it_or_leave_it(talk, s, first, used)
    return alternating_offers(talk, s, (key, t), first, stance, used)


@rule
def sealed_bid(talk, s, stance, used):
    """Let both sides name a price for the standard package; trade at the k-weighted mean.

    It takes two offers; where fewer are left before the deadline there is no auction.
    """
    if used + 2 > s.negotiation_deadline:
        return -1, 0.0, used
    k = s.negotiation_k
    for issue in range(s.issues):
        talk.log.memo.pack[STANDARD_SLOT, issue] = s.standard[issue]
    most, least = utilities(talk, s, s.standard, 0.0)
    bid = min(most - stance.floor[0], budget_now(talk.need, talk.log.memo, s))
    ask = -least + stance.floor[1]
    price = k * bid + (1.0 - k) * ask
    note_offer(
        talk.log, talk.number, used, BUYER, (bid, most - bid, least + bid), s.standard, s.issues
    )
    note_offer(
        talk.log,
        talk.number,
        used + 1,
        VENDOR,
        (ask, most - ask, least + ask),
        s.standard,
        s.issues,
    )
    if bid < ask:
        return -1, 0.0, used + 2
    mark_accepted(talk.log)
    return STANDARD_SLOT, price, used + 2


@rule
def take_it_or_leave_it(talk, s, first, used):
    """Let the first mover post one price; the other takes it iff it does not lose by it.

    A stranger asks the best margin against the population (`posted`); one who knows the other's
    reservation value asks for all of it.
    """
    other = 1 - first
    propose_levels(talk, s, first, talk.log.memo.pack[first])
    levels = talk.log.memo.pack[first]
    own = package_value(base_of(talk, s, first), talk.log.memo.own[first], levels, s.issues)
    guess = package_value(guessed_base(talk, s, first), talk.belief[first], levels, s.issues)
    imagined = talk.log.memo.imagined
    own -= imagined[first]
    margin = posted_margin(talk, s, first)
    known = s.beliefs_known
    price = (1.0 - known) * (own - margin) - known * guess
    if first == 1:
        price = (1.0 - known) * (margin - own) + known * guess
    regard = talk.need.regard if first == 0 else talk.vendor.regard
    if regard > 0.0:
        selfish = own - price if first == 0 else own + price
        ask = considerate_ask(selfish, own + guess, regard)
        price = own - ask if first == 0 else ask - own
    limit = budget_now(talk.need, talk.log.memo, s)
    if first == 0:
        price = min(price, limit)
    buyer, vendor = utilities(talk, s, levels, price)
    note_offer(talk.log, talk.number, used, first, (price, buyer, vendor), levels, s.issues)
    taken = (vendor if other == 1 else buyer) >= imagined[other]
    willing = (buyer if other == 1 else vendor) >= imagined[first]
    if taken and willing and price <= limit:
        mark_accepted(talk.log)
        return first, price, used + 1
    return -1, 0.0, used + 1


@rule
def posted_margin(talk, s, side):
    """Return the margin over its own reservation value that a proposer asks for."""
    halfway, levels, lowest, highest = reckoned_with(talk, s, side)
    width = highest - lowest
    if width <= 0.0:
        return 0.0
    value = package_value(base_of(talk, s, side), talk.log.memo.own[side], levels, s.issues)
    if side == 1:
        value = -value
    table = s.halfway_posted if halfway else s.posted
    return width * interpolate(table[side], (value - lowest) / width)


@hot
def ask_of(talk, s, side, made, span, stance, luck):
    """Return the utility a side asks for next, after `made` offers of a talk of `span` + 1.

    The one place where strategies act: `sim/engines/played.py` puts Python's in its stead.
    """
    n = talk.need.strategy if side == 0 else talk.vendor.strategy
    memo, clock = talk.log.memo, min(1.0, made / span)
    told = (memo.worth[side], memo.talk[SENT, side], memo.talk[FRESH, side])
    u = (0.0, 0.0)
    if s.family[n] == RANDOM_ABSOLUTE or s.family[n] == GUEST:
        key, t = luck
        drawn = uniforms(key, STRATEGY, talk.tie.pair, t, 2 * made + side)
        u = (drawn[0], drawn[1])
    ask = aspiration(s, n, clock, span, seen_by(memo, side, stance), told, u)
    if math.isnan(ask):
        memo.wrong = 1
        ask = stance.opening[side]
    return ask


@rule
def seen_by(memo, side, stance):
    """Return what a side goes by at its turn."""
    told = memo.talk
    return AtTurn(
        stance.floor[side], stance.opening[side], told[ASK, side], told[TURNS, side],
        told[SEEN, side], told[RISE, side], told[HEARD, side],
    )  # fmt: skip


@hot
def agrees(talk, s, side, utility, ask, offers, stance):
    """Say whether a side takes an offer that is worth `utility` to it; it would ask `ask` next.

    `offers` are (made so far, offers of the talk less one, still to be made).
    """
    n = talk.need.strategy if side == 0 else talk.vendor.strategy
    memo, (made, span, left) = talk.log.memo, offers
    clock = min(1.0, made / span)
    seen = seen_by(memo, side, stance)
    return accepts(s, n, utility, ask, seen, clock, left, memo.worth[side])


@rule
def hear(memo, side, utility, count, wary):
    """Write down what an offer is worth to the side that hears it, its `count`-th from 1.

    A `wary` side also counts how many different ones it has heard.
    """
    told, worth = memo.talk, memo.worth[side]
    told[HEARD, side] = count
    if count > 1.0:
        told[RISE, side] = utility - told[SEEN, side]
    told[SEEN, side] = utility
    if wary:
        fresh = 1.0
        for k in range(int(count) - 1):
            if worth[k] == utility:
                fresh = 0.0
        told[FRESH, side] += fresh
    worth[int(count) - 1] = utility


@rule
def alternating_offers(talk, s, luck, first, stance, used):
    """Let the sides offer in turn until one accepts or the deadline has come (Faratin et al. 1998).

    Whether an offer is taken is the strategy's to say: as a rule iff it is worth at least one's own
    next ask; with the last offer, iff it is worth the claimed reservation value. No buyer goes beyond
    its budget, whatever it is worth to it. `luck` is (key, month). Offers that pass unseen, by way of a
    mediator, are heard, and learnt from, only if they are taken.
    """
    deadline, memo = s.negotiation_deadline, talk.log.memo
    span = max(deadline - used - 1, 1)
    learning, limit = s.beliefs_learning, budget_now(talk.need, memo, s)
    trusts = (talk.trust[0].now, talk.trust[1].now)
    asks, turns, sent = memo.talk[ASK], memo.talk[TURNS], memo.talk[SENT]
    unseen = talk.desk.unseen > 0
    for side in range(2):
        for row in range(memo.talk.shape[0]):
            memo.talk[row, side] = 0.0
        asks[side] = stance.opening[side]
        memo.said[side][:] = -1
    for n in range(used, deadline):
        side = (first + n - used) % 2
        other = 1 - side
        ask = ask_of(talk, s, side, n - used, span, stance, luck)
        if turns[side] == 0.0 or ask != asks[side]:
            sent[side] += 1.0
        asks[side] = ask
        turns[side] += 1.0
        propose_levels(talk, s, side, memo.pack[side])
        levels = memo.pack[side]
        own = package_value(base_of(talk, s, side), memo.own[side], levels, s.issues)
        price = min(own - ask, limit) if side == 0 else ask - own
        buyer, vendor = utilities(talk, s, levels, price)
        note_offer(talk.log, talk.number, n, side, (price, buyer, vendor), levels, s.issues)
        received = price if side == 1 else -price
        utility = vendor if other == 1 else buyer
        if not unseen:
            guess = guessed_base(talk, s, other)
            learn_from_offer(talk, s, other, guess, levels, received, learning * trusts[other])
            mine = talk.need.strategy if other == 0 else talk.vendor.strategy
            hear(memo, other, utility, turns[side], s.family[mine] == MICRO)
        next_ask = ask_of(talk, s, other, n + 1 - used, span, stance, luck)
        offers = (n + 1 - used, span, deadline - 1 - n)
        if agrees(talk, s, other, utility, next_ask, offers, stance) and price <= limit:
            mark_accepted(talk.log)
            if unseen:
                guess = guessed_base(talk, s, other)
                learn_from_offer(talk, s, other, guess, levels, received, learning * trusts[other])
            return side, price, n + 1
    return -1, 0.0, deadline
