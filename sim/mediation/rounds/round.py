"""A round of one style in a talk: who takes part, and what the mediator has on its desk."""

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
BLANK_SLOT = 4  # of `memo.pack`: the text that a mediator without any knowledge would write
# Addresses of luck for the rounds of one mediator in a month: moment × place in its list. Both are
# above any number of moments or styles, so that no two rounds share a draw.
ROUNDS, PLACES = 256, 16


@rule
def clear_desk(talk):
    """Clear the desk at the start of a talk."""
    talk.desk.confided, talk.desk.messages = 0, 0
    talk.desk.unseen, talk.desk.instead = 0, 0


@rule
def enter_round(talk, params, place, moment, nth):
    """Open the round of the nth style of a mediator's list; return the style, -1 if it does not act now.

    It does not act after the end of the list, at another moment, or without the sides it needs.
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
    """Draw who takes part in a round of the nth style of a mediator's list; return their number.

    A side takes part with probability 1, or with a probability equal to its trust in the mediator
    (`mediator.participation`). `place` is (key, month). Writes `desk.present` and `desk.trust`.
    """
    (key, month), desk = place, talk.desk
    at = nth + PLACES * moment + ROUNDS * talk.tie.mediator
    for side in range(2):
        desk.trust[side] = talk.trust[BUYER_IN_MEDIATOR + side].now
        desk.present[side] = 1
    if params.mediator_participation != ALWAYS:
        draws = uniforms(key, PARTICIPATION, talk.tie.pair, month, at)
        for side in range(2):
            desk.present[side] = 1 if draws[side] < desk.trust[side] else 0
    return desk.present[0] + desk.present[1]


@rule
def participating_sides(desk):
    """Return the sides that take part in a round, as bits: 1 buyer, 2 vendor."""
    return desk.present[0] + 2 * desk.present[1]


@rule
def note_turn(talk, event, kind, moment, sides):
    """Log that a style acts at a moment, or that its round is not held, and for which sides."""
    note_event(talk.log, talk.number, event, float(kind), float(moment), float(sides))


@rule
def open_round(talk, params, style, place, moment, nth):
    """Reset the desk for one round of a style, and set the style's numbers and luck."""
    (key, month), desk = place, talk.desk
    desk.moment, desk.stage, desk.texts, desk.bound = moment, 0, 0, 0
    desk.pie, desk.failures = 1.0, 0
    desk.suspicion, desk.pressure, desk.payment = 0.0, 0.0, 0.0
    desk.together, desk.readings, desk.attended = 0, 1, talk.tie.attended
    desk.row, desk.acts = style, 0
    at = nth + PLACES * moment + ROUNDS * talk.tie.mediator
    if params.style_lucky[style] > 0:
        draws = uniforms(key, STYLE_LUCK, talk.tie.pair, month, at)
        desk.luck[0], desk.luck[1] = draws[0], draws[1]
    for n in range(MAX_SETTINGS):
        desk.setting[n] = params.style_setting[style, n]
    for side in range(2):
        desk.raised[side], desk.yes[side], desk.answer[side] = 0.0, 0, 0.0


@rule
def gather_confidences(talk, params, place, stance, totals):
    """Write to the desk what the mediator knows once the participating sides have confided in it.

    Confidences from earlier in the same talk are kept; a side that confides later adds to them. `stance` holds
    both sides' claims.
    """
    (key, month), desk, pack = place, talk.desk, talk.log.memo.pack
    new = participating_sides(desk) & ~desk.confided
    if new == 0:
        return
    write_best_package(talk.belief[VENDOR], talk.belief[BUYER], params, pack[BLANK_SLOT])
    for issue in range(params.issues):
        desk.blank[issue] = pack[BLANK_SLOT, issue]
    openness = read_confidences(talk, params, key, month, new, totals)
    for side in range(2):
        if new & (1 << side):
            desk.bases[side] = estimate_base(
                talk, params, key, side, openness[side], stance.floor[side]
            )
        elif desk.confided == 0:
            desk.bases[side] = guessed_base(talk, params, 1 - side)
    if new & 1:
        desk.limit_told = talk.mediator.competence_buyer * openness[0]
    elif desk.confided == 0:
        desk.limit_told = 0.0
    desk.confided |= new
    if talk.mediator.deferential > 0.0:
        read_demands(talk, params, openness)


@rule
def read_demands(talk, params, openness):
    """Write to the desk what both sides demand, and how far a deferential mediator follows it.

    `openness` is h of both sides. Writes `desk.demand_weight` and `desk.demand`.
    """
    desk, pack, deference = talk.desk, talk.log.memo.pack, talk.mediator.deferential
    desk.demand_weight[0] = talk.mediator.competence_buyer * openness[0] * deference
    desk.demand_weight[1] = talk.mediator.competence_vendor * openness[1] * deference
    for side in range(2):
        propose_levels(talk, params, side, pack[side])
        for issue in range(params.issues):
            desk.demand[side, issue] = pack[side, issue]
