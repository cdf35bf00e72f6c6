"""The HTML page of an identification: what was asked, what is told, what would help, and how to repeat it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.calibration.identification.seen_panels import Panels
from sim.calibration.identification.told import Identification
from sim.measure.amounts import count
from sim.render.identification_tables import (
    READING,
    answer_sentences,
    column_in_words,
    further_grid,
    further_sentence,
    some_column_helps,
    told_grid,
)
from sim.render.numbers import format_setting
from sim.render.report.comparison_report import compact_json, manifest_facts
from sim.render.tables import Grid, Head, text_items
from sim.render.templates import render
from sim.study.results.command import command_line, command_of_record

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE = "render/report/identification_report.html.j2"


def identification_report(
    folder: Path,
    record: Mapping[str, Any],
    panels: Panels,
    answer: Identification | None,
    drawn: str,
) -> str:
    """Return the page of an identification as HTML; `drawn` is its figure as SVG.

    `record` is the manifest so far. Without an answer the page says that there is none yet.
    """
    from markupsafe import Markup

    picture: Markup = Markup(drawn)
    page = render(
        TEMPLATE,
        title=str(record["design"]["study"]["title"]),
        about=_subtitle(record),
        warnings=list(_warnings(record, answer)),
        findings=[] if answer is None else _findings(answer, panels),
        figure=picture,
        told=None if answer is None else told_grid(answer, panels),
        further=further_grid(answer, panels) if answer and some_column_helps(answer) else None,
        panels=panels_table(panels),
        priors=priors_table(record),
        notes=READING,
        commands=_commands(folder, record),
        facts=list(manifest_facts({**record, "end": None})),
        digest=str(record.get("scenario_digest", "")),
        scenario=compact_json(record.get("scenario", {})),
    )
    return f"{page}\n"


def _subtitle(record: Mapping[str, Any]) -> str:
    """Return one line: scenario, points, regimes, worlds and seed."""
    parts = [
        str(record["scenario_name"]),
        count(int(record["design"]["points"]), "point"),
        ", ".join(record["regimes"]),
        f"{count(int(record['worlds']['asked']), 'world')} per point, none shared",
        f"seed {record['seed']}",
    ]
    return " · ".join(parts)


def _warnings(record: Mapping[str, Any], answer: Identification | None) -> Iterator[str]:
    """Yield what is wrong as a whole."""
    points = record.get("points") or {}
    asked, done = int(record["design"]["points"]), int(points.get("done", 0))
    if answer is None:
        yield f"No answer yet: {done:,} of {count(asked, 'point')} are complete."
    elif answer.points < asked:
        yield f"{asked - answer.points:,} of {count(asked, 'point')} failed; the others are analysed."


def _findings(answer: Identification, panels: Panels) -> list[str]:
    return [*answer_sentences(answer, panels), further_sentence(answer)]


def panels_table(panels: Panels) -> Grid:
    """Return what each panel has beside those before it."""
    rows, had = [], 0
    for panel in panels.steps:
        own = panel.columns[had:]
        words = ", ".join(column_in_words(column) for column in own)
        rows.append(text_items(panel.name, panel.about, str(len(panel.columns)), words))
        had = len(panel.columns)
    heads = [Head("panel", left=True), Head("who has it", left=True), Head("columns")]
    return Grid([*heads, Head("of these its own", left=True)], rows)


def priors_table(record: Mapping[str, Any]) -> Grid:
    """Return what was believed about each key, with the reason."""
    heads = [Head("key", left=True), Head("distribution", left=True), Head("low"), Head("high")]
    rows = [
        text_items(
            one["key"], one["distribution"], format_setting(one["low"]),
            format_setting(one["high"]), one["reason"],
        )
        for one in record["design"]["identification"]["priors"]["priors"]
    ]  # fmt: skip
    return Grid([*heads, Head("reason", left=True)], rows)


def _commands(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Return the commands that resume this folder, and simulate everything again to compare it."""
    again = command_line("rerun", folder, allow_code=bool(record.get("strategies")))
    return [command_of_record(folder, record), again]
