"""A study in full: what is run at which point, every point checked before anything runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.errors import Argument, Problem, ScenarioError
from sim.measure.compare import default_regimes
from sim.measure.stopping import Rule
from sim.scenario.code import consent_to
from sim.scenario.keys import FUNCTIONS
from sim.scenario.load import load
from sim.scenario.overrides import Settings
from sim.study.design.designs import SAMPLED, Values, coalitions, grid, sampled, zipped
from sim.study.design.factors import Factor, refused, value_at
from sim.study.design.ground import ground
from sim.study.design.studyfile import FactorTable, Place, StudyTable

if TYPE_CHECKING:
    from sim.scenario.load import Loaded
    from sim.strategies.consent import Consent

ANALYSES = {
    "map": "map", "morris": "sensitivity", "saltelli": "sensitivity", "coalitions": "attribution",
    "rows": "rows",
}  # fmt: skip
HEADLINE = (
    "surplus", "share_first_best", "three_party", "buyer", "vendor", "mediator",
    "trust_buyer_end", "trust_vendor_end", "impasse_rate", "dispute_rate", "early_report_rate",
    "renewal_rate", "tie_length",
)  # fmt: skip
ATTRIBUTED = ("surplus_gross", "mediator", "surplus", "trust_buyer_end", "trust_vendor_end")
ASKED = {
    "attribution": ATTRIBUTED,
    "sensitivity": ("surplus", "trust_buyer_end"),
    "map": ("surplus", "trust_buyer_end"),
}
FEW_WORLDS = {"attribution": 20, "sensitivity": 4}
SAMPLE = {"latin_hypercube": 64, "sobol": 64, "morris": 20, "saltelli": 64}
MOST_PROBLEMS = 20
UNNAMED, OWN = "scenario", "scenario.toml"  # a scenario of Python, and its file beside the study
OnPoint = Callable[[int, int], None]


@dataclass(frozen=True)
class Point:
    """One point of a design: what is set, how it is labelled, and its worlds.

    `labels` are the values of the study's label columns; `first` is its first world; `work` is the
    tie-months of one world under one regime.
    """

    number: int
    values: Values
    labels: tuple[Any, ...]
    first: int
    work: int

    @property
    def name(self) -> str:
        """Return the name its files carry."""
        return f"point-{self.number:05d}"


@dataclass(frozen=True)
class Study:
    """Everything a study computes, fixed before the first point runs.

    `worlds` is the number of worlds of a point, or the cap where a stopping rule adds them.
    """

    table: StudyTable
    loaded: Loaded
    overrides: Mapping[str, Any]
    regimes: tuple[str, ...]
    outcomes: tuple[str, ...]
    worlds: int
    seed: int
    factors: tuple[Factor, ...]
    labels: tuple[tuple[str, str], ...]
    points: tuple[Point, ...]
    stop: Rule | None

    @property
    def design(self) -> str:
        """Return the name of the design."""
        return str(self.table.design)

    @property
    def analysis(self) -> str:
        """Return what is computed from the points: summary, map, attribution, sensitivity, rows."""
        return ANALYSES.get(self.design, "summary")

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """Return (regime, baseline): the contrast asked for first, then each against the first."""
        pairs = [(r, self.regimes[0]) for r in self.regimes[1:]]
        asked = tuple(self.table.contrast)
        return list(dict.fromkeys([(asked[0], asked[1]), *pairs] if asked else pairs))

    @property
    def switches(self) -> tuple[str, ...]:
        """Return the players of an attribution."""
        return tuple(self.table.of) or FUNCTIONS


def plan(
    table: StudyTable,
    place: Place,
    *,
    overrides: Mapping[str, Any] | None = None,
    loaded: Loaded | None = None,
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
    analysis = ANALYSES.get(table.design, "summary")
    regimes = tuple(dict.fromkeys(named or _regimes(loaded, analysis)))
    run = loaded.scenario.run
    seed = run.seed if table.seed is None else table.seed
    if table.design == "map" and len(regimes) < 2:
        want = "a map says which regime is best where; want at least two"
        raise refused("regimes", ", ".join(regimes), want, place.of(("regimes",)))
    rows = list(_design(table, varied, loaded, seed, place))
    stop = _stop(table, place)
    worlds = table.worlds or FEW_WORLDS.get(analysis, run.worlds)
    if stop is not None:
        worlds = stop.at_most
    names = _label_names(table, varied)
    first = _first_worlds(table, len(varied), len(rows), worlds)
    points = _checked(rows, names, loaded, regimes, first, on_point, listed=table.design == "list")
    if analysis == "attribution":
        if len(regimes) > 1:
            want = "want one regime: it is the one whose switches are turned"
            raise refused("regimes", ", ".join(regimes), want, place.of(("regimes",)))
        _refuse_deaf(loaded, points[-1], regimes, place)
    outcomes = _outcomes(table, analysis)
    written = _resolved(table, varied, loaded, sets, regimes, outcomes, worlds, seed)
    return Study(
        written, loaded, sets, regimes, outcomes, worlds, seed, tuple(varied), names, points, stop
    )


def _regimes(loaded: Loaded, analysis: str) -> Sequence[str]:
    """Return the regimes a study runs unless it names its own."""
    if analysis == "attribution":
        return ("mediated",)
    if analysis == "sensitivity":
        return ("adversarial", "mediated")
    return default_regimes(loaded)


def _design(
    table: StudyTable, factors: Sequence[Factor], loaded: Loaded, seed: int, place: Place
) -> Iterator[tuple[str, Values, dict[str, str]]]:
    """Yield the name and the values of every point, and the place of every key."""
    if table.design == "rows":
        if not table.rows:
            raise refused("rows", "", "missing; want at least one [[rows]] table", place.of(()))
        for nth, row in enumerate(table.rows):
            places = {k: place.of(("rows", nth, "overrides", k)) for k in row.overrides}
            yield row.name, row.overrides, places
        return
    if table.design == "coalitions":
        where = place.of(("of",))
        if factors or table.points is not None:
            want = "coalitions turn switches and nothing else; name them with of"
            raise refused("design", "coalitions", want, place.of(("design",)))
        for name, values in coalitions(table.of or FUNCTIONS, loaded.resolved(), where):
            yield name, values, dict.fromkeys(values, where)
        return
    if not factors and place.path is not None:
        raise refused("nothing is varied", "", "want at least one [[factors]] table", place.of(()))
    where = factors[0].where if factors else place.of(())
    if table.design == "map" and len(factors) != 2:
        raise refused("map", str(len(factors)), "want two factors, one for each axis", where)
    if table.design in SAMPLED:
        number = table.points or SAMPLE[table.design]
        made = sampled(table.design, factors, number, seed, place.of(("points",)))
    else:
        made = zipped(factors) if table.design == "list" else grid(factors)
    for nth, values in enumerate(made):
        listed = table.design == "list"
        yield "", values, {f.key: f.place(nth) if listed else f.where for f in factors}


def _label_names(table: StudyTable, factors: Sequence[Factor]) -> tuple[tuple[str, str], ...]:
    """Return name and key of every label column; the key is empty where it is a name of its own."""
    own = {"rows": "row", "coalitions": "coalition"}.get(table.design)
    return ((own, ""),) if own else tuple((f.key, f.key) for f in factors)


def _first_worlds(table: StudyTable, factors: int, points: int, worlds: int) -> list[int]:
    """Return which world each point starts at: the first, or that of its base row.

    The points of one base row share their luck, those of another have luck of their own, so that
    luck averages out over a sensitivity analysis.
    """
    if ANALYSES.get(table.design) != "sensitivity":
        return [0] * points
    from sim.measure.sensitivity import base_rows

    return [worlds * int(row) for row in base_rows(table.design, factors, points)]


def _checked(
    rows: Sequence[tuple[str, Values, dict[str, str]]],
    names: tuple[tuple[str, str], ...],
    loaded: Loaded,
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
            keys = Settings((k, v, places[k]) for k, v in values.items())
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


def _refuse_deaf(loaded: Loaded, whole: Point, regimes: Sequence[str], place: Place) -> None:
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
    if table.design in ("morris", "saltelli", "coalitions"):
        want = f"{table.design} needs the same worlds at every point; want no stopping rule"
        raise refused("stop", "", want, place.of(("stop",)))
    asked = table.stop.model_dump()
    if table.worlds is not None and "at_most" not in table.stop.model_fields_set:
        asked["at_most"] = table.worlds
    if asked["at_most"] < asked["at_least"]:
        want = f"want at least the {asked['at_least']} worlds of the first look"
        raise refused("stop.at_most", str(asked["at_most"]), want, place.of(("stop", "at_most")))
    return Rule(**asked)


def _outcomes(table: StudyTable, analysis: str) -> tuple[str, ...]:
    """Return the measures that are summarised: those asked for, or the usual ones of an analysis."""
    asked = table.outcomes or ASKED.get(analysis, HEADLINE)
    needed = [*(ATTRIBUTED if analysis == "attribution" else ())]
    needed += [table.outcome] if table.outcome else []
    needed += [table.stop.outcome] if table.stop else []
    return tuple(dict.fromkeys([*asked, *needed]))


def _resolved(
    table: StudyTable,
    factors: Sequence[Factor],
    loaded: Loaded,
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
    if table.design in SAMPLE:
        more["points"] = table.points or SAMPLE[table.design]
    if table.design == "coalitions":
        more["of"] = list(table.of) or list(FUNCTIONS)
    return table.model_copy(update=more)
