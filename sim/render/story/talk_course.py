"""The course of a talk in a life story: the offers before a mediator's turn and after it."""

from __future__ import annotations

import numpy as np

from sim.render.story.mediation_words import round_of
from sim.render.story.phrases import SIDES, Month, Words
from sim.words import Event, Moment

SEALED = "sealed_bid"
AFTER_OFFERS = (Moment.IMPASSE, Moment.SIGNED)
MEDIATOR_TURNS = (Event.MEDIATOR_ACTS, Event.STAYED_AWAY)


def moment_of_late_turn(month: Month, tie: int) -> Moment | None:
    """Return at which moment after the offers a tie's mediator acted, if it did."""
    event = first_late_turn(month, tie)
    return None if event is None else Moment(int(event.second))


def first_late_turn(month: Month, tie: int) -> np.record | None:
    """Return the event of a mediator's first turn after the offers of a tie's talk."""
    late: list[np.record] = [
        event
        for event in month.events
        if event.tie == tie and event.kind in MEDIATOR_TURNS and int(event.second) in AFTER_OFFERS
    ]
    return late[0] if late else None


def last_acceptable_text(month: Month) -> np.record | None:
    """Return the last text put before the offers, if both sides would sign it."""
    texts = [
        event
        for event in month.events
        if event.kind in (Event.DRAFT, Event.VETO) and round_of(month, event)[1] == Moment.BEFORE
    ]
    return texts[-1] if texts and texts[-1].kind == Event.DRAFT else None


def has_acceptable_text(month: Month) -> bool:
    """Return whether both sides would sign the last text put before the offers."""
    return last_acceptable_text(month) is not None


def describe_offers(words: Words, month: Month) -> list[str]:
    """Return how the direct offers of a talk opened and moved."""
    direct = [o for o in month.offers if o.side != 2]
    if any(e.kind == Event.RULED for e in month.events):
        direct = direct[:-2]  # the last two are the final offers that the ruling chose between
    agreed = last_acceptable_text(month)
    if agreed is not None:
        text = next(int(o.nth) for o in month.offers if o.side == 2 and o.price == agreed.amount)
        replaced = [float(e.second) for e in month.events if e.kind == Event.TEXT_REPLACED]
        return [
            f"Both would sign it. The {SIDES[o.side]} would rather have its own package for "
            f"{words.money(o.price)} a month, but the {SIDES[1 - o.side]} prefers the text."
            for o in direct if o.nth > text and o.side not in replaced
        ]  # fmt: skip
    if not direct:
        return []
    if words.regime.scenario.negotiation.protocol == SEALED:
        bid, ask = (words.money(o.price) for o in direct[:2])
        return [f"The buyer bids {bid} a month for the standard terms, the vendor asks {ask}."]
    first = direct[0]
    sentences = [
        (
            f"The {SIDES[first.side]} opens with {words.money(first.price)} a month for "
            f"{words.terms(first.levels)}."
        )
    ]
    moves = []
    for side in (int(first.side), 1 - int(first.side)):
        prices = [words.number(o.price) for o in direct if o.side == side]
        if len(prices) > 1:
            unmoved = prices[0] == prices[-1]
            way = f"stays at {prices[0]}" if unmoved else f"goes from {prices[0]} to {prices[-1]}"
            moves.append(f"the {SIDES[side]} {way}")
        elif prices and side != first.side:
            moves.append(f"the {SIDES[side]} answers {prices[0]}")
    if len(direct) == 2:
        sentences.append(f"{moves[0][0].upper()}{moves[0][1:]} {words.amounts.currency}.")
    elif moves:
        sentences.append(
            f"Over {len(direct)} offers {' and '.join(moves)} {words.amounts.currency}."
        )
    return sentences
