"""The page of the validation bench, from its results: the text of `docs/validation.md`."""

from __future__ import annotations

from collections.abc import Sequence

from sim.render.tables import Grid, Head, text_items, to_markdown
from sim.render.text.validation_text import ERROR_DIGITS, SIGNS, format_measured, format_theory
from sim.study.results.command import command_line
from sim.validation.check import (
    RUNS,
    CheckResult,
    Effort,
    group_results,
)

INTRO = """# The bench of known results

Written by `{command}` (`make validation`); not edited by hand.

Every part of the laboratory reproduces what is already known. `sim validate` shows it on any machine: it
runs the checks below, prints this table, and ends with exit code 1 if one of them fails or if a negative
control does not. `--deep` draws more, `--seed` changes the draws, `--only T02,trust` runs some. With `--out DIR` the
numbers go to `validation.json` and a figure of each family beside it.

{verdict}

How to read it: a number holds if it lies within the tolerance, widened by the standard error of what was
drawn. A check has several points, some of them at parameters that are drawn; one is shown (the worst that
fails, else the first), with how many hold. The **negative control** puts a neighbour in the place of what is
checked, and every point of it must be turned away by the same yardstick. "{how}" says what was run.

"""
HEADS = ("", "result", "shown", "expected", "measured", "tolerance", "holds", "control", "how")


def validation_page(results: Sequence[CheckResult], effort: Effort) -> str:
    """Return `docs/validation.md` for a run of the bench."""
    passed = sum(result.passed for result in results)
    points = sum(len(result.points) + len(result.control) for result in results)
    counts = "the large counts" if effort.deep else "the quick counts"
    alone = sum(result.check.runs == "theory" for result in results)
    verdict = (
        f"Last run: {passed} of {len(results)} pass, {points} numbers, seed {effort.seed}, {counts}. "
        f"{len(results) - alone} touch the laboratory, {alone} hold theory against theory."
    )
    command = command_line("validate", deep=effort.deep, page="docs/validation.md")
    parts = [INTRO.format(command=command, verdict=verdict, how="How")]
    parts += [f"- **{name}**: {words}\n" for name, words in RUNS.items()]
    for title, found in group_results(results):
        parts += [f"\n## {title}\n\n", _results_table(found), "\n", _controls_paragraph(found)]
    parts.append("\n" + _sources_section(results))
    return "".join(parts)


def _results_table(results: Sequence[CheckResult]) -> str:
    """Return the checks of one family as a Markdown table."""
    return to_markdown(
        Grid([Head(name) for name in HEADS], [text_items(*_result_cells(r)) for r in results])
    )


def _result_cells(result: CheckResult) -> list[str]:
    """Return the row of one check; failures are in bold."""
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
        SIGNS[shown.kind] + format_theory(shown.expected),
        format_measured(shown),
        format_theory(shown.tolerance, ERROR_DIGITS),
        holds if result.holds else f"**{holds}**",
        refused,
        check.runs,
    ]


def _controls_paragraph(results: Sequence[CheckResult]) -> str:
    """Return the negative controls of one family."""
    controls = [f"{r.check.id} {r.check.control}" for r in results]
    return f"Negative controls: {'. '.join(controls)}.\n"


def _sources_section(results: Sequence[CheckResult]) -> str:
    """Return the sources of all checks."""
    lines = ["## Sources\n\n"]
    lines += [
        f"{r.check.id} {r.check.source}" + (" · " if r is not results[-1] else "\n")
        for r in results
    ]
    return "".join(lines)
