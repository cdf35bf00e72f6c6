"""The form of a check: numbers that theory expects, numbers that were measured, a negative control.

A point holds if the measured number lies within its tolerance, widened by one standard error if it
comes from random draws. The negative control replaces what is checked by a neighbour that should
fail: every one of its points must be refused by the same criterion.
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
    """How many draws a run of the bench takes, and its random seed."""

    deep: bool = False
    seed: int = 1

    def choose(self, quick: int, deep: int) -> int:
        """Return `deep` for a deep run, else `quick`: a number of draws, worlds or repetitions."""
        return deep if self.deep else quick

    def draws(self, name: str) -> np.random.Generator:
        """Return a random generator that depends on the seed and on `name` alone.

        Checks with different names have independent draws, whatever the order in which they run.
        """
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


class CheckPoint(NamedTuple):
    """One expected number beside the measured one, in the unit of what is checked.

    `error` is the standard error of the measured number, 0 if nothing was drawn. `kind` says when
    the point holds: NEAR the expected number or AT_MOST it, within tolerance and error, or ABOVE or
    BELOW it by more than the tolerance.

    Example:
        >>> CheckPoint("gains", 1 / 6, 0.1669, 0.001).holds, CheckPoint("gains", 1 / 6, 0.14, 0.001).holds
        (True, False)
    """

    what: str
    expected: float
    measured: float
    tolerance: float
    error: float = 0.0
    kind: str = NEAR

    @property
    def band(self) -> float:
        """Return the largest deviation that holds: the tolerance plus the standard error."""
        return self.tolerance + self.error

    @property
    def off(self) -> float:
        """Return the deviation in units of the band; the point holds up to 1.

        For ABOVE and BELOW the tolerance is the margin to exceed: a point exactly at the margin is
        off by 1, one at the expected number by 2.
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
        """Return whether the point holds; never if the measured number is not finite."""
        return math.isfinite(self.measured) and self.off <= 1.0


Points = Sequence[CheckPoint]


@dataclass(frozen=True)
class Check:
    """One known result: what is expected, how it is measured, and which control must fail.

    `id` is its number, such as "T01", `family` a key of FAMILIES, `runs` a key of RUNS. `claim`,
    `expected` and `source` are for readers; `control` says which neighbour is tried. `measure`
    returns the points of the result, `refute` those of the control.
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
    """The outcome of a check: points of the result and of the control, and processor seconds.

    `trouble` says why the check could not be run; empty if it could.
    """

    check: Check
    points: tuple[CheckPoint, ...]
    control: tuple[CheckPoint, ...]
    seconds: float
    trouble: str = ""

    @property
    def holds(self) -> bool:
        """Return whether the check could be run and every point holds."""
        return not self.trouble and bool(self.points) and all(p.holds for p in self.points)

    @property
    def refused(self) -> bool:
        """Return whether the control failed at every point, as it should."""
        return not self.trouble and bool(self.control) and not any(p.holds for p in self.control)

    @property
    def passed(self) -> bool:
        """Return whether the result holds and the control is refused."""
        return self.holds and self.refused

    @property
    def shown(self) -> CheckPoint | None:
        """Return the point that a one-line summary shows: the worst that fails, else the first."""
        failing = [p for p in self.points if not p.holds]
        if failing:
            return max(failing, key=lambda p: p.off if math.isfinite(p.measured) else math.inf)
        return self.points[0] if self.points else None


def mean_point(
    what: str, expected: float, sample: np.ndarray, tolerance: float, kind: str = NEAR
) -> CheckPoint:
    """Return a point for the mean of a sample of independent draws, with its standard error."""
    error = float(np.std(sample) / math.sqrt(len(sample)))
    return CheckPoint(what, float(expected), float(np.mean(sample)), tolerance, error, kind)


def clear_point(what: str, bar: float, sample: np.ndarray, kind: str) -> CheckPoint:
    """Return a point that holds if the mean of a sample clears `bar` by over three standard errors.

    `kind` is ABOVE or BELOW; the probability that chance alone clears the bar is then about 0.001.
    """
    error = float(np.std(sample) / math.sqrt(len(sample)))
    return CheckPoint(what, bar, float(np.mean(sample)), 3.0 * error, error, kind)


def exact_points(
    whats: Iterable[str], expected: Iterable[float], measured: Iterable[float], tolerance: float
) -> list[CheckPoint]:
    """Return one point for each name, for numbers that are computed without random draws."""
    return [
        CheckPoint(what, float(e), float(m), tolerance)
        for what, e, m in zip(whats, expected, measured, strict=True)
    ]


def group_results(results: Sequence[CheckResult]) -> list[tuple[str, list[CheckResult]]]:
    """Return results grouped under their headings, in order; headings without results are left out.

    Checks that run code of the laboratory are grouped by family. Those of theory alone come last,
    under a heading of their own, as they say nothing about the laboratory.
    """
    touched = [r for r in results if r.check.runs != "theory"]
    found = [(title, [r for r in touched if r.check.family == f]) for f, title in FAMILIES.items()]
    found.append((THEORY_ALONE, [r for r in results if r.check.runs == "theory"]))
    return [(title, under) for title, under in found if under]
