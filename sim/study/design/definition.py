"""A study as data: what is run, at which points, under which regimes, in how many worlds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.measure.enough_worlds import Rule
from sim.scenario.key_kinds import FUNCTIONS
from sim.study.design.analysis import Analysis, StudyDesign
from sim.study.design.designs import Values
from sim.study.design.factors import Factor
from sim.study.design.studyfile import StudyTable

if TYPE_CHECKING:
    from sim.scenario.load import LoadedScenario

UNNAMED, OWN = "scenario", "scenario.toml"  # a scenario of Python, and its file beside the study


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
    loaded: LoadedScenario
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
    def kind(self) -> StudyDesign:
        """Return how its points are chosen."""
        return self.table.kind

    @property
    def analysis(self) -> Analysis:
        """Return what is computed from the points."""
        return self.kind.analysis

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
