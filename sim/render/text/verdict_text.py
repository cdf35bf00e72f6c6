"""The verdict of an experiment as Markdown and as text: a sentence, notes and a table."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH
from sim.measure.intervals import FEWEST_TO_CONCLUDE, warn_few_worlds
from sim.render import tables
from sim.render.numbers import (
    decimals_needed,
    format_ends,
    format_number,
    format_percent,
    unit_in_words,
)
from sim.render.tables import WIDTH, Grid, Head, Item, text_items
from sim.study.experiments.verdict import VerdictContext, overall_verdict
from sim.study.results.command import command_line

if TYPE_CHECKING:
    import pandas as pd


def verdict_as_markdown(about: VerdictContext, table: pd.DataFrame) -> str:
    """Return the verdict as a Markdown page."""
    return "\n\n".join([
        f"# {about.title}",
        f"**{_verdict_sentence(about, table)}**",
        *_notes(about),
        tables.to_markdown(verdict_table(about, table)).rstrip("\n"),
        f"`{_command(about)}` runs it again.\n",
    ])  # fmt: skip


def verdict_as_text(about: VerdictContext, table: pd.DataFrame, width: int = WIDTH) -> str:
    """Return the verdict as plain text."""
    title = about.title.replace("`", "")
    return "\n\n".join([
        f"{title}\n{'-' * tables.display_width(title)}",
        *(textwrap.fill(paragraph, width) for paragraph in (_verdict_sentence(about, table), *_notes(about))),
        tables.to_text(verdict_table(about, table), width),
        f"{_command(about)} runs it again.",
    ])  # fmt: skip


def verdict_table(about: VerdictContext, table: pd.DataFrame) -> Grid:
    """Return the verdict row by row, with the two means if regimes are compared."""
    means = [about.contrast[1], about.contrast[0]] if about.contrast else []
    number = "difference" if about.contrast else "Shapley value"
    names = ["row", "verdict", *means, number, "95 % interval", "opposite sign", "worlds"]
    heads = [Head(name, left=k == 0) for k, name in enumerate(names)]
    unit = about.outcome.unit
    return Grid(heads, [_verdict_row(r, unit, bool(means)) for r in table.itertuples()])


def _verdict_row(row: Any, unit: str, means: bool) -> list[Item]:
    """Return a row: verdict, means, difference with interval, share of opposite sign, worlds."""
    mean, low, high = format_ends(row.mean, row.low, row.high, unit, signed=True)
    places = decimals_needed(unit, row.baseline, row.favoured) if means else 0
    return text_items(
        str(row.row), str(row.verdict),
        *(format_number(v, unit, places) for v in (row.baseline, row.favoured) if means),
        mean, DASH if low == DASH else f"{low} to {high}", format_percent(row.share_opposite), str(row.n),
    )  # fmt: skip


def _verdict_sentence(about: VerdictContext, table: pd.DataFrame) -> str:
    """Return the verdict on the claim as a whole."""
    return f"Verdict: the claim {overall_verdict(table, about.rows_asked)}."


def _command(about: VerdictContext) -> str:
    """Return the command that runs the experiment."""
    return command_line("experiment", about.name)


def _notes(about: VerdictContext) -> list[str]:
    """Return notes on the outcome, the rule of the verdict, and what was decided before the run."""
    unit = unit_in_words(about.outcome.unit.replace("money", about.currency))
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
        f"{FEWEST_TO_CONCLUDE} worlds. {warn_few_worlds(about.worlds)}"
    )
    return [what, rule, decided]
