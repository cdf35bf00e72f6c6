"""How many worlds a point gets: a fixed number, or more until an interval is narrow enough."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.measure.enough_worlds import checks, interval, is_enough
from sim.measure.means import of_the_mean, wholes
from sim.measure.metrics import BY_NAME
from sim.study.design.definition import Point, Study
from sim.study.results.resume import Parts
from sim.study.results.store import read_columns
from sim.study.run.chunks import uncovered_ranges

CAP = "cap of"  # how a rule begins that ended a point before its interval was narrow enough


class Completion(NamedTuple):
    """How many worlds a point has, by which rule, and how wide the interval is that decided."""

    worlds: int
    rule: str
    width: float

    @property
    def is_cut_off(self) -> bool:
        """Whether the most worlds were reached before the width was."""
        return self.rule.startswith(CAP)


class Replication:
    """The number of worlds of every point, decided from the parts that are whole and nothing else.

    So a study that was interrupted decides as one that was not.
    """

    def __init__(self, study: Study, parts: Parts):
        self.study, self.parts = study, parts
        self._settled: dict[int, Completion] = {}
        self._too_few: dict[int, int] = {}

    def done(self, point: Point) -> Completion | None:
        """Return what ended a point, or None while it needs more worlds."""
        if point.number not in self._settled:
            found = self._look(point)
            if isinstance(found, int):
                return None
            self._settled[point.number] = found
        return self._settled[point.number]

    def wanted(self, point: Point) -> int:
        """Return the world before which a point's worlds must now be there."""
        found = self._look(point)
        return point.first + (found if isinstance(found, int) else found.worlds)

    def values(self, point: Point, names: tuple[str, ...], worlds: int) -> dict[str, np.ndarray]:
        """Return the first `worlds` worlds of a point: by regime, one row per world, a column per name."""
        found: dict[str, list[np.ndarray]] = {r: [] for r in self.study.regimes}
        for first, count in self.parts.covered(point.number):
            name = f"part-{point.number:05d}-{first:07d}"
            columns = read_columns(self.parts.path(name), names)
            table = np.column_stack(columns).reshape(len(found), count, len(names))
            for regime, rows in zip(found.values(), table, strict=True):
                regime.append(rows)
        return {r: np.concatenate(rows)[:worlds] for r, rows in found.items()}

    def _look(self, point: Point) -> Completion | int:
        """Return how a point ended, or how many worlds it needs now."""
        rule = self.study.stop
        have = self._have(point)
        if rule is None:
            if have < self.study.worlds:
                return self.study.worlds
            return Completion(self.study.worlds, "fixed", np.nan)
        measure = BY_NAME[rule.outcome]
        share, names = measure.unit == "share", wholes((rule.outcome,), [measure])
        table = self.values(point, names, have) if have >= rule.at_least else {}
        columns = {name: j for j, name in enumerate(names)}
        for n in checks(rule):
            if n > have:
                return n
            if n <= self._too_few.get(point.number, 0):
                continue  # looked at before; what a world holds does not change
            first = {r: of_the_mean(v[:n], [measure], columns) for r, v in table.items()}
            pair = self._pair(first, n)
            bounded = share and all(_is_share(v) for v in pair if v is not None)
            low, high = interval(*pair, bounded)
            width = float(high - low)
            if is_enough(rule, *pair, bounded):
                return Completion(n, f"narrower than {rule.width:g}", width)
            if n < rule.at_most:
                self._too_few[point.number] = n
        return Completion(rule.at_most, f"{CAP} {rule.at_most}", width)

    def _pair(self, table: dict[str, np.ndarray], n: int) -> tuple[np.ndarray, np.ndarray | None]:
        """Return an outcome and its baseline in the first n worlds."""
        if not self.study.contrasts:
            return table[self.study.regimes[0]][:n, 0], None
        favoured, baseline = self.study.contrasts[-1 if not self.study.table.contrast else 0]
        return table[favoured][:n, 0], table[baseline][:n, 0]

    def _have(self, point: Point) -> int:
        """Return how many worlds are there without a gap from the first."""
        covered = self.parts.covered(point.number)
        whole = max((first + count for first, count in covered), default=point.first)
        hole = next(uncovered_ranges(covered, point.first, whole), (whole, whole))
        return hole[0] - point.first


def _is_share(values: np.ndarray) -> bool:
    """Whether values are shares of a whole; a share of first best may be below 0 and is none."""
    seen = values[np.isfinite(values)]
    return bool(np.all((seen >= 0.0) & (seen <= 1.0)))
