"""The life of one tie in readable sentences, month by month; the same bytes at every telling."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.bargain.seat import sit_down
from sim.bargain.value import fill_own
from sim.engines.batch import OneWorld
from sim.errors import SimError
from sim.faces.phrases import (
    SIDES,
    Month,
    Words,
    calendar,
    count,
    other_event,
    own_event,
    plain_number,
    share,
)
from sim.jit import plain
from sim.scenario.load import Loaded
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.strategies.catalogue import CATALOGUE
from sim.words import Event, Institution, IssueKind

WIDTH = 100
MOST = 2**63 - 1
TALK_ENDS = (Event.SIGNED, Event.IMPASSE)


def story(
    loaded: Loaded,
    regime: str,
    world: int,
    tie: int,
    *,
    seed: int | None = None,
    talks: bool = False,
) -> str:
    """Return the life of one tie of one world under a regime, at most 100 columns wide.

    With `talks` every offer is told. Without a seed the scenario's own is taken. Raises SimError
    where the world, the tie, the seed or the regime does not exist.
    """
    resolved = loaded.regime(regime)
    market = resolved.scenario.market
    last = market.needs * market.candidates - 1
    where = f"{market.needs} needs × {market.candidates} candidates"
    _demand("world", world, MOST)
    _demand("tie", tie, last, f" ({where})")
    seed = loaded.scenario.run.seed if seed is None else seed
    _demand("seed", seed, MOST)
    engine = OneWorld(resolved, seed, world, tables=("events", "offers"))
    words = Words(resolved, engine.setup)
    said = [_title(loaded, words, engine, tie), _people(words, engine, tie)]
    said.append(_first_beliefs(words, engine, tie))
    said.append("\n".join(_life(words, engine, tie, talks)))
    said.append(_summary(words, engine, tie))
    return "\n\n".join(said) + "\n"


def _demand(name: str, value: Any, most: int, why: str = "") -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        top = "2⁶³ − 1" if most == MOST else str(most)
        what = "0" if most == 0 else f"a whole number from 0 to {top}"
        raise SimError(f"{name} = {value}: want {what}{why}")


def _title(loaded: Loaded, words: Words, engine: OneWorld, tie: int) -> str:
    head = f"The life of tie {tie} in world {engine.world} under {words.regime.name}"
    about = loaded.scenario.title or loaded.name
    size = f"{about} ({loaded.name}), {count(engine.months, 'month')}, seed {engine.seed}."
    unit = f"Money is in {words.amounts.currency}; month 1 is period 0 of the tables."
    return "\n".join([head, "=" * len(head), *_wrap(f"{size} {unit}")])


def _people(words: Words, engine: OneWorld, tie: int) -> str:
    state = engine.state
    row = state.ties[tie]
    need, vendor = state.needs[row.need], state.vendors[row.vendor_id]
    candidates = engine.sizes[2]
    of = f", one of the {candidates} vendors it considers" if candidates > 1 else ""
    buyer = [
        f"The buyer (need {row.need}) concedes by the strategy “{_strategy(need.strategy)}”",
        f"Without a contract it has {words.money(need.outside)} a month",
        (
            f"A fully capable vendor is worth {words.money(need.quality_worth)} a month more to it "
            "than one of no capability"
        ),
        *_risk(words, need.risk),
    ]
    seller = [
        (
            f"The vendor (vendor {row.vendor_id}{of}) concedes by the strategy "
            f"“{_strategy(vendor.strategy)}”"
        ),
        f"Without a contract it has {words.money(vendor.outside)} a month",
        f"Its capability is {share(vendor.capability)}; it claims {share(row.claim)}",
        *_risk(words, vendor.risk),
    ]
    if vendor.productivity > 0.0:
        seller.append(
            f"Its productivity of effort is {words.money(vendor.productivity)} a month, which "
            f"makes {share(row.best_share)} the best risk share"
        )
    best = words.money(row.first_best)
    together = (
        f"On the best terms the two could gain {best} a month over what they have apart"
        if row.first_best > 0.0
        else f"The two have nothing to gain: even the best terms are worth {best} a month"
    )
    if candidates > 1:
        best_tie, most = int(need.best_tie), words.money(need.first_best)
        together += (
            "; no vendor the buyer considers offers more"
            if best_tie == tie
            else f"; its best candidate (tie {best_tie}) offers {most}"
            if best_tie >= 0
            else ""
        )
    paragraphs = (". ".join(said) + "." for said in (buyer, seller, [together]))
    lines = [line for said in paragraphs for line in _wrap(said, "  ")]
    return "\n".join(["Who they are", *lines])


def _strategy(number: int) -> str:
    return CATALOGUE[number].name.replace("_", " ")


def _risk(words: Words, risk: float) -> list[str]:
    return [f"Its risk aversion is {risk:.4f} per {words.amounts.currency}"] if risk > 0.0 else []


def _first_beliefs(words: Words, engine: OneWorld, tie: int) -> str:
    """Return what both want of each level, and what the other thinks of it before the first word."""
    state, s = engine.state, engine.setup
    row = state.ties[tie]
    talk = plain(sit_down)(state, s, int(row.need), tie)
    plain(fill_own)(talk, s)
    own, belief = talk.log.memo.own, state.belief[state.ties[tie].met]
    trust = state.trust[state.ties[tie].met].now
    lines = _wrap(
        f"The buyer expects a capability of {share(row.expected)} and trusts the vendor "
        f"{share(trust[BUYER_IN_VENDOR])}; the vendor trusts the buyer "
        f"{share(trust[VENDOR_IN_BUYER])}."
        + (
            f" They trust the mediator {share(trust[BUYER_IN_MEDIATOR])} and "
            f"{share(trust[VENDOR_IN_MEDIATOR])}."
            if s.mediator_functions
            else ""
        ),
        "  ",
    )
    unit = f"{words.amounts.currency}/month"
    table: list[tuple[str, ...]] = [
        ("level", "worth to buyer", "vendor thinks", "cost to vendor", "buyer thinks")
    ]
    for k, issue in enumerate(words.issues):
        for level in range(len(issue.levels)):
            numbers = (own[0, k, level], belief[1, k, level], -own[1, k, level])
            cells = [words.number(n) for n in (*numbers, -belief[0, k, level])]
            table.append((f"{issue.name}: {words.level(k, level)}", *cells))
    wide = [max(len(line[n]) for line in table) for n in range(5)]
    lines.append(f"  What each level is worth and costs, and what the other side thinks ({unit}):")
    for name, *values in table:
        right = [cell.rjust(wide[n + 1]) for n, cell in enumerate(values)]
        lines.append(f"    {'  '.join([name.ljust(wide[0]), *right])}")
    return "\n".join(["What they believe at first", *lines])


def _months(engine: OneWorld, tie: int) -> Iterator[Month]:
    """Run the world to its end and yield each month of the tie."""
    state = engine.state
    need = int(state.ties[tie].need)
    events = offers = 0
    while engine.period < engine.months:
        row, trust = _copy(state.ties, tie), np.array(state.trust[state.ties[tie].met].now)
        was, ties = state.needs[need], state.ties[state.ties.need == need]
        renewal = bool(was.expired == 1 and was.last == tie)
        engine.step()
        memo = state.memo[0]
        new_events: Any = state.events[events : memo.event_rows]
        new_offers: Any = state.offers[offers : memo.offer_rows]
        events, offers = int(memo.event_rows), int(memo.offer_rows)
        yield Month(
            engine.period - 1,
            row,
            _copy(state.ties, tie),
            (trust, np.array(state.trust[state.ties[tie].met].now)),
            float(state.trust[state.ties[tie].met, BUYER_IN_VENDOR].ceiling),
            renewal,
            _served(ties, state.ties[state.ties.need == need], need * engine.sizes[2]),
            new_events[new_events["need"] == need],
            new_offers[new_offers["tie"] == tie],
        )


def _served(before: np.recarray, after: np.recarray, first: int) -> int:
    """Return the tie of a need whose months under contract went up, -1 if none did."""
    grew = np.flatnonzero(after.months > before.months)
    return first + int(grew[0]) if len(grew) else -1


def _copy(rows: np.recarray, number: int) -> np.record:
    return rows[number : number + 1].copy()[0]


def _life(words: Words, engine: OneWorld, tie: int, talks: bool) -> Iterator[str]:
    """Yield the lines of every eventful month, and one line per quiet stretch between them."""
    quiet: list[Month] = []
    yield "What happened"
    for month in _months(engine, tie):
        said = _month(words, engine, month, tie, talks)
        if said or (quiet and _state(quiet[-1], tie) != _state(month, tie)):
            yield from _quiet(words, quiet, tie)
            quiet = []
        if said:
            first, *rest = said
            yield from _wrap(f"{calendar(month.number)}: {first}", "  ")
            for line in rest:
                yield from _wrap(line, "    ")
        else:
            quiet.append(month)
    yield from _quiet(words, quiet, tie)


def _month(words: Words, engine: OneWorld, month: Month, tie: int, talks: bool) -> list[str]:
    said, own = [], False
    for event in month.events:
        if event.tie == tie:
            own = True
            if talks and event.kind in TALK_ENDS:
                said += [_offer(words, row) for row in month.offers]
            said += own_event(words, month, event)
        else:
            said += other_event(words, month, event, int(engine.state.ties[event.tie].vendor_id))
    if own and words.regime.institution != Institution.PLANNER:
        said.append(_trust(words, month))
    return said


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


def _state(month: Month, tie: int) -> str:
    """Say how a month without events was spent: served, elsewhere, pause or idle."""
    if month.served == tie:
        return "served"
    if month.served >= 0:
        return f"elsewhere {month.served}"
    return "pause" if month.number < month.after.cool_until else "idle"


def _quiet(words: Words, months: list[Month], tie: int) -> Iterator[str]:
    if not months:
        return
    first, last = months[0], months[-1]
    how = _state(last, tie)
    if how == "served":
        said = f"the contract runs; {_drift(first, last)}."
        if words.regime.institution == Institution.PLANNER:
            said = "the contract runs."
    elif how.startswith("elsewhere"):
        said = f"the buyer is served by another vendor (tie {last.served})."
    elif how == "pause":
        said = "no contract; the two pause after their impasse."
    else:
        said = "no contract and no talk: one of the two sees nothing to gain."
    yield from _wrap(f"{calendar(first.number, last.number)}: {said}", "  ")


def _drift(first: Month, last: Month) -> str:
    """Return how trust and the buyer's expectation moved over a quiet stretch."""
    pairs = (
        ("the buyer's trust", first.trust[0][0], last.trust[1][0]),
        ("the vendor's", first.trust[0][1], last.trust[1][1]),
        ("expected capability", first.before.expected, last.after.expected),
    )
    said = []
    for what, was, now in pairs:
        start, end = share(was), share(now)
        said.append(f"{what} {end}" if start == end else f"{what} {start} → {end}")
    return ", ".join(said)


