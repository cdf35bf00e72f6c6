"""Bracketing: each side names in confidence the last price that it would accept, if the other side did too.

The mediator asks about the package that it thinks best. If the ranges overlap, the price lies in the overlap
and both are bound by what they named; if not, nothing is disclosed and direct talks follow. The practice of
commercial mediators; as a game it is the sealed bid of Chatterjee & Samuelson (1983) with k = (1 − bias)/2.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.best_package import write_best_package
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Question, Style

ASK, NOTHING, TEXT = int(Act.ASK), int(Act.NOTHING), int(Act.TEXT)
RANGE = int(Question.RANGE)

ENTRY = StyleEntry(
    Style.BRACKETING,
    rule="asks both for the last price they would accept for one package; if they overlap, the price lies between",
    source="commercial mediators' brackets; Chatterjee & Samuelson 1983 for one issue",
    moments=(Moment.BEFORE,),
    costs="a message to each side, an offer for the text if there is one; the fee for success",
    limit="one issue: 1/6 of the range if both are truthful, 9/64 in equilibrium",
)


@rule
def narrow_bracket(desk, mediator, params):
    """Return the next act of a mediator that looks for the overlap of two price ranges."""
    if desk.stage == 0:
        write_best_package(desk.estimate[0], desk.estimate[1], params, desk.text)
        desk.stage, desk.question, desk.whom = 1, RANGE, 3
        return ASK
    overlap = desk.answer[0] - desk.answer[1]
    if desk.texts > 0 or overlap < 0.0:
        return NOTHING
    desk.pie, desk.bound = overlap, 1
    price = desk.answer[0] - overlap * (0.5 + 0.5 * mediator.bias)
    desk.price = min(max(price, desk.answer[1]), desk.answer[0])
    return TEXT
