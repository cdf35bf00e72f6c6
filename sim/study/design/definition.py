"""A study as data: its points, regimes, outcomes and number of worlds, all decided."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from sim.errors import SimError
from sim.measure.enough_worlds import StoppingRule
from sim.scenario.key_kinds import FUNCTIONS
from sim.study.design.analysis import Analysis, StudyDesign
from sim.study.design.designs import Values
from sim.study.design.factors import Factor
from sim.study.design.studyfile import StudyTable
from sim.study.results.digest import digest_list
from sim.study.results.folder import advise_on_existing

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

# The name of a scenario that was passed as a Python object, and the file in which a study stores it.
UNNAMED_SCENARIO, SCENARIO_FILE = "scenario", "scenario.toml"


class Point(NamedTuple):
    """One point of a design: the values of its keys, its labels and its first world.

    `labels` are the values of the study's label columns, in their order. `first` is the number of the
    point's first world. `work` is the size of one world under one regime, in tie-months.
    """

    number: int
    values: Values
    labels: tuple[Any, ...]
    first: int
    work: int

    @property
    def name(self) -> str:
        """Return the stem of the point's file names."""
        return point_name(self.number)


def point_name(number: int) -> str:
    """Return the stem of the file names of a point, by its number."""
    return f"point-{number:05d}"


class Drawn(NamedTuple):
    """The points of a study in brief: how many there are, and the digest of their values and first worlds.

    `folder` is that of the result that records them, if one does.
    """

    number: int
    digest: str
    folder: Path | None = None


def drawn_in_brief(points: Sequence[Point]) -> Drawn:
    """Return the number and digest of points; of points that a result records, without making one."""
    if isinstance(points, StudyPoints):
        return points.drawn
    return Drawn(len(points), digest_list([p.values, p.first] for p in points))


class PointColumns(Sequence[Point]):
    """Points with the same keys, held by column: one made of a number, a dict and a tuple takes half a kilobyte.

    Numbers of a column that are all of one type are an array. A point is made whenever it is asked for.
    """

    def __init__(self, points: Sequence[Point]):
        self._keys = tuple(points[0].values) if points else ()
        self._values = [_column([p.values[key] for p in points]) for key in self._keys]
        places = range(len(points[0].labels)) if points else ()
        self._labels = [self._shared(_column([p.labels[n] for p in points])) for n in places]
        self._first = _column([p.first for p in points])
        self._work = _column([p.work for p in points])

    @staticmethod
    def fit(points: Sequence[Point]) -> bool:
        """Return whether all points have the same keys in one order, and are numbered from 0."""
        keys = list(points[0].values) if points else []
        return all(p.number == n and list(p.values) == keys for n, p in enumerate(points))

    def _shared(self, column: Sequence[Any]) -> Sequence[Any]:
        """Return the column of values with the same numbers as a column of labels, if there is one."""
        return next((one for one in self._values if _same_numbers(one, column)), column)

    def __len__(self) -> int:
        return len(self._first)

    @overload
    def __getitem__(self, at: int) -> Point: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, at: int | slice) -> Point | tuple[Point, ...]:
        numbers = range(len(self))[at]
        return (
            self._point(numbers) if isinstance(numbers, int) else tuple(map(self._point, numbers))
        )

    def __iter__(self) -> Iterator[Point]:
        return map(self._point, range(len(self)))

    def _point(self, number: int) -> Point:
        values = dict(zip(self._keys, [column[number] for column in self._values], strict=True))
        labels = tuple([column[number] for column in self._labels])
        return Point(number, values, labels, self._first[number], self._work[number])


def _column(values: list[Any]) -> Sequence[Any]:
    """Return values as an array if all are floats, or all are whole numbers that fit one."""
    kinds = set(map(type, values))
    if kinds == {float}:
        return array("d", values)
    if kinds == {int} and min(values) >= -(2**63) and max(values) < 2**63:
        return array("q", values)
    return values


