"""`docs/validation.md`, written by the bench from what it found."""

from __future__ import annotations

from collections.abc import Sequence

from sim.render.tables import Grid, Head, items, markdown
from sim.render.text.validation_text import ROUGH, SIGNS, derived, measured
from sim.study.results.command import command_line
from sim.validation.check import (
    RUNS,
    Effort,
    Result,
    sections,
)

HEAD = """# The bench of known results

Written by `{command}` (`make validation`); not edited by hand.

Every part of the laboratory reproduces what is already known. `sim validate` shows it on any machine: it
runs the checks below, prints this table, and ends with exit code 1 if one of them fails or if a negative
control does not. `--deep` draws more, `--seed` draws anew, `--only T02,trust` runs some. With `--out DIR` the
numbers go to `validation.json` and a figure of each family beside it.

{verdict}

How to read it: a number holds if it lies within the tolerance, widened by the standard error of what was
drawn. A check has several points, some of them at parameters that are drawn; one is shown (the worst that
fails, else the first), with how many hold. The **negative control** puts a neighbour in the place of what is
checked, and every point of it must be turned away by the same yardstick. "{how}" says what was run.

"""
HEADS = ("", "result", "shown", "expected", "measured", "tolerance", "holds", "control", "how")


def page(results: Sequence[Result], effort: Effort) -> str:
    """Return the page for a run of the bench."""
    passed = sum(result.passed for result in results)
    points = sum(len(result.points) + len(result.control) for result in results)
    counts = "the large counts" if effort.deep else "the quick counts"
    alone = sum(result.check.runs == "theory" for result in results)
    verdict = (
        f"Last run: {passed} of {len(results)} pass, {points} numbers, seed {effort.seed}, {counts}. "
        f"{len(results) - alone} touch the laboratory, {alone} hold theory against theory."
    )
    command = command_line("validate", deep=effort.deep, page="docs/validation.md")
    parts = [HEAD.format(command=command, verdict=verdict, how="How")]
    parts += [f"- **{name}**: {words}\n" for name, words in RUNS.items()]
    for title, found in sections(results):
        parts += [f"\n## {title}\n\n", _table(found), "\n", _controls(found)]
    parts.append("\n" + _sources(results))
    return "".join(parts)


def _table(results: Sequence[Result]) -> str:
    return markdown(Grid([Head(name) for name in HEADS], [items(*_cells(r)) for r in results]))


def _cells(result: Result) -> list[str]:
    check, shown = result.check, result.shown
    words = f"{check.claim}: {check.expected}"
    if shown is None:
        return [check.id, words, result.trouble, "", "", "", "**fails**", "**fails**", check.runs]
    held = sum(point.holds for point in result.points)
    holds = f"{held} of {len(result.points)}"
    refused = "refused" if result.refused else "**passes**"
    return [
        check.id,
        words,
        shown.what,
        SIGNS[shown.kind] + derived(shown.expected),
        measured(shown),
        derived(shown.tolerance, ROUGH),
        holds if result.holds else f"**{holds}**",
        refused,
        check.runs,
    ]


def _controls(results: Sequence[Result]) -> str:
    said = [f"{r.check.id} {r.check.control}" for r in results]
    return f"Negative controls: {'. '.join(said)}.\n"


def _sources(results: Sequence[Result]) -> str:
    lines = ["## Sources\n\n"]
    lines += [
        f"{r.check.id} {r.check.source}" + (" · " if r is not results[-1] else "\n")
        for r in results
    ]
    return "".join(lines)
