"""The tables on the page of a study: cells as text, capped, each with what was left out."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH, format_digits
from sim.render.figures.study_figures import told
from sim.render.numbers import number, setting
from sim.render.study_results import MOST_LINES, by_point, headed, influence, rest_of, worth
from sim.render.study_tables import BARE, StudyTables
from sim.render.tables import Grid, Head, csv, items

if TYPE_CHECKING:
    import pandas as pd

MOST_DATA, MOST_SHOWN = 60, 900  # rows and cells of a figure's data on the page
MOST_POINTS = 100
MOST_CELLS = 4000  # of all tables of results together
MOST_CSV = 60_000  # bytes of one download
MOST_KEYS = 8  # factors that get a column of their own in the table of points


@dataclass(frozen=True)
class Download:
    """The data of a figure as a link that needs no network; `note` says what is not in it."""

    name: str
    link: str
    note: str


def results(s: StudyTables) -> list[Grid]:
    """Return the tables of what was found, the most important first."""
    return GRIDS[s.analysis.name](s)


def _of_points(s: StudyTables) -> list[Grid]:
    """Return a table for each outcome, as many as have room."""
    made, cells = [], 0
    for outcome in s.outcomes():
        made.append(by_point(s, outcome))
        cells += len(made[-1].rows) * len(made[-1].heads)
        if cells > MOST_CELLS:
            break
    return made


GRIDS: dict[str, Callable[[StudyTables], list[Grid]]] = {
    "summary": _of_points,
    "rows": _of_points,
    "map": _of_points,
    "sensitivity": lambda s: [influence(s, o) for o in told(s)],
    "attribution": lambda s: [worth(s, o) for o in told(s)],
}


def untold(s: StudyTables, shown_grids: Sequence[Grid]) -> str:
    """Return where the outcomes without a table are, as a sentence; nothing when all have one."""
    rest = told(s)[len(shown_grids) :]
    if not rest:
        return ""
    return f"{', '.join(s.label(o) for o in rest)}: in {s.analysis.main}.parquet."


def points(s: StudyTables) -> Grid:
    """Return every point: its values, state, worlds and why there are no more."""
    keys = s.factors[:MOST_KEYS]
    lines = []
    for row in s.points.head(MOST_POINTS).to_dict("records"):
        wide = number(row["width"], "", signed=False) if math.isfinite(row["width"]) else DASH
        state = (str(row["status"]), f"{int(row['worlds']):,}", str(row["rule"]) or DASH, wide)
        values = [setting(row.get(f.key, "")) for f in keys]
        lines.append(items(str(row["point"]), *values, *state))
    heads = ["point", *(f.label for f in keys), "state", "worlds", "rule", "width"]
    return Grid(headed(heads), lines, note=rest_of(len(s.points), len(lines), "points.parquet"))


def factors(s: StudyTables) -> Grid:
    """Return what was varied: name, key, unit, and values or range."""
    told = {f["key"]: f for f in s.study.get("factors") or ()}
    there = [f for f in s.factors if f.key in told]
    named = any(f.name != f.key for f in there)  # else the key alone, once
    lines = []
    for f in there:
        unit = DASH if f.unit in BARE else f.unit
        lines.append(items(*([f.name] if named else []), f.key, unit, _values(told[f.key])))
    heads = [*(["factor"] if named else []), "key", "unit", "values"]
    return Grid(headed(heads), lines)


def rows_of(s: StudyTables) -> Grid:
    """Return the named rows of a study and what each of them sets."""
    from sim.scenario.values import toml

    lines = []
    for row in s.study.get("rows") or ():
        sets = ", ".join(f"{key} = {toml(value)}" for key, value in row["overrides"].items())
        lines.append(items(str(row["name"]), sets or "nothing changed"))
    rest = rest_of(len(lines), min(len(lines), MOST_POINTS), "study.toml")
    return Grid(headed(["row", "what it sets"]), lines[:MOST_POINTS], note=rest)


def failures(s: StudyTables, reports: Mapping[str, Mapping[str, Any]]) -> Grid:
    """Return why points failed and the command that runs each of them alone."""
    failed = s.points[s.points["status"] == "failed"].to_dict("records")
    lines = []
    for row in failed[:MOST_LINES]:
        report = reports.get(f"point-{int(row['point']):05d}", {})
        values = ", ".join(f"{f.name} {setting(row[f.key])}" for f in s.factors[:MOST_KEYS])
        why = str(row["note"]) or str(report.get("error", "")) or DASH
        again = str(report.get("again", "")) or DASH
        lines.append(items(str(row["point"]), values, why, again))
    note = rest_of(len(failed), len(lines), "the folder `failed`")
    return Grid(headed(["point", "where", "cause", "run it alone"]), lines, note=note)


def data(frame: pd.DataFrame) -> Grid:
    """Return the rows a figure is drawn from, words before numbers."""
    made = _data(frame, min(MOST_DATA, MOST_SHOWN // len(frame.columns)))
    order = sorted(range(len(made.heads)), key=lambda k: not made.heads[k].left)
    lines = [[line[k] for k in order] for line in made.rows]
    rest = rest_of(len(frame), len(lines), "the download or the tables beside this page")
    return Grid([made.heads[k] for k in order], lines, note=rest)


def download(name: str, frame: pd.DataFrame) -> Download:
    """Return a figure's data as a CSV file inside a link, as many whole rows as fit."""
    text = csv(_data(frame, MOST_CSV // (2 * len(frame.columns))))
    fits = text.encode()[:MOST_CSV].rpartition(b"\n")
    whole = b"".join(fits[:2])
    kept = whole.count(b"\n") - 1
    coded = base64.b64encode(whole).decode()
    note = f"the first {kept:,} of {len(frame):,} rows; all are in the tables beside this page"
    return Download(
        f"{name}.csv", f"data:text/csv;base64,{coded}", note if kept < len(frame) else ""
    )


def _data(frame: pd.DataFrame, most: int) -> Grid:
    """Return the first rows of a frame as a table, its columns in their order."""
    heads = [Head(str(c), left=frame[c].dtype.kind not in "iuf") for c in frame.columns]
    rows = frame.head(most).itertuples(index=False)
    return Grid(heads, [items(*map(_plain, row)) for row in rows])


def _values(told: Mapping[str, Any]) -> str:
    values = told.get("values")
    if values is not None:
        listed = [setting(v) for v in values]
        few = ", ".join(listed[:12])
        return f"{few}, … ({len(listed)} values)" if len(listed) > 12 else few
    number_of = told.get("number")
    steps = f", {number_of} values" if number_of else ""
    return f"{setting(told.get('low'))} to {setting(told.get('high'))}{steps}"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return format_digits(value, 6)
    return str(value)
