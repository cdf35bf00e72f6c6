"""The transformative mediator: changes how the sides see each other, not what they agree (Bush & Folger 1994).

It tells each side what it has come to know of how the other behaves. Trust moves towards that, up or down, as far as
the other confided in it, it understood, and it is believed.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import Entry
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL = int(Act.NOTHING), int(Act.TELL)
CONDUCT = int(Topic.CONDUCT)

ENTRY = Entry(
    Style.TRANSFORMATIVE,
    rule="tells each side how the other has behaved, so that trust moves towards that, up or down",
    source="Bush & Folger 1994",
    moments=(Moment.BEFORE, Moment.REVIEW, Moment.DISPUTE),
    costs="a message for each side it tells, but in disputes",
    limit="where nothing reads trust nothing but its messages; at competence 0 nothing",
    both=False,
)


@rule
def transform(desk, mediator, s):
    """Return the next act of a transformative mediator."""
    if desk.stage > 0:
        return NOTHING
    desk.stage, desk.topic, desk.whom = 1, CONDUCT, 3
    return TELL
