"""The base of a study: its scenario, factors and regimes, with all their problems collected."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sim.errors import Problem, ScenarioError, closest_name
from sim.scenario.code import consent_to
from sim.scenario.expected_values import describe_key
from sim.scenario.load import load
from sim.scenario.overrides import Overrides
from sim.scenario.strict_tables import Place
from sim.scenario.values import show
from sim.study.design.designs import check_single_regime, read_csv_factors, split_regimes
from sim.study.design.factors import REGIME, Factor, build_factor, key_parts
from sim.study.design.studyfile import StudyError, StudyTable, read_study

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.strategies.code_consent import Consent

T = TypeVar("T")


def read_and_check(
    path: Path, overrides: Mapping[str, Any] | None = None, consent: Consent | None = None
) -> tuple[StudyTable, Place]:
    """Return a checked study file and the places of its keys.

    Raises ScenarioError with every problem at once: those of the file itself together with those of
    the scenario, factors and regimes that it names.
    """
    try:
        return read_study(path)
    except StudyError as error:
        found = list(error.problems)
        if error.rest is not None:
            try:
                allowed = consent or consent_to(overrides)
                resolve_base(error.rest, error.place, overrides or {}, allowed)
            except ScenarioError as more:
                found += more.problems
        raise ScenarioError(error.place.in_order(found)) from None


def resolve_base(
    table: StudyTable,
    place: Place,
    overrides: Mapping[str, Any],
    consent: Consent,
    loaded: LoadedScenario | None = None,
) -> tuple[LoadedScenario, list[Factor], list[str] | None]:
    """Return the scenario, its factors, and the regimes that are named; None if none are.

    `loaded` is the scenario if it has been loaded already. Raises ScenarioError with every problem.
    """
    problems: list[Problem] = []

    def attempt(make: Callable[..., T], *given: Any) -> T | None:
        """Return the result of `make`; if it raises problems, collect them and return None."""
        try:
            return make(*given)
        except ScenarioError as error:
            problems.extend(error.problems)
        return None

    loaded = loaded or attempt(_load_base, table, place, overrides, consent)
    read = [attempt(_read_factor, table, n, place) for n in range(len(table.factors))]
    # The columns of a list, from a file or a CSV: its points may not differ in their regime.
    columns = [f for f in read if f is not None and table.kind.listed and place.path is not None]
    if table.csv:
        listed = (
            attempt(read_csv_factors, _relative_to_file(place, table.csv), place.of(("csv",))) or []
        )
        read, columns = [*read, *listed], [*columns, *listed]
    factors = [f for f in read if f is not None]
    single = attempt(check_single_regime, columns) is not None
    found = attempt(split_regimes, factors, table.regimes or None) if single else None
    varied, named = found or ([f for f in factors if f.key != REGIME], None)
    if loaded is not None:
        attempt(_check_range_ends, varied, loaded)
        attempt(_check_regimes, table, loaded, place)
        attempt(_check_varied_regimes, factors, loaded)
    if problems or loaded is None:
        raise ScenarioError(place.in_order(problems))
    return loaded, varied, named


def _read_factor(table: StudyTable, nth: int, place: Place) -> Factor:
    data = table.factors[nth].model_dump()
    return build_factor(data, place.of(("factors", nth, "key")), repeats=table.kind.listed)


def _load_base(
    table: StudyTable, place: Place, overrides: Mapping[str, Any], consent: Consent
) -> LoadedScenario:
    """Return the scenario with the file's overrides applied, then those of the caller."""
    settings = Overrides(
        (key, value, place.of(("overrides", key))) for key, value in table.overrides.items()
    )
    for key, value in overrides.items():
        settings.pop(key, None)
        settings[key] = value
        settings.places[key] = getattr(overrides, "places", {}).get(key, "overrides")
    source = _relative_to_file(place, table.scenario)
    try:
        return load(source if source.exists() else table.scenario, settings, consent=consent)
    except ScenarioError as error:
        if place.path is None:
            raise
        raise ScenarioError(
            [p if p.key != "name" else _at_scenario_key(p, place) for p in error.problems]
        ) from None


def _at_scenario_key(problem: Problem, place: Place) -> Problem:
    """Return a problem with the scenario's name as one of the study's key `scenario`."""
    where = place.of(("scenario",))
    return Problem(where, "scenario", problem.value, problem.wanted, problem.nearest)


def _relative_to_file(place: Place, name: str) -> Path:
    """Return a path relative to the folder of the study's file, if there is a file."""
    return Path(name) if place.path is None else place.path.parent / name


def _check_regimes(table: StudyTable, loaded: LoadedScenario, place: Place) -> None:
    """Raise ScenarioError if a regime in `regimes` does not exist, naming its place."""
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


def _check_varied_regimes(factors: Sequence[Factor], loaded: LoadedScenario) -> None:
    """Raise ScenarioError if a varied regime does not exist, naming the first place of each."""
    known, problems = loaded.regimes(), {}
    for f in (f for f in factors if f.key == REGIME):
        for nth, name in enumerate(map(str, f.values)):
            if not loaded.has_regime(name) and name not in problems:
                want, near = f"want one of {', '.join(known)}", closest_name(name, known)
                problems[name] = Problem(f.place(nth), REGIME, show(name), want, near)
    if problems:
        raise ScenarioError(list(problems.values()))


def _check_range_ends(factors: Sequence[Factor], loaded: LoadedScenario) -> None:
    """Raise ScenarioError if a range exceeds the limits of its key.

    The ends are checked apart from the points, as no sampled point may come close enough to show it.
    """
    problems: dict[str, Problem] = {}
    for f in (f for f in factors if f.is_range):
        want = f"want {describe_key(key_parts(f.key))}"
        for end in f.ends():
            try:
                load(loaded.scenario, Overrides([(f.key, end, f.where)]), consent=loaded.consent)
            except ScenarioError as error:
                problems |= {p.key: p for p in error.problems if p.wanted == want}
    if problems:
        raise ScenarioError(list(problems.values()))
