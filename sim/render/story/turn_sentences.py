"""Sentences of a life story on turns: the economy, needs, people, growth, mediators."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.measure.amounts import count
from sim.render.numbers import format_percent
from sim.render.story.phrases import SIDES, Month, Words, two_decimals
from sim.words import Event

Sentence = Callable[[Words, Month, np.record], list[str]]
# Events of the need itself, whichever of its ties they are recorded under.
NEED_EVENTS = (
    Event.NEEDS_SHIFTED,
    Event.SHIFT_NOTICED,
    Event.CONTACT_LEFT,
    Event.OPPORTUNITY_ARISEN,
    Event.CONDUCT_CHANGED,
    Event.ENTERED,
)


def describe_turn_elsewhere(event: np.record, vendor: str) -> list[str]:
    """Return a turn in the buyer's relationship with another vendor, briefly."""
    if event.kind == Event.IN_FORCE:
        left = count(int(event.second), "month")
        return [f"Its contract with {vendor} counts as one in force, {left} to come."]
    sentence = {
        Event.CHANGE_ORDER: f"The buyer changes its running contract with {vendor}.",
        Event.TERMINATED: f"The buyer gives notice to {vendor}.",
        Event.OPPORTUNITY_TAKEN: f"The buyer takes an opportunity together with {vendor}.",
        Event.SQUEEZED: f"The buyer demands a price cut from {vendor} under threat.",
        Event.GIVEN_AND_TAKEN: f"The buyer reopens its contract with {vendor} over all issues.",
        Event.DECLINED: f"Asked by the buyer, {vendor} declines: it has no solution.",
        Event.ADVISED_AGAINST: f"The mediator advises the buyer against {vendor}.",
    }.get(Event(event.kind))
    return [] if sentence is None else [sentence]


def _recession_begins(words: Words, month: Month, event: np.record) -> list[str]:
    return ["A recession begins."]


def _recession_ends(words: Words, month: Month, event: np.record) -> list[str]:
    return [f"The recession ends after {count(int(event.amount), 'month')}."]


def _needs_shifted(words: Words, month: Month, event: np.record) -> list[str]:
    issues = count(int(event.amount), "issue")
    if event.third:
        return [f"The buyer changes its strategy: what {issues} are worth to it changes, openly."]
    why = "for reasons outside the company" if event.second else "for reasons within the company"
    return [f"What the buyer needs shifts in {issues}, {why}; it has not noticed yet."]


def _shift_noticed(words: Words, month: Month, event: np.record) -> list[str]:
    late = int(event.amount)
    after = f"{count(late, 'month')} after they did" if late else "in the month they do"
    if event.second:
        return [f"The vendor tells the buyer that its needs have shifted, {after}."]
    return [f"The buyer notices that its needs have shifted, {after}."]


def _contact_left(words: Words, month: Month, event: np.record) -> list[str]:
    who = SIDES[int(event.amount)]
    handed_over = ", part of it told by the mediator" if event.third else ""
    return [
        (
            f"The {who}'s contact leaves; the new one knows {format_percent(event.second)} of what there was "
            f"to know{handed_over}."
        )
    ]


def _reviewed(words: Words, month: Month, event: np.record) -> list[str]:
    reporters = "both report" if int(event.amount) == 2 else "the vendor reports"
    listener = " to the mediator" if event.third else ""
    learnt = f"{format_percent(1.0 - event.second)} of what working together can teach"
    return [f"They review their work: {reporters}{listener}. By now they have learnt {learnt}."]


def _change_order(words: Words, month: Month, event: np.record) -> list[str]:
    old, new = words.number(event.amount), words.money(event.second)
    gains = (
        f"{words.money(event.third)} a month" if words.is_shown(event.third) else "next to nothing"
    )
    return [
        (
            f"They change the running contract: the price goes from {old} to {new} a month, and the buyer "
            f"expects to gain {gains}. From now on: {words.contract(month.after)}."
        )
    ]


def _opportunity_arisen(words: Words, month: Month, event: np.record) -> list[str]:
    best = words.money(event.amount)
    return [f"An opportunity arises that could be worth {best} a month; nobody has seen it yet."]


def _opportunity_taken(words: Words, month: Month, event: np.record) -> list[str]:
    who = "The mediator points out an opportunity" if event.third else "They see an opportunity"
    gross, rent = words.number(event.amount), words.money(event.second)
    return [f"{who} and invest in it together: it yields {gross} and costs {rent} a month."]


def _held_up(words: Words, month: Month, event: np.record) -> list[str]:
    who, move = SIDES[int(event.second)], words.money(abs(event.amount))
    way = "up" if event.amount > 0.0 else "down"
    return [
        (
            f"The {who}, who depends less on the other (by {words.money(event.third)} a month), moves the "
            f"price {way} by {move}: a hold-up."
        )
    ]


def _squeezed(words: Words, month: Month, event: np.record) -> list[str]:
    cut, price = words.money(event.amount), words.money(event.third)
    end = "the vendor gives in" if event.second else "the vendor does not give in"
    return [f"The buyer demands {cut} off the price of {price} a month under threat; {end}."]


def _given_and_taken(words: Words, month: Month, event: np.record) -> list[str]:
    old, new = words.number(event.amount), words.money(event.second)
    if not event.third:
        return ["They reopen the contract over all issues and find no package better for both."]
    return [
        (
            f"They reopen the contract over all issues and sign a new package, at {new} a month instead "
            f"of {old}: {words.contract(month.after)}."
        )
    ]


