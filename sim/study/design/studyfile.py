"""The schema of study.toml, one for sweeps, attributions, maps, sensitivity analyses and experiments."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from sim.errors import Problem, ScenarioError, closest_name, is_one_line
from sim.files import read_text
from sim.measure.metrics import BY_NAME
from sim.scenario.lines import Keys
from sim.scenario.strict_tables import Place, StrictTable, read_toml, schema_problem
from sim.scenario.values import toml
from sim.study.design.analysis import DESIGNS, StudyDesign

MOST_WORLDS, LARGEST = 1_000_000, 2**63 - 1
MOST_ROWS = 1_048_576
MOST_NAMED = 40  # measures that one message names
STUDY_KEYS = {"scenario", "design", "factors", "rows", "csv", "of"}  # keys that no scenario has
# Worlds before a stopping rule is first checked: with fewer it stops too early (docs/studies.md).
FEWEST_WORLDS = 30


class FactorTable(StrictTable):
    """[[factors]]  One key that is varied: values, or a range with or without a number of steps."""

    key: str = Field(min_length=1, description="a key of the scenario, or regime")
    name: str = Field("", description="text: shown instead of the key")
    unit: str = Field("", description="text: the unit, if it is not the key's own")
    values: list[Any] | None = Field(None, description="a list of values")
    low: int | float | None = Field(None, description="a number: the lower end of the range")
    high: int | float | None = Field(None, description="a number: the upper end of the range")
    number: int | None = Field(None, ge=1, description="a whole number: values from low to high")


class StudyRow(StrictTable):
    """[[rows]]  One variation of the scenario with a name of its own."""

    name: str = Field(min_length=1, description="text: what the row is called")
    overrides: dict[str, Any] = Field({}, description="a table of scenario keys and values")


class StopTable(StrictTable):
    """[stop]  Add worlds to each point until the paired interval of an outcome is narrow enough."""

    outcome: str = Field(description="the name of a measure")
    width: float = Field(gt=0.0, description="a number above 0: the width wanted, in its unit")
    at_least: int = Field(
        FEWEST_WORLDS, ge=FEWEST_WORLDS, le=MOST_WORLDS,
        description=f"a whole number from {FEWEST_WORLDS}: worlds before the first look",
    )  # fmt: skip
    every: int = Field(10, ge=1, description="a whole number from 1: worlds between two looks")
    at_most: int = Field(1000, ge=1, le=MOST_WORLDS, description="a whole number: the cap")


class StudyTable(StrictTable):
    """A whole study file; what it leaves out is decided by the scenario or the design."""

    title: str = Field("", description="text: one line with the study's question")
    scenario: str = Field(min_length=1, description="the name or path of a scenario")
    overrides: dict[str, Any] = Field({}, description="a table of scenario keys and values")
    design: Literal["", *DESIGNS] = Field("", description=f"one of {', '.join(DESIGNS)}")  # type: ignore[valid-type]
    points: int | None = Field(
        None, ge=1, le=MOST_ROWS,
        description=f"a whole number from 1 to {MOST_ROWS}: points of latin_hypercube and sobol, "
        "base rows of saltelli, trajectories of morris",
    )  # fmt: skip
    grown_from: list[Annotated[int, Field(ge=1)]] = Field(
        [],
        description="a list of whole numbers: the points that a latin_hypercube grew from, in order",
    )
    factors: list[FactorTable] = Field([], description="[[factors]] tables")
    rows: list[StudyRow] = Field([], description="[[rows]] tables")
    csv: str = Field("", description="the path of a CSV file with a column for each key")
    of: list[str] = Field([], description="a list of switches: mediator functions or keys")
    regimes: list[str] = Field([], description="a list of regimes, the baseline first")
    contrast: list[str] = Field([], description="two of the regimes, the favoured one first")
    outcomes: list[str] = Field([], description="a list of measures")
    outcome: str = Field("", description="the name of the measure a verdict is about")
    worlds: int | None = Field(
        None, ge=1, le=MOST_WORLDS, description=f"a whole number from 1 to {MOST_WORLDS}"
    )
    seed: int | None = Field(None, ge=0, le=LARGEST, description="a whole number from 0")
    own_worlds: bool = Field(
        False, description="true or false: whether each point runs in worlds of its own"
    )
    stop: StopTable | None = Field(None, description="a [stop] table")

    @property
    def kind(self) -> StudyDesign:
        """Return the design of a checked study."""
        return DESIGNS[self.design]


class StudyError(ScenarioError):
    """The problems of a study file, and the rest of the study without the keys that are wrong.

    `rest` lets the caller check the remaining keys too; it is None if nothing usable remains.
    """

    def __init__(self, problems: list[Problem], place: Place, rest: StudyTable | None):
        super().__init__(problems)
        self.place, self.rest = place, rest


def is_study_file(source: str) -> bool:
    """Return whether a path is a study file: a TOML file with a key that only studies have."""
    path = Path(source)
    try:
        if path.suffix != ".toml" or not path.is_file():
            return False
        return not STUDY_KEYS.isdisjoint(tomllib.loads(read_text(path)))
    except (OSError, ValueError, RecursionError):
        return False


def read_study(path: Path) -> tuple[StudyTable, Place]:
    """Return a study file checked by its schema, and the places of its keys.

    Raises StudyError with every problem of the file, ScenarioError if it cannot be read at all.
    """
    data, place = read_toml(path)
    return check_study(data, place), place


def check_study(data: Mapping[str, Any], place: Place) -> StudyTable:
    """Return a study checked by its schema; raises StudyError with every problem found.

    `data` are the tables of a study file, and `place` tells messages where each key stands.
    """
    problems: list[Problem] = []
    table: StudyTable | None = None
    try:
        table = StudyTable.model_validate(data)
    except ValidationError as error:
        wrong = error.errors()
        problems = [_pydantic_problem(e, place) for e in wrong]
        table = _without_wrong_keys(data, {e["loc"][0] for e in wrong if e["loc"]})
    if table is not None:
        if not table.design:
            table = table.model_copy(update={"design": _implied_design(table)})
        problems += [
            *_measure_problems(table, place),
            *_contrast_problems(table, place),
            *_row_problems(table, place),
        ]
        problems += _text_problems(table, place)
    if problems or table is None:
        raise StudyError(place.in_order(problems), place, table)
    return table


def _without_wrong_keys(data: Mapping[str, Any], wrong: set[Any]) -> StudyTable | None:
    """Return the study without the keys that are wrong, so that the others can be checked too."""
    try:
        return StudyTable.model_validate({k: v for k, v in data.items() if k not in wrong})
    except ValidationError:  # for example, if the scenario is missing
        return None


def study_toml(table: StudyTable) -> str:
    """Return a study as TOML text, the inverse of `read_study`."""
    data = table.model_dump(exclude_defaults=True)
    tables = {name: data.pop(name) for name in ("factors", "rows", "stop") if name in data}
    text = toml_lines(data)
    for name in ("factors", "rows"):
        for table_data in tables.get(name, ()):
            given = {k: v for k, v in table_data.items() if v is not None}
            text += f"\n[[{name}]]\n" + toml_lines(given)
    return text + ("\n[stop]\n" + toml_lines(tables["stop"]) if "stop" in tables else "")


def toml_lines(data: Mapping[str, Any]) -> str:
    """Return keys and values as TOML, one line each."""
    return "".join(f"{name} = {toml(value)}\n" for name, value in data.items())


def _implied_design(table: StudyTable) -> str:
    """Return the design of a study that names none: rows, coalitions, list or factorial."""
    given = {"rows": table.rows, "coalitions": table.of, "list": table.csv}
    return next((design for design, is_given in given.items() if is_given), "factorial")


def _measure_problems(table: StudyTable, place: Place) -> list[Problem]:
    """Return a problem for every name that is not a measure."""
    named: list[tuple[Keys, str]] = [
        (("outcomes", nth), name) for nth, name in enumerate(table.outcomes)
    ]
    named += [(("outcome",), table.outcome)] if table.outcome else []
    named += [(("stop", "outcome"), table.stop.outcome)] if table.stop else []
    return [_unknown_measure(place, keys, name) for keys, name in named if name not in BY_NAME]


def _unknown_measure(place: Place, keys: Keys, name: str) -> Problem:
    known = list(BY_NAME)
    near = closest_name(name, known)
    want = f"want one of {', '.join(known[:MOST_NAMED])} and {len(known) - MOST_NAMED} more (docs/data.md)"
    return place.problem(keys, name, "want a measure" if near else want, near)


def _text_problems(table: StudyTable, place: Place) -> list[Problem]:
    """Return a problem for every title, name or unit that cannot be shown on one line."""
    texts: list[tuple[Keys, str]] = [(("title",), table.title)]
    for nth, factor in enumerate(table.factors):
        texts += [(("factors", nth, "name"), factor.name), (("factors", nth, "unit"), factor.unit)]
    texts += [(("rows", nth, "name"), row.name) for nth, row in enumerate(table.rows)]
    want = "want text without line breaks or control characters"
    return [place.problem(keys, text, want) for keys, text in texts if not is_one_line(text)]


def _contrast_problems(table: StudyTable, place: Place) -> list[Problem]:
    if not table.contrast:
        return []
    unknown = [r for r in table.contrast if r not in table.regimes]
    if unknown or len(table.contrast) != 2 or table.contrast[0] == table.contrast[1]:
        want = f"want two different ones of {', '.join(table.regimes) or 'regimes = [ … ]'}"
        return [place.problem(("contrast",), table.contrast, want)]
    return []


def _row_problems(table: StudyTable, place: Place) -> list[Problem]:
    names = [row.name for row in table.rows]
    return [
        place.problem(("rows", nth, "name"), name, "want a name used once")
        for nth, name in enumerate(names)
        if name in names[:nth]
    ]


HINTS = {  # keys that users often write, and the key they mean
    "vary": "factors", "parameters": "factors", "measures": "outcomes", "measure": "outcome",
    "name": "title", "base": "scenario", "extends": "scenario", "set": "overrides", "list": "csv",
    "baseline": "regimes", "regime": "regimes", "until": "stop", "functions": "of", "samples": "points",
}  # fmt: skip
TABLES: dict[str, type[StrictTable]] = {"factors": FactorTable, "rows": StudyRow, "stop": StopTable}


def _pydantic_problem(error: Any, place: Place) -> Problem:
    """Return a problem that pydantic found with a key of a study or of one of its tables."""
    keys = [part for part in error["loc"] if part not in ("int", "float")]
    table = TABLES.get(str(keys[0]), StudyTable) if len(keys) > 1 else StudyTable
    hints = HINTS if table is StudyTable else None
    return schema_problem(error, table, place, hints, {"design": list(DESIGNS)})
