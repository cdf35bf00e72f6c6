"""Shuttle: offers go to the mediator alone and are disclosed only when they are compatible.

With several issues, both sides make their offers to the mediator, and neither sees the other's before one of
them is worth the other's ask (Jarque, Ponsatí & Sákovics 2003). So nothing is learnt from offers that failed.

With one issue, the game has a robust equilibrium (Čopič & Ponsatí 2008): an offer that splits the gain, at a
time when the discount factor equals the gain as a share of the range. With a probability in place of time this
is a price drawn evenly from the public range, which both accept or reject: they trade with that very
probability, on average at the middle (Hagerty & Rogerson 1987). The price depends on nobody's claim. Waiting
costs nothing in a talk here, so the mediator draws the price; nothing follows, or else holding out for that
would pay.
"""

from __future__ import annotations

from sim.jit import rule
from sim.mediation.styles.entry import StyleEntry
from sim.words import Act, Moment, Style

NOTHING, TEXT = int(Act.NOTHING), int(Act.TEXT)

ENTRY = StyleEntry(
    Style.SHUTTLE,
    rule="passes offers on only when they are compatible; one issue: a price drawn evenly, accepted or rejected",
    source="Čopič & Ponsatí 2008; Jarque, Ponsatí & Sákovics 2003; Hagerty & Rogerson 1987",
    moments=(Moment.TALK,),
    costs="none beyond the offers of the talk; one issue: an offer, and the fee for success",
    limit="one issue: no side gains by any claim, and both together 1/12 of the range",
    blind=True,
    lucky=True,
)


@rule
def go_between(desk, mediator, params):
    """Return the next act of a mediator that carries offers between two rooms."""
    if desk.stage > 0:
        return NOTHING
    desk.stage = 1
    if params.issues > 1:
        desk.unseen = 1
        return NOTHING
    desk.instead = 1
    desk.text[0] = params.standard[0]
    desk.price = params.setup_lowest + (params.setup_highest - params.setup_lowest) * desk.luck[0]
    return TEXT
