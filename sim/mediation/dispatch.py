"""Which rule is whose: the next act of every style."""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.brought import own_act
from sim.mediation.styles.drafter import draft
from sim.mediation.styles.post_settlement import better_agreement
from sim.mediation.styles.proposal import propose_once
from sim.mediation.styles.single_text import edit_text
from sim.words import Act, Style

NOTHING = int(Act.NOTHING)
DRAFTER, SINGLE_TEXT = int(Style.DRAFTER), int(Style.SINGLE_TEXT)
OWN = int(Style.OWN)
POST_SETTLEMENT, PROPOSAL = int(Style.POST_SETTLEMENT), int(Style.PROPOSAL)


@rule
def next_act(style, desk, mediator, s):
    """Return the next act of a style, which reads and writes its desk."""
    if style == DRAFTER:
        return draft(desk, mediator, s)
    if style == SINGLE_TEXT:
        return edit_text(desk, mediator, s)
    if style == POST_SETTLEMENT:
        return better_agreement(desk, mediator, s)
    if style == PROPOSAL:
        return propose_once(desk, mediator, s)
    if style == OWN:
        return own_act(desk, mediator, s)
    return NOTHING
