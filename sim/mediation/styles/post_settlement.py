"""Post-settlement settlement: the pair agrees by itself, then the mediator tries to improve it (Raiffa 1985).

It proposes the package that it thinks best for both, at a price that halves the estimated gain over the
agreement. The proposal replaces the agreement only if both prefer it, so nobody loses by it.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.best_package import estimated_gain, price_rise, propose_best_package
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Style

NOTHING, TEXT = int(Act.NOTHING), int(Act.TEXT)

ENTRY = StyleEntry(
    Style.POST_SETTLEMENT,
    rule="after the pair has agreed, proposes a better package; it replaces theirs only if both prefer it",
    source="Raiffa 1985, post-settlement settlements",
    moments=(Moment.SIGNED,),
    costs="an offer for the proposal; the fee for success if it replaces what was agreed",
    limit="nobody loses by a replacement; no gain above the misfit; at competence 0 the same as the machine",
)


@rule
def improve_agreement(desk, mediator, params):
    """Return the next act of a mediator that proposes to improve an agreement."""
    if desk.stage > 0:
        return NOTHING
    desk.stage = 1
    propose_best_package(desk, mediator, params)
    gains = (
        estimated_gain(desk, params, 0, desk.text, desk.current),
        estimated_gain(desk, params, 1, desk.text, desk.current),
    )
    if gains[0] + gains[1] <= 0.0:
        return NOTHING
    desk.price = desk.current_price + price_rise(gains, mediator)
    return TEXT
