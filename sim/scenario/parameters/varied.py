"""The points of a study: one scenario of which some numbers differ from point to point.

Loading a scenario for each point would take many times what a small point simulates. A number that is checked
against no other key is in order if it is in its range; it is then written into a copy of the scenario's row of
parameters. If anything else of the row was worked out from it, the row is worked out again. Whatever is
no such number (a text, a table, a key that is checked together with others, a key that a regime changes in
another way) goes through the scenario as if it came from a file; points that have the same values of such keys,
as of a text with a few, then share one scenario that was loaded with them. The rows are the same in each way, bit
for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from sim.errors import ScenarioError
from sim.rows import Row
from sim.scenario.lines import Keys, split_name
from sim.scenario.load import LoadedScenario, keys_checked_together, load
from sim.scenario.overrides import Overrides
from sim.scenario.parameters.parameter_row import (
    APART,
    derived_scalars,
    parameter_row,
    write_tables,
)
from sim.scenario.parameters.population_tables import (
    Ends,
    Population,
    package_columns,
    population_columns,
    population_of,
)
from sim.scenario.parameters.traced import TracedScenario, is_covered
from sim.scenario.regimes import ResolvedRegime

STRICT = ConfigDict(strict=True, allow_inf_nan=False)  # as every table of a scenario
MANY_POINTS = 32  # of fewer, each goes through the scenario
LOADED = 8  # points kept that went through the scenario: chunks of a few run at once
# Of points with the same texts, so many go through the scenario: to load one for all of them costs about as much.
LONE_POINTS = 8
KEPT_TEXTS = 32  # sets of texts with a scenario of their own, or on the way to one
# Groups of columns, beside those of APART.
POPULATION, PACKAGES, DERIVED = "population", "packages", "derived"
COMPETENCE: Keys = ("mediator", "competence")


@dataclass(frozen=True, eq=False)
class NumericKey:
    """A number of the schema: its path, the check of its range, its columns in a row of parameters.

    `live` are the regimes under which it counts; others replace it with a value of their own. `base` is its
    value in the scenario.
    """

    path: tuple[str, ...]
    check: TypeAdapter[Any]
    columns: tuple[str, ...]
    live: frozenset[str]
    base: int | float


@dataclass(frozen=True, eq=False)
class BaseRow:
    """A regime without any change, its row, and what that was worked out from.

    `reads` are the keys that each group of columns was worked out from; `derived` are columns of numbers that are
    no key, and `packages` the tables of packages.
    """

    regime: ResolvedRegime
    row: Row
    population: Population
    ends: Ends
    reads: dict[str, set[Keys]]
    derived: frozenset[str]
    packages: frozenset[str]
    _groups: dict[NumericKey, frozenset[str]] = field(default_factory=dict)

    def groups_of(self, key: NumericKey) -> frozenset[str]:
        """Return the groups of columns that have to be worked out again if a key changes."""
        if key not in self._groups:
            read = {name for name, reads in self.reads.items() if is_covered(key.path, reads)}
            self._groups[key] = frozenset(
                {*read, *({DERIVED} if not self.derived.isdisjoint(key.columns) else ())}
            )
        return self._groups[key]

    def changed_row(self, regime: ResolvedRegime, live: Mapping[NumericKey, Any]) -> Row:
        """Return the row of the regime with some numbers changed; `regime` is the changed one."""
        row: Row = self.row.copy()
        for key, number in live.items():
            for column in key.columns:
                row[column] = number
        groups = frozenset[str]().union(*map(self.groups_of, live))
        scenario, population, ends = regime.scenario, self.population, self.ends
        if POPULATION in groups:
            population = population_of(scenario)
            write_tables(row, population_columns(population))
        if POPULATION in groups or PACKAGES in groups:
            packages, ends = package_columns(scenario, population)
            if packages.keys() != self.packages:
                return parameter_row(regime)
            write_tables(row, packages)
        if DERIVED in groups or ends != self.ends:
            derived = derived_scalars(scenario, ends)
            if derived.keys() != self.derived:
                return parameter_row(regime)
            for name, number in derived.items():
                row[name] = number
        for name in APART.keys() & groups:
            write_tables(row, APART[name](scenario))
        return row


class VariedScenario:
    """A scenario whose keys are given other values from point to point, under some regimes.

    `points` is how many there are: to find out what a key is costs more than to load a few.
    """

    def __init__(self, loaded: LoadedScenario, regimes: Sequence[str], points: int = MANY_POINTS):
        self.loaded, self._regimes, self._many = loaded, tuple(regimes), points >= MANY_POINTS
        self.keys: dict[str, NumericKey | None] = {}  # what is known of each, by name
        self._load = lru_cache(maxsize=LOADED)(self._load_values)
        self._alike = lru_cache(maxsize=KEPT_TEXTS)(_PointsAlike)

    @cached_property
    def bases(self) -> dict[str, BaseRow]:
        """The regimes without any change, by name."""
        return {name: _base_row(self.loaded.regime(name)) for name in self._regimes}

    @cached_property
    def _together(self) -> set[Keys]:
        return keys_checked_together(self.loaded)

    def point(
        self, values: Mapping[str, Any], places: Mapping[str, str] | None = None
    ) -> VariedPoint:
        """Return a point; raises ScenarioError, with every problem found, if the scenario refuses its values.

        `places` says where each value was given, for messages.
        """
        numbers, rest = self._split(values)
        if not rest:
            return VariedPoint(None, self, numbers)
        shared = self._shared(rest) if self._many and _can_come_first(rest, values) else None
        if shared is not None:
            numbers, more = shared._split({k: v for k, v in values.items() if k not in rest})
            if not more:
                return VariedPoint(None, shared, numbers)
        if places is not None:
            values = Overrides((k, v, places[k]) for k, v in values.items())
        return VariedPoint(self._load(_Values(values)))

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """Every key of the scenario with its value."""
        return self.loaded.resolved()

    def _split(self, values: Mapping[str, Any]) -> tuple[dict[NumericKey, Any], dict[str, Any]]:
        """Return the values that are numbers unlike the scenario's, and those that go through the scenario."""
        numbers, rest = {}, {}
        for name, value in values.items():
            key = self._numeric_key(name, value)
            number = None if key is None else _checked(key.check, value)
            if key is None or number is None:
                rest[name] = value
            elif number != key.base:
                numbers[key] = number
        return numbers, rest

    def _shared(self, values: Mapping[str, Any]) -> VariedScenario | None:
        """Return the scenario with some values that many points have; None if few have them, or it refuses them."""
        alike = self._alike(_Values(values))
        alike.seen += 1
        if alike.seen > LONE_POINTS and not alike.tried:
            with suppress(ScenarioError):  # a point says it, with all that is wrong with it
                varied = VariedScenario(self._load_values(alike.values), self._regimes)
                if varied.bases:  # of every regime
                    alike.varied = varied
            alike.tried = True
        return alike.varied

    def _load_values(self, values: _Values) -> LoadedScenario:
        return load(self.loaded.scenario, values.content, consent=self.loaded.consent)

    def _numeric_key(self, name: str, value: Any) -> NumericKey | None:
        """Return what a key is, None if it is no number that can be written into a row."""
        if not self._many:
            return None
        if name not in self.keys:
            found = self._look_up(name, value)
            if found is False:  # this value tells nothing: another one may
                return None
            self.keys[name] = found or None
        return self.keys[name]

    def _look_up(self, name: str, value: Any) -> NumericKey | Literal[False] | None:
        """Return a number's key, found by setting it once; None if it is none, False if this value does not say."""
        path = tuple(split_name(name) or ())
        place = _field_at(self.loaded.scenario, path) if path else None
        if place is None or is_covered(path, self._together):
            return None
        declared, base = place
        columns = (
            tuple(f"mediator_competence_{side}" for side in ("buyer", "vendor"))
            if path == COMPETENCE
            else ("_".join(path),)
        )
        if any(c not in (b.row.dtype.names or ()) for b in self.bases.values() for c in columns):
            return None
        kind: Any = Annotated[declared.annotation, Field(), *declared.metadata]
        check: TypeAdapter[Any] = TypeAdapter(kind, config=STRICT)
        number = _checked(check, value)
        if number is None or number == base:
            return False
        try:
            changed = load(self.loaded.scenario, {name: value}, consent=self.loaded.consent)
            live = {n: self._is_live(n, path, number, changed) for n in self.bases}
        except ScenarioError:
            return False
        if type(number) is not type(base) or None in live.values():
            return None
        return NumericKey(path, check, columns, frozenset(n for n in live if live[n]), base)

    def _is_live(
        self, name: str, path: tuple[str, ...], number: float, changed: LoadedScenario
    ) -> bool | None:
        """Return whether a key counts under a regime, None if setting it changes anything else."""
        before = self.bases[name].regime.scenario.model_dump()
        differ = dict(_differences(before, changed.regime(name).scenario.model_dump()))
        return None if differ not in ({}, {path: number}) else bool(differ)


