"""The life of one tie as a text of sentences, month by month."""

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
from sim.render.story.life import (
    describe_month,
    describe_quiet_months,
    kind_of_quiet_month,
    run_months,
    standings_of_month,
)
from sim.render.story.phrases import Month, Words, month_label, plain_number, two_decimals
from sim.render.story.private_knowledge import belief_tables, strategy_name
from sim.render.tables import Grid, Head, text_items
from sim.scenario.load import LoadedScenario
from sim.scenario.mediator_styles import describe_styles
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
BELIEF_HEADS = (
    Head("level", left=True),
    *map(Head, ("worth to buyer", "vendor thinks", "cost to vendor", "buyer thinks")),
)
LARGEST_SEED = 2**63 - 1  # also the largest world: both are int64 in the rules


def story(
    loaded: LoadedScenario,
    regime: str,
    world: int,
    tie: int,
    *,
    seed: int | None = None,
    talks: bool = False,
) -> str:
    """Return the life of one tie of one world under a regime, at most 100 columns wide.

    With `talks` every offer is listed. Without a seed the scenario's own is used; the same arguments
    give the same text. Raises SimError if the world, the tie, the seed or the regime does not exist.
    """
    resolved = loaded.regime(regime)
    market = resolved.scenario.market
    last = market.needs * market.candidates - 1
    where = f"{count(market.needs, 'need')} × {count(market.candidates, 'candidate')}"
    _check_range("world", world, LARGEST_SEED)
    _check_range("tie", tie, last, f" ({where})")
    seed = loaded.scenario.run.seed if seed is None else seed
    _check_range("seed", seed, LARGEST_SEED)
    engine = OneWorld(resolved, seed, world, tables=("events", "offers"))
    words = Words(resolved, engine.setup)
    sections = [_title_paragraph(loaded, words, engine, tie), _people_section(words, engine, tie)]
    sections.append(_beliefs_section(words, engine, tie))
    sections.append("\n".join(_life_lines(words, engine, tie, talks)))
    sections.append(_summary_section(words, engine, tie))
    return "\n\n".join(sections) + "\n"


def _check_range(name: str, value: Any, largest: int, note: str = "") -> None:
    """Raise SimError unless a value is a whole number from 0 to `most`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= largest:
        top = "2⁶³ − 1" if largest == LARGEST_SEED else str(largest)
        what = "0" if largest == 0 else f"a whole number from 0 to {top}"
        raise SimError(f"{name} = {value}: want {what}{note}")


def _title_paragraph(loaded: LoadedScenario, words: Words, engine: OneWorld, tie: int) -> str:
    """Return the heading with scenario, months, seed and unit."""
    head = f"The life of tie {tie} in world {engine.world} under {words.regime.name}"
    about = loaded.scenario.title or loaded.name
    size = f"{about} ({loaded.name}), {count(engine.months, 'month')}, seed {engine.seed}."
    unit = f"Money is in {words.amounts.currency}; month 1 is period 0 of the tables."
    return "\n".join([head, "=" * len(head), *_wrap(f"{size} {unit}")])


def _people_section(words: Words, engine: OneWorld, tie: int) -> str:
    """Return the section on buyer, vendor and mediator, and what the two could gain."""
    state = engine.state
    row = state.ties[tie]
    need, vendor = state.needs[row.need], state.vendors[row.vendor_id]
    candidates = engine.sizes[2]
    competitors = f", one of the {candidates} vendors it considers" if candidates > 1 else ""
    buyer = [
        f"The buyer (need {row.need}) concedes by the strategy “{strategy_name(engine, need.strategy)}”",
        f"Without a contract it has {words.money(need.outside)} a month",
        (
            f"A fully capable vendor is worth {words.money(need.quality_worth)} a month more to it "
            "than one of no capability"
        ),
        *_risk_sentences(words, need.risk),
    ]
    seller = [
        (
            f"The vendor (vendor {row.vendor_id}{competitors}) concedes by the strategy "
            f"“{strategy_name(engine, vendor.strategy)}”"
        ),
        f"Without a contract it has {words.money(vendor.outside)} a month",
        f"Its capability is {two_decimals(vendor.capability)}; it claims {two_decimals(row.claim)}",
        *_risk_sentences(words, vendor.risk),
    ]
    if vendor.productivity > 0.0:
        seller.append(
            f"Its productivity of effort is {words.money(vendor.productivity)} a month, which "
            f"makes {two_decimals(row.best_share)} the best risk share"
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
    groups = [buyer, seller, [together]]
    if engine.setup.mediator_functions:
        groups.insert(2, [_mediator_sentence(words)])
    paragraphs = (". ".join(sentences) + "." for sentences in groups)
    lines = [line for sentences in paragraphs for line in _wrap(sentences, "  ")]
    return "\n".join(["Who they are", *lines])


def _mediator_sentence(words: Words) -> str:
    """Return the mediator's style and who takes part in its rounds."""
    mediator = words.regime.scenario.mediator
    part = (
        "each side takes part as far as it trusts the mediator"
        if mediator.participation == "trust"
        else "both sides always take part"
    )
    return f"The mediator's style: {describe_styles(mediator.style)}; {part}"


def _risk_sentences(words: Words, risk: float) -> list[str]:
    """Return the risk aversion of a side, if it has any."""
    return [f"Its risk aversion is {risk:.4f} per {words.amounts.currency}"] if risk > 0.0 else []


