"""The page of published facts and what the scenarios show beside them: the text of `docs/facts.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.field.all_cases import DEEP_WORLDS, hold_all
from sim.field.comparison import WHERE, FieldResult
from sim.field.facts_file import FACTS_FILE, GRADES, READ, Fact, Facts, SignTable, read_facts
from sim.field.signs import CheckedSign, check_sign
from sim.field.statistics import STATISTICS
from sim.lab.limits import cpu_count
from sim.render.numbers import unit_in_words
from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.render.text.facts_text import (
    SHOWN,
    held_rows,
    holding_line,
    range_as_text,
    sign_rows,
    summary_line,
)
from sim.study.results.command import command_line

PAGE, SEED = "facts.md", 1

INTRO = f"""# Published facts, and what the scenarios show beside them

Written by `make facts`; not edited by hand. The facts are declared in `experiments/{FACTS_FILE}`.

`sim validate` holds the laboratory against theory. This page holds it against what was measured of real
negotiations, contracts and mediations, and of the laboratory's students where nobody has measured the field.
`sim facts SCENARIO` prints the table of one scenario, `sim facts` the list, `sim validate --field` all tables
after the checks of theory. What fails is shown as what holds is, and changes no exit code.

## How to read it

**Range.** A published range is the central 90 % of the stated law: normal on the number itself (`normal`), on its
logarithm (`lognormal`) or on its logit (`logit_normal`). One number from one survey is widened to what that
survey could have missed; the note of a fact says how. Facts that share people or data have a correlation.

**Read.** Nobody read these sources from end to end. For each it is said whether the part with the number, the abstract,
or only a report of it was read; volumes, pages and names of authors are not always on the page that the address leads to.

**Ours.** The statistic over all worlds, the sum of its numerators over the sum of its denominators, with a 90 %
interval (delta method over worlds, Student's t). A count that never happened, or always, has the limits of Wilson
(a share) or of Poisson (a rate).

"""
OUTRO_OF_WHERE = """
Only *inside* holds. It says that our worlds could not be told from measured ones by that number, not that the
model is right: facts were published for other contracts, people and years than a scenario describes, and nothing
was fitted to them here. Many facts together say more than each alone, and those that cannot hold together are
findings. Facts whose source could not be opened, and facts of which only a sign is known, count for nothing here.

"""


def write_facts_page(out: Path, worlds: int = DEEP_WORLDS) -> Path:
    """Write the page into `out` from simulations of so many worlds, and return its path."""
    from sim.study.results.durable_files import write_text

    facts = read_facts()
    held = hold_all(facts, worlds, SEED, threads=cpu_count())
    checked = [check_sign(sign, worlds, SEED, threads=cpu_count()) for sign in facts.signs]
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / PAGE, facts_page(facts, held, checked))
    return out / PAGE


def facts_page(facts: Facts, held: Sequence[FieldResult], checked: Sequence[CheckedSign]) -> str:
    """Return the page, given the facts and what was simulated beside them."""
    parts = [*words_of_page(facts)[:1], "## What the scenarios show\n\n"]
    parts += [part for result in held for part in _result_parts(result)]
    parts += words_of_page(facts)[1:2]
    parts += ["## Signs without numbers\n\n", SIGNS_INTRO, _signs_table(checked), "\n"]
    return "".join([*parts, *words_of_page(facts)[2:]])


def words_of_page(facts: Facts) -> list[str]:
    """Return what the page says that no simulation has to be run for: above, between and below the results."""
    where = "".join(f"- *{name}*: {words}\n" for name, words in WHERE.items())
    grades = "".join(f"- **{grade}**: {words}\n" for grade, words in GRADES.items())
    above = f"{INTRO}**Where.**\n\n{where}{OUTRO_OF_WHERE}**Grades.**\n\n{grades}\n{summary_line(facts)}.\n\n"
    between = "".join(["## The facts\n\n", *map(_fact_section, facts.facts), *_overlaps(facts)])
    below = "".join(["### Sources of signs\n\n", *map(_sign_section, facts.signs), *_statistics()])
    return [above, between, below]


SIGNS_INTRO = """Findings of which only the direction is known, never counted among those above. Where a cheap check
exists, the statistic is compared between two arms of a scenario under common luck: *holds* if the 90 % interval of
the difference lies on the expected side of 0, *against it* on the other, *open* if it covers 0.

"""


def _result_parts(result: FieldResult) -> Iterator[str]:
    """Yield the table of one scenario under one regime."""
    regime = None if result.regime == "adversarial" else result.regime
    line = command_line("facts", result.scenario, regime=regime, worlds=result.worlds)
    yield f"### `{result.scenario}`, {result.regime}\n\n"
    yield to_markdown(Grid([Head(name) for name in SHOWN], held_rows(result.held)))
    yield f"\n**{holding_line(result)}** (`{line}`).\n\n"


def _fact_section(fact: Fact) -> str:
    """Return what is known of one fact."""
    closed = "" if fact.opened else " **Its source could not be opened: it counts for nothing.**"
    mediators = " About mediators: never calibrated on." if fact.about_mediators else ""
    note = f" {_sentence(fact.note)}" if fact.note else ""
    return (
        f"**`{fact.name}`** ({fact.grade}): {fact.measured}. Published: {fact.published}. "
        f"Who: {fact.who}. Read as {range_as_text(fact)}, `{fact.law.kind}`, against `{fact.statistic}`, "
        f"{fact.regime}, in {', '.join(f'`{name}`' for name in fact.scenarios)}.{note}"
        f"{mediators}{closed}{_what_was_read(fact)} Source: {fact.source}, <{fact.address}>.\n\n"
    )


def _sign_section(sign: SignTable) -> str:
    """Return what is known of one sign."""
    closed = "" if sign.opened else " (could not be opened)"
    note = f" {_sentence(sign.note)}" if sign.note else ""
    return (
        f"**`{sign.name}`** ({sign.grade}): {sign.published}. Who: {sign.who}.{note}{_what_was_read(sign)} "
        f"Source: {sign.source}, <{sign.address}>{closed}.\n\n"
    )


def _what_was_read(row: Fact | SignTable) -> str:
    """Return what of a source was read, as a sentence; nothing if it could not be opened."""
    return f" {_sentence(READ[row.read])}" if row.opened else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _overlaps(facts: Facts) -> Iterator[str]:
    """Yield the correlations of facts that overlap."""
    if not facts.overlaps:
        return
    yield "**Facts that overlap**, with the correlation on the scales of their laws.\n\n"
    rows = [
        text_items(" and ".join(sorted(pair)), f"{value:g}", facts.reasons[pair])
        for pair, value in facts.overlaps.items()
    ]
    yield to_markdown(Grid([Head(name) for name in ("facts", "correlation", "why")], rows)) + "\n"


def _statistics() -> Iterator[str]:
    """Yield the statistics and what they mean."""
    yield "## The statistics\n\n"
    rows = [text_items(f"`{s.name}`", unit_in_words(s.unit), s.meaning) for s in STATISTICS]
    yield to_markdown(Grid([Head(name) for name in ("statistic", "unit", "meaning")], rows))


def _signs_table(checked: Sequence[CheckedSign]) -> str:
    names = ("sign", "published", "our difference", "where", "grade")
    return to_markdown(Grid([Head(name) for name in names], sign_rows(checked)))


if __name__ == "__main__":
    write_facts_page(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