def _same_numbers(one: Sequence[Any], two: Sequence[Any]) -> bool:
    arrays = isinstance(one, array) and isinstance(two, array)
    return arrays and (one.typecode, one.tobytes()) == (two.typecode, two.tobytes())  # type: ignore[attr-defined]


class StudyPoints(Sequence[Point]):
    """The points of a study, made by `make` when one is asked for, and again once they were forgotten.

    `drawn` is what a finished result records of them, if there is one. Raises SimError, when they are made, if
    they are others.
    """

    def __init__(self, make: Callable[[], Sequence[Point]], drawn: Drawn | None = None):
        self._make, self._drawn = make, drawn
        self._points: Sequence[Point] | None = None

    def made(self) -> Sequence[Point]:
        """Return all points; raises ScenarioError if any is wrong."""
        if self._points is None:
            points = self._make()
            if PointColumns.fit(points):
                points = PointColumns(points)
            if self._drawn is not None and self._drawn[:2] != drawn_in_brief(points)[:2]:
                raise _recorded_others(self._drawn.folder)
            self._points = points
        return self._points

    def forget(self) -> None:
        """Hold the points no longer: of a hundred thousand they take some megabytes."""
        self._points = None

    @property
    def drawn(self) -> Drawn:
        """Their number and digest."""
        if self._drawn is None:
            self._drawn = drawn_in_brief(self.made())
        return self._drawn

    def __getstate__(self) -> tuple[Sequence[Point], Drawn]:
        return self.made(), self.drawn

    def __setstate__(self, state: tuple[Sequence[Point], Drawn]) -> None:
        """Take the points themselves: what made them stays in the process that planned the study."""
        points, self._drawn = state
        self._points = points
        self._make = lambda: points

    def __len__(self) -> int:
        return len(self.made()) if self._drawn is None else self._drawn.number

    @overload
    def __getitem__(self, at: int) -> Point: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Point]: ...
    def __getitem__(self, at: int | slice) -> Point | Sequence[Point]:
        return self.made()[at]

    def __iter__(self) -> Iterator[Point]:
        return iter(self.made())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StudyPoints) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]


def _recorded_others(folder: Path | None) -> SimError:
    """Return the error that a result records other points than its study has."""
    what = "the points of the study are not those that its result records"
    if folder is None:
        return SimError(what)
    return SimError(f"{folder}: damaged: {what}; {advise_on_existing(folder, 'start again')}")


@dataclass(frozen=True)
class Study:
    """A study with nothing left open, fixed before the first point runs.

    `table` is the resolved study file and `loaded` the scenario with all overrides in it. `labels`
    are (column name, key) pairs; the key is empty if points have names of their own. `worlds` is the
    number of worlds of each point, or the most worlds of a point if there is a stopping rule.
    `statistics` are those of `sim.field` that its parts keep instead of measures, if it is run for them.
    """

    table: StudyTable
    loaded: LoadedScenario
    overrides: Mapping[str, Any]
    regimes: tuple[str, ...]
    outcomes: tuple[str, ...]
    worlds: int
    seed: int
    factors: tuple[Factor, ...]
    labels: tuple[tuple[str, str], ...]
    points: Sequence[Point]
    stop: StoppingRule | None
    statistics: tuple[str, ...] = ()

    @property
    def design(self) -> str:
        """Return the name of the design."""
        return str(self.table.design)

    @property
    def kind(self) -> StudyDesign:
        """Return the design's properties."""
        return self.table.kind

    @property
    def analysis(self) -> Analysis:
        """Return the analysis that is computed from the points."""
        return self.kind.analysis

    @property
    def contrasts(self) -> list[tuple[str, str]]:
        """Return (regime, baseline) pairs: the study's own contrast, then each regime against the first."""
        pairs = [(r, self.regimes[0]) for r in self.regimes[1:]]
        chosen = tuple(self.table.contrast)
        return list(dict.fromkeys([(chosen[0], chosen[1]), *pairs] if chosen else pairs))

    @property
    def switches(self) -> tuple[str, ...]:
        """Return the switches of an attribution: the study's own, or all functions of the mediator."""
        return tuple(self.table.of) or FUNCTIONS
