"""An experiment on disk: a question, the study that answers it, and the results that are expected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, SimError, closest_name
from sim.files import read_text
from sim.scenario.shipped import experiments_folder
from sim.scenario.strict_tables import Place
from sim.scenario.values import show
from sim.strategies.code_consent import NO_FILES, Consent
from sim.study.design.definition import Study
from sim.study.design.plan import plan
from sim.study.design.points import OnPoint
from sim.study.design.study_base import read_and_check
from sim.study.design.studyfile import StudyTable

QUESTION, STUDY, EXPECTED = "question.md", "study.toml", "expected.json"


@dataclass(frozen=True)
class Experiment:
    """A checked experiment: its question, its study, and the contents of `expected.json`.

    `worlds` is the number of worlds that was decided before the run; `study.worlds` may be another.
    """

    name: str
    folder: Path
    question: str
    study: Study
    worlds: int
    expected: dict[str, Any] | None

    @property
    def title(self) -> str:
        """Return the first heading of the question."""
        return _title(self.question, self.name)

    @property
    def outcome(self) -> str:
        """Return the name of the measure that the claim is about."""
        return str(self.study.table.outcome)


def shipped_experiments() -> list[tuple[str, Path, str]]:
    """Return (name, folder, title) of every shipped experiment, sorted by name."""
    found = sorted(path.parent for path in experiments_folder().glob(f"*/{STUDY}"))
    return [(path.name, path, _title(_read_text(path / QUESTION), path.name)) for path in found]


def open_experiment(
    source: str | Path,
    worlds: int | None = None,
    on_point: OnPoint | None = None,
    consent: Consent = NO_FILES,
) -> Experiment:
    """Return an experiment, given its shipped name or its folder, with every point checked.

    `worlds` replaces the study's number of worlds. Raises ScenarioError with every problem.
    """
    path = _find_folder(source)
    question = _read_text(path / QUESTION)
    table, place = read_and_check(path / STUDY, consent=consent)
    _check_claim(table, place)
    if worlds is not None and table.stop is not None:
        want = "the study adds worlds by a rule of its own; want no `worlds`"
        raise ScenarioError([place.problem(("stop",), None, want)])
    changed = table if worlds is None else table.model_copy(update={"worlds": worlds})
    study = plan(changed, place, on_point=on_point, consent=consent)
    decided = study.worlds if worlds is None else table.worlds or study.worlds
    if not study.analysis.judged:
        want = "an experiment wants rows, coalitions, a map or a factorial: something to judge"
        raise ScenarioError([place.problem(("design",), study.design, want)])
    return Experiment(path.name, path, question, study, decided, _read_expected(path / EXPECTED))


def _check_claim(table: StudyTable, place: Place) -> None:
    """Raise ScenarioError unless a study names the outcome, contrast and worlds of its claim."""
    problems = []
    if not table.outcome:
        problems.append(place.problem(("outcome",), None, "missing; want the name of a measure"))
    if not table.kind.analysis.of_switches and not table.contrast:
        want = "missing; want two of the regimes: the one the claim favours first"
        problems.append(place.problem(("contrast",), None, want))
    if table.worlds is None and table.stop is None:
        want = "missing; want the number of worlds, decided before the run, or a [stop] table"
        problems.append(place.problem(("worlds",), None, want))
    if problems:
        raise ScenarioError(problems)


def _read_expected(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found = json.loads(read_text(path))
        if found["rows"] is None:
            return None
        if all(isinstance(row["row"], str) for row in found["rows"]):
            return dict(found)
        raise ValueError
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise SimError(f"{path}: cannot be read; `expect=True` writes it") from None


def _find_folder(source: str | Path) -> Path:
    named = experiments_folder() / str(source)
    path = named if (named / STUDY).is_file() else Path(source)
    if (path / STUDY).is_file():
        return path
    names = [name for name, _, _ in shipped_experiments()]
    want = f"no experiment of this name, no folder with {STUDY}; shipped are {', '.join(names)}"
    near = closest_name(str(source), names)
    raise ScenarioError([Problem("experiment", "name", show(str(source)), want, near)])


def _read_text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "want text in UTF-8"
        raise ScenarioError([Problem(str(path), "file", "", f"cannot be read: {reason}")]) from None


def _title(question: str, name: str) -> str:
    heads = [line.removeprefix("# ") for line in question.splitlines() if line.startswith("# ")]
    return heads[0].strip() if heads else name
