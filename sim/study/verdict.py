"""What an experiment says of its claim: one word per row, one sentence, a table in two formats."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from sim.measure.metrics import Measure
from sim.records import Column
from sim.study.columns import ROW

if TYPE_CHECKING:
    import pandas as pd

HOLDS, OPEN, FAILS = "holds", "undecided", "fails"

COLUMNS = (
    ROW,
    Column(
        "verdict", "str", "-", "holds: interval above 0; fails: below 0; undecided: it contains 0"
    ),
    Column("favoured", "f8", "by outcome", "mean under the regime the claim favours"),
    Column("baseline", "f8", "by outcome", "mean under the other regime"),
    Column("mean", "f8", "by outcome", "mean paired difference, favoured minus baseline"),
    Column("low", "f8", "by outcome", "lower end of its 95 % bootstrap interval over worlds"),
    Column("high", "f8", "by outcome", "upper end of the same interval"),
    Column("effect", "f8", "-", "mean / sd of the difference"),
    Column(
        "share_opposite",
        "f8",
        "share",
        "worlds whose difference has the sign opposite to the mean's",
    ),
    Column("n", "i8", "worlds", "worlds in which the difference has a value"),
)

STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}
td,th{padding:.3rem .8rem;border-bottom:1px solid #ccc;text-align:right}
td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){text-align:left}"""


class About(NamedTuple):
    """What stands around the table: the question, the contrast, and how it was run."""

    title: str
    contrast: Sequence[str]
    outcome: Measure
    currency: str
    worlds: int
    worlds_decided: int
    rows_asked: int
    name: str
    seed: int


def of(low: float, high: float) -> str:
    """Return what a row's paired interval says of the claim; without an interval, nothing."""
    if low > 0.0:
        return HOLDS
    return FAILS if high < 0.0 else OPEN


def overall(table: pd.DataFrame, rows_asked: int) -> str:
    """Return the verdict over all rows: holds, holds only where …, or fails."""
    holds = [str(row) for row in table["row"][table["verdict"] == HOLDS]]
    if len(holds) == len(table):
        said = "holds"
    elif holds:
        said = f"holds only where: {'; '.join(holds)}"
    else:
        below = int((table["verdict"] == FAILS).sum())
        said = f"fails: in none of {len(table)} rows is the interval above 0, in {below} below"
    if len(table) < rows_asked:
        return f"none, cut short after {len(table)} of {rows_asked} rows"
    return said


def markdown(about: About, table: pd.DataFrame) -> str:
    """Return the verdict as a Markdown page."""
    heads, cells = _cells(about, table)
    lines = [" | ".join(row) for row in (heads, ["---"] * len(heads), *cells)]
    return "\n\n".join([
        f"# {about.title}",
        f"**Verdict: the claim {overall(table, about.rows_asked)}.**",
        *_notes(about),
        "\n".join(f"| {line} |" for line in lines),
        f"`sim experiment {about.name}` runs it again.\n",
    ])  # fmt: skip


def html(about: About, table: pd.DataFrame) -> str:
    """Return the verdict as a self-contained HTML page."""
    heads, cells = _cells(about, table)

    def line(tag: str, row: Sequence[str]) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(c)}</{tag}>" for c in row) + "</tr>"

    body = "\n".join(line("td", row) for row in cells)
    notes = "\n".join(f"<p>{escape(note)}</p>" for note in _notes(about))
    return (
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">\n'
        f"<title>{escape(about.title)}</title>\n<style>{STYLE}</style>\n"
        f"<h1>{escape(about.title)}</h1>\n"
        f"<p><strong>Verdict: the claim {escape(overall(table, about.rows_asked))}.</strong></p>\n"
        f"{notes}\n<table>\n{line('th', heads)}\n{body}\n</table>\n"
        f"<p><code>sim experiment {escape(about.name)}</code> runs it again.</p>\n</html>\n"
    )


def _notes(about: About) -> list[str]:
    favoured, baseline = about.contrast
    unit = about.outcome.unit.replace("money", about.currency)
    decided = f"{about.worlds} worlds, seed {about.seed}, as decided before the run."
    if about.worlds != about.worlds_decided:
        decided = (
            f"Run with {about.worlds} worlds instead of the {about.worlds_decided} decided before "
            "the run: this is not the study's verdict."
        )
    outcome = f"Outcome: {about.outcome.label} ({unit}), {favoured} minus {baseline}"
    rule = (
        "A row holds when the 95 % bootstrap interval of the mean difference over worlds is above "
        "0, fails when it is below, and is undecided when it contains 0."
    )
    return [f"{outcome}, paired world by world.", rule, decided]


def _cells(about: About, table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    favoured, baseline = about.contrast
    heads = [
        "row",
        "verdict",
        baseline,
        favoured,
        "difference",
        "95 % interval",
        "opposite sign",
        "worlds",
    ]
    cells = [
        [
            str(r.row), str(r.verdict), f"{r.baseline:.4g}", f"{r.favoured:.4g}", f"{r.mean:+.4g}",
            f"{r.low:+.4g} to {r.high:+.4g}", f"{100 * r.share_opposite:.0f} %", str(r.n),
        ]
        for r in table.itertuples()
    ]  # fmt: skip
    return heads, cells
