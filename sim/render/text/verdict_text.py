"""What an experiment says of its claim, as Markdown to be kept and as text: a sentence, notes, a table."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import NONE
from sim.measure.intervals import ENOUGH_TO_SAY, on_few_worlds
from sim.render import tables
from sim.render.numbers import decimals, ends, number, percent, unit_words
from sim.render.tables import WIDTH, Grid, Head, Item, items
from sim.study.experiments.verdict import VerdictContext, overall_verdict
from sim.study.results.command import command_line

if TYPE_CHECKING:
    import pandas as pd


def markdown(about: VerdictContext, table: pd.DataFrame) -> str:
    """Return the verdict as a Markdown page."""
    return "\n\n".join([
        f"# {about.title}",
        f"**{_sentence(about, table)}**",
        *_notes(about),
        tables.markdown(rows(about, table)).rstrip("\n"),
        f"`{_again(about)}` runs it again.\n",
    ])  # fmt: skip


def judged(about: VerdictContext, table: pd.DataFrame, width: int = WIDTH) -> str:
    """Return the verdict as plain text."""
    title = about.title.replace("`", "")
    return "\n\n".join([
        f"{title}\n{'-' * tables.room(title)}",
        *(textwrap.fill(said, width) for said in (_sentence(about, table), *_notes(about))),
        tables.text(rows(about, table), width),
        f"{_again(about)} runs it again.",
    ])  # fmt: skip


def rows(about: VerdictContext, table: pd.DataFrame) -> Grid:
    """Return the verdict row by row; the two means only where two regimes are compared."""
    means = [about.contrast[1], about.contrast[0]] if about.contrast else []
    number = "difference" if about.contrast else "Shapley value"
    names = ["row", "verdict", *means, number, "95 % interval", "opposite sign", "worlds"]
    heads = [Head(name, left=k == 0) for k, name in enumerate(names)]
    unit = about.outcome.unit
    return Grid(heads, [_row(r, unit, bool(means)) for r in table.itertuples()])


def _row(r: Any, unit: str, means: bool) -> list[Item]:
    mean, low, high = ends(r.mean, r.low, r.high, unit, signed=True)
    places = decimals(unit, r.baseline, r.favoured) if means else 0
    return items(
        str(r.row), str(r.verdict),
        *(number(v, unit, places) for v in (r.baseline, r.favoured) if means),
        mean, NONE if low == NONE else f"{low} to {high}", percent(r.share_opposite), str(r.n),
    )  # fmt: skip


def _sentence(about: VerdictContext, table: pd.DataFrame) -> str:
    return f"Verdict: the claim {overall_verdict(table, about.rows_asked)}."


def _again(about: VerdictContext) -> str:
    return command_line("experiment", about.name)


def _notes(about: VerdictContext) -> list[str]:
    unit = unit_words(about.outcome.unit.replace("money", about.currency))
    decided = f"{about.worlds} worlds, seed {about.seed}, as decided before the run."
    if about.worlds != about.worlds_decided:
        decided = (
            f"Run with {about.worlds} worlds instead of the {about.worlds_decided} decided before "
            "the run: this is not the study's verdict."
        )
    what = f"Outcome: {about.outcome.label}" + (f" ({unit})" if unit else "")
    if about.contrast:
        favoured, baseline = about.contrast
        what += f", {favoured} minus {baseline}, paired world by world."
        number = "mean difference"
    else:
        what += ": the exact Shapley value of each switch, world by world."
        number = "mean Shapley value"
    rule = (
        f"A row holds when the 95 % interval of the {number} over worlds is above "
        "0, fails when it is below, and is undecided when it contains 0 or rests on fewer than "
        f"{ENOUGH_TO_SAY} worlds. {on_few_worlds(about.worlds)}"
    )
    return [what, rule, decided]
