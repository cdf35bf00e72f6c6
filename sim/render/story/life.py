"""The life of one tie month by month: what happened, and how quiet stretches passed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.engines.batch import OneWorld
from sim.measure.amounts import count
from sim.relationship.meet.enter import has_yet_to_enter
from sim.render.story.event_sentences import describe_other_event, describe_own_event
from sim.render.story.phrases import SIDES, Month, Words, two_decimals
from sim.render.story.talk_course import AFTER_OFFERS, MEDIATOR_TURNS
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Event, Institution

TALK_ENDS = (Event.SIGNED, Event.IMPASSE)


class TieObserver:
    """Reads one tie of a world before and after each month, without changing anything."""

    def __init__(self, engine: OneWorld, tie: int):
        self.engine, self.tie = engine, tie
        self.need = int(engine.state.ties[tie].need)
        self._first = self.need * engine.sizes[2]
        self.look()

    def look(self) -> None:
        """Store the state before the month to come."""
        state = self.engine.state
        need, memo = state.needs[self.need], state.memo[0]
        self._row, self._trust = _copy_row(state.ties, self.tie), self._trust_now()
        self._months = self._months_served()
        self._renewal = bool(need.expired == 1 and need.last == self.tie)
        self._written = int(memo.event_rows), int(memo.offer_rows)

    def month(self) -> Month:
        """Return the month that has just been run."""
        state = self.engine.state
        memo = state.memo[0]
        events: Any = state.events[self._written[0] : memo.event_rows]
        offers: Any = state.offers[self._written[1] : memo.offer_rows]
        return Month(
            self.engine.period - 1,
            self._row,
            _copy_row(state.ties, self.tie),
            (self._trust, self._trust_now()),
            float(state.trust[state.ties[self.tie].met, BUYER_IN_VENDOR].ceiling),
            self._renewal,
            self._served(),
            bool(has_yet_to_enter(state.needs[self.need], self.engine.period)),
            events[(events["need"] == self.need) | (events["need"] < 0)],
            offers[offers["tie"] == self.tie],
        )

    def _trust_now(self) -> np.ndarray:
        """Return a copy of the four directions of trust."""
        state = self.engine.state
        return np.array(state.trust[state.ties[self.tie].met].now)

    def _months_served(self) -> np.ndarray:
        """Return the months under contract of each of the need's ties."""
        first = self._first
        return np.array(self.engine.state.ties["months"][first : first + self.engine.sizes[2]])

    def _served(self) -> int:
        """Return the tie of the need whose months under contract went up, -1 if none did."""
        grew = np.flatnonzero(self._months_served() > self._months)
        return self._first + int(grew[0]) if len(grew) else -1


def run_months(engine: OneWorld, tie: int) -> Iterator[Month]:
    """Run the world to its end and yield each month of the tie."""
    observer = TieObserver(engine, tie)
    while engine.period < engine.months:
        observer.look()
        engine.step()
        yield observer.month()


def _copy_row(rows: np.recarray, number: int) -> np.record:
    """Return a copy of one row, which later months do not change."""
    copy: np.record = rows[number : number + 1].copy()[0]
    return copy


def describe_month(
    words: Words, engine: OneWorld, month: Month, tie: int, talks: bool = False
) -> list[str]:
    """Return a month's events in sentences; empty for a quiet month.

    With `talks` every direct offer is listed.
    """
    sentences, has_own_event, offers_listed = [], False, False
    for event in _in_telling_order(month.events):
        if event.tie < 0:
            sentences += describe_own_event(words, month, event)
        elif event.tie == tie:
            has_own_event = True
            if talks and not offers_listed and is_end_of_offers(event):
                sentences += [_describe_offer(words, row) for row in month.offers]
                offers_listed = True
            sentences += describe_own_event(words, month, event)
        else:
            sentences += describe_other_event(
                words, month, event, int(engine.state.ties[event.tie].vendor_id)
            )
    if _is_end_by_notice(month, tie):
        has_own_event = True
        served = count(int(month.after.months), "month")
        sentences.append(
            f"The contract ends by notice; by now the two have worked together for {served}."
        )
    if has_own_event and words.regime.institution != Institution.PLANNER:
        sentences.append(_describe_trust(words, month))
    return sentences


def is_end_of_offers(event: np.record) -> bool:
    """Return whether no more direct offers follow: the talk ends, or a mediator acts after it."""
    if event.kind in MEDIATOR_TURNS:
        return int(event.second) in AFTER_OFFERS
    return event.kind in TALK_ENDS


