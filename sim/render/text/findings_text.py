"""The main table of a study as text: points, attribution, sensitivity or map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import DASH, count_of_all
from sim.measure.intervals import warn_few_worlds
from sim.measure.metrics import BY_NAME
from sim.render import tables
from sim.render.figures.sensitivity_figures import index_method
from sim.render.numbers import format_setting, interval_name
from sim.render.study_results import attribution_table, bin_table, point_table, sensitivity_table
from sim.render.study_tables import LARGE, StudyTables, read_study
from sim.render.tables import WIDTH, Grid, Head, text_items
from sim.render.wording import capitalise

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.design.definition import Study
    from sim.study.run.sweep import SweepResult


def main_table_as_text(result: SweepResult) -> str:
    """Return the main table of a study, empty if its analysis needs points not yet complete."""
    if result.study.analysis.needs_all_points and not result.complete:
        return ""
    return MAIN_TABLES[result.study.analysis.name](result)


def _read_points(result: SweepResult) -> str:
    """Read a study's folder and return its table by point; empty if it is very large and was there before."""
    if result.found == result.points > LARGE:
        return ""
    return points_as_text(read_study(result.out), result.study.outcomes[0])


def _read_map(result: SweepResult) -> str:
    """Return the map of a study with two regimes or more; else an empty text."""
    return map_as_text(result.table("map"), result.study) if len(result.study.regimes) > 1 else ""


def points_as_text(study: StudyTables, outcome: str, width: int = WIDTH) -> str:
    """Return an outcome at every point, or by bins of very many: means, and differences with intervals."""
    if study.is_large:
        what = f"{capitalise(_outcome_with_unit(study, outcome))}, by bins of points"
        head = f"{what}: mean and [the middle 90 % of the points]"
        return _under_title(head, bin_table(study, outcome), width)
    worlds = int(study.summary.loc[study.summary["measure"] == outcome, "n"].max())
    head = f"{capitalise(_outcome_with_unit(study, outcome))}: mean; differences with [{interval_name(worlds)} over worlds]"
    few = warn_few_worlds(worlds)
    return _under_title(head, point_table(study, outcome, brief=True), width) + (
        f"\n{few}" if few else ""
    )


def attribution_as_text(study: StudyTables, width: int = WIDTH) -> str:
    """Return the worth of every switch, a table per outcome."""
    outcomes = study.outcomes("attribution")
    parts = [
        _under_title(
            capitalise(_outcome_with_unit(study, o, difference=True)),
            attribution_table(study, o),
            width,
        )
        for o in outcomes
    ]
    worlds = int(study.attribution["n"].max())
    kind = interval_name(worlds, many=True)
    parts.append(f"Means with [{kind} over worlds]; Shapley values add up to all.")
    if "procedure" in set(study.attribution["kind"]):
        parts.append(
            "The procedure: the same done by a mediator that knows nothing and is free. The mediator: "
            "what this one adds."
        )
    parts += [note] if (note := warn_few_worlds(worlds)) else []
    return "\n\n".join(parts)


def sensitivity_as_text(study: StudyTables, width: int = WIDTH) -> str:
    """Return the indices of every factor, a table per outcome."""
    method = index_method(study)
    parts = []
    for outcome in study.outcomes("sensitivity"):
        unit = study.unit(outcome, difference=True)
        unit_note = f", {f'{unit} over the full range'.strip()}" if method.in_units else ""
        head = f"{capitalise(study.label(outcome))}: {method.head}{unit_note}"
        parts.append(_under_title(head, sensitivity_table(study, outcome, brief=True), width))
    return "\n\n".join(parts)


def map_as_text(table: pd.DataFrame, study: Study, width: int = WIDTH) -> str:
    """Return the best regime of each cell of a map; a small letter if its lead is not certain."""
    x, y = (f.key for f in study.factors)
    outcome = study.outcomes[0]
    rows = table[table["outcome"].astype(str) == outcome]
    letters = _regime_letters(study.regimes)
    cells = {(r[x], r[y]): _cell_letter(r, letters) for _, r in rows.iterrows()}
    across = list(dict.fromkeys(rows[x]))
    body = [
        text_items(format_setting(up), *(cells.get((to, up), DASH) for to in across))
        for up in reversed(list(dict.fromkeys(rows[y])))
    ]
    head = f"Highest {BY_NAME[outcome].label} by {x} (across) and {y} (upwards)"
    legend = ", ".join(f"{letter} {regime}" for regime, letter in letters.items())
    certain = f"{count_of_all(int(rows['certain'].sum()), len(rows), 'cell')} certain"
    note = f"{legend}; a small letter where the lead's interval holds 0 ({certain})"
    few = warn_few_worlds(study.worlds)
    note += f"\n{few}" if few else ""
    heads = [Head("", left=True), *(Head(format_setting(to)) for to in across)]
    return f"{_under_title(head, Grid(heads, body), width)}\n{note}"


def _regime_letters(regimes: Sequence[str]) -> dict[str, str]:
    """Return a distinct capital letter for every regime, from its name if one is free.

    No digits, unlike in figures: a small letter marks a lead that is not certain.
    """
    letters: dict[str, str] = {}
    for regime in regimes:
        free = [c for c in regime.upper() + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c.isalpha()]
        letters[regime] = next((c for c in free if c not in letters.values()), "?")
    return letters


def _cell_letter(row: Any, letters: dict[str, str]) -> str:
    """Return the letter of a cell, small if the lead is not certain."""
    letter = letters[str(row["best"])]
    return letter if row["certain"] else letter.lower()


def _under_title(head: str, grid: Grid, width: int) -> str:
    """Return a table under its title, followed by its note."""
    note = [grid.note] if grid.note else []
    return "\n".join([head, "-" * tables.display_width(head), tables.to_text(grid, width), *note])


def _outcome_with_unit(study: StudyTables, outcome: str, *, difference: bool = False) -> str:
    """Return an outcome with its unit, for a title."""
    unit = study.unit(outcome, difference=difference)
    bare = unit in ("", "0 to 1")
    return study.label(outcome) if bare else f"{study.label(outcome)}, {unit}"


MAIN_TABLES: dict[str, Callable[[SweepResult], str]] = {
    "summary": _read_points,
    "rows": _read_points,
    "map": _read_map,
    "sensitivity": lambda done: sensitivity_as_text(read_study(done.out)),
    "attribution": lambda done: attribution_as_text(read_study(done.out)),
}
