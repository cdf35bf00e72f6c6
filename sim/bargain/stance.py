"""What a side claims in a talk: its floor, shaded as its level says, and its opening."""

from __future__ import annotations

from typing import NamedTuple

from sim.arithmetic import whole_power
from sim.bargain.compromise import reckoned_with
from sim.bargain.value import base_of, believed_pie, doubt, expected_gain, propose_levels
from sim.contract import package_value
from sim.jit import rule
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.strategies.regard import claims_with_regard
from sim.strategies.shading import amount_shaded
from sim.words import Function, Participation

ALWAYS, BROKER = int(Participation.ALWAYS), 1 << int(Function.BROKER)


class Stance(NamedTuple):
    """What both sides claim in a talk, (buyer's, vendor's), in utility over outside options."""

    floor: tuple[float, float]  # least they claim to accept
    opening: tuple[float, float]  # most they can hope for


@rule
def shade_of(talk, params, side):
    """Return by how much a side shades its reservation value, for the package it reckons with.

    In the game of the talk alone, and as likely as both take part in that of the mediator's style.
    """
    halfway, levels, lowest, highest = reckoned_with(talk, params, side)
    value = package_value(
        base_of(talk, params, side), talk.log.memo.own[side], levels, params.issues
    )
    reservation = value if side == 0 else -value
    table = params.halfway_shade if halfway else params.shade
    shade = amount_shaded(side, reservation, table, lowest, highest)
    if not params.style_shaded or halfway or not talk.tie.functions & BROKER:
        return shade
    chance = chance_of_round(talk, params)
    if chance <= 0.0:
        return shade
    return shade + chance * (
        amount_shaded(side, reservation, params.style_shade, lowest, highest) - shade
    )


@rule
def chance_of_round(talk, params):
    """Return the chance that both sides take part in a round of the mediator's style."""
    if params.mediator_participation == ALWAYS:
        return 1.0
    return talk.trust[BUYER_IN_MEDIATOR].now * talk.trust[VENDOR_IN_MEDIATOR].now


@rule
def claims(talk, params, side):
    """Return a side's floor (its shading) and its opening claim, in utility over outside options."""
    scratch = talk.log.memo.pack[side]
    propose_levels(talk, params, side, scratch)
    mean = believed_pie(talk, params, side, scratch)
    _, opening = expected_gain(mean, doubt(talk, params, side, scratch))
    floor = shade_of(talk, params, side)
    floor *= whole_power(params.negotiation_softening, talk.tie.stalled)
    if talk.log.memo.imagined[side] > 0.0:
        floor += talk.log.memo.imagined[side]
    regard = talk.need.regard if side == 0 else talk.vendor.regard
    return claims_with_regard(floor, max(floor, opening), regard)


@rule
def stance_of(talk, params):
    """Return the floors and the openings of both sides."""
    buyer_floor, buyer_opening = claims(talk, params, BUYER)
    vendor_floor, vendor_opening = claims(talk, params, VENDOR)
    return Stance((buyer_floor, vendor_floor), (buyer_opening, vendor_opening))
