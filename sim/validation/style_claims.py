"""Does a style of mediator do what it claims? It practises in drawn worlds, and what happened is looked at.

The worlds are those of one scenario under the real engine. What every style is held to: exact books, the
same bits from every engine, luck that is nobody's doing, texts within their number, and no loss by what
replaces an agreement. What it says of itself: its moments, and whether it puts texts at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from sim.engines.batch import Outcome, run_block, simulate
from sim.jit import config
from sim.mediation.rounds.custom_mediator import MOMENTS, plain_addresses
from sim.mediation.styles.style_catalogue import ConfiguredStyle, needed_functions, parse_style
from sim.outcomes.many.conformance import Finding
from sim.records import CAUSE_COLUMNS
from sim.scenario.load import load
from sim.scenario.params import parameter_row
from sim.scenario.regimes import ResolvedRegime
from sim.strategies.code_consent import ALL_FILES
from sim.words import Event, Moment, Style

SCENARIO, WORLDS, MONTHS, FEW = "one_tie", 24, 18, 3
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
)  # with easy talks, with hard ones, and with so hard ones that many fail


def claims_of(text: str, seed: int = 1) -> tuple[Finding, ...]:
    """Return what a style claims, or must do whoever it is, and whether it held in drawn worlds.

    Raises a one-line SimError where it is unknown or its file goes wrong.
    """
    style = parse_style(text, "style")
    runs = [_run(style, seed, zone) for zone in ZONES]
    found = [*_books(runs), *_alike(style, seed, runs[0]), _luck(style, seed), _fee(style, seed)]
    if all(moment in TALKS for moment in style.entry.moments):
        found.append(_alone(style, seed))
    return (*found, *_moments(style, runs), *_texts(style, runs), _losses(style, runs))


def _regime(style: ConfiguredStyle, institution: str, keys: dict[str, Any]) -> ResolvedRegime:
    """Return a regime in which a mediator has the functions a style needs, and practises it."""
    functions = needed_functions([style.entry])
    written = {
        "run.months": MONTHS, "mediator.functions": functions, "mediator.style": str(style), **keys
    }  # fmt: skip
    return load(SCENARIO, written, consent=ALL_FILES.quiet()).regime(institution)


def _run(
    style: ConfiguredStyle,
    seed: int,
    keys: dict[str, Any] | None = None,
    institution: str = "mediated",
) -> Outcome:
    return simulate(_regime(style, institution, keys or {}), range(WORLDS), seed, tables=TABLES)


def differing(one: Outcome, two: Outcome, tables: tuple[str, ...] = TABLES) -> list[str]:
    """Return the columns of tables in which two runs differ in any bit."""
    found = []
    for table in tables:
        a, b = getattr(one, table), getattr(two, table)
        names = a.dtype.names or ()
        found += [f"{table}.{c}" for c in names if a[c].tobytes() != b[c].tobytes()]
    return found


def _same(what: str, differ: list[str]) -> Finding:
    told = f"{len(differ)} columns differ: {', '.join(differ[:3])}" if differ else "no bit differs"
    return Finding(what, not differ, told)


def _books(runs: list[Outcome]) -> Iterator[Finding]:
    gaps = {
        "buyer and vendor together have the surplus": 0.0,
        "causes explain all that is lost": 0.0,
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


def _alike(style: ConfiguredStyle, seed: int, run: Outcome) -> Iterator[Finding]:
    """Compare engines and, for a custom style, compiled and plain rules."""
    yield _same("the same bits in the same worlds", differing(run, _run(style, seed)))
    if config.DISABLE_JIT:
        return
    regime = _regime(style, "mediated", {})
    few = simulate(regime, range(FEW), seed, tables=TABLES)
    slow = simulate(regime, range(FEW), seed, tables=TABLES, compiled=False)
    yield _same("compiled and interpreted engine agree, bit for bit", differing(few, slow))
    if style.custom is not None and not style.custom.why_plain:
        s, (kept, addresses) = parameter_row(regime), plain_addresses(style.custom)
        s.style_rule[0] = addresses
        plain = run_block(regime, s, np.arange(FEW, dtype=np.uint64), seed, TABLES, True)
        del kept
        yield _same("its rules, compiled and plain, say the same", differing(few, plain))


def _luck(style: ConfiguredStyle, seed: int) -> Finding:
    idle = _run(style, seed, {"mediator.functions": []})
    none = _run(style, seed, None, "adversarial")
    return _same("without functions it moves nothing", differing(idle, none))


def _fee(style: ConfiguredStyle, seed: int) -> Finding:
    """A mediator that knows nothing and takes no side: its pay must not move what is said."""
    blind = {"mediator.competence": 0.0, "mediator.bias": 0.0, "mediator.discretion": 1.0}
    differ: set[str] = set()
    for zone in ZONES:
        keys = {**zone, **blind}
        free, paid = (_run(style, seed, {**keys, "mediator.fee.success": f}) for f in (0.0, 5.0))
        differ.update(differing(free, paid, ("offers",)))
    return _same("its pay moves no offer and no text", sorted(differ))


def _alone(style: ConfiguredStyle, seed: int) -> Finding:
    """Without trust nobody takes part in its rounds: talks are then those of a pair alone."""
    keys = {
        "mediator.participation": "trust",
        "mediator.prior_good": 0.0,
        "mediator.prior_bad": 1.0,
    }
    differ: set[str] = set()
    acts = 0
    for zone in ZONES:
        lonely = _run(style, seed, {**zone, **keys, "run.months": 1})
        direct = _run(style, seed, {**zone, "run.months": 1}, "adversarial")
        differ.update(differing(lonely, direct, ("offers",)))
        acts += int(np.isin(lonely.events["kind"], ACTS).sum())
    told = f"{acts} acts, {len(differ)} columns of offers differ"
    return Finding("whom nobody trusts it does not reach", not acts and not differ, told)


def _moments(style: ConfiguredStyle, runs: list[Outcome]) -> Iterator[Finding]:
    acted: Counter[Moment] = Counter()
    for run in runs:
        rows = run.events[run.events["kind"] == Event.MEDIATOR_ACTS]
        acted.update(Moment(int(moment)) for moment in rows["second"])
        if style.entry.style == Style.DRAFTER:
            acted.update(_moments_of_texts(run))
    own = set(style.entry.moments)
    said = ", ".join(f"{m.name.lower()} {n}" for m, n in sorted(acted.items())) or "no round"
    yield Finding("acts at its own moments only", set(acted) <= own, said)
    missed = sorted(own - set(acted) - {Moment.MONTH})  # of months no round is written down
    told = f"not {', '.join(m.name.lower() for m in missed)}" if missed else said
    yield Finding("acts at each of its moments", not missed, told)
    if style.custom is not None:
        has = [m for m in MOMENTS if hasattr(style.custom.instance, m.name.lower())]
        told = ", ".join(moment.name.lower() for moment in style.entry.moments)
        yield Finding("its moments are its methods", tuple(has) == style.entry.moments, told)


def _moments_of_texts(run: Outcome) -> Iterator[Moment]:
    """Yield when each text was put, by its place among the offers: the drafter's rounds are not written down.

    Before both sides' first offer it is before the talk, after a side's it is in it.
    """
    spoken: set[tuple[int, int, int]] = set()
    for row in np.sort(run.offers, order=("world", "period", "tie", "nth")):
        talk = (int(row["world"]), int(row["period"]), int(row["tie"]))
        if row["side"] != MEDIATOR:
            spoken.add(talk)
        else:
            yield Moment.TALK if talk in spoken else Moment.BEFORE


def _texts(style: ConfiguredStyle, runs: list[Outcome]) -> Iterator[Finding]:
    most = 0
    for run in runs:
        drafts = run.events[run.events["kind"] == Event.DRAFT]
        most = max(most, int(drafts["third"].max(initial=0.0)))
    allowed = load(SCENARIO).scenario.mediator.drafts
    told = f"at most {most} in one round, of {allowed}"
    if not any(moment in TALKS for moment in style.entry.moments):
        yield Finding("puts no text, as it acts in no talk", most == 0, told)
    elif style.custom is None and not style.entry.both:
        yield Finding("puts no text, as one side alone is enough for it", most == 0, told)
    else:
        yield Finding("puts no more texts than mediator.drafts", most <= allowed, told)


def _losses(style: ConfiguredStyle, runs: list[Outcome]) -> Finding:
    """Look at every agreement that was replaced: by the offers, on own tables, nobody may lose.

    Who does not act once both agreed must replace none.
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
    told = f"{count} replaced, the worst change {worst:.4f}"
    return Finding("nobody loses when an agreement is replaced", worst >= -ROUNDING, told)
