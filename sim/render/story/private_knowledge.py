"""What each side of a tie knows, believes and does not know, in sentences."""

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
from sim.render.story.phrases import Words, two_decimals
from sim.state import (
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Function, Institution, IssueKind


class BeliefTables(NamedTuple):
    """Tables [side, issue, level] in money per month.

    `own` holds each side's own worths, `belief` what each side believes of the other's.
    """

    own: np.ndarray
    belief: np.ndarray


class Knowledge(NamedTuple):
    """The sentences on one tie: its contract, and per side facts, beliefs and unknowns.

    Pairs are (buyer, vendor); `problems` are those the vendor hides.
    """

    contract: tuple[str, ...]
    facts: tuple[tuple[str, ...], tuple[str, ...]]
    beliefs: tuple[tuple[str, ...], tuple[str, ...]]
    unknown: tuple[tuple[str, ...], tuple[str, ...]]
    problems: tuple[str, ...]


def belief_tables(engine: OneWorld, tie: int) -> BeliefTables:
    """Return the belief tables of a tie as they are now; the world is left unchanged."""
    state, setup = engine.state, engine.setup
    row = state.ties[tie]
    saved = state.memo.copy(), state.belief[row.met].copy(), state.hearing[row.met].copy()
    talk = plain(gather_talk_with_tables)(state, setup, int(row.need), tie)
    plain(fill_clause_values)(talk, setup)
    tables = BeliefTables(np.array(talk.log.memo.own), np.array(state.belief[row.met]))
    state.memo[:], state.belief[row.met], state.hearing[row.met] = saved
    return tables


def trust_of_tie(engine: OneWorld, tie: int) -> np.ndarray:
    """Return the four directions of trust of a tie now; the world is left unchanged.

    If the two have not been in touch, their trust has faded, though their rows do not show it yet.
    """
    state, setup = engine.state, engine.setup
    row = state.ties[tie]
    rows = state.trust[row.met].copy()
    silent_months = engine.period - int(row.caught_up)
    if silent_months > 0:
        for direction in range(plain(count_directions)(setup)):
            plain(fade_memory)(rows[direction], direction, setup, silent_months)
            rows[direction].now = plain(current_trust)(rows[direction], direction, setup)
    return np.array(rows.now)


def strategy_name(engine: OneWorld, number: int) -> str:
    """Return the name of a strategy of the scenario, by its number."""
    text, played = list(engine.plays.items())[number]
    if played.custom is None:
        return text.replace("_", " ")
    return text + (f" ({played.custom.compiled_as()})" if played.custom.why_plain else "")


def describe_knowledge(words: Words, engine: OneWorld, tie: int) -> Knowledge:
    """Return the sentences on a tie as it is now."""
    planned = words.regime.institution == Institution.PLANNER
    trust = trust_of_tie(engine, tie)
    return Knowledge(
        tuple(_describe_contract(words, engine, tie)),
        (tuple(_buyer_facts(words, engine, tie)), tuple(_vendor_facts(words, engine, tie))),
        ((), ())
        if planned
        else (
            tuple(_buyer_beliefs(words, engine, tie, trust)),
            tuple(_vendor_beliefs(words, engine, tie, trust)),
        ),
        (tuple(_hidden_from_buyer(words, engine, tie)), tuple(_hidden_from_vendor(engine, tie))),
        tuple(_problem_sentences(words, engine, tie)),
    )


def _describe_contract(words: Words, engine: OneWorld, tie: int) -> list[str]:
    """Return the contract in force, or why there is none."""
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
    sentences = [f"{words.money(row.price)} a month, {left} left: {words.contract(row)}."]
    number = count(int(row.contracts), "contract")
    sentences.append(
        f"{number} so far, {int(row.renewals)} of them renewals, {int(row.months)} months."
    )
    if row.engaged:
        sentences.append(f"A mediator accompanies it: {_functions_in_words(int(row.functions))}.")
    return sentences


def _functions_in_words(bits: int) -> str:
    """Return the functions of a mediator from their bits."""
    names = [f.name.lower() for f in Function if bits & 1 << f]
    return ", ".join(names) if names else "it only keeps the contract"


def _buyer_facts(words: Words, engine: OneWorld, tie: int) -> list[str]:
    """Return the buyer's knowledge of itself."""
    state = engine.state
    need = state.needs[int(state.ties[tie].need)]
    more = words.money(need.quality_worth)
    sentences = [
        f"Without a contract it has {words.money(need.outside)} a month.",
        f"A fully capable vendor is worth {more} a month more to it than one of no capability.",
        f"It concedes by the strategy “{strategy_name(engine, need.strategy)}”.",
    ]
    if 0.0 < need.budget < np.inf:
        sentences.append(f"It may spend at most {words.money(need.budget)} a month in calm times.")
    return sentences + _conduct_sentences(words, "buyer", int(need.conduct))


def _vendor_facts(words: Words, engine: OneWorld, tie: int) -> list[str]:
    """Return the vendor's knowledge of itself."""
    state = engine.state
    row = state.ties[tie]
    vendor = state.vendors[row.vendor_id]
    sentences = [
        f"Without a contract it has {words.money(vendor.outside)} a month.",
        f"Its true capability is {two_decimals(vendor.capability)}; it claims {two_decimals(row.claim)}.",
        f"It concedes by the strategy “{strategy_name(engine, vendor.strategy)}”.",
    ]
    if vendor.productivity > 0.0:
        sentences.append(f"Its effort can move {words.money(vendor.productivity)} a month.")
    return sentences + _conduct_sentences(words, "vendor", int(vendor.conduct))


def _conduct_sentences(words: Words, side: str, number: int) -> list[str]:
    """Return the type of conduct of a side, if the scenario has types."""
    types = [c.name for c in words.regime.scenario.conducts if c.side == side]
    return [f"Its conduct is of the type “{types[number]}”."] if types else []


def _buyer_beliefs(words: Words, engine: OneWorld, tie: int, trust: np.ndarray) -> list[str]:
    """Return the buyer's beliefs about the vendor and the mediator."""
    row = engine.state.ties[tie]
    sentences = [
        f"It trusts the vendor {two_decimals(trust[BUYER_IN_VENDOR])}.",
        f"It expects a capability of {two_decimals(row.expected)}.",
    ]
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        sentences.append(
            f"It believes that the vendor's effort can move {words.money(row.expected_productivity)} a month."
        )
    if words.setup.mediator_functions:
        sentences.append(f"It trusts the mediator {two_decimals(trust[BUYER_IN_MEDIATOR])}.")
    if words.is_shown(row.grievance):
        limit = words.money(words.regime.scenario.disputes.threshold)
        sentences.append(
            f"It carries a grievance of {words.number(row.grievance)}; {limit} is a dispute."
        )
    return sentences


def _vendor_beliefs(words: Words, engine: OneWorld, tie: int, trust: np.ndarray) -> list[str]:
    """Return the vendor's beliefs about the buyer and the mediator."""
    row = engine.state.ties[tie]
    sentences = [f"It trusts the buyer {two_decimals(trust[VENDOR_IN_BUYER])}."]
    if engine.state.needs[int(row.need)].partner == tie:
        sentences.append(f"It reckons with a margin of {words.money(row.margin)} a month.")
    if words.setup.mediator_functions:
        sentences.append(f"It trusts the mediator {two_decimals(trust[VENDOR_IN_MEDIATOR])}.")
    return sentences


def _hidden_from_buyer(words: Words, engine: OneWorld, tie: int) -> list[str]:
    """Return the facts that the buyer does not know."""
    state = engine.state
    row = state.ties[tie]
    need, vendor = state.needs[int(row.need)], state.vendors[row.vendor_id]
    unknown = [
        f"that the vendor's capability is {two_decimals(vendor.capability)}",
        "what the vendor has without a contract",
    ]
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        unknown.append(f"that its effort can move {words.money(vendor.productivity)}")
    hidden = len(_open_problems(engine, tie))
    if hidden:
        unknown.append(f"that the vendor hides {count(hidden, 'problem')}")
    if need.unnoticed:
        ago = count(engine.period - int(need.shifted_at), "month")
        unknown.append(f"that its own need shifted {ago} ago")
    return unknown


def _hidden_from_vendor(engine: OneWorld, tie: int) -> list[str]:
    """Return the facts that the vendor does not know."""
    need = engine.state.needs[int(engine.state.ties[tie].need)]
    return ["what the buyer has without a contract"] + (
        ["that the buyer's need has shifted"] if need.unnoticed else []
    )


def _open_problems(engine: OneWorld, tie: int) -> list[np.record]:
    """Return the rows of hidden problems of a tie."""
    state = engine.state
    need = int(state.ties[tie].need)
    rows = state.problems[need][: int(state.needs[need].open)]
    return [row for row in rows if row.tie == tie]


def _problem_sentences(words: Words, engine: OneWorld, tie: int) -> list[str]:
    """Return each hidden problem and its harm by now."""
    return [
        f"Hidden since month {int(row.since) + 1}: by now it harms the buyer by "
        f"{words.money(row.harm)} a month."
        for row in _open_problems(engine, tie)
    ]
