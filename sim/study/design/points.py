"""Which points a study has, by its design, and each of them checked before anything runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import load
from sim.scenario.overrides import Overrides
from sim.study.design.analysis import StudyDesign
from sim.study.design.definition import Point
from sim.study.design.designs import Values, coalitions, grid, sampled, zipped
from sim.study.design.factors import Factor, refused, value_at
from sim.study.design.studyfile import Place, StudyTable

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

MOST_PROBLEMS = 20
OnPoint = Callable[[int, int], None]
Row = tuple[str, Values, dict[str, str]]  # name and values of a point, and the place of every key
Maker = Callable[[StudyTable, Sequence[Factor], "LoadedScenario", int, Place], Iterator[Row]]


def rows_of_design(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    """Return the name and the values of every point, and the place of every key."""
    return MAKERS[table.design](table, factors, loaded, seed, place)


def _from_rows(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    if not table.rows:
        raise refused("rows", "", "missing; want at least one [[rows]] table", place.of(()))
    for nth, row in enumerate(table.rows):
        places = {k: place.of(("rows", nth, "overrides", k)) for k in row.overrides}
        yield row.name, row.overrides, places


def _from_switches(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    where = place.of(("of",))
    if factors or table.points is not None:
        want = "coalitions turn switches and nothing else; name them with of"
        raise refused("design", table.design, want, place.of(("design",)))
    for name, values in coalitions(table.of or FUNCTIONS, loaded.resolved(), where):
        yield name, values, dict.fromkeys(values, where)


def _from_grid(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    _refuse_count(table, factors, place)
    return _placed(grid(factors), factors)


def _from_list(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    _refuse_count(table, factors, place)
    for nth, values in enumerate(zipped(factors)):
        yield "", values, {f.key: f.place(nth) for f in factors}


def _from_cube(
    table: StudyTable, factors: Sequence[Factor], loaded: LoadedScenario, seed: int, place: Place
) -> Iterator[Row]:
    _refuse_count(table, factors, place)
    number = table.points or table.kind.points or 1
    made = sampled(table.design, factors, number, seed, place.of(("points",)))
    return _placed(made, factors)


MAKERS: dict[str, Maker] = {
    "factorial": _from_grid, "map": _from_grid, "latin_hypercube": _from_cube, "sobol": _from_cube,
    "list": _from_list, "rows": _from_rows, "morris": _from_cube, "saltelli": _from_cube,
    "coalitions": _from_switches,
}  # fmt: skip


def _placed(made: Iterable[Values], factors: Sequence[Factor]) -> Iterator[Row]:
    """Yield points without names, every key at the place where it is varied."""
    for values in made:
        yield "", values, {f.key: f.where for f in factors}


def _refuse_count(table: StudyTable, factors: Sequence[Factor], place: Place) -> None:
    """Raise ScenarioError if nothing is varied, or not one key for each of two axes."""
    if not factors and place.path is not None:
        raise refused("nothing is varied", "", "want at least one [[factors]] table", place.of(()))
    if table.kind.two_axes and len(factors) != 2:
        where = factors[0].where if factors else place.of(())
        want = "want two factors, one for each axis"
        raise refused(table.design, str(len(factors)), want, where)


def label_names(kind: StudyDesign, factors: Sequence[Factor]) -> tuple[tuple[str, str], ...]:
    """Return name and key of every label column; the key is empty where it is a name of its own."""
    return ((kind.label, ""),) if kind.label else tuple((f.key, f.key) for f in factors)


def first_worlds(kind: StudyDesign, factors: int, points: int, worlds: int) -> list[int]:
    """Return which world each point starts at: the first, or that of its base row.

    The points of one base row share their luck, those of another have luck of their own, so that
    luck averages out over a sensitivity analysis.
    """
    if kind.analysis.paired:
        return [0] * points
    from sim.measure.sensitivity import base_rows

    return [worlds * int(row) for row in base_rows(kind.name, factors, points)]


def checked(
    rows: Sequence[Row],
    names: tuple[tuple[str, str], ...],
    loaded: LoadedScenario,
    regimes: Sequence[str],
    first: Sequence[int],
    on_point: OnPoint | None,
    *,
    listed: bool,
) -> tuple[Point, ...]:
    """Load every point and resolve its regimes; raises ScenarioError with one line per key."""
    made: list[Point] = []
    problems: dict[tuple[str, str, str], Problem] = {}
    for name in regimes:
        loaded.regime(name)
    for number, (name, values, places) in enumerate(rows):
        try:
            keys = Overrides((k, v, places[k]) for k, v in values.items())
            point = load(loaded.scenario, keys, consent=loaded.consent)
            for regime in regimes:
                point.regime(regime)
        except ScenarioError as error:
            for p in error.problems:
                problems.setdefault((_file(p.where) if listed else p.where, p.key, p.wanted), p)
            if len(problems) >= MOST_PROBLEMS:
                break
            continue
        resolved = point.resolved() if any(key for _, key in names) else {}
        labels = tuple(_cell(value_at(resolved, key)) if key else name for _, key in names)
        work = point.scenario.market.needs * point.scenario.run.months
        made.append(Point(number, values, labels, first[number], work))
        if on_point is not None:
            on_point(number + 1, len(rows))
    if problems:
        raise ScenarioError(list(problems.values()))
    return tuple(made)


def _file(where: str) -> str:
    """Return a place without its line: what is wrong at every row of a list is said at the first."""
    return where if isinstance(where, Argument) else re.sub(r":\d+$", "", where)


def _cell(value: Any) -> Any:
    """Return a value as a table holds it: tables and lists as JSON."""
    return json.dumps(value) if isinstance(value, dict | list) else value
