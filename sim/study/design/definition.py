"""A study as data: its points, regimes, outcomes and number of worlds, all decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from sim.errors import SimError
from sim.measure.enough_worlds import StoppingRule
from sim.scenario.key_kinds import FUNCTIONS
from sim.study.design.analysis import Analysis, StudyDesign
from sim.study.design.designs import Values
from sim.study.design.factors import Factor
from sim.study.design.studyfile import StudyTable
from sim.study.results.digest import digest_list

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

# The name of a scenario that was passed as a Python object, and the file in which a study stores it.
UNNAMED_SCENARIO, SCENARIO_FILE = "scenario", "scenario.toml"


@dataclass(frozen=True, slots=True)
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

    number: int
    digest: str


def drawn_in_brief(points: Sequence[Point]) -> Drawn:
    """Return the number and digest of points; of points that a result records, without making one."""
    if isinstance(points, StudyPoints):
        return points.drawn
    return Drawn(len(points), digest_list([p.values, p.first] for p in points))


class StudyPoints(Sequence[Point]):
    """The points of a study, made by `make` when one is asked for, and again once they were forgotten.

    `drawn` is what a finished result records of them, if there is one. Raises SimError, when they are made, if
    they are others.
    """

    def __init__(self, make: Callable[[], tuple[Point, ...]], drawn: Drawn | None = None):
        self._make, self._drawn = make, drawn
        self._points: tuple[Point, ...] | None = None

    def made(self) -> tuple[Point, ...]:
        """Return all points; raises ScenarioError if any is wrong."""
        if self._points is None:
            points = self._make()
            if self._drawn not in (None, drawn_in_brief(points)):
                raise SimError("the points of the study are not those that its result records")
            self._points = points
        return self._points

    def forget(self) -> None:
        """Hold the points no longer: of a hundred thousand they take some tens of megabytes."""
        self._points = None

    @property
    def drawn(self) -> Drawn:
        """Their number and digest."""
        if self._drawn is None:
            self._drawn = drawn_in_brief(self.made())
        return self._drawn

    def __len__(self) -> int:
        return len(self.made()) if self._drawn is None else self._drawn.number

    @overload
    def __getitem__(self, at: int) -> Point: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Point, ...]: ...
    def __getitem__(self, at: int | slice) -> Point | tuple[Point, ...]:
        return self.made()[at]

    def __iter__(self) -> Iterator[Point]:
        return iter(self.made())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StudyPoints) and self.made() == other.made()

    __hash__ = None  # type: ignore[assignment]


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
