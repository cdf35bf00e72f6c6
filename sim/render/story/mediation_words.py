"""Sentences of a life story on a mediator at the table: its texts, its edits, and the answers."""

from __future__ import annotations

import numpy as np

from sim.mediation.rounds.answers import LEVELS
from sim.render.story.phrases import Month, Words, ordinal
from sim.words import Event, Moment, Style

NEITHER, ONLY_BUYER, ONLY_VENDOR, BOTH = range(4)


def round_of(month: Month, event: np.record) -> tuple[Style, Moment]:
    """Return the style and the moment of the round that an event belongs to."""
    style_and_moment = Style.DRAFTER, Moment.BEFORE
    for other in month.events:
        if other.tie == event.tie and other.kind == Event.MEDIATOR_ACTS:
            style_and_moment = Style(int(other.amount)), Moment(int(other.second))
        if other == event:
            break
    return style_and_moment


def describe_draft(words: Words, month: Month, event: np.record) -> list[str]:
    """Return which text a mediator puts to both sides."""
    style, _ = round_of(month, event)
    number, price = int(event.third), words.money(event.amount)
    row = next(o for o in month.offers if o.side == 2 and o.price == event.amount)
    terms = words.terms(row.levels)
    if style == Style.DRAFTER:
        sees = (
            "" if number > 1 else f"The mediator sees {words.money(event.second)} a month to gain. "
        )
        what = f"for {terms}" if number == 1 else "for the same terms"
        return [f"{sees}Its {ordinal(number)} draft: {price} a month {what}."]
    if style == Style.SINGLE_TEXT:
        return [f"The text both have kept goes to the vote: {price} a month for {terms}."]
    if style == Style.POST_SETTLEMENT:
        return [f"It proposes something better than what they agreed: {price} a month for {terms}."]
    if style == Style.BRACKETING:
        return [f"Both ranges overlap; the middle is {price} a month for {terms}."]
    return [f"The mediator proposes {price} a month for {terms}; each answers in private."]


def describe_veto(words: Words, month: Month, event: np.record) -> list[str]:
    """Return who turned a mediator's text down."""
    style, _ = round_of(month, event)
    who = (
        "Both sides"
        if event.amount and event.second
        else "The buyer"
        if event.amount
        else "The vendor"
    )
    both = who == "Both sides"
    if style == Style.POST_SETTLEMENT:
        return [f"{who} {'prefer' if both else 'prefers'} what was agreed, so that it stands."]
    if style == Style.PROPOSAL:
        return [f"{who} {'say' if both else 'says'} no, which only the mediator learns."]
    if both:
        return [
            "Both sides veto it, so that drafting ends."
            if style == Style.DRAFTER
            else "Both sides turn it down."
        ]
    return [f"{who} {'vetoes it' if style == Style.DRAFTER else 'turns it down'}."]


def describe_edit(words: Words, month: Month, event: np.record) -> list[str]:
    """Return which change of the single text the mediator tries, and who calls it better."""
    rise, votes = event.second, int(event.third)
    if event.amount < 0:
        what = f"to change {int(-event.amount)} issues at once"
    else:
        issue, level = divmod(int(event.amount), LEVELS)
        name = words.issues[issue].name
        what = (
            f"to drop {name}"
            if level == 0 and words.issues[issue].kind == "generic"
            else f"{name}: {words.level(issue, level)}"
        )
    price = "at the same price"
    if words.is_shown(rise):
        price = f"for {words.money(abs(rise))} a month {'more' if rise > 0.0 else 'less'}"
    answer = {
        BOTH: "both say better",
        ONLY_BUYER: "the buyer says better, the vendor does not",
        ONLY_VENDOR: "the vendor says better, the buyer does not",
        NEITHER: "neither says better",
    }[votes]
    return [f"The mediator proposes {what} {price}; {answer}."]


def describe_better_settlement(words: Words, month: Month, event: np.record) -> list[str]:
    """Return that a better package replaces what was agreed."""
    return ["Both prefer it, and it takes the place of what they had agreed."]
