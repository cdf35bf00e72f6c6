"""The standing neutral: a dispute board of one, there every month, with an advisory opinion on each dispute.

Who has watched n months of the work has n readings of the facts: reliability n c/(1 + (n − 1) c) (Spearman 1910;
Brown 1910). Its opinion goes to both sides at once and binds nobody. Of disputes before such boards 97 to 98 in a
hundred never reach a court, at .05 to .25 % of the contract (FHWA 2001; DRBF).
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import Entry
from sim.words import Act, Moment, Style, Topic

NOTHING, TELL = int(Act.NOTHING), int(Act.TELL)
DISPUTE = int(Moment.DISPUTE)
MERITS = int(Topic.MERITS)

ENTRY = Entry(
    Style.STANDING_NEUTRAL,
    rule="is there every month, and gives both sides one advisory opinion on each dispute",
    source="dispute boards: FHWA 2001; DRBF; Spearman 1910 and Brown 1910 on repeated readings",
    moments=(Moment.MONTH, Moment.DISPUTE),
    costs="the retainer every month, the fee for a case",
    limit="the share of fights avoided rises in competence; at 0 none is",
    both=False,
)


@rule
def stand_by(desk, mediator, s):
    """Return the next act of a standing neutral: it speaks in disputes only."""
    if desk.moment != DISPUTE or desk.stage > 0:
        return NOTHING
    desk.stage, desk.topic, desk.whom = 1, MERITS, 3
    return TELL
