"""What each side of a tie privately knows, believes and does not know, in sentences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import fill_clause_values
from sim.engines.batch import OneWorld
from sim.jit import plain
from sim.measure.amounts import count
from sim.relationship.meet.enter import has_yet_to_enter
from sim.relationship.work.build_trust import count_directions, current_trust, fade_memory
from sim.render.story.phrases import Words, share
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Function, Institution, IssueKind


class Minds(NamedTuple):
    """Tables [side, issue, level] in money per month: own worth, and what is thought of the other's."""

    own: np.ndarray
    belief: np.ndarray


class Known(NamedTuple):
    """What the two sides know, believe and do not know; the contract between them; what is hidden."""

    contract: tuple[str, ...]
    facts: tuple[tuple[str, ...], tuple[str, ...]]
    beliefs: tuple[tuple[str, ...], tuple[str, ...]]
    unknown: tuple[tuple[str, ...], tuple[str, ...]]
    problems: tuple[str, ...]


def minds(engine: OneWorld, tie: int) -> Minds:
    """Return today's tables of a tie; looking leaves no trace."""
    state, s = engine.state, engine.setup
    row = state.ties[tie]
    kept = state.memo.copy(), state.belief[row.met].copy(), state.hearing[row.met].copy()
    talk = plain(gather_talk_with_tables)(state, s, int(row.need), tie)
    plain(fill_clause_values)(talk, s)
    found = Minds(np.array(talk.log.memo.own), np.array(state.belief[row.met]))
    state.memo[:], state.belief[row.met], state.hearing[row.met] = kept
    return found


def trust_today(engine: OneWorld, tie: int) -> np.ndarray:
    """Return the four kinds of trust of a tie as they stand now; a silent tie's fade unseen."""
    state, s = engine.state, engine.setup
    row = state.ties[tie]
    rows = state.trust[row.met].copy()
    silent = engine.period - int(row.caught_up)
    if silent > 0:
        for direction in range(plain(count_directions)(s)):
            plain(fade_memory)(rows[direction], direction, s, silent)
            rows[direction].now = plain(current_trust)(rows[direction], direction, s)
    return np.array(rows.now)


def strategy_name(engine: OneWorld, number: int) -> str:
    """Return what a strategy of a scenario is called."""
    text, played = list(engine.plays.items())[number]
    if played.own is None:
        return text.replace("_", " ")
    return text + (f" ({played.own.compiled_as()})" if played.own.why_plain else "")


def known(words: Words, engine: OneWorld, tie: int) -> Known:
    """Return what is to be said of a tie as it stands now."""
    planned = words.regime.institution == Institution.PLANNER
    trust = trust_today(engine, tie)
    return Known(
        tuple(_contract(words, engine, tie)),
        (tuple(_buyer_facts(words, engine, tie)), tuple(_vendor_facts(words, engine, tie))),
        ((), ())
        if planned
        else (
            tuple(_buyer_beliefs(words, engine, tie, trust)),
            tuple(_vendor_beliefs(words, engine, tie, trust)),
        ),
        (tuple(_hidden_from_buyer(words, engine, tie)), tuple(_hidden_from_vendor(engine, tie))),
        tuple(_problems(words, engine, tie)),
    )


def _contract(words: Words, engine: OneWorld, tie: int) -> list[str]:
    state = engine.state
    row = state.ties[tie]
    need = state.needs[int(row.need)]
    partner = int(need.partner)
    if partner != tie:
        if need.expired and need.last == tie:
            return [f"It has run out after {count(int(row.months), 'month')}; renewal is next."]
        if partner >= 0:
            other = int(state.ties[partner].vendor_id)
            return [
                f"None between these two: the buyer is served by vendor {other} (tie {partner})."
            ]
        if has_yet_to_enter(need, engine.period):
            return [f"None: the need is not yet in the market; it comes in month {need.start + 1}."]
        if engine.period < int(row.cool_until):
            return ["None: the two pause after a talk without result."]
        return ["None."]
    left = count(int(row.months_left), "month")
    said = [f"{words.money(row.price)} a month, {left} left: {words.contract(row)}."]
    number = count(int(row.contracts), "contract")
    said.append(f"{number} so far, {int(row.renewals)} of them renewals, {int(row.months)} months.")
    if row.engaged:
        said.append(f"A mediator accompanies it: {_functions(int(row.functions))}.")
    return said


