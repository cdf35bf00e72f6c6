"""The drafter: a single negotiating text written from what both sides disclosed (Raiffa 1982).

Its text is the package of highest estimated joint surplus. The price moves first: a veto raises the
vetoer's estimated reservation value by `mediator.veto_step` of the estimated surplus, half as much at
each further veto. A deferential drafter moves from its own estimate towards the middle of both demands.
"""

from __future__ import annotations

import math

from sim.arithmetic import whole_power
from sim.jit import rule
from sim.mediation.styles.best_package import estimated_worth, write_best_package
from sim.mediation.styles.entry import StyleEntry, StyleSetting
from sim.words import Act, Moment, Question, Style

ASK, NOTHING, TEXT = int(Act.ASK), int(Act.NOTHING), int(Act.TEXT)
PRICE = int(Question.PRICE)
DRAFTING, ASKED = 0, 1  # stages

ENTRY = StyleEntry(
    Style.DRAFTER,
    rule="writes the package it thinks best for both, at a price between both; the price moves at a veto",
    source="Raiffa 1982, the single negotiating text; Fanning 2021 on withholding drafts",
    moments=(Moment.BEFORE,),
    costs="an offer of the talk for each text; the fee for success if one is signed",
    limit="at competence 0 it writes the blank text; at 1 and full trust the joint optimum",
    settings=(
        StyleSetting(
            "deferential", 0.0, 0.0, 1.0, "share", "how far its texts follow what both sides demand",
            "0: its own estimate, as in Raiffa's single text",
        ),
        StyleSetting(
            "announce", 1.0, 0.0, 1.0, "share", "probability that it announces a text it has",
            "1: always; below 1 silence reveals less (Fanning 2021)",
        ),
    ),
)  # fmt: skip


@rule
def draft(desk, mediator, params):
    """Return the drafter's next act."""
    if desk.stage == ASKED:
        desk.stage = DRAFTING
    else:
        if desk.texts == 0:
            draft_levels(desk, mediator, params)
            if desk.pie <= 0.0:
                return NOTHING
        elif not raise_vetoer(desk, params):
            return NOTHING
        if mediator.deferential > 0.0:
            desk.stage, desk.question, desk.whom = ASKED, PRICE, 3
            return ASK
    desk.price = draft_price(desk, mediator, params)
    return TEXT


@rule
def draft_levels(desk, mediator, params):
    """Write the package of highest estimated joint surplus, and that surplus. Writes `desk.text` and `desk.pie`.

    A deferential mediator moves from there towards the middle between both sides' proposals, issue by issue;
    a half goes to the lower level.
    """
    write_best_package(desk.estimate[0], desk.estimate[1], params, desk.text)
    if mediator.deferential > 0.0:
        for issue in range(params.issues):
            wanted = (float(desk.demand[0, issue]), float(desk.demand[1, issue]))
            middle = towards_middle(float(desk.text[issue]), wanted, desk.demand_weight)
            desk.text[issue] = math.ceil(middle - 0.5)
    desk.pie = estimated_worth(desk, params, 0, desk.text) + estimated_worth(
        desk, params, 1, desk.text
    )


@rule
def towards_middle(prior, wanted, weights):
    """Return the mean of two demands, each read with the mediator's own number as the prior.

    `weights` are the weights of both demands, 0 to 1.
    """
    return prior + 0.5 * (weights[0] * (wanted[0] - prior) + weights[1] * (wanted[1] - prior))


@rule
def raise_vetoer(desk, params):
    """Raise the estimated reservation value of a lone vetoer; return whether any surplus is left to share."""
    if desk.yes[0] == desk.yes[1]:
        return False
    step = params.mediator_veto_step * whole_power(0.5, desk.texts - 1) * desk.pie
    desk.raised[0] += 0.0 if desk.yes[0] else step
    desk.raised[1] += 0.0 if desk.yes[1] else step
    return desk.pie - desk.raised[0] - desk.raised[1] > 0.0


@rule
def draft_price(desk, mediator, params):
    """Return the price of the text, in money a month: by estimates and bias, or nearer the middle of both demands."""
    left_to_split = desk.pie - desk.raised[0] - desk.raised[1]
    worth = estimated_worth(desk, params, 0, desk.text)
    price = worth - desk.raised[0] - left_to_split * (0.5 + 0.5 * mediator.bias)
    if mediator.deferential <= 0.0:
        return price
    wanted = (desk.answer[0] - desk.raised[0], desk.answer[1] + desk.raised[1])
    return towards_middle(price, wanted, desk.demand_weight)