def _declined(words: Words, month: Month, event: np.record) -> list[str]:
    named = int(event.amount)
    opening = "The vendor declines honestly: it has no good solution"
    if named < 0:
        return [f"{opening}."]
    return [
        f"{opening}, and names tie {named} instead, of capability {two_decimals(event.second)} as it says."
    ]


def _mediator_hired(words: Words, month: Month, event: np.record) -> list[str]:
    return [f"They hire {_which_mediator(words, event)}: {_expected_gains(words, event)}."]


def _mediator_turned_down(words: Words, month: Month, event: np.record) -> list[str]:
    return [f"They turn down {_which_mediator(words, event)}: {_expected_gains(words, event)}."]


def _which_mediator(words: Words, event: np.record) -> str:
    """Return "the mediator", with its number if there are several."""
    many = words.regime.scenario.mediator.count > 1
    return f"mediator {int(event.amount)}" if many else "the mediator"


def _expected_gains(words: Words, event: np.record) -> str:
    """Return the gain each side expects from a mediator over a contract."""
    buyer, vendor = words.number(event.second), words.money(event.third)
    return f"the buyer expects it to bring {buyer} over a contract, the vendor {vendor}"


def _leak_found(words: Words, month: Month, event: np.record) -> list[str]:
    whose, issue = SIDES[int(event.second)], words.issues[int(event.amount)].name
    return [f"The {whose} finds out that the mediator leaked what it had confided about “{issue}”."]


def _measure_agreed(words: Words, month: Month, event: np.record) -> list[str]:
    old, new = two_decimals(event.amount), two_decimals(event.second)
    return [f"They agree on what to measure: its alignment with the need is {new} (usual: {old})."]


def _advised_against(words: Words, month: Month, event: np.record) -> list[str]:
    seen = words.money(event.amount)
    return [
        f"The mediator advises against this match (joint surplus {seen} a month as it sees it)."
    ]


def _position_named(words: Words, month: Month, event: np.record) -> list[str]:
    who = SIDES[int(event.amount)]
    named, seen = two_decimals(event.second), two_decimals(event.third)
    return [
        (
            f"Heard in a dispute, the mediator calls the {who}'s position unreasonable: it says that the buyer wins with a "
            f"chance of {named}, the mediator sees {seen}."
        )
    ]


def _conduct_changed(words: Words, month: Month, event: np.record) -> list[str]:
    side = SIDES[int(event.amount)]
    types = [c.name for c in words.regime.scenario.conducts if c.side == side]
    old, new = (types[int(n)] for n in (event.second, event.third))
    return [f"The {side} changes its conduct from “{old}” to “{new}”, as others who earn more do."]


def _entered(words: Words, month: Month, event: np.record) -> list[str]:
    return ["The buyer comes to market with this need."]


def _in_force(words: Words, month: Month, event: np.record) -> list[str]:
    term, left = int(event.amount), int(event.second)
    gone = f"{term - left:,} of its {count(term, 'month')} lie behind it, {left:,} to come"
    if left == term:
        gone = f"it has just begun, with all of its {count(term, 'month')} to come"
    return [f"This contract counts as one in force: {gone}."]


def _change_requested(words: Words, month: Month, event: np.record) -> list[str]:
    side, gain = int(event.amount), words.money(event.second)
    answer = "agrees" if event.third else "refuses"
    return [
        (
            f"The {SIDES[side]} asks for a change of the running contract, from which it expects {gain} a "
            f"month; the {SIDES[1 - side]} {answer}."
        )
    ]


def _terminated(words: Words, month: Month, event: np.record) -> list[str]:
    left, paid = count(int(event.amount), "month"), words.money(event.second)
    notice = words.regime.scenario.termination.notice
    ends = f" The contract ends in {count(notice, 'month')}." if notice else ""
    hopes = f"it expects {words.money(event.third)} a month more elsewhere than with no contract"
    why = hopes if words.is_shown(event.third) else "even no contract at all looks better to it"
    return [f"The buyer gives notice with {left} left and pays {paid} for it: {why}.{ends}"]


TURN_SENTENCES: dict[Event, Sentence] = {
    Event.RECESSION_BEGINS: _recession_begins,
    Event.RECESSION_ENDS: _recession_ends,
    Event.NEEDS_SHIFTED: _needs_shifted,
    Event.SHIFT_NOTICED: _shift_noticed,
    Event.CONTACT_LEFT: _contact_left,
    Event.REVIEWED: _reviewed,
    Event.CHANGE_ORDER: _change_order,
    Event.OPPORTUNITY_ARISEN: _opportunity_arisen,
    Event.OPPORTUNITY_TAKEN: _opportunity_taken,
    Event.HELD_UP: _held_up,
    Event.SQUEEZED: _squeezed,
    Event.GIVEN_AND_TAKEN: _given_and_taken,
    Event.DECLINED: _declined,
    Event.MEDIATOR_HIRED: _mediator_hired,
    Event.MEDIATOR_TURNED_DOWN: _mediator_turned_down,
    Event.LEAK_FOUND: _leak_found,
    Event.MEASURE_AGREED: _measure_agreed,
    Event.ADVISED_AGAINST: _advised_against,
    Event.POSITION_NAMED: _position_named,
    Event.CONDUCT_CHANGED: _conduct_changed,
    Event.ENTERED: _entered,
    Event.IN_FORCE: _in_force,
    Event.CHANGE_REQUESTED: _change_requested,
    Event.TERMINATED: _terminated,
}
