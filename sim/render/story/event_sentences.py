"""Sentences of a life story on talks, contracts, problems and disputes, by kind of event."""

from __future__ import annotations

import numpy as np

from sim.jit import plain
from sim.measure.amounts import count
from sim.relationship.work.disclose import cost_of_hiding, cost_of_telling, value_at_stake
from sim.render.numbers import format_percent
from sim.render.story.confided_words import CONFIDED_SENTENCES
from sim.render.story.mediation_words import (
    describe_better_settlement,
    describe_draft,
    describe_edit,
    describe_veto,
)
from sim.render.story.phrases import SIDES, Month, Words, two_decimals
from sim.render.story.talk_course import (
    SEALED,
    describe_offers,
    has_acceptable_text,
    moment_of_late_turn,
)
from sim.render.story.turn_sentences import (
    NEED_EVENTS,
    TURN_SENTENCES,
    Sentence,
    describe_turn_elsewhere,
)
from sim.state import VENDOR_IN_BUYER
from sim.words import BlameFear, Ceiling, Event, Institution, Moment


def describe_own_event(words: Words, month: Month, event: np.record) -> list[str]:
    """Return the sentences on an event of the tie itself, or of the whole world.

    Empty if a later event covers it.
    """
    return SENTENCES[Event(event.kind)](words, month, event)


def describe_other_event(words: Words, month: Month, event: np.record, vendor: int) -> list[str]:
    """Return the sentences on an event of the same need with another vendor."""
    other = f"another vendor, {vendor} (tie {event.tie})"
    is_renewal = any(e.kind == Event.RENEWED and e.tie == event.tie for e in month.events)
    if event.kind == Event.SIGNED:
        price, length = words.money(event.amount), count(int(event.second), "month")
        act = "renews" if is_renewal else "signs"
        return [f"The buyer {act} with {other} for {length} at {price} a month."]
    if event.kind == Event.IMPASSE:
        return [f"The buyer talks with {other} without result."]
    if event.kind == Event.ASSIGNED:
        return [
            f"The planner {'leaves the need with' if is_renewal else 'gives the need to'} {other}."
        ]
    if event.kind == Event.BROKEN_UP:
        return [f"The buyer breaks up with {other}."]
    if event.kind in NEED_EVENTS:
        return SENTENCES[Event(event.kind)](words, month, event)
    return describe_turn_elsewhere(event, other)


def _talks_open(words: Words, month: Month, event: np.record) -> list[str]:
    what = "They meet for their first talk" if month.before.talks == 0 else "They talk again"
    what = "They talk about renewal" if month.renewal else what
    trust = f"the buyer trusts the vendor {two_decimals(event.second)}, the vendor the buyer"
    limit = words.regime.scenario.negotiation
    allowed = (
        f"at most {count(int(event.amount), 'offer')}"
        if limit.protocol == "alternating_offers" or words.setup.mediator_functions & 1
        else limit.protocol.replace("_", " ")
    )
    return [f"{what} ({allowed}); {trust} {two_decimals(event.third)}."]


def _note(words: Words, month: Month, event: np.record) -> list[str]:
    moved = f"expects a capability of {two_decimals(event.second)} instead of {two_decimals(event.amount)}."
    if words.regime.institution == Institution.PARTNERSHIP:
        return [
            (
                "They open their books as far as they trust each other: the vendor shows a capability "
                f"of {two_decimals(event.third)}, and the buyer {moved}"
            )
        ]
    return [
        (
            f"The mediator's note puts the vendor's capability at {two_decimals(event.third)}; the buyer "
            f"{moved}"
        )
    ]


def _leak(words: Words, month: Month, event: np.record) -> list[str]:
    teller, issue = SIDES[int(event.second)], words.issues[int(event.amount)].name
    return [f"The mediator leaks what the {teller} confided about “{issue}”."]


def _text_replaced(words: Words, month: Month, event: np.record) -> list[str]:
    price, proposer = words.money(event.amount), "vendor" if event.second else "buyer"
    other = "buyer" if event.second else "vendor"
    instead = f"The {proposer} proposes its own package instead, for {price} a month"
    return [f"Both would sign it. {instead}, and the {other} prefers that."]


def _no_deal_seen(words: Words, month: Month, event: np.record) -> list[str]:
    seen = words.money(event.amount)
    return [f"The mediator sees no deal worth making (joint surplus {seen} a month) and says so."]