def _functions(bits: int) -> str:
    names = [f.name.lower() for f in Function if bits & 1 << f]
    return ", ".join(names) if names else "it only keeps the contract"


def _buyer_facts(words: Words, engine: OneWorld, tie: int) -> list[str]:
    state = engine.state
    need = state.needs[int(state.ties[tie].need)]
    more = words.money(need.quality_worth)
    said = [
        f"Without a contract it has {words.money(need.outside)} a month.",
        f"A fully capable vendor is worth {more} a month more to it than one of no capability.",
        f"It concedes by the strategy “{strategy_name(engine, need.strategy)}”.",
    ]
    if 0.0 < need.budget < np.inf:
        said.append(f"It may spend at most {words.money(need.budget)} a month in calm times.")
    return said + _conduct(words, "buyer", int(need.conduct))


def _vendor_facts(words: Words, engine: OneWorld, tie: int) -> list[str]:
    state = engine.state
    row = state.ties[tie]
    vendor = state.vendors[row.vendor_id]
    said = [
        f"Without a contract it has {words.money(vendor.outside)} a month.",
        f"Its true capability is {share(vendor.capability)}; it claims {share(row.claim)}.",
        f"It concedes by the strategy “{strategy_name(engine, vendor.strategy)}”.",
    ]
    if vendor.productivity > 0.0:
        said.append(f"Its effort can move {words.money(vendor.productivity)} a month.")
    return said + _conduct(words, "vendor", int(vendor.conduct))


def _conduct(words: Words, side: str, number: int) -> list[str]:
    types = [c.name for c in words.regime.scenario.conducts if c.side == side]
    return [f"Its conduct is of the type “{types[number]}”."] if types else []


def _buyer_beliefs(words: Words, engine: OneWorld, tie: int, trust: np.ndarray) -> list[str]:
    row = engine.state.ties[tie]
    said = [
        f"It trusts the vendor {share(trust[BUYER_IN_VENDOR])}.",
        f"It expects a capability of {share(row.expected)}.",
    ]
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        said.append(f"It puts what effort can move at {words.money(row.expected_productivity)}.")
    if words.setup.mediator_functions:
        said.append(f"It trusts the mediator {share(trust[BUYER_IN_MEDIATOR])}.")
    if words.is_shown(row.grievance):
        limit = words.money(words.regime.scenario.disputes.threshold)
        said.append(
            f"It carries a grievance of {words.number(row.grievance)}; {limit} is a dispute."
        )
    return said


def _vendor_beliefs(words: Words, engine: OneWorld, tie: int, trust: np.ndarray) -> list[str]:
    row = engine.state.ties[tie]
    said = [f"It trusts the buyer {share(trust[VENDOR_IN_BUYER])}."]
    if engine.state.needs[int(row.need)].partner == tie:
        said.append(f"It reckons with a margin of {words.money(row.margin)} a month.")
    if words.setup.mediator_functions:
        said.append(f"It trusts the mediator {share(trust[VENDOR_IN_MEDIATOR])}.")
    return said


def _hidden_from_buyer(words: Words, engine: OneWorld, tie: int) -> list[str]:
    state = engine.state
    row = state.ties[tie]
    need, vendor = state.needs[int(row.need)], state.vendors[row.vendor_id]
    said = [
        f"that the vendor's capability is {share(vendor.capability)}",
        "what the vendor has without a contract",
    ]
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        said.append(f"that its effort can move {words.money(vendor.productivity)}")
    hidden = len(_open(engine, tie))
    if hidden:
        said.append(f"that the vendor hides {count(hidden, 'problem')}")
    if need.unnoticed:
        ago = count(engine.period - int(need.shifted_at), "month")
        said.append(f"that its own need shifted {ago} ago")
    return said


def _hidden_from_vendor(engine: OneWorld, tie: int) -> list[str]:
    need = engine.state.needs[int(engine.state.ties[tie].need)]
    return ["what the buyer has without a contract"] + (
        ["that the buyer's need has shifted"] if need.unnoticed else []
    )


def _open(engine: OneWorld, tie: int) -> list[np.record]:
    state = engine.state
    need = int(state.ties[tie].need)
    rows = state.problems[need][: int(state.needs[need].open)]
    return [row for row in rows if row.tie == tie]


def _problems(words: Words, engine: OneWorld, tie: int) -> list[str]:
    return [
        f"Hidden since month {int(row.since) + 1}: by now it harms the buyer by "
        f"{words.money(row.harm)} a month."
        for row in _open(engine, tie)
    ]
