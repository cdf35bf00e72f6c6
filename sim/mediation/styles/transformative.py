"""Transformation: the mediator lets each side recognise how the other has behaved (Bush & Folger 1994).

It seeks no settlement. What both disclose about their record corrects how far each trusts the other: upwards
if the other is better than its reputation, downwards if it is worse.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL = int(Act.NOTHING), int(Act.TELL)
CONDUCT = int(Topic.CONDUCT)

ENTRY = StyleEntry(
    Style.TRANSFORMATIVE,
    rule="tells each side how the other has behaved; trust moves towards that, down as well as up",
    source="Bush & Folger 1994, recognition",
    moments=(Moment.BEFORE, Moment.REVIEW, Moment.DISPUTE),
    costs="a message for each side told; in a dispute the fee for a case",
    limit="if nothing depends on trust, or at competence 0, nothing but the cost of its messages",
    both=False,
)


@rule
def recognise(desk, mediator, params):
    """Return the next act of a mediator that lets sides recognise each other's conduct."""
    if desk.stage > 0 or desk.confided != 3:
        return NOTHING
    desk.stage, desk.topic, desk.whom = 1, CONDUCT, 3
    return TELL