def _signed(words: Words, month: Month, event: np.record) -> list[str]:
    price, row = words.money(event.amount), month.after
    taken = next(o for o in month.offers if o.accepted)
    has_late_turn = moment_of_late_turn(month, event.tie) is not None  # before the mediator's turn
    sentences = [
        *([] if has_late_turn else describe_offers(words, month)),
        *_how_taken(words, month, taken),
    ]
    old = next((e for e in month.events if e.kind == Event.RENEWED and e.tie == event.tie), None)
    old_price = "" if old is None else f" (it was {words.money(old.amount)})"
    act = "They sign" if old is None else "They renew"
    months = count(int(event.second), "month")
    sentences.append(f"{act} for {months} at {price} a month{old_price}: {words.contract(row)}.")
    shift = taken.price - event.amount
    gains = (taken.buyer_utility + shift, taken.vendor_utility - shift)
    left = row.best_sum - (row.worth_sum - row.cost_sum)
    sentences.append(
        f"As each sees it, that is worth {words.number(gains[0])} to the buyer and "
        f"{words.money(gains[1])} a month to the vendor; better levels would be worth "
        f"{words.number(left)} more."
        if words.is_shown(left)
        else f"As each sees it, that is worth {words.number(gains[0])} to the buyer and "
        f"{words.money(gains[1])} a month to the vendor; no other levels would be worth more."
    )
    return sentences


def _how_taken(words: Words, month: Month, taken: np.record) -> list[str]:
    """Return how the accepted offer came to be accepted."""
    speaker, number = SIDES[taken.side], int(taken.nth) + 1
    if any(e.kind == Event.RULED and e.tie == taken.tie for e in month.events):
        return ["The ruling binds both."]
    if moment_of_late_turn(month, taken.tie) == Moment.SIGNED:
        return []  # _course_before_turn and the events of the round have said it
    if taken.side == 2:
        return ["Both accept it."]
    if has_acceptable_text(month):
        return ["That stands."]
    if words.regime.scenario.negotiation.protocol == SEALED:
        return ["The bid covers the ask."]
    other = SIDES[1 - taken.side]
    return [f"The {other} accepts the {speaker}'s offer, number {number} of the talk."]


def _impasse(words: Words, month: Month, event: np.record) -> list[str]:
    offers = count(int(event.amount), "offer")
    gain = month.after.first_best
    why = (
        f"though the best terms would have been worth {words.money(gain)} a month"
        if gain > 0.0
        else f"and there was nothing to gain (best terms: {words.money(gain)} a month)"
    )
    has_late_turn = moment_of_late_turn(month, event.tie) is not None
    return [
        *([] if has_late_turn else describe_offers(words, month)),
        f"No contract after {offers}, {why}.",
    ]


def _ruled(words: Words, month: Month, event: np.record) -> list[str]:
    price, fair = words.money(event.amount), words.money(event.third)
    whose = SIDES[int(event.second)]
    ruling = (
        f"Both had agreed to it: the mediator rules for the {whose}'s last offer, {price} a month"
    )
    return [f"{ruling}, the nearer to the {fair} it thinks fair."]


def _ruling_declined(words: Words, month: Month, event: np.record) -> list[str]:
    if event.second and event.third:
        return [
            "The mediator offers to rule between last offers; neither side would be bound by it."
        ]
    who = "buyer" if event.second else "vendor"
    return [f"The mediator offers to rule between last offers; the {who} would not be bound by it."]


def _problem_reported(words: Words, month: Month, event: np.record) -> list[str]:
    telling, hiding = expected_problem_costs(words, month, event.amount)
    size, channel = words.money(event.amount), "through the mediator " if event.third else ""
    withheld = words.money(event.second)
    opening = f"A problem arises (harm {size} a month); the vendor tells it {channel}at once: "
    if event.third:
        opening += f"telling it directly would cost it {words.number(telling)}, hiding it "
    else:
        opening += f"telling costs it {words.number(telling)}, hiding it "
    limit = (
        ", but it hides as many already as it can" if telling > hiding and not event.third else ""
    )
    blame = (
        f"The buyer withholds {withheld}."
        if words.is_shown(event.second)
        else "The buyer withholds next to nothing."
    )
    learns = ""
    if words.setup.vendors_blame_fear == BlameFear.LEARNT:
        was, now = two_decimals(month.after.feared), two_decimals(month.after.fear)
        moves = f"stays at {now}" if now == was else f"goes from {was} to {now}"
        learns = f" The share of blame the vendor expects {moves}."
    return [f"{opening}{words.money(hiding)}{limit}. {blame}{learns}"]


