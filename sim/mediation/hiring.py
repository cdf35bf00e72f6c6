"""Mediators are hired by both sides, or turned down.

A mediator is engaged where each side, on its own beliefs, expects more from it than its half of the
fee: a better chance of agreement, as far as the side trusts it, and a share of the gain that leans
the way the mediator is said to lean. Among several the pair takes the one that the less trusting
side trusts most. So even an adviser who is biased can be worth hiring, and one who only wants a
deal need not be believed (Kydd 2003, 2006). What an early one says of candidates is in `advice.py`.
"""

from __future__ import annotations

import numpy as np

from sim.arithmetic import exceeds
from sim.bargain.log import note_event
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import chance_of_agreeing, expected_surplus_and_term, fill_clause_values
from sim.jit import rule
from sim.luck import normal, uniforms
from sim.state import BUYER, BUYER_IN_MEDIATOR, DIRECTIONS, VENDOR
from sim.words import Entrance, Event, Function, Hiring, Stream

IMPOSED, IMPLEMENTATION = int(Hiring.IMPOSED), int(Entrance.IMPLEMENTATION)
BROKER = 1 << int(Function.BROKER)
BIAS_SIGNAL = np.int64(Stream.BIAS_SIGNAL)
HIRED, TURNED_DOWN = np.int64(Event.MEDIATOR_HIRED), np.int64(Event.MEDIATOR_TURNED_DOWN)


@rule
def hire(world, params, key, need_row, tie):
    """Let a pair that has met settle which mediator, if any, comes to its next talk."""
    if params.mediator_hiring != IMPOSED or world.mediators.shape[0] > 1:
        talk = gather_talk_with_tables(world, params, need_row, tie)
        fill_clause_values(talk, params)
        engage(talk, params, select(talk, params, key, world.mediators))


@rule
def select(talk, params, key, mediators):
    """Return (mediator, 1 if it is engaged, gain the buyer expects of it, and the vendor).

    Maximin trust among those both sides want; the lower number at a tie.
    """
    best, engaged, top, best_gains = 0, -1, 0.0, (0.0, 0.0)
    pie_b, months_b = expected_surplus_and_term(talk, params, BUYER)
    pie_v, months_v = expected_surplus_and_term(talk, params, VENDOR)
    for n in range(mediators.shape[0]):
        row = trust_row(n, talk.tie.mediator)
        trusts = (talk.trust[row].now, talk.trust[row + 1].now)
        least, wanted, gains = min(trusts[0], trusts[1]), 1, (0.0, 0.0)
        if params.mediator_hiring != IMPOSED:
            bias = mediators[n].bias
            share_b = 0.5 + 0.5 * bias_heard(talk, params, key, n, BUYER, bias)
            share_v = 0.5 - 0.5 * bias_heard(talk, params, key, n, VENDOR, bias)
            gains = (
                expected_of(talk, pie_b * months_b, share_b, trusts[0]),
                expected_of(talk, pie_v * months_v, share_v, trusts[1]),
            )
            fees = own_fee(params, months_b), own_fee(params, months_v)
            worth_it = exceeds(gains[0], fees[0]) and exceeds(gains[1], fees[1])
            wanted = 1 if worth_it else 0
        if wanted > engaged or (wanted == engaged and exceeds(least, top)):
            best, engaged, top, best_gains = n, wanted, least, gains
    return best, engaged, best_gains[0], best_gains[1]


@rule
def expected_of(talk, gain, share, trust):
    """Return what a side expects a mediator to add to its part of a contract's whole gain.

    Without it half of the gain, with the chance of agreeing so far; with it the share it is said
    to leave, with a chance that closes the gap to 1 as far as it is trusted.
    """
    alone = chance_of_agreeing(talk.tie)
    together = alone + trust * (1.0 - alone)
    return gain * (share * together - 0.5 * alone)


@rule
def own_fee(params, months):
    """Return a side's half of the fee for a contract; success is paid for drafts only."""
    drafts = params.mediator_functions & BROKER and params.mediator_enters < IMPLEMENTATION
    success = params.mediator_fee_success if drafts else 0.0
    return 0.5 * (params.mediator_fee_retainer * months + success)


@rule
def bias_heard(talk, params, key, n, side, bias):
    """Return the bias a side expects of mediator n from how it is heard to speak of both sides.

    The public signal is the truth with noise, shrunk towards what mediators are on average.
    """
    variance = params.mediator_bias_spread * params.mediator_bias_spread / 3.0
    if variance <= 0.0:
        return params.mediator_bias
    noise = params.mediator_signal_noise
    luck = normal(uniforms(key, BIAS_SIGNAL, talk.tie.pair, 0, 2 * n + side)[0])
    reliability = variance / (variance + noise * noise)
    return params.mediator_bias + reliability * (bias + noise * luck - params.mediator_bias)


@rule
def engage(talk, params, choice):
    """Write down whom a pair has engaged, or that it has turned everybody down."""
    n, engaged, gain_b, gain_v = choice
    row = talk.tie
    if engaged == 0:
        row.functions, row.engaged, row.estimate = 0, 0, -1.0
        note_event(talk.log, talk.number, TURNED_DOWN, float(n), gain_b, gain_v)
        return
    changed = n != row.mediator
    if changed:
        swap_trust(talk.trust, row.mediator)  # back to the order in which 0 comes first
        swap_trust(talk.trust, n)
        row.mediator, row.estimate = n, -1.0
    if changed or row.functions == 0:
        note_event(talk.log, talk.number, HIRED, float(n), gain_b, gain_v)
    row.functions = params.mediator_functions


@rule
def trust_row(n, present):
    """Return the row of the buyer's trust in mediator n; the vendor's follows.

    The present mediator's rows stand first, and mediator 0's where the present one's would.
    """
    if n == present:
        return BUYER_IN_MEDIATOR
    other = present if n == 0 else n
    return DIRECTIONS + 2 * (other - 1)


@rule
def swap_trust(trust, n):
    """Let the rows of mediator 0 and of mediator n change places."""
    if n > 0:
        for side in range(2):
            swap(trust[BUYER_IN_MEDIATOR + side], trust[DIRECTIONS + 2 * (n - 1) + side])


@rule
def swap(a, b):
    """Let two rows of trust change contents."""
    a.good, b.good = b.good, a.good
    a.bad, b.bad = b.bad, a.bad
    a.ceiling, b.ceiling = b.ceiling, a.ceiling
    a.level, b.level = b.level, a.level
    a.damage, b.damage = b.damage, a.damage
    a.now, b.now = b.now, a.now
    a.gain, b.gain = b.gain, a.gain
    a.loss, b.loss = b.loss, a.loss
    a.deceit, b.deceit = b.deceit, a.deceit
