"""The life of one tie as it happens: what a month brought, in sentences, and how quiet ones were spent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.engines.batch import OneWorld
from sim.measure.amounts import count
from sim.relationship.meet.enter import has_yet_to_enter
from sim.render.story.event_sentences import other_event, own_event
from sim.render.story.phrases import SIDES, Month, Words, share
from sim.render.story.talk_course import AFTERWARDS, TURNS
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Event, Institution

TALK_ENDS = (Event.SIGNED, Event.IMPASSE)


class Follower:
    """Looks at one tie of a world before and after each month; changes nothing."""

    def __init__(self, engine: OneWorld, tie: int):
        self.engine, self.tie = engine, tie
        self.need = int(engine.state.ties[tie].need)
        self._first = self.need * engine.sizes[2]
        self.look()

    def look(self) -> None:
        """Remember how things stand before the month to come."""
        state = self.engine.state
        was, memo = state.needs[self.need], state.memo[0]
        self._row, self._trust = _copy(state.ties, self.tie), self._trusts()
        self._ties = self._own()
        self._renewal = bool(was.expired == 1 and was.last == self.tie)
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
            _copy(state.ties, self.tie),
            (self._trust, self._trusts()),
            float(state.trust[state.ties[self.tie].met, BUYER_IN_VENDOR].ceiling),
            self._renewal,
            self._served(),
            bool(has_yet_to_enter(state.needs[self.need], self.engine.period)),
            events[(events["need"] == self.need) | (events["need"] < 0)],
            offers[offers["tie"] == self.tie],
        )

    def _trusts(self) -> np.ndarray:
        state = self.engine.state
        return np.array(state.trust[state.ties[self.tie].met].now)

    def _own(self) -> np.ndarray:
        """Return the months under contract of each of the need's ties."""
        first = self._first
        return np.array(self.engine.state.ties["months"][first : first + self.engine.sizes[2]])

    def _served(self) -> int:
        """Return the tie of the need whose months under contract went up, -1 if none did."""
        grew = np.flatnonzero(self._own() > self._ties)
        return self._first + int(grew[0]) if len(grew) else -1


def months(engine: OneWorld, tie: int) -> Iterator[Month]:
    """Run the world to its end and yield each month of the tie."""
    follower = Follower(engine, tie)
    while engine.period < engine.months:
        follower.look()
        engine.step()
        yield follower.month()


def _copy(rows: np.recarray, number: int) -> np.record:
    return rows[number : number + 1].copy()[0]


def happened(
    words: Words, engine: OneWorld, month: Month, tie: int, talks: bool = False
) -> list[str]:
    """Return what a month brought the tie, in sentences; nothing for a quiet month."""
    said, own, listed = [], False, False
    for event in _in_order(month.events):
        if event.tie < 0:
            said += own_event(words, month, event)
        elif event.tie == tie:
            own = True
            if talks and not listed and ends_offers(event):
                said += [_offer(words, row) for row in month.offers]
                listed = True
            said += own_event(words, month, event)
        else:
            said += other_event(words, month, event, int(engine.state.ties[event.tie].vendor_id))
    if _ends_by_notice(month, tie):
        own = True
        served = count(int(month.after.months), "month")
        said.append(
            f"The contract ends by notice; by now the two have worked together for {served}."
        )
    if own and words.regime.institution != Institution.PLANNER:
        said.append(_trust(words, month))
    return said


def ends_offers(event: np.record) -> bool:
    """Say whether no more direct offers follow: the talk ends, or a mediator's turn after it comes."""
    if event.kind in TURNS:
        return int(event.second) in AFTERWARDS
    return event.kind in TALK_ENDS


def _in_order(events: np.recarray) -> list[np.record]:
    """Return a month's events with every review told before what came of it."""
    told: list[np.record] = []
    for event in events:
        place = len(told)
        while event.kind == Event.REVIEWED and place > 0 and _is_of(told[place - 1], event):
            place -= 1
        told.insert(place, event)
    return told


def _is_of(event: np.record, review: np.record) -> bool:
    """Say whether an event written down just before a review came of it."""
    by_vendor = event.kind == Event.SHIFT_NOTICED and event.second > 0.0
    return bool(event.tie == review.tie and (event.kind == Event.CHANGE_ORDER or by_vendor))


def _ends_by_notice(month: Month, tie: int) -> bool:
    """Say whether this was the last month of a contract that had been given notice; no event says it."""
    row = month.after
    ended = month.served == tie and row.notice > 0 and row.months_left <= 0
    return ended and all(event.kind != Event.BROKEN_UP for event in month.events)


def _offer(words: Words, row: np.record) -> str:
    buyer, vendor = words.number(row.buyer_utility), words.number(row.vendor_utility)
    took = "; accepted" if row.accepted else ""
    return (
        f"offer {row.nth + 1}, {SIDES[row.side]}: {words.money(row.price)}, "
        f"{words.terms(row.levels)}; worth {buyer} to the buyer, {vendor} to the vendor{took}"
    )


def _trust(words: Words, month: Month) -> str:
    before, after = month.trust
    pairs = [(BUYER_IN_VENDOR, "the buyer's in the vendor"), (VENDOR_IN_BUYER, "the vendor's")]
    if words.setup.mediator_functions:
        pairs.append((BUYER_IN_MEDIATOR, "the buyer's in the mediator"))
        pairs.append((VENDOR_IN_MEDIATOR, "the vendor's in it"))
    said = []
    for direction, whose in pairs:
        now, was = share(after[direction]), share(before[direction])
        said.append(f"{whose} {now}" + (f" (from {was})" if now != was else ""))
    return f"Trust: {', '.join(said)}."


def spent(month: Month, tie: int) -> str:
    """Say how a month without events was spent: served, elsewhere, waits, pause or idle."""
    if month.served == tie:
        return "served"
    if month.served >= 0:
        return f"elsewhere {month.served}"
    if month.waits:
        return "waits"
    return "pause" if month.number < month.after.cool_until else "idle"


Standing = tuple[float, float, float]  # buyer's trust, vendor's trust, expected capability


def standing(month: Month) -> tuple[Standing, Standing]:
    """Return how the two stood before and after a month."""
    before, after = month.trust
    return (
        (
            float(before[BUYER_IN_VENDOR]),
            float(before[VENDOR_IN_BUYER]),
            float(month.before.expected),
        ),
        (float(after[BUYER_IN_VENDOR]), float(after[VENDOR_IN_BUYER]), float(month.after.expected)),
    )


def quiet(words: Words, how: str, start: Standing, end: Standing) -> str:
    """Say how a stretch without events was spent, in one sentence."""
    if how == "served":
        if words.regime.institution == Institution.PLANNER:
            return "the contract runs."
        return f"the contract runs; {_drift(start, end)}."
    if how.startswith("elsewhere"):
        return f"the buyer is served by another vendor (tie {how.removeprefix('elsewhere ')})."
    if how == "waits":
        return "the need is not yet in the market."
    if how == "pause":
        return "no contract; the two pause after their impasse."
    return "no contract and no talk: one of the two sees nothing to gain."


def _drift(start: Standing, end: Standing) -> str:
    """Return how trust and the buyer's expectation moved over a quiet stretch."""
    said = []
    names = ("the buyer's trust", "the vendor's", "expected capability")
    for what, was, now in zip(names, map(share, start), map(share, end), strict=True):
        said.append(f"{what} {now}" if was == now else f"{what} {was} → {now}")
    return ", ".join(said)
