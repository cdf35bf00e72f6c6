"""What a mediator has before it in a talk, and which sides take part in a round of its style."""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.bargain.value import guessed_base, propose_levels
from sim.desk import MAX_SETTINGS
from sim.jit import rule
from sim.luck import uniforms
from sim.mediation.estimates import estimate_base, read_confidences
from sim.mediation.styles.best_package import write_best_package
from sim.state import BUYER, BUYER_IN_MEDIATOR, VENDOR
from sim.words import Event, Moment, Participation, Stream

ALWAYS = int(Participation.ALWAYS)
PARTICIPATION, STYLE_LUCK = np.int64(Stream.PARTICIPATION), np.int64(Stream.STYLE_LUCK)
BOTH = 3  # sides, as bits
MONTH, STAYED_AWAY = int(Moment.MONTH), np.int64(Event.STAYED_AWAY)
BLANK_SLOT = 4
# Addresses of luck for the rounds of one mediator in a month: moment × place in its list.
ROUNDS, PLACES = 256, 16


@rule
def clear_desk(talk):
    """Begin a talk with an empty desk."""
    talk.desk.laid, talk.desk.messages = 0, 0
    talk.desk.unseen, talk.desk.instead = 0, 0


@rule
def enter_round(talk, params, place, moment, nth):
    """Open the round of the nth style of a mediator's list; return the style, -1 if it does not act now.

    It does not where the list has ended, at another moment, or without the sides it needs.
    """
    style = params.manner[talk.mediator.manner, nth]
    if style < 0 or not params.style_moments[style] & (1 << moment):
        return -1
    present = draw_participants(talk, params, place, moment, nth)
    if present == 0 or (present == 1 and params.style_both[style]):
        if moment != MONTH:
            away = BOTH - participating_sides(talk.desk)
            note_turn(talk, STAYED_AWAY, params.style_kind[style], moment, away)
        return -1
    open_round(talk, params, style, place, moment, nth)
    return style


@rule
def draw_participants(talk, params, place, moment, nth):
    """Draw who takes part in a round of the nth style of a mediator's list; return how many do.

    A side takes part with a chance equal to its trust in the mediator. `place` is (key, month).
    """
    (key, t), desk = place, talk.desk
    at = nth + PLACES * moment + ROUNDS * talk.tie.mediator
    for side in range(2):
        desk.trust[side] = talk.trust[BUYER_IN_MEDIATOR + side].now
        desk.present[side] = 1
    if params.mediator_participation != ALWAYS:
        u = uniforms(key, PARTICIPATION, talk.tie.pair, t, at)
        for side in range(2):
            desk.present[side] = 1 if u[side] < desk.trust[side] else 0
    return desk.present[0] + desk.present[1]


@rule
def participating_sides(desk):
    """Return the sides that take part in a round, as bits."""
    return desk.present[0] + 2 * desk.present[1]


@rule
def note_turn(talk, event, kind, moment, sides):
    """Write down a style's turn at a moment: that it acts, or that its round is not held; and whom that says."""
    note_event(talk.log, talk.number, event, float(kind), float(moment), float(sides))


@rule
def open_round(talk, params, style, place, moment, nth):
    """Clear what belongs to one round of a style, and lay out its numbers and its luck."""
    (key, t), desk = place, talk.desk
    desk.moment, desk.stage, desk.texts, desk.bound = moment, 0, 0, 0
    desk.pie, desk.failures = 1.0, 0
    desk.suspicion, desk.pressure, desk.payment = 0.0, 0.0, 0.0
    desk.together, desk.readings, desk.attended = 0, 1, talk.tie.attended
    desk.row, desk.acts = style, 0
    at = nth + PLACES * moment + ROUNDS * talk.tie.mediator
    if params.style_lucky[style] > 0:
        u = uniforms(key, STYLE_LUCK, talk.tie.pair, t, at)
        desk.luck[0], desk.luck[1] = u[0], u[1]
    for n in range(MAX_SETTINGS):
        desk.setting[n] = params.style_setting[style, n]
    for side in range(2):
        desk.raised[side], desk.yes[side], desk.answer[side] = 0.0, 0, 0.0


@rule
def gather_confidences(talk, params, place, stance, totals):
    """Lay out what a mediator has before it once whoever takes part has confided in it.

    What it was told before in the same talk stays; whoever confides later adds to it.
    """
    (key, t), desk, pack = place, talk.desk, talk.log.memo.pack
    new = participating_sides(desk) & ~desk.laid
    if new == 0:
        return
    write_best_package(talk.belief[VENDOR], talk.belief[BUYER], params, pack[BLANK_SLOT])
    for k in range(params.issues):
        desk.blank[k] = pack[BLANK_SLOT, k]
    h = read_confidences(talk, params, key, t, new, totals)
    for side in range(2):
        if new & (1 << side):
            desk.bases[side] = estimate_base(talk, params, key, side, h[side], stance.floor[side])
        elif desk.laid == 0:
            desk.bases[side] = guessed_base(talk, params, 1 - side)
    if new & 1:
        desk.limit_told = talk.mediator.competence_buyer * h[0]
    elif desk.laid == 0:
        desk.limit_told = 0.0
    desk.laid |= new
    if talk.mediator.deferential > 0.0:
        read_demands(talk, params, h)


@rule
def read_demands(talk, params, h):
    """Write down what both sides demand, and how much of it a deferential mediator hears."""
    desk, pack, heeded = talk.desk, talk.log.memo.pack, talk.mediator.deferential
    desk.heeds[0] = talk.mediator.competence_buyer * h[0] * heeded
    desk.heeds[1] = talk.mediator.competence_vendor * h[1] * heeded
    for side in range(2):
        propose_levels(talk, params, side, pack[side])
        for k in range(params.issues):
            desk.demand[side, k] = pack[side, k]
