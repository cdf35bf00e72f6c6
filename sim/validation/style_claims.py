"""Checks whether a style of mediator does what it claims, by what happens in drawn worlds.

The worlds are those of one scenario under the real engine. Every style must keep the books exact,
give the same bits in every engine, leave luck as it is, put no more texts than allowed, and let
nobody lose by what replaces an agreement. What it claims itself are its moments, and whether it
puts texts at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.engines.batch import RunTables, block_of, run_block, simulate
from sim.jit import config
from sim.mediation.rounds.custom_mediator import MOMENTS, plain_addresses
from sim.mediation.styles.style_catalogue import ConfiguredStyle, needed_functions, parse_style
from sim.outcomes.many.conformance import Finding
from sim.records import CAUSE_COLUMNS
from sim.scenario.load import load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.scenario.regimes import ResolvedRegime
from sim.strategies.code_consent import ALL_FILES
from sim.words import Event, Moment, Style

SCENARIO, WORLDS, MONTHS, FEW_WORLDS = "one_tie", 24, 18, 3
TABLES = ("periods", "ties", "events", "offers")
ACTS = (
    Event.MEDIATOR_ACTS, Event.QUESTION_ASKED, Event.ESTIMATE_TOLD, Event.EDIT_TRIED, Event.DRAFT
)  # fmt: skip
TALKS = (Moment.BEFORE, Moment.TALK, Moment.IMPASSE, Moment.SIGNED)
MEDIATOR, ROUNDING = 2, 1e-9
ZONES: tuple[dict[str, Any], ...] = (
    {},
    {"buyers.outside": 12.0, "negotiation.deadline": 4},
    {"buyers.outside": 22.0, "vendors.outside": 8.0, "negotiation.deadline": 3},
)  # talks that are easy, hard, and so hard that many fail


def check_style(text: str, seed: int = 1) -> tuple[Finding, ...]:
    """Return each claim and duty of a style, and whether it held in drawn worlds.

    `text` names a style, with settings, or a file. Raises SimError if the style is unknown or its
    file fails.
    """
    style = parse_style(text, "style")
    runs = [_run_style(style, seed, zone) for zone in ZONES]
    found = [
        *_check_books(runs),
        *_check_engines_agree(style, seed, runs[0]),
        _check_luck(style, seed),
        _check_fee(style, seed),
    ]
    if all(moment in TALKS for moment in style.entry.moments):
        found.append(_check_untrusted(style, seed))
    return (
        *found,
        *_check_moments(style, runs),
        *_check_texts(style, runs),
        _check_replacements(style, runs),
    )


def _practising_regime(
    style: ConfiguredStyle, institution: str, keys: dict[str, Any]
) -> ResolvedRegime:
    """Return a regime whose mediator has the functions a style needs, and practises it."""
    functions = needed_functions([style.entry])
    written = {
        "run.months": MONTHS, "mediator.functions": functions, "mediator.style": str(style), **keys
    }  # fmt: skip
    return load(SCENARIO, written, consent=ALL_FILES.without_notes()).regime(institution)


def _run_style(
    style: ConfiguredStyle,
    seed: int,
    keys: dict[str, Any] | None = None,
    institution: str = "mediated",
) -> RunTables:
    return simulate(
        _practising_regime(style, institution, keys or {}), range(WORLDS), seed, tables=TABLES
    )


def differing_columns(
    first: RunTables, second: RunTables, tables: tuple[str, ...] = TABLES
) -> list[str]:
    """Return the columns in which two runs differ in any bit, as "table.column"."""
    found = []
    for table in tables:
        a, b = getattr(first, table), getattr(second, table)
        names = a.dtype.names or ()
        found += [f"{table}.{c}" for c in names if a[c].tobytes() != b[c].tobytes()]
    return found


def _equality_finding(what: str, differ: list[str]) -> Finding:
    detail = (
        f"{len(differ)} columns differ: {', '.join(differ[:3])}" if differ else "no bit differs"
    )
    return Finding(what, not differ, detail)


def _check_books(runs: list[RunTables]) -> Iterator[Finding]:
    """Yield whether buyer and vendor sum to surplus, and the causes to what was lost."""
    gaps = {
        "buyer's and vendor's parts add up to the surplus": 0.0,
        "causes add up to all that is lost": 0.0,
    }
    for run in runs:
        rows = run.periods
        parts = (
            (rows["surplus"], rows["buyer"], rows["vendor"]),
            (rows["first_best"], rows["surplus"], *(rows[c.name] for c in CAUSE_COLUMNS)),
        )
        for name, (whole, *rest) in zip(gaps, parts, strict=True):
            terms = np.maximum(1.0, np.max(np.abs([whole, *rest]), axis=0))
            gaps[name] = max(gaps[name], float((np.abs(whole - sum(rest)) / terms).max()))
    for name, gap in gaps.items():
        yield Finding(name, gap <= ROUNDING, f"largest gap {gap:.1e}")


def _check_engines_agree(style: ConfiguredStyle, seed: int, run: RunTables) -> Iterator[Finding]:
    """Yield whether engines agree and, for a custom mediator, compiled and plain rules."""
    yield _equality_finding(
        "the same worlds give the same bits", differing_columns(run, _run_style(style, seed))
    )
    if config.DISABLE_JIT:
        return
    regime = _practising_regime(style, "mediated", {})
    few = simulate(regime, range(FEW_WORLDS), seed, tables=TABLES)
    slow = simulate(regime, range(FEW_WORLDS), seed, tables=TABLES, compiled=False)
    yield _equality_finding(
        "compiled and interpreted engine agree, bit for bit", differing_columns(few, slow)
    )
    if style.custom is not None and not style.custom.why_plain:
        s, (kept, addresses) = parameter_row(regime), plain_addresses(style.custom)
        s.style_rule[0] = addresses
        plain = run_block(regime, block_of(s, range(FEW_WORLDS)), seed, TABLES, True)
        del kept
        yield _equality_finding("its compiled and plain rules agree", differing_columns(few, plain))


def _check_luck(style: ConfiguredStyle, seed: int) -> Finding:
    """Return whether every table without functions is that without a mediator."""
    idle = _run_style(style, seed, {"mediator.functions": []})
    none = _run_style(style, seed, None, "adversarial")
    return _equality_finding("without functions it has no effect", differing_columns(idle, none))


def _check_fee(style: ConfiguredStyle, seed: int) -> Finding:
    """Return whether offers do not depend on the fee of a mediator without knowledge or bias."""
    blind = {"mediator.competence": 0.0, "mediator.bias": 0.0, "mediator.discretion": 1.0}
    differ: set[str] = set()
    for zone in ZONES:
        keys = {**zone, **blind}
        free, paid = (
            _run_style(style, seed, {**keys, "mediator.fee.success": f}) for f in (0.0, 5.0)
        )
        differ.update(differing_columns(free, paid, ("offers",)))
    return _equality_finding("its fee changes no offer and no text", sorted(differ))


def _check_untrusted(style: ConfiguredStyle, seed: int) -> Finding:
    """Return whether talks without trust in the mediator are those of the pair alone.

    With no trust nobody takes part in its rounds.
    """
    keys = {
        "mediator.participation": "trust",
        "mediator.prior_good": 0.0,
        "mediator.prior_bad": 1.0,
    }
    differ: set[str] = set()
    acts = 0
    for zone in ZONES:
        lonely = _run_style(style, seed, {**zone, **keys, "run.months": 1})
        direct = _run_style(style, seed, {**zone, "run.months": 1}, "adversarial")
        differ.update(differing_columns(lonely, direct, ("offers",)))
        acts += int(np.isin(lonely.events["kind"], ACTS).sum())
    detail = f"{acts} acts, {len(differ)} columns of offers differ"
    return Finding("without trust it does not act", not acts and not differ, detail)


def _check_moments(style: ConfiguredStyle, runs: list[RunTables]) -> Iterator[Finding]:
    """Yield whether a style acts at its own moments, at all of them and at no others."""
    acted: Counter[Moment] = Counter()
    for run in runs:
        rows = run.events[run.events["kind"] == Event.MEDIATOR_ACTS]
        acted.update(Moment(int(moment)) for moment in rows["second"])
        if style.entry.style == Style.DRAFTER:
            acted.update(_moments_of_texts(run))
    own = set(style.entry.moments)
    acts = ", ".join(f"{m.name.lower()} {n}" for m, n in sorted(acted.items())) or "no round"
    yield Finding("acts at its own moments only", set(acted) <= own, acts)
    missed = sorted(own - set(acted) - {Moment.MONTH})  # of months no round is written down
    detail = f"not {', '.join(m.name.lower() for m in missed)}" if missed else acts
    yield Finding("acts at each of its moments", not missed, detail)
    if style.custom is not None:
        has = [m for m in MOMENTS if hasattr(style.custom.instance, m.name.lower())]
        detail = ", ".join(moment.name.lower() for moment in style.entry.moments)
        yield Finding("its moments are its methods", tuple(has) == style.entry.moments, detail)


def _moments_of_texts(run: RunTables) -> Iterator[Moment]:
    """Yield the moment of each text, by its place among the offers.

    The drafter's rounds are not recorded. A text before both sides' first offer is put before the
    talk, a later one in it.
    """
    spoken: set[tuple[int, int, int]] = set()
    for row in np.sort(run.offers, order=("world", "period", "tie", "nth")):
        talk = (int(row["world"]), int(row["period"]), int(row["tie"]))
        if row["side"] != MEDIATOR:
            spoken.add(talk)
        else:
            yield Moment.TALK if talk in spoken else Moment.BEFORE


def _check_texts(style: ConfiguredStyle, runs: list[RunTables]) -> Iterator[Finding]:
    """Yield whether a style puts texts only if it may, and no more than `mediator.drafts`."""
    most = 0
    for run in runs:
        drafts = run.events[run.events["kind"] == Event.DRAFT]
        most = max(most, int(drafts["third"].max(initial=0.0)))
    allowed = load(SCENARIO).scenario.mediator.drafts
    detail = f"at most {most} in one round, of {allowed}"
    if not any(moment in TALKS for moment in style.entry.moments):
        yield Finding("puts no text, as it acts in no talk", most == 0, detail)
    elif style.custom is None and not style.entry.both:
        yield Finding("puts no text, as it needs one side only", most == 0, detail)
    else:
        yield Finding("puts no more texts than mediator.drafts", most <= allowed, detail)


def _check_replacements(style: ConfiguredStyle, runs: list[RunTables]) -> Finding:
    """Return whether nobody loses by an agreement that was replaced, by its own utility.

    A style that does not act once both sides agreed must replace none.
    """
    if Moment.SIGNED not in style.entry.moments:
        count = sum(int((run.events["kind"] == Event.SETTLED_ANEW).sum()) for run in runs)
        return Finding("replaces no agreement", count == 0, f"{count} replaced")
    count, worst = 0, 0.0
    for run in runs:
        offers = run.offers
        place = {
            (int(r["world"]), int(r["period"]), int(r["tie"]), int(r["nth"])): n
            for n, r in enumerate(offers)
        }
        for event in run.events[run.events["kind"] == Event.SETTLED_ANEW]:
            talk = (int(event["world"]), int(event["period"]), int(event["tie"]))
            new = max(nth for *key, nth in place if tuple(key) == talk)
            after, before = offers[place[*talk, new]], offers[place[*talk, new - 1]]
            for side in ("buyer_utility", "vendor_utility"):
                worst = min(worst, float(after[side] - before[side]))
            count += 1
    detail = f"{count} replaced, the worst change {worst:.4f}"
    return Finding("nobody loses when an agreement is replaced", worst >= -ROUNDING, detail)
