"""The life of one tie in readable sentences, month by month; the same bytes at every telling."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Any

from sim.bargain.compromise import sees_contest
from sim.bargain.talk_rows import gather_talk
from sim.engines.batch import OneWorld
from sim.errors import SimError
from sim.jit import plain
from sim.measure.amounts import count
from sim.render import tables
from sim.render.story.life import happened, months, quiet, spent, standing
from sim.render.story.phrases import Month, Words, calendar, plain_number, share
from sim.render.story.private_knowledge import minds, strategy_name
from sim.render.tables import Grid, Head, items
from sim.scenario.load import Loaded
from sim.scenario.mediator_styles import styles_in_words
from sim.state import (
    BUYER,
    BUYER_IN_MEDIATOR,
    BUYER_IN_VENDOR,
    VENDOR,
    VENDOR_IN_BUYER,
    VENDOR_IN_MEDIATOR,
)
from sim.words import Institution, IssueKind

WIDTH = 100
MARGIN = "    "
BELIEFS = (
    Head("level", left=True),
    *map(Head, ("worth to buyer", "vendor thinks", "cost to vendor", "buyer thinks")),
)
MOST = 2**63 - 1


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
    where = f"{count(market.needs, 'need')} × {count(market.candidates, 'candidate')}"
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
        f"The buyer (need {row.need}) concedes by the strategy “{strategy_name(engine, need.strategy)}”",
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
            f"“{strategy_name(engine, vendor.strategy)}”"
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
    told = [buyer, seller, [together]]
    if engine.setup.mediator_functions:
        told.insert(2, [_mediators(words)])
    paragraphs = (". ".join(said) + "." for said in told)
    lines = [line for said in paragraphs for line in _wrap(said, "  ")]
    return "\n".join(["Who they are", *lines])


def _mediators(words: Words) -> str:
    mediator = words.regime.scenario.mediator
    part = (
        "each side takes part as far as it trusts the mediator"
        if mediator.participation == "trust"
        else "both sides always take part"
    )
    return f"The mediator's style: {styles_in_words(mediator.style)}; {part}"


def _risk(words: Words, risk: float) -> list[str]:
    return [f"Its risk aversion is {risk:.4f} per {words.amounts.currency}"] if risk > 0.0 else []


def _first_beliefs(words: Words, engine: OneWorld, tie: int) -> str:
    """Return what both want of each level, and what the other thinks of it before the first word."""
    state, s = engine.state, engine.setup
    row, (own, belief) = state.ties[tie], minds(engine, tie)
    trust = state.trust[row.met].now
    lines = _wrap(
        f"The buyer expects a capability of {share(row.expected)} and trusts the vendor "
        f"{share(trust[BUYER_IN_VENDOR])}; the vendor trusts the buyer "
        f"{share(trust[VENDOR_IN_BUYER])}."
        + (
            f" They trust the mediator {share(trust[BUYER_IN_MEDIATOR])} and "
            f"{share(trust[VENDOR_IN_MEDIATOR])}."
            if s.mediator_functions
            else ""
        )
        + _contests(engine, tie),
        "  ",
    )
    unit = f"{words.amounts.currency}/month"
    rows = []
    for k, issue in enumerate(words.issues):
        for level in range(len(issue.levels)):
            numbers = (own[0, k, level], belief[1, k, level], -own[1, k, level])
            cells = [words.number(n) for n in (*numbers, -belief[0, k, level])]
            rows.append(items(f"{issue.name}: {words.level(k, level)}", *cells))
    lines.append(f"  What each level is worth and costs, and what the other side thinks ({unit}):")
    lines.append(textwrap.indent(tables.text(Grid(BELIEFS, rows), WIDTH - len(MARGIN)), MARGIN))
    return "\n".join(["What they believe at first", *lines])


def _contests(engine: OneWorld, tie: int) -> str:
    """Say who sees every issue as a contest, where people may."""
    if engine.setup.beliefs_fixed_pie_share <= 0.0:
        return ""
    talk = plain(gather_talk)(engine.state, engine.state.ties[tie].need, tie)
    buyer, vendor = (plain(sees_contest)(talk, engine.setup, side) for side in (BUYER, VENDOR))
    if buyer and vendor:
        return (
            " Both see every issue as a contest: they give way to its middle until they are shown "
            "better."
        )
    if not buyer and not vendor:
        return " Both look for the terms that are best for the two of them."
    one, other = ("buyer", "vendor") if buyer else ("vendor", "buyer")
    return (
        f" The {one} sees every issue as a contest: it gives way to its middle until it is shown "
        f"better. The {other} looks for the terms that are best for the two of them."
    )


def _life(words: Words, engine: OneWorld, tie: int, talks: bool) -> Iterator[str]:
    """Yield the lines of every eventful month, and one line per quiet stretch between them."""
    still: list[Month] = []
    yield "What happened"
    for month in months(engine, tie):
        said = happened(words, engine, month, tie, talks)
        if said or (still and spent(still[-1], tie) != spent(month, tie)):
            yield from _quiet(words, still, tie)
            still = []
        if said:
            first, *rest = said
            yield from _wrap(f"{calendar(month.number)}: {first}", "  ")
            for line in rest:
                yield from _wrap(line, "    ")
        else:
            still.append(month)
    yield from _quiet(words, still, tie)


def _quiet(words: Words, still: list[Month], tie: int) -> Iterator[str]:
    if still:
        first, last = still[0], still[-1]
        said = quiet(words, spent(last, tie), standing(first)[0], standing(last)[1])
        yield from _wrap(f"{calendar(first.number, last.number)}: {said}", "  ")


def _summary(words: Words, engine: OneWorld, tie: int) -> str:
    row = engine.outcome().ties[tie]
    first, served = words.money(row["first_best"]), int(row["months"])
    contracts, renewals = int(row["contracts"]), int(row["renewals"])
    talk = f", after {count(int(row['talks']), 'talk')}, {row['impasses']} of them without result"
    planned = words.regime.institution == Institution.PLANNER
    lines = [
        (
            f"{served} of {count(engine.months, 'month')} under {count(contracts, 'contract')}, of which "
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
    if served:
        total += f", {words.number(row['surplus'] / served)} a month served"
        total += f" (on the best terms at the end, before problems: {first})"
    total += f"; the buyer's part {words.number(row['buyer'])}, the vendor's "
    lines.append(f"{total}{words.number(row['vendor'])}.")
    if not planned:
        lines.append(_last_trust(words, row))
        lines.append(_traits(row))
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        tie_row = engine.state.ties[tie]
        lines.append(
            f"The buyer puts the vendor's productivity at "
            f"{words.number(tie_row.expected_productivity)} and its capability at "
            f"{plain_number(round(float(row['expected_capability']), 2))}."
        )
    return "\n".join(["In the end", *(line for said in lines for line in _wrap(said, "  "))])


def _traits(row: Any) -> str:
    """Return what recent months under contract say of the tie."""
    respect, told, won = (share(row[name]) for name in ("respect", "collaboration", "success"))
    return f"In recent months of service: respect {respect}, collaboration {told}, success {won}."


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
