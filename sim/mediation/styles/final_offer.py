"""Mediation, then arbitration by last offer: after an impasse the mediator rules, if both agreed to be bound.

It names the package that it thinks best. Each side that does not expect to lose by it agrees to be bound. Then
both make their last offers, and the one nearer to what the mediator thinks a fair price becomes the contract.
Sides know only the distribution of its fair price: last offers are those of Farber's (1980) equilibrium, the
median ∓ half of 1/f(median), for a normal distribution √(2π) σ = 2.51 σ apart (Brams & Merrill 1983).
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.best_package import propose_best_package
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Question, Style

ASK, NOTHING, RULE = int(Act.ASK), int(Act.NOTHING), int(Act.RULE)
LAST_OFFER = int(Question.LAST_OFFER)
NAMING, ASKED, DONE = 0, 1, 2  # stages

ENTRY = StyleEntry(
    Style.FINAL_OFFER,
    rule="after an impasse rules for the last offer nearer to its fair price, if both agreed to be bound",
    source="Farber 1980; Brams & Merrill 1983",
    moments=(Moment.IMPASSE,),
    costs="a message to each side, two offers for the last ones; the fee for success if it rules",
    limit="last offers 2.51 standard deviations of its fair price apart",
)


@rule
def choose_last_offer(desk, mediator, params):
    """Return the next act of a mediator that may rule between last offers."""
    if desk.stage == NAMING:
        propose_best_package(desk, mediator, params)
        desk.stage, desk.question, desk.whom = ASKED, LAST_OFFER, 3
        return ASK
    if desk.stage == ASKED and desk.yes[0] and desk.yes[1]:
        desk.stage = DONE
        return RULE
    return NOTHING
