"""Facilitation: the mediator asks what each side cares about and tells the other; it drafts nothing (Riskin 1996).

This shows each side that the other does not simply want the opposite, which is what most people believe when
they come to the table (Thompson & Hastie 1990). The sides then negotiate by themselves.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Question, Style, Topic

ASK, NOTHING, TELL = int(Act.ASK), int(Act.NOTHING), int(Act.TELL)
ASKED_FOR, TOLD_OF = int(Question.PRIORITIES), int(Topic.PRIORITIES)
START, ASKED, DONE = 0, 1, 2  # stages

ENTRY = StyleEntry(
    Style.FACILITATIVE,
    rule="asks each side what it cares about and tells the other, who then sees fewer issues as contests",
    source="Riskin 1996, facilitative mediation; Thompson & Hastie 1990 on the fixed pie",
    moments=(Moment.BEFORE,),
    costs="a message for each side asked, and for each side told; no text, no fee for success",
    limit="if nobody sees a contest, or at competence 0, nothing but the cost of its messages",
    both=False,
)


@rule
def facilitate(desk, mediator, params):
    """Return the next act of a mediator that helps the sides to understand each other."""
    if desk.stage == START:
        desk.stage, desk.question, desk.whom = ASKED, ASKED_FOR, 3
        return ASK
    if desk.stage == ASKED:
        desk.stage, desk.topic, desk.whom = DONE, TOLD_OF, sides_to_tell(desk)
        return TELL if desk.whom > 0 else NOTHING
    return NOTHING


@rule
def sides_to_tell(desk):
    """Return the participating sides (bits) that can be told about another side that has confided."""
    found = 0
    for side in range(2):
        if desk.present[side] and desk.confided & (1 << (1 - side)):
            found |= 1 << side
    return found
