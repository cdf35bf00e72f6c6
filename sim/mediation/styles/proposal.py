"""The mediator's proposal: after an impasse one package at one price, answered in private by both.

A yes becomes known only if both say yes (double blind), so that saying yes costs nothing, and a no teaches
nobody anything. The practice of commercial mediators; as a posted price for one issue it is the mechanism of
Hagerty & Rogerson (1987), in which the truth is a best reply whatever the other side does.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.best_package import propose_best_package
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Style

NOTHING, TEXT = int(Act.NOTHING), int(Act.TEXT)

ENTRY = StyleEntry(
    Style.PROPOSAL,
    rule="after an impasse proposes one package at one price; both answer in private, once",
    source="the mediator's proposal, double blind; Hagerty & Rogerson 1987 for one issue",
    moments=(Moment.IMPASSE,),
    costs="an offer for the proposal; the fee for success if it is signed",
    limit="one issue: at most 9/64 of the range; deals made without it stay the same",
    blind=True,
)


@rule
def propose_once(desk, mediator, params):
    """Return the next act of a mediator that makes one proposal after an impasse."""
    if desk.stage > 0:
        return NOTHING
    desk.stage = 1
    # At an estimated surplus of 0 a proposal costs nobody anything, so it is made.
    return TEXT if propose_best_package(desk, mediator, params) >= 0.0 else NOTHING
