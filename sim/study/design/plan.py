"""Planning: turn a study file or command line into a `Study`, with every point checked before any runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.measure.compare import default_regimes
from sim.measure.enough_worlds import StoppingRule
from sim.scenario.code import consent_to
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import load
from sim.scenario.strict_tables import Place
from sim.study.design.analysis import Analysis
from sim.study.design.definition import (
    SCENARIO_FILE,
    UNNAMED_SCENARIO,
    Drawn,
    Point,
    Study,
    StudyPoints,
)
from sim.study.design.factors import Factor, design_error
from sim.study.design.points import (
    OnPoint,
    check_points,
    first_worlds,
    label_names,
    rows_of_design,
)
from sim.study.design.study_base import resolve_base
from sim.study.design.studyfile import FactorTable, StudyTable

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.strategies.code_consent import Consent

# Returns what the result of a study records of its points, None if there is none: it gets the study without them.
FindDrawn = Callable[[Study], Drawn | None]


def plan(
    table: StudyTable,
    place: Place,
    *,
    overrides: Mapping[str, Any] | None = None,
    loaded: LoadedScenario | None = None,
    on_point: OnPoint | None = None,
    consent: Consent | None = None,
    find_drawn: FindDrawn | None = None,
) -> Study:
    """Return the study that a checked file or command line describes, with nothing left open.

    `place` tells messages where each key stands. `overrides` take precedence over those of the file.
    `loaded` is the scenario with both applied, if it has been loaded already. `on_point(done, total)`
    is called as points are checked. `consent` says which Python files may be run; by default those
    that `overrides` name. Points that `find_drawn` finds recorded were checked before, and are made only if
    they are asked for. Raises ScenarioError with one line for each problem.
    """
    sets = {**table.overrides, **(overrides or {})}
    allowed = consent or consent_to(overrides)
    loaded, varied, named = resolve_base(table, place, overrides or {}, allowed, loaded)
    kind, analysis = table.kind, table.kind.analysis
    regimes = tuple(dict.fromkeys(named or analysis.regimes or default_regimes(loaded)))
    run = loaded.scenario.run
    seed = run.seed if table.seed is None else table.seed
    if analysis.why_two_regimes and len(regimes) < 2:
        want = f"{analysis.why_two_regimes}; want at least two"
        raise design_error("regimes", ", ".join(regimes), want, place.of(("regimes",)))
    if table.own_worlds and analysis.needs_all_points:
        want = f"{table.design} compares points that share their worlds; want no own_worlds"
        raise design_error("own_worlds", "true", want, place.of(("own_worlds",)))
    stop = _stopping_rule(table, place)
    worlds = table.worlds or analysis.worlds or run.worlds
    if stop is not None:
        worlds = stop.at_most
    names = label_names(kind, varied)

    def make_points() -> tuple[Point, ...]:
        rows = list(rows_of_design(table, varied, loaded, seed, place))
        own = table.own_worlds
        first = first_worlds(kind, len(varied), len(rows), worlds, own=own)
        points = check_points(rows, names, loaded, regimes, first, on_point, listed=kind.listed)
        if analysis.of_switches:
            if len(regimes) > 1:
                want = "want one regime: it is the one whose switches are turned"
                raise design_error("regimes", ", ".join(regimes), want, place.of(("regimes",)))
            _check_switches_take_effect(loaded, points[-1], regimes, place)
        return points

    outcomes = _outcomes(table, analysis)
    complete = _complete_table(table, varied, loaded, sets, regimes, outcomes, worlds, seed)
    study = Study(
        complete, loaded, sets, regimes, outcomes, worlds, seed, tuple(varied), names, (), stop
    )
    drawn = None if find_drawn is None else find_drawn(study)
    points = StudyPoints(make_points, drawn)
    if drawn is None:
        points.made()
    return replace(study, points=points)


def _check_switches_take_effect(
    loaded: LoadedScenario, grand: Point, regimes: Sequence[str], place: Place
) -> None:
    """Raise ScenarioError if a regime sets the mediator's functions itself, which overrides the switches.

    `grand` is the point with all switches on.
    """
    functions = grand.values.get("mediator.functions")
    if functions is None:
        return
    for name in regimes:
        regime = load(loaded.scenario, grand.values, consent=loaded.consent).regime(name)
        if list(regime.scenario.mediator.functions) != list(functions):
            want = "this regime names the mediator's functions itself; want one that does not"
            raise design_error("regimes", name, want, place.of(("regimes",)))


def _stopping_rule(table: StudyTable, place: Place) -> StoppingRule | None:
    """Return the stopping rule of a study; `worlds` of the study is its cap unless it has its own."""
    if table.stop is None:
        return None
    if table.kind.analysis.needs_all_points:
        want = f"{table.design} needs the same worlds at every point; want no stopping rule"
        raise design_error("stop", "", want, place.of(("stop",)))
    rule = table.stop.model_dump()
    if table.worlds is not None and "at_most" not in table.stop.model_fields_set:
        rule["at_most"] = table.worlds
    if rule["at_most"] < rule["at_least"]:
        want = f"want at least the {rule['at_least']} worlds of the first look"
        raise design_error(
            "stop.at_most", str(rule["at_most"]), want, place.of(("stop", "at_most"))
        )
    return StoppingRule(**rule)


def _outcomes(table: StudyTable, analysis: Analysis) -> tuple[str, ...]:
    """Return the measures that are summarised: the study's or the analysis's, and all that are needed."""
    chosen = table.outcomes or analysis.outcomes
    needed = [*analysis.needed]
    needed += [table.outcome] if table.outcome else []
    needed += [table.stop.outcome] if table.stop else []
    return tuple(dict.fromkeys([*chosen, *needed]))


def _complete_table(
    table: StudyTable,
    factors: Sequence[Factor],
    loaded: LoadedScenario,
    sets: Mapping[str, Any],
    regimes: Sequence[str],
    outcomes: Sequence[str],
    worlds: int,
    seed: int,
) -> StudyTable:
    """Return the study file with every default filled in, as it is stored with the results."""
    source = str(loaded.path.resolve()) if loaded.path is not None else table.scenario
    source = SCENARIO_FILE if source == UNNAMED_SCENARIO else source
    shipped = Path(table.scenario).name == table.scenario and not table.scenario.endswith(".toml")
    more: dict[str, Any] = {
        "scenario": table.scenario if shipped and source != SCENARIO_FILE else source,
        "overrides": dict(sets),
        "regimes": list(regimes),
        "outcomes": list(outcomes),
        "seed": seed,
        "csv": "",
        "factors": [FactorTable(**f.data()) for f in factors],
    }
    if table.stop is None:
        more["worlds"] = worlds
    kind = table.kind
    if kind.drawn:
        more["points"] = table.points or kind.points
    if kind.analysis.of_switches:
        more["of"] = list(table.of) or list(FUNCTIONS)
    return table.model_copy(update=more)
