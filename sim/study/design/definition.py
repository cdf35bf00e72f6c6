"""A study as data: its points, regimes, outcomes and number of worlds, all decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from sim.errors import SimError
from sim.measure.enough_worlds import StoppingRule
from sim.scenario.key_kinds import FUNCTIONS
from sim.study.design.analysis import Analysis, StudyDesign
from sim.study.design.designs import Values
from sim.study.design.factors import Factor
from sim.study.design.studyfile import StudyTable
from sim.study.results.digest import digest_data

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

# The name of a scenario that was passed as a Python object, and the file in which a study stores it.
UNNAMED_SCENARIO, SCENARIO_FILE = "scenario", "scenario.toml"


@dataclass(frozen=True)
class Point:
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
        return f"point-{self.number:05d}"


class Drawn(NamedTuple):
    """The points of a study in brief: how many there are, and the digest of their values and first worlds."""

    count: int
    digest: str


def drawn_in_brief(points: Sequence[Point]) -> Drawn:
    """Return the number and digest of points; of points that a result records, without making one."""
    if isinstance(points, RecordedPoints):
        return points.drawn
    return Drawn(len(points), digest_data([[p.values, p.first] for p in points]))


class RecordedPoints(Sequence[Point]):
    """The points of a study whose result is there already, made only if one of them is asked for.

    `drawn` is what the result records of them, `make` makes them. Raises SimError, when they are made, if they
    are others.
    """

    def __init__(self, drawn: Drawn, make: Callable[[], tuple[Point, ...]]):
        self.drawn, self._make = drawn, make

    @cached_property
    def _points(self) -> tuple[Point, ...]:
        points = self._make()
        if drawn_in_brief(points) != self.drawn:
            raise SimError("the points of the study are not those that its result records")
        return points

    def __len__(self) -> int:
        return self.drawn.count

    @overload
    def __getitem__(self, at: int) -> Point: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, at: int | slice) -> Point | tuple[Point, ...]:
        return self._points[at]

    def __iter__(self) -> Iterator[Point]:
        return iter(self._points)


@dataclass(frozen=True)
class Study:
    """A study with nothing left open, fixed before the first point runs.

    `table` is the resolved study file and `loaded` the scenario with all overrides in it. `labels`
    are (column name, key) pairs; the key is empty if points have names of their own. `worlds` is the
    number of worlds of each point, or the most worlds of a point if there is a stopping rule.
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
