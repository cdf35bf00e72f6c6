"""The number of worlds of a point: fixed, or increased until an interval is narrow enough."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.measure.enough_worlds import is_enough, outcome_interval, worlds_to_check
from sim.measure.means import contributions_to_mean, with_wholes
from sim.measure.metrics import BY_NAME
from sim.study.design.definition import Point, Study
from sim.study.results.parts import Parts
from sim.study.results.store import read_columns
from sim.study.run.chunks import uncovered_ranges

KEPT_PARTS = 4  # of many points each, which are asked for one after the other
CAP = "cap of"  # the rule's text begins so if a point reached the most worlds first


class Completion(NamedTuple):
    """How a point was completed: its number of worlds, the rule that ended it, and the interval's width.

    `width` is in the unit of the outcome of the stopping rule, NaN if the number of worlds is fixed.
    """

    worlds: int
    rule: str
    width: float

    @property
    def is_cut_off(self) -> bool:
        """Whether the point reached the most worlds before its interval was narrow enough."""
        return self.rule.startswith(CAP)


class Replication:
    """Decides the number of worlds of every point, from the complete parts and nothing else.

    The rule looks at fixed numbers of worlds from the first on, so an interrupted and resumed study
    stops at the same world as one that was not interrupted, whatever the order of its chunks was.
    """

    def __init__(self, study: Study, parts: Parts):
        self.study, self.parts = study, parts
        self._fixed = Completion(study.worlds, "fixed", np.nan)
        self._completions: dict[int, Completion] = {}
        self._too_few: dict[int, int] = {}
        self._read_part = lru_cache(maxsize=KEPT_PARTS)(self._part_table)

    def completion(self, point: Point) -> Completion | None:
        """Return how a point was completed, or None while it needs more worlds."""
        if point.number not in self._completions:
            found = self._assess(point)
            if isinstance(found, int):
                return None
            self._completions[point.number] = found
        return self._completions[point.number]

    def needed_until(self, point: Point) -> int:
        """Return the number of the world up to which (excluded) a point needs its worlds now."""
        found = self._assess(point)
        return point.first + (found if isinstance(found, int) else found.worlds)

    def values(self, point: Point, names: tuple[str, ...], worlds: int) -> dict[str, np.ndarray]:
        """Return some measures of a point's first worlds by regime, as arrays of (worlds, names)."""
        found: dict[str, list[np.ndarray]] = {r: [] for r in self.study.regimes}
        for place in self.parts.places(point.number):
            table = self._read_part(place.part, names)[:, place.before :][:, : place.worlds]
            for regime, rows in zip(found.values(), table, strict=True):
                regime.append(rows)
        return {r: np.concatenate(rows)[:worlds] for r, rows in found.items()}

    def _part_table(self, part: str, names: tuple[str, ...]) -> np.ndarray:
        """Return some measures of all worlds of a part, as an array of (regimes, worlds, names)."""
        columns = read_columns(self.parts.path(part), names)
        # A part has the rows of all regimes one after the other, in the study's order.
        return np.column_stack(columns).reshape(len(self.study.regimes), -1, len(names))

    def _assess(self, point: Point) -> Completion | int:
        """Return how a point was completed, or else the number of worlds it needs now."""
        rule = self.study.stop
        have = self._worlds_without_gap(point)
        if rule is None:
            if have < self.study.worlds:
                return self.study.worlds
            return self._fixed
        measure = BY_NAME[rule.outcome]
        share, names = measure.unit == "share", with_wholes((rule.outcome,), [measure])
        table = self.values(point, names, have) if have >= rule.at_least else {}
        columns = {name: j for j, name in enumerate(names)}
        for n in worlds_to_check(rule):
            if n > have:
                return n
            if n <= self._too_few.get(point.number, 0):
                continue  # decided before: the contents of a world never change
            first = {r: contributions_to_mean(v[:n], [measure], columns) for r, v in table.items()}
            pair = self._pair(first, n)
            bounded = share and all(_is_share(v) for v in pair if v is not None)
            low, high = outcome_interval(*pair, bounded)
            width = float(high - low)
            if is_enough(rule, *pair, bounded):
                return Completion(n, f"narrower than {rule.width:g}", width)
            if n < rule.at_most:
                self._too_few[point.number] = n
        return Completion(rule.at_most, f"{CAP} {rule.at_most}", width)

    def _pair(
        self, table: dict[str, np.ndarray], worlds: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the outcome and its baseline in the first n worlds; None if there is no contrast.

        The study's own contrast comes first; without one, the last regime is held against the first.
        """
        if not self.study.contrasts:
            return table[self.study.regimes[0]][:worlds, 0], None
        favoured, baseline = self.study.contrasts[-1 if not self.study.table.contrast else 0]
        return table[favoured][:worlds, 0], table[baseline][:worlds, 0]

    def _worlds_without_gap(self, point: Point) -> int:
        """Return the number of a point's worlds from the first up to the first gap."""
        covered = self.parts.covered(point.number)
        end = max((first + count for first, count in covered), default=point.first)
        gap = next(uncovered_ranges(covered, point.first, end), (end, end))
        return gap[0] - point.first


def _is_share(values: np.ndarray) -> bool:
    """Return whether all values lie in [0, 1]; a share of first best may not, and is unbounded then."""
    seen = values[np.isfinite(values)]
    return bool(np.all((seen >= 0.0) & (seen <= 1.0)))