@dataclass(frozen=True, slots=True)
class VariedPoint:
    """One point: the scenario that it was loaded as, or a scenario and its numbers by key."""

    loaded: LoadedScenario | None
    _varied: VariedScenario | None = None
    _numbers: dict[NumericKey, Any] = field(default_factory=dict)

    @property
    def origin(self) -> VariedScenario | None:
        """The scenario of which only numbers differ here, None if the point was loaded."""
        return self._varied

    def resolved(self) -> Mapping[str, Any]:
        """Return every key with its value; of numbers that `number` knows, the scenario's value."""
        if self._varied is None:
            assert self.loaded is not None
            return self.loaded.resolved()
        return self._varied.resolved

    def regime(self, name: str) -> ResolvedRegime:
        """Return a regime of the point."""
        if self._varied is None:
            return self._loaded_regime(name)
        base = self._varied.bases[name].regime
        scenario: Any = base.scenario
        for key, number in self._numbers.items():
            if name in key.live:
                scenario = _with_value(scenario, key.path, number)
        return base if scenario is base.scenario else replace(base, scenario=scenario)

    def row(self, name: str) -> Row:
        """Return the point's row of parameters under a regime."""
        if self._varied is None:
            return parameter_row(self._loaded_regime(name))
        base = self._varied.bases[name]
        live = {key: n for key, n in self._numbers.items() if name in key.live}
        again = any(base.groups_of(key) for key in live)
        return base.changed_row(self.regime(name) if again else base.regime, live)

    def base(self, name: str) -> BaseRow | None:
        """Return the regime of the scenario without the point's numbers, None if the point was loaded."""
        return None if self._varied is None else self._varied.bases[name]

    def differs_in(self, reads: set[Keys]) -> bool:
        """Return whether the point may differ from the scenario in any of these keys."""
        return self._varied is None or any(is_covered(key.path, reads) for key in self._numbers)

    def _loaded_regime(self, name: str) -> ResolvedRegime:
        assert self.loaded is not None
        return self.loaded.regime(name)

    def number(self, name: str) -> Any:
        """Return the number that a key has here and not in the scenario, None if it has none."""
        key = None if self._varied is None else self._varied.keys.get(name)
        return None if key is None else self._numbers.get(key)