def _in_telling_order(events: np.recarray) -> list[np.record]:
    """Return a month's events with every review before its results."""
    ordered: list[np.record] = []
    for event in events:
        place = len(ordered)
        while (
            event.kind == Event.REVIEWED and place > 0 and _is_result_of(ordered[place - 1], event)
        ):
            place -= 1
        ordered.insert(place, event)
    return ordered


def _is_result_of(event: np.record, review: np.record) -> bool:
    """Return whether an event recorded just before a review is a result of it."""
    by_vendor = event.kind == Event.SHIFT_NOTICED and event.second > 0.0
    return bool(event.tie == review.tie and (event.kind == Event.CHANGE_ORDER or by_vendor))


def _is_end_by_notice(month: Month, tie: int) -> bool:
    """Return whether a contract under notice ran its last month; no event records that."""
    row = month.after
    ended = month.served == tie and row.notice > 0 and row.months_left <= 0
    return ended and all(event.kind != Event.BROKEN_UP for event in month.events)


def _describe_offer(words: Words, row: np.record) -> str:
    """Return one offer with its worth to both sides."""
    buyer, vendor = words.number(row.buyer_utility), words.number(row.vendor_utility)
    took = "; accepted" if row.accepted else ""
    return (
        f"offer {row.nth + 1}, {SIDES[row.side]}: {words.money(row.price)}, "
        f"{words.terms(row.levels)}; worth {buyer} to the buyer, {vendor} to the vendor{took}"
    )


def _describe_trust(words: Words, month: Month) -> str:
    """Return trust after the month, and before it if it differs."""
    before, after = month.trust
    pairs = [(BUYER_IN_VENDOR, "the buyer's in the vendor"), (VENDOR_IN_BUYER, "the vendor's")]
    if words.setup.mediator_functions:
        pairs.append((BUYER_IN_MEDIATOR, "the buyer's in the mediator"))
        pairs.append((VENDOR_IN_MEDIATOR, "the vendor's in it"))
    parts = []
    for direction, whose in pairs:
        now, was = two_decimals(after[direction]), two_decimals(before[direction])
        parts.append(f"{whose} {now}" + (f" (from {was})" if now != was else ""))
    return f"Trust: {', '.join(parts)}."


def kind_of_quiet_month(month: Month, tie: int) -> str:
    """Return how a month without events passed: served, elsewhere, waits, pause or idle."""
    if month.served == tie:
        return "served"
    if month.served >= 0:
        return f"elsewhere {month.served}"
    if month.waits:
        return "waits"
    return "pause" if month.number < month.after.cool_until else "idle"


Standing = tuple[float, float, float]  # buyer's trust, vendor's trust, expected capability


def standings_of_month(month: Month) -> tuple[Standing, Standing]:
    """Return trust and expected capability before and after a month."""
    before, after = month.trust
    return (
        (
            float(before[BUYER_IN_VENDOR]),
            float(before[VENDOR_IN_BUYER]),
            float(month.before.expected),
        ),
        (float(after[BUYER_IN_VENDOR]), float(after[VENDOR_IN_BUYER]), float(month.after.expected)),
    )


def describe_quiet_months(words: Words, kind: str, start: Standing, end: Standing) -> str:
    """Return how a stretch without events passed, as a sentence.

    `kind` is that of `kind_of_quiet_month`; `start` and `end` are the standings around the stretch.
    """
    if kind == "served":
        if words.regime.institution == Institution.PLANNER:
            return "the contract runs."
        return f"the contract runs; {_describe_drift(start, end)}."
    if kind.startswith("elsewhere"):
        return f"the buyer is served by another vendor (tie {kind.removeprefix('elsewhere ')})."
    if kind == "waits":
        return "the need is not yet in the market."
    if kind == "pause":
        return "no contract; the two pause after their impasse."
    return "no contract and no talk: one of the two sees nothing to gain."


def _describe_drift(start: Standing, end: Standing) -> str:
    """Return how trust and the expected capability moved over a quiet stretch."""
    parts = []
    names = ("the buyer's trust", "the vendor's", "expected capability")
    for what, was, now in zip(names, map(two_decimals, start), map(two_decimals, end), strict=True):
        parts.append(f"{what} {now}" if was == now else f"{what} {was} → {now}")
    return ", ".join(parts)
