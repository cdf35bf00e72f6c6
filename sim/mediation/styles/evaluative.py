"""The evaluator: says what it thinks of a side's case, to that side alone (Riskin 1996; Babcock & Loewenstein 1997).

In a dispute it tells each side the merits as it reads them. In talks it speaks only to who imagines too much of what
it would have without a deal. Who is asked to give way believes it of a mediator on its own side sooner than of one
who only wants peace (Kydd 2003): `suspicion`.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import Entry, Setting
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL = int(Act.NOTHING), int(Act.TELL)
BEFORE = int(Moment.BEFORE)
PROSPECTS = int(Topic.PROSPECTS)
MERITS = int(Topic.MERITS)

ENTRY = Entry(
    Style.EVALUATIVE,
    rule="tells each side, apart, the merits of its case; in talks what it could really get elsewhere",
    source="Riskin 1996; Landes 1971; Gould 1973; Kydd 2003 on who is believed",
    moments=(Moment.BEFORE, Moment.DISPUTE),
    costs="a message for each side it tells in talks; the fee for a case in disputes",
    limit="a dispute is settled iff what separates the beliefs costs less than the fight; at competence 0 nothing",
    settings=(
        Setting(
            "suspicion", 0.0, 0.0, 1.0, "share",
            "how far advice to give way is believed only of who leans to one's own side",
            "0: as far as it is trusted, whoever it leans to; Kydd's mediator is at 1",
        ),
    ),
    both=False,
)  # fmt: skip


@rule
def evaluate(desk, mediator, s):
    """Return the next act of an evaluator."""
    if desk.stage > 0:
        return NOTHING
    desk.stage, desk.whom = 1, 3
    if desk.moment == BEFORE:
        if s.buyers_outside_optimism <= 0.0 and s.vendors_outside_optimism <= 0.0:
            return NOTHING
        desk.topic = PROSPECTS
    else:
        desk.topic = MERITS
    return TELL
