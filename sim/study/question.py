"""An experiment on disk: a question in words and the study that answers it, checked at the door."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.errors import Problem, ScenarioError, nearest
from sim.measure.metrics import BY_NAME
from sim.scenario.lines import Keys, line_index
from sim.scenario.load import Loaded, load
from sim.scenario.overrides import Settings
from sim.scenario.values import show, show_key

QUESTION, STUDY = "question.md", "study.toml"


class Strict(BaseModel):
    """A table of a study: unknown keys are refused, types are strict, values are frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Row(Strict):
    """[[rows]]  One variation of the scenario; every row repeats the whole contrast."""

    name: str = Field(min_length=1, description="text: what the row is called in the verdict")
    overrides: dict[str, Any] = Field({}, description="a table of scenario keys and values")


class Study(Strict):
    """study.toml: what is run, decided before the run."""

    scenario: str = Field(min_length=1, description="the name or path of a scenario")
    worlds: int = Field(ge=2, le=1_000_000, description="a whole number from 2 to 1_000_000")
    seed: int = Field(1, ge=0, le=2**63 - 1, description="a whole number from 0")
    regimes: list[str] = Field(min_length=2, description="a list of at least two regimes")
    contrast: list[str] = Field(
        min_length=2,
        max_length=2,
        description="two of the regimes: the one the claim favours first",
    )
    outcome: str = Field(description="the name of a measure")
    rows: list[Row] = Field(min_length=1, description="at least one [[rows]] table")


@dataclass(frozen=True)
class Experiment:
    """A checked experiment: its question, its study, and the scenario of every row."""

    name: str
    folder: Path
    question: str
    study: Study
    base: Loaded
    rows: tuple[Loaded, ...]

    @property
    def title(self) -> str:
        """Return the first heading of the question."""
        return _title(self.question, self.name)


def folder() -> Path:
    """Return the folder of the shipped experiments: in the installed package, else beside it."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_shipped" / "experiments"
    return installed if installed.is_dir() else package.parent / "experiments"


def shipped() -> list[tuple[str, Path, str]]:
    """Return name, folder and title of every shipped experiment, by name."""
    found = sorted(path.parent for path in folder().glob(f"*/{STUDY}"))
    return [(path.name, path, _title(_text(path / QUESTION), path.name)) for path in found]


def open_experiment(source: str | Path) -> Experiment:
    """Read an experiment by shipped name or folder; raises ScenarioError with every problem."""
    path = _find(source)
    where = path / STUDY
    text, question = _text(where), _text(path / QUESTION)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _refused(str(where), "file", "", f"want valid TOML: {error}") from None
    lines = line_index(text)
    study = _study(data, where, lines)
    try:
        base = load(_beside(path, study.scenario))
    except ScenarioError as error:
        unfound = [
            replace(p, where=f"{where}:{_line(lines, ('scenario',))}", key="scenario")
            if p.key == "name"
            else p
            for p in error.problems
        ]
        raise ScenarioError(unfound) from None
    rows = _rows(study, base, where, lines)
    return Experiment(path.name, path, question, study, base, rows)


def _study(data: dict[str, Any], where: Path, lines: dict[Keys, int]) -> Study:
    try:
        study = Study.model_validate(data)
    except ValidationError as error:
        raise ScenarioError([_problem(data, e, where, lines) for e in error.errors()]) from None
    problems = []
    if study.outcome not in BY_NAME:
        near = nearest(study.outcome, list(BY_NAME))
        problems.append(_at(where, lines, ("outcome",), study.outcome, "want a measure", near))
    strangers = [r for r in study.contrast if r not in study.regimes]
    if strangers or study.contrast[0] == study.contrast[1]:
        want = f"want two different ones of {', '.join(study.regimes)}"
        problems.append(_at(where, lines, ("contrast",), study.contrast, want))
    names = [row.name for row in study.rows]
    for nth, name in enumerate(names):
        if name in names[:nth]:
            problems.append(_at(where, lines, ("rows", nth, "name"), name, "want a name used once"))
    if problems:
        raise ScenarioError(problems)
    return study


def _rows(study: Study, base: Loaded, where: Path, lines: dict[Keys, int]) -> tuple[Loaded, ...]:
    loaded, problems = [], []
    for nth, row in enumerate(study.rows):
        settings = Settings(
            (key, value, f"{where}:{_line(lines, ('rows', nth, 'overrides', key))}")
            for key, value in row.overrides.items()
        )
        try:
            one = load(base.scenario, settings)
            for regime in study.regimes:
                one.regime(regime)
            loaded.append(one)
        except ScenarioError as error:
            problems += [p for p in error.problems if p not in problems]
    if problems:
        raise ScenarioError(problems)
    return tuple(loaded)


def _problem(data: Any, error: Any, where: Path, lines: dict[Keys, int]) -> Problem:
    keys: Keys = error["loc"]
    if error["type"] == "extra_forbidden":
        table: type[Strict] = Row if keys[0] == "rows" else Study
        valid = list(table.model_fields)
        near = nearest(str(keys[-1]), valid)
        return _at(where, lines, keys, None, f"unknown key; want one of {', '.join(valid)}", near)
    if error["type"] == "missing":
        return _at(where, lines, keys, None, f"missing; want {_wanted(keys)}")
    return _at(where, lines, keys, error["input"], f"want {_wanted(keys)}")


def _wanted(keys: Keys) -> str:
    inside = keys[0] == "rows" and len(keys) > 2
    fields = Row.model_fields if inside else Study.model_fields
    field = fields.get(str(keys[2] if inside else keys[0]))
    return str(field.description) if field else "a [[rows]] table"


def _at(
    where: Path, lines: dict[Keys, int], keys: Keys, value: Any, wanted: str, near: str = ""
) -> Problem:
    shown = "" if value is None else show(value)
    return Problem(f"{where}:{_line(lines, keys)}", show_key(keys), shown, wanted, near)


def _line(lines: dict[Keys, int], keys: Keys) -> int:
    return next((lines[keys[:n]] for n in range(len(keys), 0, -1) if keys[:n] in lines), 1)


def _find(source: str | Path) -> Path:
    named = folder() / str(source)
    path = named if (named / STUDY).is_file() else Path(source)
    if (path / STUDY).is_file():
        return path
    names = [name for name, _, _ in shipped()]
    want = f"no experiment of this name, no folder with {STUDY}; shipped are {', '.join(names)}"
    raise _refused("experiment", "name", show(str(source)), want, nearest(str(source), names))


def _beside(path: Path, scenario: str) -> str | Path:
    """Return a scenario file relative to the experiment's folder, else the name as it is."""
    near = path / scenario
    return near if near.is_file() else scenario


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "want text in UTF-8"
        raise _refused(str(path), "file", "", f"cannot be read: {said}") from None


def _title(question: str, name: str) -> str:
    heads = (line.lstrip("# ") for line in question.splitlines() if line.startswith("#"))
    return next(heads, name)


def _refused(where: str, key: str, value: str, wanted: str, near: str = "") -> ScenarioError:
    return ScenarioError([Problem(where, key, value, wanted, near)])
