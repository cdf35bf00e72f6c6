"""What a side tells a mediator in confidence, and what of it leaks.

A side is open to a mediator as far as it trusts it to keep things to itself. A mediator who is known
to keep back some of the drafts it has gives away less by its silence, and is told more (Fanning 2021).
"""

from __future__ import annotations

import numpy as np

from sim.bargain.compromise import see_through_issue
from sim.bargain.disclosure import disclosed_entry, openness, updated_belief
from sim.bargain.log import note_event
from sim.jit import rule
from sim.luck import uniforms
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Entrance, Event, Function, Stream

BROKER, IMPLEMENTATION = 1 << int(Function.BROKER), int(Entrance.IMPLEMENTATION)
LEAKS = np.int64(Stream.LEAK)
LEAK, LEAK_FOUND = np.int64(Event.LEAK), np.int64(Event.LEAK_FOUND)


@rule
def confidence(talk, params, side):
    """Return how open a side is to the mediator of its tie, by its own sensitivity to a neutral."""
    sensitivity = min(1.0, talk.need.exposure * params.buyers_exposure_to_neutral)
    if side == VENDOR:
        sensitivity = min(1.0, talk.vendor.exposure * params.vendors_exposure_to_neutral)
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    h = openness(trust, sensitivity, 1.0 - params.mediator_discretion)
    if talk.mediator.announce < 1.0 and drafts_here(talk.tie, params):
        return 1.0 - silence_tells(talk.mediator.announce, params.mediator_toughness) * (1.0 - h)
    return h


@rule
def silence_tells(announce, toughness):
    """Return (z′ − z)/(1 − z), what silence gives away of a refusal: all of it at m = 1.

    z′ = z/(z + (1 − z)(1 − m)) is the belief that the other side never yields, after a mediator
    was silent who announces a draft it has with chance m.
    """
    after = toughness / (toughness + (1.0 - toughness) * (1.0 - announce))
    return (after - toughness) / (1.0 - toughness)


@rule
def drafts_here(row, params):
    """Say whether the mediator of a tie drafts contracts at all."""
    return row.functions & BROKER > 0 and params.mediator_enters < IMPLEMENTATION


@rule
def capability_told(talk, params):
    """Return what the vendor tells the mediator of its capability: the rest is what it claims."""
    return disclosed_entry(talk.vendor.capability, talk.tie.claim, confidence(talk, params, VENDOR))


@rule
def heard_of_both(talk, params):
    """Return how much of what only both sides together know reaches the mediator: h_b h_v."""
    return confidence(talk, params, BUYER) * confidence(talk, params, VENDOR)


@rule
def leak_confidences(talk, params, key, month, confided, totals):
    """Let each confidence reach the other side with probability 1 − discretion.

    `confided` is (sides that confided, as bits; how open both are). It is believed as far as it is open;
    a side that finds out holds it against the mediator.
    """
    new, h = confided
    if params.mediator_discretion >= 1.0:
        return
    for side in range(2):
        for k in range(params.issues if new & (1 << side) else 0):
            u = uniforms(key, LEAKS, talk.tie.pair, month, 2 * k + side)
            if u[0] >= params.mediator_discretion:
                see_through_issue(talk, params, 1 - side, k, h[side])
                for level in range(params.count[k]):
                    own = talk.log.memo.own[side, k, level]
                    told = disclosed_entry(own, params.average[side, k, level], h[side])
                    belief = talk.belief[1 - side, k, level]
                    talk.belief[1 - side, k, level] = updated_belief(belief, told, h[side])
                totals.leaks += 1
                note_event(talk.log, talk.number, LEAK, float(k), float(side), 0.0)
                if u[1] < params.mediator_leak_discovery:
                    talk.trust[BUYER_IN_MEDIATOR + side].loss += params.relationship_weight_candour
                    totals.leaks_found += 1
                    note_event(talk.log, talk.number, LEAK_FOUND, float(k), float(side), 0.0)
