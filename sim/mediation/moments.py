"""What a mediator's styles do outside talks: at a review, in a dispute, every month of a contract.

A style acts there as in a talk, with the sides that take part; what it says in a dispute is paid by the fee for
the case, else a message costs what it does in a talk.
"""

from __future__ import annotations

import numpy as np

from sim.bargain.log import note_event
from sim.jit import rule
from sim.mediation.desk import open_round, take_part
from sim.mediation.dispatch import next_act
from sim.mediation.disputes import hear_opinion
from sim.mediation.telling import tell
from sim.state import MAX_STYLES
from sim.words import Act, Event, Moment, Style, Topic

TELL, MERITS = int(Act.TELL), int(Topic.MERITS)
DISPUTE, MONTH, REVIEW = int(Moment.DISPUTE), int(Moment.MONTH), int(Moment.REVIEW)
STANDING_NEUTRAL = int(Style.STANDING_NEUTRAL)
MEDIATOR_ACTS = np.int64(Event.MEDIATOR_ACTS)


@rule
def acts_then(s, mediator, moment):
    """Say whether any style of a mediator acts at a moment."""
    for nth in range(MAX_STYLES):
        style = s.manner[mediator.manner, nth]
        if style < 0:
            return False
        if s.style_moments[style] & (1 << moment):
            return True
    return False


@rule
def enter_round(talk, s, place, moment, nth):
    """Open the round of the nth style if it acts at a moment and somebody takes part; return it, or -1."""
    style = s.manner[talk.mediator.manner, nth]
    if not s.style_moments[style] & (1 << moment):
        return -1
    present = take_part(talk, s, place, moment, nth)
    if present == 0 or (present == 1 and s.style_both[style]):
        return -1
    open_round(talk, s, style, place, moment, nth)
    return style


@rule
def speak(talk, s, place, moment):
    """Let the styles that act at a review, or in a month, say what they have to say; what it costs is charged."""
    talk.desk.messages = 0
    for nth in range(MAX_STYLES):
        if s.manner[talk.mediator.manner, nth] < 0:
            break
        style = enter_round(talk, s, place, moment, nth)
        if style < 0:
            continue
        if moment == MONTH and s.style_kind[style] == STANDING_NEUTRAL:
            talk.tie.attended += 1
            continue
        note_round(talk, s, style)
        while next_act(s.style_kind[style], talk.desk, talk.mediator, s) == TELL:
            tell(talk, s)
    talk.need.haggling += s.negotiation_offer_cost * talk.desk.messages


@rule
def note_round(talk, s, style):
    """Write down which style acts, when, and who takes part."""
    desk = talk.desk
    note_event(
        talk.log, talk.number, MEDIATOR_ACTS, float(s.style_kind[style]), float(desk.moment),
        float(desk.present[0] + 2 * desk.present[1]),
    )  # fmt: skip


@rule
def hear_dispute(talk, s, place, beliefs, signal):
    """Return both beliefs about a dispute after the styles that act in it have spoken.

    `place` is (key, need, month); `signal` the merits as the vendor lets the mediator see them.
    """
    key, _, t = place
    for nth in range(MAX_STYLES):
        if s.manner[talk.mediator.manner, nth] < 0:
            break
        style = enter_round(talk, s, (key, t), DISPUTE, nth)
        if style < 0:
            continue
        note_round(talk, s, style)
        while next_act(s.style_kind[style], talk.desk, talk.mediator, s) == TELL:
            if talk.desk.topic == MERITS:
                beliefs = hear_opinion(talk, place, beliefs, signal, s.style_kind[style])
            else:
                tell(talk, s)
    return beliefs
