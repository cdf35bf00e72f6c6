"""The result tables of a study: by point, attribution and sensitivity.

With `brief`, for text, means of regimes have no interval and only the main index is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sim.measure.amounts import DASH
from sim.render.figures.attribution_figures import player_word
from sim.render.figures.bin_figures import bins_of_points
from sim.render.figures.sensitivity_figures import (
    index_method,
    indexed_names,
    outcome_indices,
    rank_factors,
)
from sim.render.numbers import (
    decimals_needed,
    format_ends,
    format_number,
    format_percent,
    format_setting,
)
from sim.render.study_tables import StudyTables, shorten
from sim.render.tables import Grid, Head, Item, text_items
from sim.render.wording import TOTAL_LABELS

MOST_ROWS = 40
TABLE_BINS = 6  # of a factor's range
MOST_FACTOR_COLUMNS = 4  # factors beyond these have no column in a table by point
LONGEST_HEAD = 44  # letters of a factor
GREEK = {"mu_star": "μ*", "mu": "μ", "sigma": "σ"}


def point_table(study: StudyTables, outcome: str, *, brief: bool = False) -> Grid:
    """Return an outcome by point: means under regimes, then differences, with intervals.

    At most `MOST_ROWS` points are shown; the note names the file that has all.
    """
    summaries = {name: study.rows(outcome, name) for name in (*study.regimes, *study.differences)}
    points = sorted({point for f in summaries.values() for point in f["point"]})
    shown = {
        n: f[f["point"].isin(points[:MOST_ROWS])].to_dict("records") for n, f in summaries.items()
    }
    rows_of = {n: {r["point"]: r for r in rows} for n, rows in shown.items()}
    named = [f for f in study.factors if f.key == "row"]
    keys = named or study.varying[:MOST_FACTOR_COLUMNS]
    values = study.points.set_index("point")
    ends_of = {n: (*f["mean"], *f["low"], *f["high"]) for n, f in summaries.items()}
    places = {n: _decimals_of(study, outcome, v) for n, v in ends_of.items()}
    places |= dict.fromkeys(study.regimes, max((places[n] for n in study.regimes), default=0))
    lines = []
    for point in points[:MOST_ROWS]:
        head = [] if named else text_items(str(point))
        head += [Item(format_setting(values.loc[point, f.key])) for f in keys]
        cells = [
            _interval_item(
                rows_of[n].get(point), places[n], " − " in n, brief=brief and n in study.regimes
            )
            for n in rows_of
        ]
        lines.append([*head, *cells])
    first = [] if named else [Head("point", left=True)]
    first += [
        Head(shorten(f.name if brief else f.label, LONGEST_HEAD), left=not f.numeric) for f in keys
    ]
    rest = note_left_out(len(points), len(lines), "summary.parquet")
    return Grid([*first, *map(Head, rows_of)], lines, study.axis(outcome), rest)


def bin_table(study: StudyTables, outcome: str) -> Grid:
    """Return an outcome of very many points by bins of each factor: of the difference, else of the first regime.

    A row has the number of points in the bin, the mean of their means, and their middle 90 %.
    """
    bins = bins_of_points(study, outcome, study.main_name, study.varying, TABLE_BINS)
    places = _decimals_of(study, outcome, (*bins["mean"], *bins["low"], *bins["high"]))
    lines, before = [], ""
    for row in bins.to_dict("records"):
        factor = study.factor(row["factor"])
        values = format_setting(row["from"])
        if factor.numeric:
            values = " to ".join(format_setting(float(f"{row[end]:.3g}")) for end in ("from", "to"))
        shown = "" if row["factor"] == before else shorten(factor.name, LONGEST_HEAD)
        before = row["factor"]
        cell = _interval_item(row, places, bool(study.focus))
        lines.append([*text_items(shown, values, f"{row['points']:,}"), cell])
    heads = [*make_heads(["factor", "from … to"]), *make_heads(["points", study.main_name], 0)]
    title = study.axis(outcome, difference=bool(study.focus))
    return Grid(heads, lines, title, "All points are in summary.parquet.")


def attribution_table(study: StudyTables, outcome: str) -> Grid:
    """Return the worth of every player: its Shapley value, and its worth added first and last."""
    rows = study.attribution[study.attribution["outcome"] == outcome]
    shares = rows[rows["kind"] == "shapley"].sort_values("mean", ascending=False, kind="stable")
    rows_of = {(r["kind"], r["player"]): r for r in rows.to_dict("records")}
    places = _decimals_of(study, outcome, rows["mean"])
    lines = []
    for player in shares["player"]:
        kinds = ("shapley", "first_in", "last_in")
        cells = [_interval_item(rows_of.get((kind, player)), places, True) for kind in kinds]
        lines.append([Item(str(player)), *cells])
    lines += [
        [Item(label), _interval_item(rows_of[kind, "all"], places, True), *text_items("", "")]
        for kind, label in TOTAL_LABELS.items()
        if (kind, "all") in rows_of
    ]
    heads = [player_word(study), "Shapley value", "added first", "added last"]
    return Grid(make_heads(heads, 1), lines, study.axis(outcome, difference=True))


def sensitivity_table(study: StudyTables, outcome: str, *, brief: bool = False) -> Grid:
    """Return the indices of every factor, the most important first, then luck's share."""
    found = outcome_indices(study, outcome)
    shown = (index_method(study).main,) if brief else index_method(study).shown
    cells_of = {(r["name"], r["index"], r["factor"]): r for r in found.to_dict("records")}
    shown_names, order = indexed_names(study, outcome), rank_factors(study, outcome)
    values = found[found["index"].isin(index_method(study).shown)]["value"]
    places = (
        _decimals_of(study, outcome, values)
        if index_method(study).in_units
        else decimals_needed("", *values)
    )
    lines = []
    for key in order[:MOST_ROWS]:
        cells = [
            _interval_item(_value_as_mean(cells_of.get((name, index, key))), places, index == "mu")
            for name in shown_names
            for index in shown
        ]
        lines.append([Item(study.factor(key).name), *cells])
    lucks = [cells_of.get((name, "luck", "")) for name in shown_names]
    if any(lucks):
        line = [Item(format_percent(r["value"]) if r else DASH) for r in lucks]
        pad = text_items("") * (len(shown) - 1)
        lines.append(
            [Item("luck's share of variance"), *(c for item in line for c in (item, *pad))]
        )
    several = [f"{n}: {GREEK.get(i, i)}" for n in shown_names for i in shown]
    heads = ["factor", *(shown_names if brief else several)]
    title = (
        study.axis(outcome, difference=True)
        if index_method(study).in_units
        else study.label(outcome)
    )
    rest = note_left_out(len(order), len(order[:MOST_ROWS]), "sensitivity.parquet")
    return Grid(make_heads(heads, 1), lines, title, rest)


