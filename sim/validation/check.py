"""What a check of the bench is: numbers that theory expects, numbers that were measured, a control.

A point holds if it lies within its tolerance, widened by the standard error of what was drawn. The
negative control puts a neighbour in the place of what is checked, something that should not pass:
every one of its points must be turned away by the same yardstick.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

NEAR, AT_MOST, ABOVE, BELOW = "near", "at most", "above", "below"
RUNS = {
    "engine": "worlds are run by the engine",
    "rules": "the engine's own rules are called",
    "measure": "the measures of `sim.measure` are applied",
    "talks": "worked out by `sim.theory`, and played in the laboratory's own talks over outcomes",
    "theory": "worked out by `sim.theory` alone, in two ways",
}
FAMILIES = {
    "trade": "Bilateral trade under private information",
    "honesty": "What makes telling the truth pay",
    "solutions": "Solutions and alternating offers",
    "advice": "Advice, mediation and arbitration",
    "texts": "The single text and packages",
    "relations": "Relational contracts and repeated play",
    "risk": "Risk, effort and investment",
    "trust": "Trust",
    "methods": "The statistics of the laboratory",
}

THEORY_ALONE = "Theory against theory: worked out in two ways, the laboratory not touched"


class Effort(NamedTuple):
    """How much is drawn, and from which luck."""

    deep: bool = False
    seed: int = 1

    def of(self, quick: int, deep: int) -> int:
        """Return the count for this effort."""
        return deep if self.deep else quick

    def draws(self, name: str) -> np.random.Generator:
        """Return a generator of one's own for a name."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


class CheckPoint(NamedTuple):
    """One number that was expected and measured.

    `error` is the standard error of what was drawn, 0 where nothing was. `kind` says what holds:
    near the expected number, at most it, or above or below it by more than the tolerance.
    """

    what: str
    expected: float
    measured: float
    tolerance: float
    error: float = 0.0
    kind: str = NEAR

    @property
    def band(self) -> float:
        """Return how far off a measured number may be: the tolerance and the standard error."""
        return self.tolerance + self.error

    @property
    def off(self) -> float:
        """Return how far off it is in bands; up to 1 holds.

        For above and below the band is the margin by which it must be clear, and 0 is twice that.
        """
        gap = self.measured - self.expected
        if self.kind in (ABOVE, BELOW):
            clear = gap if self.kind == ABOVE else -gap
            if self.tolerance > 0.0:
                return max(0.0, 2.0 - clear / self.tolerance)
            return 0.0 if clear > 0.0 else 2.0
        away = gap if self.kind == AT_MOST else abs(gap)
        if away <= 0.0:
            return 0.0
        return away / self.band if self.band > 0.0 else math.inf

    @property
    def holds(self) -> bool:
        """Say whether the point holds; a number that is none never does."""
        return math.isfinite(self.measured) and self.off <= 1.0


Points = Sequence[CheckPoint]


@dataclass(frozen=True)
class Check:
    """One known result: what is expected, how it is measured, and what must not pass for it.

    `claim` and `expected` are for people; `control` says which neighbour is tried. `measure` and
    `refute` return the points of both.
    """

    id: str
    family: str
    claim: str
    expected: str
    source: str
    runs: str
    control: str
    measure: Callable[[Effort], Points]
    refute: Callable[[Effort], Points]


class CheckResult(NamedTuple):
    """What came of a check; `trouble` says why it could not be run."""

    check: Check
    points: tuple[CheckPoint, ...]
    control: tuple[CheckPoint, ...]
    seconds: float
    trouble: str = ""

    @property
    def holds(self) -> bool:
        """Say whether every point holds."""
        return not self.trouble and bool(self.points) and all(p.holds for p in self.points)

    @property
    def refused(self) -> bool:
        """Say whether the control failed as it should, at every point."""
        return not self.trouble and bool(self.control) and not any(p.holds for p in self.control)

    @property
    def passed(self) -> bool:
        """Say whether both are as they should be."""
        return self.holds and self.refused

    @property
    def shown(self) -> CheckPoint | None:
        """Return the point for one line: the worst that fails, else the first."""
        failing = [p for p in self.points if not p.holds]
        if failing:
            return max(failing, key=lambda p: p.off if math.isfinite(p.measured) else math.inf)
        return self.points[0] if self.points else None


def mean_point(
    what: str, expected: float, sample: np.ndarray, tolerance: float, kind: str = NEAR
) -> CheckPoint:
    """Return a point for the mean of independent draws."""
    error = float(np.std(sample) / math.sqrt(len(sample)))
    return CheckPoint(what, float(expected), float(np.mean(sample)), tolerance, error, kind)


def clear_point(what: str, bar: float, sample: np.ndarray, kind: str) -> CheckPoint:
    """Return a point that holds if a mean is above or below a bar by over three standard errors."""
    error = float(np.std(sample) / math.sqrt(len(sample)))
    return CheckPoint(what, bar, float(np.mean(sample)), 3.0 * error, error, kind)


def exact_points(
    whats: Iterable[str], expected: Iterable[float], measured: Iterable[float], tolerance: float
) -> list[CheckPoint]:
    """Return points without draws, one for each name."""
    return [
        CheckPoint(what, float(e), float(m), tolerance)
        for what, e, m in zip(whats, expected, measured, strict=True)
    ]


def group_results(results: Sequence[CheckResult]) -> list[tuple[str, list[CheckResult]]]:
    """Return results under the headings they are told by.

    Those of the laboratory stand by family; those worked out by theory alone, last, under their own,
    as they say nothing of the laboratory.
    """
    touched = [r for r in results if r.check.runs != "theory"]
    found = [(title, [r for r in touched if r.check.family == f]) for f, title in FAMILIES.items()]
    found.append((THEORY_ALONE, [r for r in results if r.check.runs == "theory"]))
    return [(title, under) for title, under in found if under]