def _beliefs_section(words: Words, engine: OneWorld, tie: int) -> str:
    """Return the section on each side's worths and on what the other side believes of them."""
    state, setup = engine.state, engine.setup
    row, (worths, beliefs) = state.ties[tie], belief_tables(engine, tie)
    trust = state.trust[row.met].now
    lines = _wrap(
        f"The buyer expects a capability of {two_decimals(row.expected)} and trusts the vendor "
        f"{two_decimals(trust[BUYER_IN_VENDOR])}; the vendor trusts the buyer "
        f"{two_decimals(trust[VENDOR_IN_BUYER])}."
        + (
            f" They trust the mediator {two_decimals(trust[BUYER_IN_MEDIATOR])} and "
            f"{two_decimals(trust[VENDOR_IN_MEDIATOR])}."
            if setup.mediator_functions
            else ""
        )
        + _contest_sentences(engine, tie),
        "  ",
    )
    unit = f"{words.amounts.currency}/month"
    rows = []
    for k, issue in enumerate(words.issues):
        for level in range(len(issue.levels)):
            numbers = (worths[0, k, level], beliefs[1, k, level], -worths[1, k, level])
            cells = [words.number(n) for n in (*numbers, -beliefs[0, k, level])]
            rows.append(text_items(f"{issue.name}: {words.level(k, level)}", *cells))
    lines.append(f"  What each level is worth and costs, and what the other side thinks ({unit}):")
    lines.append(
        textwrap.indent(tables.to_text(Grid(BELIEF_HEADS, rows), WIDTH - len(MARGIN)), MARGIN)
    )
    return "\n".join(["What they believe at first", *lines])


def _contest_sentences(engine: OneWorld, tie: int) -> str:
    """Return which side sees every issue as a contest, if the scenario allows it."""
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
    contesting, other = ("buyer", "vendor") if buyer else ("vendor", "buyer")
    return (
        f" The {contesting} sees every issue as a contest: it gives way to its middle until it is shown "
        f"better. The {other} looks for the terms that are best for the two of them."
    )


def _life_lines(words: Words, engine: OneWorld, tie: int, talks: bool) -> Iterator[str]:
    """Yield the lines of every eventful month, and a line per quiet stretch between them."""
    quiet: list[Month] = []
    yield "What happened"
    for month in run_months(engine, tie):
        sentences = describe_month(words, engine, month, tie, talks)
        if sentences or (
            quiet and kind_of_quiet_month(quiet[-1], tie) != kind_of_quiet_month(month, tie)
        ):
            yield from _quiet_lines(words, quiet, tie)
            quiet = []
        if sentences:
            first, *rest = sentences
            yield from _wrap(f"{month_label(month.number)}: {first}", "  ")
            for line in rest:
                yield from _wrap(line, "    ")
        else:
            quiet.append(month)
    yield from _quiet_lines(words, quiet, tie)


def _quiet_lines(words: Words, quiet: list[Month], tie: int) -> Iterator[str]:
    """Yield the line of a quiet stretch; nothing if it is empty."""
    if quiet:
        first, last = quiet[0], quiet[-1]
        sentence = describe_quiet_months(
            words,
            kind_of_quiet_month(last, tie),
            standings_of_month(first)[0],
            standings_of_month(last)[1],
        )
        yield from _wrap(f"{month_label(first.number, last.number)}: {sentence}", "  ")


def _summary_section(words: Words, engine: OneWorld, tie: int) -> str:
    """Return the section on the end: contracts, problems, surplus, trust."""
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
    problems, reported = int(row["problems_arrived"]), int(row["problems_reported"])
    if problems:
        found, hidden = int(row["problems_discovered"]), problems - reported
        lines.append(
            f"{count(problems, 'problem')}: {reported} told at once, {hidden} hidden, {found} found."
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
        lines.append(_trust_sentence(words, row))
        lines.append(_traits_sentence(row))
    if any(i.kind == IssueKind.RISK_SHARE.name.lower() for i in words.issues):
        tie_row = engine.state.ties[tie]
        lines.append(
            f"The buyer puts the vendor's productivity at "
            f"{words.number(tie_row.expected_productivity)} and its capability at "
            f"{plain_number(round(float(row['expected_capability']), 2))}."
        )
    return "\n".join(
        ["In the end", *(line for paragraph in lines for line in _wrap(paragraph, "  "))]
    )


def _traits_sentence(row: Any) -> str:
    """Return the tie's traits in its last months under contract."""
    respect, collaboration, success = (
        two_decimals(row[name]) for name in ("respect", "collaboration", "success")
    )
    return f"In recent months of service: respect {respect}, collaboration {collaboration}, success {success}."


def _trust_sentence(words: Words, row: Any) -> str:
    """Return trust at the end."""
    sentence = f"Trust: the buyer's in the vendor {two_decimals(row['trust_buyer'])}, the vendor's "
    sentence += two_decimals(row["trust_vendor"])
    if words.setup.mediator_functions:
        sentence += f", in the mediator {two_decimals(row['trust_mediator_buyer'])} and "
        sentence += two_decimals(row["trust_mediator_vendor"])
    return f"{sentence}."


def _wrap(text: str, indent: str = "") -> list[str]:
    """Return a text as lines of at most `WIDTH` columns."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,
        break_on_hyphens=False,
    )
