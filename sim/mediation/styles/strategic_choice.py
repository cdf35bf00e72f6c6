"""The mediator who chooses how to intervene: presses, pays, proposes or stays out (Carnevale 1986).

By how much common ground it sees, and how much it values an agreement: with ground and value it looks for what is
good for both, with value and no ground it pays from its own fee, with neither it presses both to give way, with
ground and no stake of its own it leaves them alone.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import Entry, Setting
from sim.mediation.styles.packages import put_best
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL, TEXT = int(Act.NOTHING), int(Act.TELL), int(Act.TEXT)
VALUE, GROUND, PRESSURE, PURSE = 0, 1, 2, 3  # places of its settings
PRESSED, DONE = 1, 2  # stages
HIGH = 0.5
POSITION = int(Topic.POSITION)

ENTRY = Entry(
    Style.STRATEGIC_CHOICE,
    rule="after an impasse proposes, pays, presses or stays out, by the common ground it sees and its own stake",
    source="Carnevale 1986, the strategic choice model of mediation",
    moments=(Moment.IMPASSE,),
    costs="an offer for a text, a message for each side it presses; what it pays comes out of its fee",
    limit="the four corners: integrate, compensate, press, stay out",
    settings=(
        Setting(
            "value", 1.0, 0.0, 1.0, "share", "how much it values agreement; from .5 on it is high",
            "1: who is hired again for settling values it",
        ),
        Setting(
            "ground", 0.1, 0.0, 1.0, "share", "of a package's worth that must be left to share to see ground",
            "a tenth: below that a usual error about either side eats it up",
        ),
        Setting(
            "pressure", 0.5, 0.0, 1.0, "share", "of a claim above the own limit that pressing takes away",
            "half: no data",
        ),
        Setting(
            "purse", 0.5, 0.0, 1.0, "share", "of its fee for success that it would give up",
            "half: below that it works at a loss",
        ),
    ),
)  # fmt: skip


@rule
def choose_how(desk, mediator, s):
    """Return the next act of a mediator who chooses how to intervene."""
    if desk.stage == DONE:
        return NOTHING
    if desk.stage == PRESSED:
        desk.stage = DONE
        return TEXT
    pie, worth = put_best(desk, mediator, s), 0.0
    for k in range(s.issues):
        worth += max(0.0, desk.estimate[0, k, desk.text[k]])
    has_ground = worth > 0.0 and pie >= desk.setting[GROUND] * worth
    values = desk.setting[VALUE] >= HIGH
    desk.stage = DONE
    if has_ground:
        return TEXT if values else NOTHING
    if values:
        desk.paid = desk.setting[PURSE] * s.mediator_fee_success
        return TEXT
    desk.stage, desk.topic, desk.whom = PRESSED, POSITION, 3
    desk.told[0], desk.told[1] = desk.setting[PRESSURE], desk.setting[PRESSURE]
    return TELL