def _summary(words: Words, engine: OneWorld, tie: int) -> str:
    row = engine.outcome().ties[tie]
    first, months = words.money(row["first_best"]), int(row["months"])
    contracts, renewals = int(row["contracts"]), int(row["renewals"])
    talk = f", after {count(int(row['talks']), 'talk')}, {row['impasses']} of them without result"
    planned = words.regime.institution == Institution.PLANNER
    lines = [
        (
            f"{months} of {count(engine.months, 'month')} under {count(contracts, 'contract')}, of which "
            f"{count(renewals, 'renewal')}{'' if planned else talk}."
        )
    ]
    arrived, told = int(row["problems_arrived"]), int(row["problems_reported"])
    if arrived:
        found, hidden = int(row["problems_discovered"]), arrived - told
        lines.append(
            f"{count(arrived, 'problem')}: {told} told at once, {hidden} hidden, {found} found."
        )
    if row["dispute_count"]:
        lines.append(f"{count(int(row['dispute_count']), 'dispute')}, {row['fought']} fought.")
    total = f"Joint surplus over outside options: {words.money(row['surplus'])}"
    if months:
        total += f", {words.number(row['surplus'] / months)} a month served"
        total += f" (on the best terms, before problems: {first})"
    total += f"; the buyer's part {words.number(row['buyer'])}, the vendor's "
    lines.append(f"{total}{words.number(row['vendor'])}.")
    if not planned:
        lines.append(_last_trust(words, row))
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        tie_row = engine.state.ties[tie]
        lines.append(
            f"The buyer puts the vendor's productivity at "
            f"{words.number(tie_row.expected_productivity)} and its capability at "
            f"{plain_number(round(float(row['expected_capability']), 2))}."
        )
    return "\n".join(["In the end", *(line for said in lines for line in _wrap(said, "  "))])


def _last_trust(words: Words, row: Any) -> str:
    said = f"Trust: the buyer's in the vendor {share(row['trust_buyer'])}, the vendor's "
    said += share(row["trust_vendor"])
    if words.setup.mediator_functions:
        said += f", in the mediator {share(row['trust_mediator_buyer'])} and "
        said += share(row["trust_mediator_vendor"])
    return f"{said}."


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
