"""What a study prints of its analysis: points, what switches are worth, what matters, a map."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sim.measure.amounts import NONE, some_of
from sim.measure.intervals import on_few_worlds
from sim.measure.metrics import BY_NAME
from sim.render import tables
from sim.render.figures.sensitivity_figures import method
from sim.render.numbers import intervals_over, setting
from sim.render.study_results import by_point, influence, worth
from sim.render.study_tables import StudyTables, read_study
from sim.render.tables import WIDTH, Grid, Head, items

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.design.definition import Study
    from sim.study.run.sweep import SweepResult


def found(done: SweepResult) -> str:
    """Return the main table of a study's analysis."""
    if done.study.analysis.needs_all_points and not done.complete:
        return ""
    return FOUND[done.study.analysis.name](done)


def _points(done: SweepResult) -> str:
    return points(read_study(done.out), done.study.outcomes[0])


def _map(done: SweepResult) -> str:
    return regions(done.table("map"), done.study) if len(done.study.regimes) > 1 else ""


def points(s: StudyTables, outcome: str, width: int = WIDTH) -> str:
    """Return an outcome at every point: means, and differences with intervals."""
    worlds = int(s.summary.loc[s.summary["measure"] == outcome, "n"].max())
    head = (
        f"{_upper(_of(s, outcome))}: mean; differences with [{intervals_over(worlds)} over worlds]"
    )
    few = on_few_worlds(worlds)
    return _titled(head, by_point(s, outcome, brief=True), width) + (f"\n{few}" if few else "")


def shares(s: StudyTables, width: int = WIDTH) -> str:
    """Return what every switch is worth, an outcome after the other."""
    outcomes = s.outcomes("attribution")
    parts = [_titled(_upper(_of(s, o, difference=True)), worth(s, o), width) for o in outcomes]
    worlds = int(s.attribution["n"].max())
    kind = intervals_over(worlds, many=True)
    parts.append(f"Means with [{kind} over worlds]; Shapley values add up to all.")
    if "procedure" in set(s.attribution["kind"]):
        parts.append(
            "The procedure: the same done by a mediator that knows nothing and is free. The mediator: "
            "what this one adds."
        )
    parts += [said] if (said := on_few_worlds(worlds)) else []
    return "\n\n".join(parts)


def ranks(s: StudyTables, width: int = WIDTH) -> str:
    """Return which keys matter most, for every regime and difference, an outcome after the other."""
    told = method(s)
    parts = []
    for outcome in s.outcomes("sensitivity"):
        unit = s.unit(outcome, difference=True)
        of = f", {f'{unit} over the full range'.strip()}" if told.in_units else ""
        head = f"{_upper(s.label(outcome))}: {told.head}{of}"
        parts.append(_titled(head, influence(s, outcome, brief=True), width))
    return "\n\n".join(parts)


def regions(table: pd.DataFrame, study: Study, width: int = WIDTH) -> str:
    """Return the regime that is best in each cell of a map; small letters where it is not certain."""
    x, y = (f.key for f in study.factors)
    outcome = study.outcomes[0]
    rows = table[table["outcome"].astype(str) == outcome]
    letters = _letters(study.regimes)
    cells = {(r[x], r[y]): _mark(r, letters) for _, r in rows.iterrows()}
    across = list(dict.fromkeys(rows[x]))
    body = [
        items(setting(up), *(cells.get((to, up), NONE) for to in across))
        for up in reversed(list(dict.fromkeys(rows[y])))
    ]
    head = f"Highest {BY_NAME[outcome].label} by {x} (across) and {y} (upwards)"
    legend = ", ".join(f"{letter} {regime}" for regime, letter in letters.items())
    certain = f"{some_of(int(rows['certain'].sum()), len(rows), 'cell')} certain"
    note = f"{legend}; a small letter where the lead's interval holds 0 ({certain})"
    few = on_few_worlds(study.worlds)
    note += f"\n{few}" if few else ""
    heads = [Head("", left=True), *(Head(setting(to)) for to in across)]
    return f"{_titled(head, Grid(heads, body), width)}\n{note}"


def _letters(regimes: Sequence[str]) -> dict[str, str]:
    """Return a capital letter of its own for every regime, from its name if one is left."""
    made: dict[str, str] = {}
    for regime in regimes:
        free = [c for c in regime.upper() + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if c.isalpha()]
        made[regime] = next((c for c in free if c not in made.values()), "?")
    return made


def _mark(row: Any, letters: dict[str, str]) -> str:
    letter = letters[str(row["best"])]
    return letter if row["certain"] else letter.lower()


def _titled(head: str, grid: Grid, width: int) -> str:
    """Return a table under its title, with what it leaves out."""
    note = [grid.note] if grid.note else []
    return "\n".join([head, "-" * tables.room(head), tables.text(grid, width), *note])


def _of(s: StudyTables, outcome: str, *, difference: bool = False) -> str:
    """Return an outcome with its unit, as a head says it."""
    unit = s.unit(outcome, difference=difference)
    bare = unit in ("", "0 to 1")
    return s.label(outcome) if bare else f"{s.label(outcome)}, {unit}"


def _upper(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


FOUND: dict[str, Callable[[SweepResult], str]] = {
    "summary": _points,
    "rows": _points,
    "map": _map,
    "sensitivity": lambda done: ranks(read_study(done.out)),
    "attribution": lambda done: shares(read_study(done.out)),
}