def expected_problem_costs(words: Words, month: Month, severity: float) -> tuple[float, float]:
    """Return a vendor's expected costs of telling a problem directly and of hiding it.

    Both are in money; `severity` is the problem's harm per month. They are R and H in `docs/model.md`.
    """
    setup, row = words.setup, month.after
    broken = [e.amount for e in month.events if e.kind == Event.BROKEN_UP]
    months_left = int(broken[0]) if broken else int(row.months_left)
    trusts = [e.third for e in month.events if e.kind == Event.TALKS_OPEN]
    trust = trusts[0] if trusts else float(month.trust[0][VENDOR_IN_BUYER])
    stake = plain(value_at_stake)(row.margin, months_left, setup)
    fear = float(row.feared) if setup.vendors_blame_fear == BlameFear.LEARNT else 1.0 - trust
    return (
        plain(cost_of_telling)(severity, row.penalty, fear, setup),
        plain(cost_of_hiding)(severity, row.penalty, stake, months_left, setup),
    )


def _problem_hidden(words: Words, month: Month, event: np.record) -> list[str]:
    return [
        (
            f"A problem arises (harm {words.money(event.amount)} a month) and the vendor hides it: "
            f"telling would cost it {words.number(event.second)}, hiding {words.money(event.third)}."
        )
    ]


def _problem_discovered(words: Words, month: Month, event: np.record) -> list[str]:
    grown, paid = words.money(event.amount), words.money(event.third)
    hidden, repaired = count(int(event.second), "month"), "and has it repaired"
    if event.third > 0.0:
        repaired = f"has it repaired and collects a penalty of {paid}"
    left = f"Its trust in the vendor can be at most {two_decimals(month.ceiling)} now."
    if words.setup.relationship_ceiling == Ceiling.MULTIPLIES:
        left = f"Of the trust it would otherwise have in the vendor {format_percent(month.ceiling)} is left."
    return [
        f"The buyer finds a problem hidden for {hidden}, by now {grown} a month, {repaired}. {left}"
    ]


def _dispute_settled(words: Words, month: Month, event: np.record) -> list[str]:
    return [
        (
            "Grievance becomes a dispute. The buyer gives itself a chance of "
            f"{two_decimals(event.second)} of winning, the vendor gives the buyer {two_decimals(event.third)}: they "
            f"settle, and the vendor pays {words.money(event.amount)}."
        )
    ]


def _dispute_fought(words: Words, month: Month, event: np.record) -> list[str]:
    end = "the buyer wins" if event.second else "the vendor wins"
    return [
        (
            f"Grievance becomes a dispute, and they fight over {words.money(event.amount)}: {end}. "
            f"Fighting costs the two {words.money(event.third)}."
        )
    ]


def _broken_up(words: Words, month: Month, event: np.record) -> list[str]:
    fee = f"; the buyer pays an exit fee of {words.money(event.second)}" if event.second else ""
    return [f"They break up with {count(int(event.amount), 'month')} left{fee}."]


def _expired(words: Words, month: Month, event: np.record) -> list[str]:
    served = count(int(event.amount), "month")
    return [f"The contract runs out; by now the two have worked together for {served}."]


def _no_sentence(words: Words, month: Month, event: np.record) -> list[str]:
    """Return nothing: another event of the month covers this one."""
    return []


def _assigned(words: Words, month: Month, event: np.record) -> list[str]:
    row = month.after
    return [
        (
            f"The planner puts them on the best terms, worth {words.money(event.amount)} a month, for "
            f"{count(int(event.second), 'month')} at {words.money(row.price)}: {words.contract(row)}."
        )
    ]


SENTENCES: dict[Event, Sentence] = {
    Event.TALKS_OPEN: _talks_open,
    Event.NOTE: _note,
    Event.DRAFT: describe_draft,
    Event.VETO: describe_veto,
    Event.SIGNED: _signed,
    Event.IMPASSE: _impasse,
    Event.NO_DEAL_SEEN: _no_deal_seen,
    Event.TEXT_REPLACED: _text_replaced,
    Event.PROBLEM_REPORTED: _problem_reported,
    Event.PROBLEM_HIDDEN: _problem_hidden,
    Event.PROBLEM_DISCOVERED: _problem_discovered,
    Event.DISPUTE_SETTLED: _dispute_settled,
    Event.DISPUTE_FOUGHT: _dispute_fought,
    Event.BROKEN_UP: _broken_up,
    Event.EXPIRED: _expired,
    Event.RENEWED: _no_sentence,
    Event.LEAK: _leak,
    Event.ASSIGNED: _assigned,
    Event.EDIT_TRIED: describe_edit,
    Event.SETTLED_ANEW: describe_better_settlement,
    **CONFIDED_SENTENCES,
    Event.RULED: _ruled,
    Event.RULING_DECLINED: _ruling_declined,
    **TURN_SENTENCES,
}
