"""The facilitator: never writes a word, and helps each side understand what the other cares about (Riskin 1996).

It asks both what matters to them and tells each, in its own words, what matters to the other. So it loosens the
belief that what one side gains the other loses, as far as it was told, understood and believed.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import Entry
from sim.words import Act, Moment, Question, Style, Topic

ASK, NOTHING, TELL = int(Act.ASK), int(Act.NOTHING), int(Act.TELL)
ASKED, TOLD = 1, 2  # stages
STAKES = int(Question.PRIORITIES)
PRIORITIES = int(Topic.PRIORITIES)

ENTRY = Entry(
    Style.FACILITATIVE,
    rule="asks both what they care about and tells each what the other cares about; never drafts",
    source="Riskin 1996; Thompson & Hastie 1990 on the fixed pie it loosens",
    moments=(Moment.BEFORE,),
    costs="a message for each side it asks, and for each it tells",
    limit="without a fixed pie nothing but its messages; value created rises in the fixed pie",
    both=False,
)


@rule
def facilitate(desk, mediator, s):
    """Return the next act of a facilitator."""
    if desk.stage == 0:
        desk.stage, desk.question, desk.whom = ASKED, STAKES, 3
        return ASK
    if desk.stage == ASKED:
        desk.stage, desk.topic, desk.whom = TOLD, PRIORITIES, 3
        return TELL
    return NOTHING
