"""Evaluation: the mediator tells each side, apart, how it judges its case and its prospects (Riskin 1996).

In a dispute, an estimate of the merits draws together beliefs that self-serving bias has drawn apart, until
what both would gain by fighting is less than it costs (Landes 1971; Gould 1973). Before a talk it corrects
what a side imagines about its outside option. A side may believe advice to give way only from a friend
(Kydd 2003).
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import StyleEntry, StyleSetting
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL = int(Act.NOTHING), int(Act.TELL)
DISPUTE = int(Moment.DISPUTE)
MERITS, PROSPECTS = int(Topic.MERITS), int(Topic.PROSPECTS)
SUSPICION = 0  # place of its setting

ENTRY = StyleEntry(
    Style.EVALUATIVE,
    rule="tells each side apart how it judges the dispute, or what the side can really get elsewhere",
    source="Riskin 1996, evaluative mediation; Kydd 2003 on advice to give way",
    moments=(Moment.BEFORE, Moment.DISPUTE),
    costs="before a talk a message for each side told; in a dispute the fee for a case",
    limit="settles if (p_b − p_v) stake is at most the cost of a fight; at competence 0 no belief moves",
    settings=(
        StyleSetting(
            "suspicion", 0.0, 0.0, 1.0, "share", "how far advice to give way is doubted if not from a friend",
            "0: advice counts as far as the mediator is trusted; 1: only an advocate's (Kydd 2003)",
        ),
    ),
    both=False,
)  # fmt: skip


@rule
def evaluate(desk, mediator, params):
    """Return the next act of a mediator that tells each side its opinion of the case."""
    if desk.stage > 0:
        return NOTHING
    desk.stage, desk.suspicion = 1, desk.setting[SUSPICION]
    if desk.moment == DISPUTE:
        desk.topic, desk.whom = MERITS, 3
        return TELL
    desk.topic, desk.whom = PROSPECTS, 0
    if params.buyers_outside_optimism > 0.0:
        desk.whom |= 1
    if params.vendors_outside_optimism > 0.0:
        desk.whom |= 2
    return TELL if desk.whom > 0 else NOTHING
