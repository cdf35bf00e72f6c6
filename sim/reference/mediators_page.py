"""The page on mediators: the styles, from the catalogue, and what each is worth, from runs.

`make mediators` writes `docs/mediators.md`; the same program writes the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.desk import MAX_MANNERS, MAX_STYLES
from sim.lab.limits import cpu_count
from sim.measure.amounts import count, format_fixed
from sim.measure.compare import compare
from sim.measure.metrics import BY_NAME, CAUSE_LABELS
from sim.measure.style_worth import StyleWorth, compare_competence, compute_style_worths
from sim.mediation.styles.entry import StyleEntry
from sim.mediation.styles.style_catalogue import CATALOGUE, FUNCTION_OF
from sim.reference.custom_mediator_page import custom_mediator_recipe
from sim.render.numbers import (
    format_interval,
    format_number,
    format_percent,
    format_row,
    unit_in_words,
)
from sim.render.tables import Grid, Head, Item, text_items, to_markdown
from sim.scenario.load import load
from sim.study.results.command import command_line

if TYPE_CHECKING:
    from sim.measure.intervals import PairedSummary
    from sim.measure.style_worth import CompetenceEffect

PAGE, PICTURE = "mediators.md", "images/styles.png"
# Worlds per scenario, enough that intervals are narrow enough to show a sign.
WORLDS_OF_SCENARIO = {
    "it_outsourcing": 60,
    "one_tie": 400,
    "graded_issues": 400,
    "secret_mediator": 40,
    "captive_vendor": 60,
    "mutual_indispensability": 60,
    "turnover": 60,
}
KIND_LABELS = {
    "neutral": "neutral",
    "buyers_agent": "buyer's agent (bias +1)",
    "vendors_agent": "vendor's agent (bias −1)",
    "leaky": "leaky (discretion 0.5)",
    "novice": "novice (competence 0.2)",
    "deferential": "deferential",
    "mediated": "hired",
}
KIND_MEASURES = (
    "surplus", "buyer", "vendor", "disclosure_mediator_buyer", "disclosure_mediator_vendor",
    "misread_buyer", "misread_vendor", "tie_length", "renewal_rate",
)  # fmt: skip
MONEY_UNIT = "money/need/month"
SMALLEST_NAMED = 0.05  # money per need and month; causes that move less are not named
INTRO = """# Mediators

A mediator practises a *style*: rules of what it asks, tells and proposes, and when. `mediator.style` is
one style, a list of styles that act in order, or a table of lists with weights. From a table one list is
drawn for each mediator, so that a market has different mediators:

```toml
[mediator]
style = "single_text"
style = ["facilitative", "proposal"]                  # the same as "facilitative + proposal"
style = { "facilitative + proposal" = 2, drafter = 1 }
style = "single_text:failures=6"                      # with a setting of its own
participation = "trust"                               # each side takes part as often as it trusts
```

A list holds at most {styles} styles, a table at most {lists} lists. A style stands in a list once, or again
with other settings (the drafter once), since a second round with the same would only repeat the first.
At each moment the styles of the list that act then do so in order, until one of them puts a text to the
vote. Nothing happens at a moment if the function it needs is off. A side that does not take part in a round is
neither asked nor told anything; if both sides have trust 0, talks are the same as without a mediator. A question or
an estimate costs the side half an offer, a text costs an offer.

**Procedure and mediator.** Sides vote by their own tables, so a procedure can create value even if the mediator
knows nothing. The control of every style is therefore the *machine*: the same procedure, carried out by
something that knows nothing (competence 0, no bias, no leaks, the same trust at the start) and is free.
The worth of a style has two parts, *procedure* (machine minus adversarial) and *mediator* (mediated minus machine).

