"""What a study that leaves things open comes to: everything decided and checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.measure.compare import default_regimes
from sim.measure.enough_worlds import Rule
from sim.scenario.code import consent_to
from sim.scenario.key_kinds import FUNCTIONS
from sim.scenario.load import load
from sim.study.design.analysis import Analysis
from sim.study.design.definition import OWN, UNNAMED, Point, Study
from sim.study.design.factors import Factor, refused
from sim.study.design.points import (
    OnPoint,
    checked,
    first_worlds,
    label_names,
    rows_of_design,
)
from sim.study.design.study_base import ground
from sim.study.design.studyfile import FactorTable, Place, StudyTable

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario
    from sim.strategies.code_consent import Consent


def plan(
    table: StudyTable,
    place: Place,
    *,
    overrides: Mapping[str, Any] | None = None,
    loaded: LoadedScenario | None = None,
    on_point: OnPoint | None = None,
    consent: Consent | None = None,
) -> Study:
    """Return the study a checked file or command line asks for, every point of it checked.

    `overrides` are laid over those of the file; `loaded` is the scenario with both in it, and its own
    consent, where it is known already. Raises ScenarioError, one line per key.
    """
    sets = {**table.overrides, **(overrides or {})}
    may = consent or consent_to(overrides)
    loaded, varied, named = ground(table, place, overrides or {}, may, loaded)
    kind, analysis = table.kind, table.kind.analysis
    regimes = tuple(dict.fromkeys(named or analysis.regimes or default_regimes(loaded)))
    run = loaded.scenario.run
    seed = run.seed if table.seed is None else table.seed
    if analysis.why_two_regimes and len(regimes) < 2:
        want = f"{analysis.why_two_regimes}; want at least two"
        raise refused("regimes", ", ".join(regimes), want, place.of(("regimes",)))
    rows = list(rows_of_design(table, varied, loaded, seed, place))
    stop = _stop(table, place)
    worlds = table.worlds or analysis.worlds or run.worlds
    if stop is not None:
        worlds = stop.at_most
    names = label_names(kind, varied)
    first = first_worlds(kind, len(varied), len(rows), worlds)
    points = checked(rows, names, loaded, regimes, first, on_point, listed=kind.listed)
    if analysis.of_switches:
        if len(regimes) > 1:
            want = "want one regime: it is the one whose switches are turned"
            raise refused("regimes", ", ".join(regimes), want, place.of(("regimes",)))
        _refuse_deaf(loaded, points[-1], regimes, place)
    outcomes = _outcomes(table, analysis)
    written = _resolved(table, varied, loaded, sets, regimes, outcomes, worlds, seed)
    return Study(
        written, loaded, sets, regimes, outcomes, worlds, seed, tuple(varied), names, points, stop
    )


def _refuse_deaf(
    loaded: LoadedScenario, whole: Point, regimes: Sequence[str], place: Place
) -> None:
    """Raise ScenarioError where a regime sets the functions itself, so that switching them does nothing."""
    asked = whole.values.get("mediator.functions")
    if asked is None:
        return
    for name in regimes:
        regime = load(loaded.scenario, whole.values, consent=loaded.consent).regime(name)
        if list(regime.scenario.mediator.functions) != list(asked):
            want = "this regime names the mediator's functions itself; want one that does not"
            raise refused("regimes", name, want, place.of(("regimes",)))


def _stop(table: StudyTable, place: Place) -> Rule | None:
    if table.stop is None:
        return None
    if table.kind.analysis.whole:
        want = f"{table.design} needs the same worlds at every point; want no stopping rule"
        raise refused("stop", "", want, place.of(("stop",)))
    asked = table.stop.model_dump()
    if table.worlds is not None and "at_most" not in table.stop.model_fields_set:
        asked["at_most"] = table.worlds
    if asked["at_most"] < asked["at_least"]:
        want = f"want at least the {asked['at_least']} worlds of the first look"
        raise refused("stop.at_most", str(asked["at_most"]), want, place.of(("stop", "at_most")))
    return Rule(**asked)


def _outcomes(table: StudyTable, analysis: Analysis) -> tuple[str, ...]:
    """Return the measures that are summarised: those asked for, or the usual ones of an analysis."""
    asked = table.outcomes or analysis.outcomes
    needed = [*analysis.needed]
    needed += [table.outcome] if table.outcome else []
    needed += [table.stop.outcome] if table.stop else []
    return tuple(dict.fromkeys([*asked, *needed]))


def _resolved(
    table: StudyTable,
    factors: Sequence[Factor],
    loaded: LoadedScenario,
    sets: Mapping[str, Any],
    regimes: Sequence[str],
    outcomes: Sequence[str],
    worlds: int,
    seed: int,
) -> StudyTable:
    """Return the study with nothing left open, as it is kept beside its results."""
    source = str(loaded.path.resolve()) if loaded.path is not None else table.scenario
    source = OWN if source == UNNAMED else source
    shipped = Path(table.scenario).name == table.scenario and not table.scenario.endswith(".toml")
    more: dict[str, Any] = {
        "scenario": table.scenario if shipped and source != OWN else source,
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
