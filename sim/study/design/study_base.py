"""What every point of a study stands on: scenario, factors and regimes, with all that is wrong in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.errors import Problem, ScenarioError, closest_name
from sim.scenario.code import consent_to
from sim.scenario.expected_values import wanted
from sim.scenario.load import load
from sim.scenario.overrides import Settings
from sim.scenario.values import show
from sim.study.design.designs import one_regime_listed, read_list, split_regimes
from sim.study.design.factors import REGIME, Factor, factor, keys_of
from sim.study.design.studyfile import Place, StudyError, StudyTable, read_study

if TYPE_CHECKING:
    from sim.scenario.load import Loaded
    from sim.strategies.code_consent import Consent

T = TypeVar("T")


def read_whole(
    path: Path, overrides: Mapping[str, Any] | None = None, consent: Consent | None = None
) -> tuple[StudyTable, Place]:
    """Read and check a study file; raises ScenarioError with every problem of it at once.

    What is wrong with its scenario, factors and regimes is said with what is wrong in the file.
    """
    try:
        return read_study(path)
    except StudyError as error:
        found = list(error.problems)
        if error.rest is not None:
            try:
                may = consent or consent_to(overrides)
                ground(error.rest, error.place, overrides or {}, may)
            except ScenarioError as more:
                found += more.problems
        raise ScenarioError(error.place.in_order(found)) from None


def ground(
    table: StudyTable,
    place: Place,
    overrides: Mapping[str, Any],
    consent: Consent,
    loaded: Loaded | None = None,
) -> tuple[Loaded, list[Factor], list[str] | None]:
    """Return the scenario, what varies in it, and the regimes that are named; None where none are.

    Raises ScenarioError with every problem.
    """
    problems: list[Problem] = []

    def tried(make: Callable[..., T], *given: Any) -> T | None:
        try:
            return make(*given)
        except ScenarioError as error:
            problems.extend(error.problems)
        return None

    loaded = loaded or tried(_base, table, place, overrides, consent)
    made = [tried(_factor, table, n, place) for n in range(len(table.factors))]
    own = [f for f in made if f is not None and table.kind.listed and place.path is not None]
    if table.csv:
        listed = tried(read_list, _beside(place, table.csv), place.of(("csv",))) or []
        made, own = [*made, *listed], [*own, *listed]
    factors = [f for f in made if f is not None]
    once = tried(one_regime_listed, own) is not None
    found = tried(split_regimes, factors, table.regimes or None) if once else None
    varied, named = found or ([f for f in factors if f.key != REGIME], None)
    if loaded is not None:
        tried(_check_ends, varied, loaded)
        tried(_check_regimes, table, loaded, place)
        tried(_check_varied, factors, loaded)
    if problems or loaded is None:
        raise ScenarioError(place.in_order(problems))
    return loaded, varied, named


def _factor(table: StudyTable, nth: int, place: Place) -> Factor:
    data = table.factors[nth].model_dump()
    return factor(data, place.of(("factors", nth, "key")), repeats=table.kind.listed)


def _base(table: StudyTable, place: Place, overrides: Mapping[str, Any], may: Consent) -> Loaded:
    """Load the scenario with the file's overrides and then those from outside laid over it."""
    settings = Settings(
        (key, value, place.of(("overrides", key))) for key, value in table.overrides.items()
    )
    for key, value in overrides.items():
        settings.pop(key, None)
        settings[key] = value
        settings.places[key] = getattr(overrides, "places", {}).get(key, "overrides")
    source = _beside(place, table.scenario)
    try:
        return load(source if source.exists() else table.scenario, settings, consent=may)
    except ScenarioError as error:
        if place.path is None:
            raise
        raise ScenarioError(
            [p if p.key != "name" else _elsewhere(p, place) for p in error.problems]
        ) from None


def _elsewhere(problem: Problem, place: Place) -> Problem:
    where = place.of(("scenario",))
    return Problem(where, "scenario", problem.value, problem.wanted, problem.nearest)


def _beside(place: Place, name: str) -> Path:
    """Return a path relative to the study's file, where there is one."""
    return Path(name) if place.path is None else place.path.parent / name


def _check_regimes(table: StudyTable, loaded: Loaded, place: Place) -> None:
    """Raise ScenarioError where a regime that is named does not exist, at the place that names it."""
    known = loaded.regimes()
    problems = [
        place.problem(
            ("regimes", nth), name, f"want one of {', '.join(known)}", closest_name(name, known)
        )
        for nth, name in enumerate(table.regimes)
        if not loaded.has_regime(name)
    ]
    if problems:
        raise ScenarioError(problems)


def _check_varied(factors: Sequence[Factor], loaded: Loaded) -> None:
    """Raise ScenarioError where a regime that is varied does not exist, at the first place it stands."""
    known, problems = loaded.regimes(), {}
    for f in (f for f in factors if f.key == REGIME):
        for nth, name in enumerate(map(str, f.values)):
            if not loaded.has_regime(name) and name not in problems:
                want, near = f"want one of {', '.join(known)}", closest_name(name, known)
                problems[name] = Problem(f.place(nth), REGIME, show(name), want, near)
    if problems:
        raise ScenarioError(list(problems.values()))


def _check_ends(factors: Sequence[Factor], loaded: Loaded) -> None:
    """Raise ScenarioError where a range reaches further than its key: no point may happen to show it."""
    problems: dict[str, Problem] = {}
    for f in (f for f in factors if f.ranged):
        want = f"want {wanted(keys_of(f.key))}"
        for end in f.ends():
            try:
                load(loaded.scenario, Settings([(f.key, end, f.where)]), consent=loaded.consent)
            except ScenarioError as error:
                problems |= {p.key: p for p in error.problems if p.wanted == want}
    if problems:
        raise ScenarioError(list(problems.values()))
