"""What a side claims in a talk: its floor, shaded by its strategic level, and its opening."""

from __future__ import annotations

from typing import NamedTuple

from sim.arithmetic import whole_power
from sim.bargain.compromise import expected_package
from sim.bargain.value import (
    belief_sd,
    believed_joint_surplus,
    expected_gain,
    own_base,
    propose_levels,
)
from sim.contract import package_value
from sim.jit import rule
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR, VENDOR_IN_MEDIATOR
from sim.strategies.regard import claims_with_regard
from sim.strategies.shading import amount_shaded
from sim.words import Function, Participation

ALWAYS, BROKER = int(Participation.ALWAYS), 1 << int(Function.BROKER)


class Stance(NamedTuple):
    """Claims of both sides in a talk, (buyer's, vendor's), in utility over outside options."""

    floor: tuple[float, float]  # least they claim to accept
    opening: tuple[float, float]  # most they can hope for


@rule
def floor_shading(talk, params, side):
    """Return by how much a side shades its reservation value; money a month.

    For the package it has in mind, by the game of the talk alone; if a mediator's style changes
    that game, by a mean of both games, weighed by the chance that both sides take part in the
    style's.
    """
    halfway, levels, lowest, highest = expected_package(talk, params, side)
    value = package_value(
        own_base(talk, params, side), talk.log.memo.own[side], levels, params.issues
    )
    reservation = value if side == 0 else -value
    table = params.halfway_shade if halfway else params.shade
    shade = amount_shaded(side, reservation, table, lowest, highest)
    if not params.style_shaded or halfway or not talk.tie.functions & BROKER:
        return shade
    chance = style_round_chance(talk, params)
    if chance <= 0.0:
        return shade
    return shade + chance * (
        amount_shaded(side, reservation, params.style_shade, lowest, highest) - shade
    )


@rule
def style_round_chance(talk, params):
    """Return the chance that both sides take part in a round of the mediator's style."""
    if params.mediator_participation == ALWAYS:
        return 1.0
    return talk.trust[BUYER_IN_MEDIATOR].now * talk.trust[VENDOR_IN_MEDIATOR].now


@rule
def floor_and_opening(talk, params, side):
    """Return a side's (floor, opening), in utility over its outside option; money a month.

    Each impasse since the last contract softens the floor's shading; an imagined outside option
    raises the floor; regard for the other lowers both. The opening is the gain expected if there is
    one at all.
    """
    scratch = talk.log.memo.pack[side]
    propose_levels(talk, params, side, scratch)
    mean = believed_joint_surplus(talk, params, side, scratch)
    _, opening = expected_gain(mean, belief_sd(talk, params, side, scratch))
    floor = floor_shading(talk, params, side)
    floor *= whole_power(params.negotiation_softening, talk.tie.stalled)
    if talk.log.memo.imagined[side] > 0.0:
        floor += talk.log.memo.imagined[side]
    regard = talk.need.regard if side == 0 else talk.vendor.regard
    return claims_with_regard(floor, max(floor, opening), regard)


@rule
def compute_stance(talk, params):
    """Return the floors and the openings of both sides."""
    buyer_floor, buyer_opening = floor_and_opening(talk, params, BUYER)
    vendor_floor, vendor_opening = floor_and_opening(talk, params, VENDOR)
    return Stance((buyer_floor, vendor_floor), (buyer_opening, vendor_opening))
