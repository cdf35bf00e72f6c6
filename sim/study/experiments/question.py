"""An experiment on disk: a question in words, the study that answers it, and what it should find."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import Problem, ScenarioError, SimError, closest_name
from sim.files import read_text
from sim.scenario.values import show
from sim.strategies.code_consent import NOTHING, Consent
from sim.study.design.definition import Study
from sim.study.design.plan import plan
from sim.study.design.points import OnPoint
from sim.study.design.study_base import read_whole
from sim.study.design.studyfile import Place, StudyTable

QUESTION, STUDY, EXPECTED = "question.md", "study.toml", "expected.json"


@dataclass(frozen=True)
class Experiment:
    """A checked experiment: its question, its study with every point, and what is expected."""

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
        """Return the measure the claim is about."""
        return str(self.study.table.outcome)


def folder() -> Path:
    """Return the folder of the shipped experiments: in the installed package, else beside it."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "_shipped" / "experiments"
    return installed if installed.is_dir() else package.parent / "experiments"


def shipped() -> list[tuple[str, Path, str]]:
    """Return name, folder and title of every shipped experiment, by name."""
    found = sorted(path.parent for path in folder().glob(f"*/{STUDY}"))
    return [(path.name, path, _title(_text(path / QUESTION), path.name)) for path in found]


def open_experiment(
    source: str | Path,
    worlds: int | None = None,
    on_point: OnPoint | None = None,
    consent: Consent = NOTHING,
) -> Experiment:
    """Read an experiment by shipped name or folder, with another number of worlds where asked.

    Raises ScenarioError with every problem.
    """
    path = _find(source)
    question = _text(path / QUESTION)
    table, place = read_whole(path / STUDY, consent=consent)
    _want_a_claim(table, place)
    if worlds is not None and table.stop is not None:
        want = "the study adds worlds by a rule of its own; want no `worlds`"
        raise ScenarioError([place.problem(("stop",), None, want)])
    changed = table if worlds is None else table.model_copy(update={"worlds": worlds})
    study = plan(changed, place, on_point=on_point, consent=consent)
    decided = study.worlds if worlds is None else table.worlds or study.worlds
    if not study.analysis.judged:
        want = "an experiment wants rows, coalitions, a map or a factorial: something to judge"
        raise ScenarioError([place.problem(("design",), study.design, want)])
    return Experiment(path.name, path, question, study, decided, _expected(path / EXPECTED))


def _want_a_claim(table: StudyTable, place: Place) -> None:
    """Raise ScenarioError unless a study says what its claim is about."""
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


def _expected(path: Path) -> dict[str, Any] | None:
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
        raise SimError(
            f"{path}: cannot be read; `sim experiment NAME --expect` writes it"
        ) from None


def _find(source: str | Path) -> Path:
    named = folder() / str(source)
    path = named if (named / STUDY).is_file() else Path(source)
    if (path / STUDY).is_file():
        return path
    names = [name for name, _, _ in shipped()]
    want = f"no experiment of this name, no folder with {STUDY}; shipped are {', '.join(names)}"
    near = closest_name(str(source), names)
    raise ScenarioError([Problem("experiment", "name", show(str(source)), want, near)])


def _text(path: Path) -> str:
    try:
        return read_text(path)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "want text in UTF-8"
        raise ScenarioError([Problem(str(path), "file", "", f"cannot be read: {said}")]) from None


def _title(question: str, name: str) -> str:
    heads = [line.removeprefix("# ") for line in question.splitlines() if line.startswith("# ")]
    return heads[0].strip() if heads else name
