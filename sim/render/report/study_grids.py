"""The tables on the page of a study, capped in size, with notes on what is left out."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH, format_digits
from sim.render.figures.study_figures import reported_outcomes
from sim.render.numbers import format_number, format_setting
from sim.render.study_results import (
    MOST_ROWS,
    attribution_table,
    bin_table,
    make_heads,
    note_left_out,
    point_table,
    sensitivity_table,
)
from sim.render.study_tables import NO_UNIT, StudyTables
from sim.render.tables import Grid, Head, text_items, to_csv

if TYPE_CHECKING:
    import pandas as pd

# These limits keep the page of a large study light; the Parquet files beside it have the rest.
MOST_DATA_ROWS, MOST_DATA_CELLS = 60, 900  # of a figure's data on the page
MOST_POINTS = 100
MOST_CELLS = 4000  # of all result tables together
MOST_CSV = 60_000  # bytes of one download, before base64
MOST_KEYS = 8  # factors that get a column of their own in the table of points


@dataclass(frozen=True)
class Download:
    """A figure's data as a link that holds them; `note` says what is left out."""

    name: str
    link: str
    note: str


def result_tables(study: StudyTables) -> list[Grid]:
    """Return the tables of results, the most important first."""
    return GRIDS[study.analysis.name](study)


def _point_tables(study: StudyTables) -> list[Grid]:
    """Return a table per outcome, until `MOST_CELLS` cells are reached."""
    tables, cells = [], 0
    for outcome in study.outcomes():
        tables.append(bin_table(study, outcome) if study.is_large else point_table(study, outcome))
        cells += len(tables[-1].rows) * len(tables[-1].heads)
        if cells > MOST_CELLS:
            break
    return tables


GRIDS: dict[str, Callable[[StudyTables], list[Grid]]] = {
    "summary": _point_tables,
    "rows": _point_tables,
    "map": _point_tables,
    "sensitivity": lambda study: [sensitivity_table(study, o) for o in reported_outcomes(study)],
    "attribution": lambda study: [attribution_table(study, o) for o in reported_outcomes(study)],
}


def outcomes_without_table(study: StudyTables, tables: Sequence[Grid]) -> str:
    """Return the outcomes that have no table, as a sentence; empty if all have one."""
    rest = reported_outcomes(study)[len(tables) :]
    if not rest:
        return ""
    return f"{', '.join(study.label(o) for o in rest)}: in {study.analysis.main}.parquet."


def points_table(study: StudyTables) -> Grid:
    """Return every point: its values, state, worlds, and the rule that stopped it."""
    keys = study.factors[:MOST_KEYS]
    lines = []
    for row in study.points.head(MOST_POINTS).to_dict("records"):
        wide = (
            format_number(row["width"], "", signed=False) if math.isfinite(row["width"]) else DASH
        )
        state = (str(row["status"]), f"{int(row['worlds']):,}", str(row["rule"]) or DASH, wide)
        values = [format_setting(row.get(f.key, "")) for f in keys]
        lines.append(text_items(str(row["point"]), *values, *state))
    heads = ["point", *(f.label for f in keys), "state", "worlds", "rule", "width"]
    return Grid(
        make_heads(heads),
        lines,
        note=note_left_out(len(study.points), len(lines), "points.parquet"),
    )


def factors_table(study: StudyTables) -> Grid:
    """Return the factors: name, key, unit, and values or range."""
    declared = {f["key"]: f for f in study.definition.get("factors") or ()}
    factors = [f for f in study.factors if f.key in declared]
    named = any(f.name != f.key for f in factors)  # else the key alone, once
    lines = []
    for f in factors:
        unit = DASH if f.unit in NO_UNIT else f.unit
        lines.append(
            text_items(*([f.name] if named else []), f.key, unit, _values_in_words(declared[f.key]))
        )
    heads = [*(["factor"] if named else []), "key", "unit", "values"]
    return Grid(make_heads(heads), lines)


def named_rows_table(study: StudyTables) -> Grid:
    """Return the named rows of a study and the keys each of them sets."""
    from sim.scenario.values import toml

    lines = []
    for row in study.definition.get("rows") or ():
        sets = ", ".join(f"{key} = {toml(value)}" for key, value in row["overrides"].items())
        lines.append(text_items(str(row["name"]), sets or "nothing changed"))
    rest = note_left_out(len(lines), min(len(lines), MOST_POINTS), "study.toml")
    return Grid(make_heads(["row", "what it sets"]), lines[:MOST_POINTS], note=rest)


def failures_table(study: StudyTables, reports: Mapping[str, Mapping[str, Any]]) -> Grid:
    """Return why points failed and the command that runs each of them alone.

    `reports` are the failure reports by name of the point (`point-00012`).
    """
    failed = study.points[study.points["status"] == "failed"].to_dict("records")
    lines = []
    for row in failed[:MOST_ROWS]:
        report = reports.get(f"point-{int(row['point']):05d}", {})
        values = ", ".join(
            f"{f.name} {format_setting(row[f.key])}" for f in study.factors[:MOST_KEYS]
        )
        cause = str(row["note"]) or str(report.get("error", "")) or DASH
        command = str(report.get("again", "")) or DASH
        lines.append(text_items(str(row["point"]), values, cause, command))
    note = note_left_out(len(failed), len(lines), "the folder `failed`")
    return Grid(make_heads(["point", "where", "cause", "run it alone"]), lines, note=note)


def figure_data_table(frame: pd.DataFrame) -> Grid:
    """Return the data of a figure, text columns before numbers."""
    table = _first_rows(frame, min(MOST_DATA_ROWS, MOST_DATA_CELLS // len(frame.columns)))
    order = sorted(range(len(table.heads)), key=lambda k: not table.heads[k].left)
    lines = [[line[k] for k in order] for line in table.rows]
    rest = note_left_out(len(frame), len(lines), "the download or the tables beside this page")
    return Grid([table.heads[k] for k in order], lines, note=rest)


def csv_download(name: str, frame: pd.DataFrame) -> Download:
    """Return the data of a figure as a CSV file inside a link, as many whole rows as fit."""
    text = to_csv(_first_rows(frame, MOST_CSV // (2 * len(frame.columns))))
    head = text.encode()[:MOST_CSV].rpartition(b"\n")
    content = b"".join(head[:2])
    rows_kept = content.count(b"\n") - 1
    encoded = base64.b64encode(content).decode()
    note = f"the first {rows_kept:,} of {len(frame):,} rows; all are in the tables beside this page"
    return Download(
        f"{name}.csv", f"data:text/csv;base64,{encoded}", note if rows_kept < len(frame) else ""
    )


def _first_rows(frame: pd.DataFrame, most: int) -> Grid:
    """Return the first rows of a data frame as a table."""
    heads = [Head(str(c), left=frame[c].dtype.kind not in "iuf") for c in frame.columns]
    rows = frame.head(most).itertuples(index=False)
    return Grid(heads, [text_items(*map(_cell_text, row)) for row in rows])


def _values_in_words(factor: Mapping[str, Any]) -> str:
    """Return the values or the range of a factor."""
    values = factor.get("values")
    if values is not None:
        listed = [format_setting(v) for v in values]
        few = ", ".join(listed[:12])
        return f"{few}, … ({len(listed)} values)" if len(listed) > 12 else few
    number_of = factor.get("number")
    steps = f", {number_of} values" if number_of else ""
    return f"{format_setting(factor.get('low'))} to {format_setting(factor.get('high'))}{steps}"


def _cell_text(value: Any) -> str:
    """Return a value as text, floats with six significant digits."""
    if isinstance(value, float):
        return format_digits(value, 6)
    return str(value)