`sim mediators` lists the styles, `sim mediators check` checks their claims.
"""


def write_mediators_page(
    out: Path, worlds: int | None = None, say: Callable[[str], object] = print
) -> Path:
    """Write the page into `out`, and return its path.

    `worlds` replaces the usual numbers of worlds; `say` is called with a line per scenario.
    """
    from sim.render.figures.figure_style import to_png
    from sim.render.figures.styles_figure import draw_styles
    from sim.study.results.durable_files import write_file, write_text

    out.mkdir(parents=True, exist_ok=True)
    parts = [introduction(), "## The styles\n", *(style_section(entry) for entry in CATALOGUE)]
    parts.append(custom_mediator_recipe())
    styles = [entry.name for entry in CATALOGUE]
    parts.append(RESULTS_INTRO)
    every: dict[str, list[StyleWorth]] = {}
    for name, usual in WORLDS_OF_SCENARIO.items():
        size = usual if worlds is None else worlds
        found = every[name] = compute_style_worths(name, ["", *styles], size, threads=cpu_count())
        parts.append("\n".join(scenario_lines(name, found, size)))
        say(f"{name}: {len(found)} styles, {size} worlds")
    size = WORLDS_OF_SCENARIO["it_outsourcing"] if worlds is None else worlds
    parts.append(
        "\n".join(
            ability_lines(compare_competence("it_outsourcing", styles, size, cpu_count()), size)
        )
    )
    parts.append("\n".join(kinds_lines(60 if worlds is None else worlds)))
    (out / PICTURE).parent.mkdir(parents=True, exist_ok=True)
    picture = to_png(draw_styles(every), dpi=110)
    write_file(out / PICTURE, lambda target: target.write_bytes(picture))
    write_text(out / PAGE, "\n".join(parts))
    return out / PAGE


def introduction() -> str:
    """Return how styles are written, with the limits of the engine."""
    return INTRO.replace("{styles}", str(MAX_STYLES)).replace("{lists}", str(MAX_MANNERS))


def style_section(entry: StyleEntry) -> str:
    """Return a style's entry in the catalogue as a section."""
    lines = [f"### `{entry.name}`\n", f"{entry.rule[0].upper()}{entry.rule[1:]}.\n"]
    when = ", ".join(
        f"{moment.name.lower()} (needs `{FUNCTION_OF[moment]}`)" for moment in entry.moments
    )
    lines += [
        f"* Source: {entry.source}.",
        f"* Acts: {when}.",
        f"* Costs: {entry.costs}.",
        f"* Limit: {entry.limit}.\n",
    ]
    if entry.settings:
        rows = [
            text_items(f"`{s.name}`", f"{s.default:g}", s.span, s.unit, s.meaning, s.why)
            for s in entry.settings
        ]
        lines.append(_table(SETTING_HEADS, rows))
        lines.append("")
    return "\n".join(lines)


RESULTS_INTRO = """## What each is worth

Joint surplus per need and month, paired differences over the same worlds with 95 % bootstrap intervals,
whatever their sign; seed 1, `participation = "trust"`, everything else as in the scenario. *Both gain* is the
share of needs in which both sides do better than under `adversarial`. Impasses are a share of talks, offers
those up to an agreement, misfit is per need and month, trust the mean of both sides' in each other; each
without → with the mediator. *No style* is a mediator with its functions alone. The sentences below each table
say what a style adds to that, with the same functions, and which losses move most by it.

![What each style is worth](images/styles.png)
"""
HEADS = (
    "style", "procedure", "mediator", "whole", "buyer's part", "vendor's part", "both gain", "impasses",
    "offers", "misfit", "trust",
)  # fmt: skip
SETTING_HEADS = ("setting", "default", "range", "unit", "what it says", "why so")
ABILITY_HEADS = (
    "style", "impasses .2 → .9", "more deals", "most possible", "offers to agreement .2 → .9", "price .2 → .9",
)  # fmt: skip


def scenario_lines(name: str, found: Sequence[StyleWorth], worlds: int) -> Iterator[str]:
    """Yield the lines of one scenario: a row for each style, then a sentence each on why."""
    loaded = load(name)
    yield f"### {name}: {loaded.scenario.title}\n"
    added = {w.style: w.added for w in found if w.added}
    if added:
        kinds = sorted({f for functions in added.values() for f in functions})
        yield (
            f"Functions that a style's moments need are added if the scenario lacks them ({', '.join(kinds)})."
        )
    yield f"{count(worlds, 'world')}, {loaded.scenario.run.currency} per need and month.\n"
    rows = [
        text_items(
            _style_name(w),
            *(
                _signed_interval(pair)
                for pair in (w.procedure, w.mediator, w.whole, w.buyer, w.vendor)
            ),
            format_percent(w.both_gain.mean[0]),
            f"{_format_change(w.impasse, unit='share')} %",
            *(_format_change(pair, 2) for pair in (w.offers, w.misfit, w.trust)),
        )
        for w in found
    ]
    yield _table(HEADS, rows)
    yield ""
    for w in found:
        yield f"* {reason_sentence(w, loaded.scenario.run.currency)}"
    yield ""


def _style_name(worth: StyleWorth) -> str:
    """Return a style as code; "no style" for functions alone."""
    return f"`{worth.style}`" if worth.style else "no style"


def _signed_interval(pair: PairedSummary) -> str:
    """Return a paired difference with its interval."""
    mean, low, high = (float(x[0]) for x in (pair.mean, pair.low, pair.high))
    return format_interval(mean, low, high, MONEY_UNIT, signed=True)