def make_heads(names: Sequence[str], left: int | None = None) -> list[Head]:
    """Return heads for columns; the first `left` are left-aligned, all if it is None."""
    return [Head(name, left=left is None or k < left) for k, name in enumerate(names)]


def note_left_out(total: int, shown: int, where: str) -> str:
    """Return a note on rows that a table leaves out and the file that has them; else empty."""
    if total <= shown:
        return ""
    return f"The first {shown:,} of {total:,} are shown; all are in {where}."


def _decimals_of(study: StudyTables, outcome: str, values: Iterable[float]) -> int:
    """Return the decimals for an outcome's numbers; shares are in per cent already."""
    if study.unit(outcome) != "%":
        return decimals_needed("", *values)
    return decimals_needed("share", *(value / 100.0 for value in values))


def _interval_item(
    row: Mapping[str, Any] | None, places: int, signed: bool, *, brief: bool = False
) -> Item:
    """Return a mean with its interval as a cell; a dash if there is no row."""
    if row is None:
        return Item(DASH)
    if brief:
        return Item(format_number(row["mean"], "", places))
    return Item(*format_ends(row["mean"], row["low"], row["high"], "", places, signed=signed))


def _value_as_mean(row: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return a row of indices with its value named `mean`, as `_interval_item` reads it."""
    return None if row is None else {**row, "mean": row["value"]}
