"""What a side discloses to a mediator in confidence, and what of it leaks.

A side is open to a mediator as far as it trusts it with secrets. If a mediator is known to withhold some
of its drafts, its silence reveals less, and sides disclose more (Fanning 2021).
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
LEAK_LUCK = np.int64(Stream.LEAK)
LEAK, LEAK_FOUND = np.int64(Event.LEAK), np.int64(Event.LEAK_FOUND)


@rule
def openness_to_mediator(talk, params, side):
    """Return a side's openness h to the mediator of its tie, 0 to 1.

    The side's sensitivity to exposure is scaled by its key `exposure_to_neutral`; a mediator that withholds
    drafts at random (`announce` below 1) is told more.
    """
    sensitivity = min(1.0, talk.need.exposure * params.buyers_exposure_to_neutral)
    if side == VENDOR:
        sensitivity = min(1.0, talk.vendor.exposure * params.vendors_exposure_to_neutral)
    trust = talk.trust[BUYER_IN_MEDIATOR + side].now
    share_told = openness(trust, sensitivity, 1.0 - params.mediator_discretion)
    if talk.mediator.announce < 1.0 and drafts_contracts(talk.tie, params):
        return 1.0 - information_in_silence(talk.mediator.announce, params.mediator_toughness) * (
            1.0 - share_told
        )
    return share_told


@rule
def information_in_silence(announce, toughness):
    """Return (z′ − z)/(1 − z), the share of a refusal that a mediator's silence reveals; 1 at m = 1.

    z is `toughness`, the prior belief that the other side never yields; z′ = z/(z + (1 − z)(1 − m)) is that
    belief after silence of a mediator that announces a draft with probability m (Fanning 2021).
    """
    after = toughness / (toughness + (1.0 - toughness) * (1.0 - announce))
    return (after - toughness) / (1.0 - toughness)


@rule
def drafts_contracts(row, params):
    """Return whether the mediator of a tie drafts contracts."""
    return row.functions & BROKER > 0 and params.mediator_enters < IMPLEMENTATION


@rule
def disclosed_capability(talk, params):
    """Return the capability a vendor discloses to the mediator: the truth as far as it is open, else its claim."""
    return disclosed_entry(
        talk.vendor.capability, talk.tie.claim, openness_to_mediator(talk, params, VENDOR)
    )


@rule
def joint_openness(talk, params):
    """Return h_b h_v, the share of what only both sides together know that reaches the mediator."""
    return openness_to_mediator(talk, params, BUYER) * openness_to_mediator(talk, params, VENDOR)


@rule
def leak_confidences(talk, params, key, month, confided, totals):
    """Let each confidence reach the other side with probability 1 − discretion.

    `confided` is (sides that confided, as bits; openness of both). The other side believes a leak as far as
    it was disclosed; a side that discovers it loses trust in the mediator. Writes `totals.leaks` and
    `totals.leaks_found`.
    """
    new, share_told = confided
    if params.mediator_discretion >= 1.0:
        return
    for side in range(2):
        for issue in range(params.issues if new & (1 << side) else 0):
            draws = uniforms(key, LEAK_LUCK, talk.tie.pair, month, 2 * issue + side)
            if draws[0] >= params.mediator_discretion:
                see_through_issue(talk, params, 1 - side, issue, share_told[side])
                for level in range(params.count[issue]):
                    own = talk.log.memo.own[side, issue, level]
                    disclosure = disclosed_entry(
                        own, params.average[side, issue, level], share_told[side]
                    )
                    belief = talk.belief[1 - side, issue, level]
                    talk.belief[1 - side, issue, level] = updated_belief(
                        belief, disclosure, share_told[side]
                    )
                totals.leaks += 1
                note_event(talk.log, talk.number, LEAK, float(issue), float(side), 0.0)
                if draws[1] < params.mediator_leak_discovery:
                    talk.trust[BUYER_IN_MEDIATOR + side].loss += params.relationship_weight_candour
                    totals.leaks_found += 1
                    note_event(talk.log, talk.number, LEAK_FOUND, float(issue), float(side), 0.0)