def reason_sentence(worth: StyleWorth, currency: str) -> str:
    """Return one sentence on where a gain or loss comes from: the causes that move most.

    "No style" is compared with direct talks, a style with a mediator of the same functions without it.
    """
    pair = worth.alone if worth.style else worth.whole
    if worth.style and not any(float(x[0]) for x in (pair.mean, pair.low, pair.high)):
        return f"{_style_name(worth)} changes nothing: every world is as without a style."
    low, high = float(pair.low[0]), float(pair.high[0])
    beside = "its functions alone" if worth.style else "direct talks"
    chance = "" if low > 0.0 or high < 0.0 else ", within chance"
    act = f"changes joint surplus by {_signed_interval(pair)} {currency} beside {beside}{chance}"
    moved = sorted(worth.causes.items(), key=lambda item: -abs(item[1]))
    why = [
        f"{CAUSE_LABELS[cause]} {'less' if change < 0.0 else 'more'} by {format_fixed(abs(change), 2)}"
        for cause, change in moved[:3]
        if abs(change) >= SMALLEST_NAMED
    ]
    return f"{_style_name(worth)} {act}{': ' if why else ''}{', '.join(why)}."


def ability_lines(found: Sequence[CompetenceEffect], worlds: int) -> Iterator[str]:
    """Yield the lines on able and weak mediators."""
    yield "## Able and weak mediators\n"
    yield (
        "The same style with competence .9 and .2 in the flagship, beside the field: the most able of mediators "
        "close about a fifth more deals than the least, by speed, with prices unmoved (Larsen, Lu & Zhang 2021, car "
        "auctions). At a share q of impasses at most q/(1 − q) more deals are possible.\n"
    )
    yield f"{count(worlds, 'world')}.\n"
    rows = [
        text_items(
            f"`{a.style}`", f"{_format_change(a.impasse, unit='share')} %",
            f"{format_number(a.more_deals, 'share', signed=True)} %", f"{format_number(a.most, 'share')} %",
            _format_change(a.offers, 2), _format_change(a.price, 1),
        )
        for a in found
    ]  # fmt: skip
    yield _table(ABILITY_HEADS, rows)
    more = [a.more_deals for a in found]
    ends = " to ".join(format_number(share, "share") for share in (min(more), max(more)))
    rises, dearer = (
        [a.offers[1] - a.offers[0] for a in found],
        [a.price[1] - a.price[0] for a in found],
    )
    yield (
        f"\nHere the able close {ends} % more deals; offers to agreement change by "
        f"{_range_of(rises)}, prices by {_range_of(dearer)}, for other packages. The other functions of the scenario "
        "read better too.\n"
    )


def _range_of(values: Sequence[float]) -> str:
    """Return "least to most" of values, in money."""
    return " to ".join(
        format_number(v, MONEY_UNIT, 1, signed=True) for v in (min(values), max(values))
    )


def _format_change(pair: Sequence[float], places: int | None = None, unit: str = "") -> str:
    """Return "before → after"."""
    return " → ".join(format_number(value, unit, places) for value in pair)


def kinds_lines(worlds: int) -> Iterator[str]:
    """Yield the lines on kinds of mediators: bias, leaks, low competence, deference, hiring."""
    names = tuple(KIND_LABELS)
    result = compare(
        load("biased_mediator"), regimes=names, worlds=worlds, seed=1, threads=cpu_count()
    )
    yield "## What kind of mediator does what\n"
    yield (
        "Bias, leaks, low competence and deference, each against a neutral, able and discreet mediator who drafts its "
        "own estimate, imposed on both sides of `biased_mediator`: paired differences with 95 % bootstrap intervals "
        "over worlds, whatever their sign. *Openness* is the share of its knowledge that a side discloses; an *error* "
        "about a table is the distance of beliefs from it, divided by that of the population mean. In the last column "
        "sides hire by expected gain among mediators with random biases.\n"
    )
    yield f"```sh\n{command_line('compare', 'biased_mediator', regimes=names, worlds=worlds)}\n```\n"
    first, rows = names[0], []
    for measure in KIND_MEASURES:
        base = result.row(measure, first)
        cells = [format_row(base)]
        cells += [format_row(result.row(measure, name, first), signed=True) for name in names[1:]]
        known = BY_NAME[measure]
        unit = "" if known.unit == "0 to 1" else f", {unit_in_words(base.unit)}"
        unit = ", %" if known.unit == "share" else unit
        rows.append(text_items(f"{known.label}{unit}", *cells))
    yield _table(("measure", *KIND_LABELS.values()), rows)
    yield ""


def _table(names: Sequence[str], rows: Sequence[Sequence[Item]]) -> str:
    """Return a table as Markdown, without the end of its last line."""
    return to_markdown(Grid([Head(name) for name in names], rows)).rstrip("\n")


if __name__ == "__main__":
    write_mediators_page(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