@dataclass(eq=False)
class _PointsAlike:
    """Points that have some values in common: how many were seen, and the scenario that they share, if any."""

    values: _Values
    seen: int = 0
    tried: bool = False
    varied: VariedScenario | None = None


class _Values:
    """The values of a point as the key of a cache, equal if they read alike and were given in the same places."""

    def __init__(self, content: Mapping[str, Any]):
        self.content = content
        self.text = f"{dict(content)!r} {getattr(content, 'places', '')!r}"

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Values) and other.text == self.text


def _can_come_first(some: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    """Return whether some of the values may be set before all others: none is within, or around, another's key."""
    paths: set[Keys] = {tuple(split_name(name) or (name,)) for name in some}
    others = [tuple(split_name(name) or (name,)) for name in values if name not in some]
    return not any(is_covered(path, paths) for path in others)


def _base_row(regime: ResolvedRegime) -> BaseRow:
    """Return the row of a regime, and what it was worked out from."""
    reads: dict[str, set[Keys]] = {}

    def traced(group: str) -> Any:
        scenario = TracedScenario(regime.scenario)
        reads[group] = scenario.reads
        return scenario

    population = population_of(traced(POPULATION))
    packages, ends = package_columns(traced(PACKAGES), population)
    derived = derived_scalars(traced(DERIVED), ends)
    for name, columns in APART.items():
        columns(traced(name))
    row = parameter_row(regime)
    return BaseRow(regime, row, population, ends, reads, frozenset(derived), frozenset(packages))


def _field_at(scenario: BaseModel, path: Keys) -> tuple[FieldInfo, int | float] | None:
    """Return the declaration of a number and its value in a scenario, None if there is no number."""
    model: Any = scenario
    for part in path[:-1]:
        model = getattr(model, str(part), None) if isinstance(model, BaseModel) else None
    last = str(path[-1])
    found = type(model).model_fields.get(last) if isinstance(model, BaseModel) else None
    value: Any = None if found is None else getattr(model, last)
    return (found, value) if found is not None and type(value) in (int, float) else None


def _checked(check: TypeAdapter[Any], value: Any) -> Any:
    """Return a number as the schema converts it, None if it is refused."""
    try:
        return check.validate_python(value)
    except ValidationError:
        return None


def _with_value(model: BaseModel, path: Keys, value: Any) -> BaseModel:
    """Return a copy of a table with one key changed."""
    name = str(path[0])
    inner = value if len(path) == 1 else _with_value(getattr(model, name), path[1:], value)
    return model.model_copy(update={name: inner})


def _differences(before: Any, after: Any, path: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield the path and new value of everything that differs between two trees of plain data."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for name in before:
            yield from _differences(before[name], after[name], (*path, name))
    elif before != after:
        yield path, after
