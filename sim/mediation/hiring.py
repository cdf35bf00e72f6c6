"""How a pair hires a mediator, or turns it down.

A pair hires a mediator if each side expects, on its own beliefs, more than its half of the fee: a better
chance of agreement, as far as the side trusts the mediator, and a share of the gain that leans the way the
mediator is thought to lean. Among several the pair takes the one that the less trusting side trusts most.
So even a biased adviser can be worth hiring, and a mediator that only wants a deal need not be believed
(Kydd 2003, 2006). `advice.py` says what a mediator hired early says about candidates.
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
    """Let a pair that has met decide which mediator, if any, comes to its next talk."""
    if params.mediator_hiring != IMPOSED or world.mediators.shape[0] > 1:
        talk = gather_talk_with_tables(world, params, need_row, tie)
        fill_clause_values(talk, params)
        record_choice(talk, params, select_mediator(talk, params, key, world.mediators))


@rule
def select_mediator(talk, params, key, mediators):
    """Return (mediator, 1 if it is engaged, gain the buyer expects from it, gain the vendor expects).

    Among the mediators that both sides want, the one with the highest trust of the less trusting side;
    the lower number at a tie. Gains are money over the contract.
    """
    best, engaged, top, best_gains = 0, -1, 0.0, (0.0, 0.0)
    pie_b, months_b = expected_surplus_and_term(talk, params, BUYER)
    pie_v, months_v = expected_surplus_and_term(talk, params, VENDOR)
    for number in range(mediators.shape[0]):
        row = trust_row_of(number, talk.tie.mediator)
        trusts = (talk.trust[row].now, talk.trust[row + 1].now)
        least, wanted, gains = min(trusts[0], trusts[1]), 1, (0.0, 0.0)
        if params.mediator_hiring != IMPOSED:
            bias = mediators[number].bias
            share_b = 0.5 + 0.5 * expected_bias(talk, params, key, number, BUYER, bias)
            share_v = 0.5 - 0.5 * expected_bias(talk, params, key, number, VENDOR, bias)
            gains = (
                expected_gain(talk, pie_b * months_b, share_b, trusts[0]),
                expected_gain(talk, pie_v * months_v, share_v, trusts[1]),
            )
            fees = half_fee(params, months_b), half_fee(params, months_v)
            worth_it = exceeds(gains[0], fees[0]) and exceeds(gains[1], fees[1])
            wanted = 1 if worth_it else 0
        if wanted > engaged or (wanted == engaged and exceeds(least, top)):
            best, engaged, top, best_gains = number, wanted, least, gains
    return best, engaged, best_gains[0], best_gains[1]


@rule
def expected_gain(talk, gain, share, trust):
    """Return the gain that a side expects a mediator to add to its part of a contract, in money.

    Without a mediator: half of the gain, with the chance of agreement so far. With it: the expected `share`,
    with a chance that closes the gap to 1 as far as the mediator is trusted. `gain` is for the whole contract.
    """
    alone = chance_of_agreeing(talk.tie)
    together = alone + trust * (1.0 - alone)
    return gain * (share * together - 0.5 * alone)


@rule
def half_fee(params, months):
    """Return a side's half of the fee for a contract of `months`, in money; success is paid for drafts only."""
    drafts = params.mediator_functions & BROKER and params.mediator_enters < IMPLEMENTATION
    success = params.mediator_fee_success if drafts else 0.0
    return 0.5 * (params.mediator_fee_retainer * months + success)


@rule
def expected_bias(talk, params, key, number, side, bias):
    """Return the bias a side expects of a mediator from a public signal, −1 vendor's to 1 buyer's advocate.

    The signal is the true bias with noise, shrunk towards the mean of mediators by its reliability.
    """
    variance = params.mediator_bias_spread * params.mediator_bias_spread / 3.0
    if variance <= 0.0:
        return params.mediator_bias
    noise = params.mediator_signal_noise
    luck = normal(uniforms(key, BIAS_SIGNAL, talk.tie.pair, 0, 2 * number + side)[0])
    reliability = variance / (variance + noise * noise)
    return params.mediator_bias + reliability * (bias + noise * luck - params.mediator_bias)


@rule
def record_choice(talk, params, choice):
    """Record the mediator that a pair has engaged, or that it has turned everybody down.

    `choice` is what `select_mediator` returns.
    """
    number, engaged, gain_b, gain_v = choice
    row = talk.tie
    if engaged == 0:
        row.functions, row.engaged, row.estimate = 0, 0, -1.0
        note_event(talk.log, talk.number, TURNED_DOWN, float(number), gain_b, gain_v)
        return
    changed = number != row.mediator
    if changed:
        swap_trust(talk.trust, row.mediator)  # first restore the order, mediator 0 in front
        swap_trust(talk.trust, number)
        row.mediator, row.estimate = number, -1.0
    if changed or row.functions == 0:
        note_event(talk.log, talk.number, HIRED, float(number), gain_b, gain_v)
    row.functions = params.mediator_functions


@rule
def trust_row_of(number, present):
    """Return the row of the buyer's trust in a mediator; the vendor's is the next one.

    The rows of the tie's mediator (`present`) come first, followed by those of mediators 1, 2, …; mediator 0
    has the rows that `present` would have had there.
    """
    if number == present:
        return BUYER_IN_MEDIATOR
    other = present if number == 0 else number
    return DIRECTIONS + 2 * (other - 1)


@rule
def swap_trust(trust, number):
    """Swap the rows of trust in mediator 0 with those of mediator `number`."""
    if number > 0:
        for side in range(2):
            swap_rows(trust[BUYER_IN_MEDIATOR + side], trust[DIRECTIONS + 2 * (number - 1) + side])


@rule
def swap_rows(first, second):
    """Swap the contents of two rows of trust."""
    first.good, second.good = second.good, first.good
    first.bad, second.bad = second.bad, first.bad
    first.ceiling, second.ceiling = second.ceiling, first.ceiling
    first.level, second.level = second.level, first.level
    first.damage, second.damage = second.damage, first.damage
    first.now, second.now = second.now, first.now
    first.gain, second.gain = second.gain, first.gain
    first.loss, second.loss = second.loss, first.loss
    first.deceit, second.deceit = second.deceit, first.deceit
