"""Simulated worlds held against published facts: ours with its interval, and where it lies.

A published range is the central 90 % of the fact's law; ours is a statistic with its 90 % interval over
worlds. *Inside* means that the whole interval lies within the range, its ends included; *below* and
*above* that the whole interval lies outside, on that side. An interval that straddles an end of the
range is *open*: Monte Carlo error decides nothing, more worlds will. *Nothing* says that there was
nothing to count, or fewer than two worlds. Only what is inside holds. This is a comparison of ranges,
not a test: it says that a simulated world could not be told from a measured one by this number, not
that the model is right.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.field.facts_file import Fact
from sim.field.statistics import find_statistic, statistics_by_world, tables_needed
from sim.field.world_ratio import LEVEL, WorldRatio
from sim.measure.metrics import view_of

if TYPE_CHECKING:
    from sim.scenario.regimes import ResolvedRegime

INSIDE, BELOW, ABOVE, OPEN, NOTHING = "inside", "below", "above", "open", "nothing"
WHERE = {
    INSIDE: "our whole interval lies within the published range",
    BELOW: "our whole interval lies below it",
    ABOVE: "our whole interval lies above it",
    OPEN: "our interval straddles an end of the range: more worlds will decide",
    NOTHING: "there was nothing to count, or fewer than two worlds",
}
Progress = Callable[[int, int], None]


class HeldFact(NamedTuple):
    """A fact beside our statistic: value, its interval, and where it lies, a key of WHERE."""

    fact: Fact
    value: float
    low: float
    high: float
    where: str

    @property
    def holds(self) -> bool:
        """Return whether ours lies inside."""
        return self.where == INSIDE


class FieldResult(NamedTuple):
    """The facts that count for a scenario under a regime, held against so many worlds of it."""

    scenario: str
    regime: str
    worlds: int
    seed: int
    held: tuple[HeldFact, ...]

    @property
    def holding(self) -> int:
        """Return how many facts hold."""
        return len([found for found in self.held if found.holds])

    @property
    def counts(self) -> dict[str, int]:
        """Return how many facts lie where, in the order of WHERE, those with none left out."""
        found = Counter(held.where for held in self.held)
        return {where: found[where] for where in WHERE if found[where]}


def hold_against(
    facts: Sequence[Fact],
    regime: ResolvedRegime,
    scenario: str,
    worlds: int,
    seed: int,
    *,
    threads: int = 1,
    on_progress: Progress | None = None,
) -> FieldResult:
    """Simulate worlds of a regime and return the facts beside what they show.

    `scenario` names it in the result. Worlds run in blocks, so memory does not grow with their number.
    Raises SimError if custom code fails.
    """
    names = dict.fromkeys(fact.statistic for fact in facts)
    found = simulated_statistics(
        regime, names, worlds, seed, threads=threads, on_progress=on_progress
    )
    held = tuple(hold_fact(fact, found[fact.statistic]) for fact in facts)
    return FieldResult(scenario, regime.name, worlds, seed, held)


def hold_fact(fact: Fact, ratio: WorldRatio, level: float = LEVEL) -> HeldFact:
    """Return a fact beside our statistic over some worlds."""
    low, high = find_statistic(fact.statistic).interval(ratio, level)
    return HeldFact(fact, ratio.value, low, high, place(low, high, fact.low, fact.high))


def place(low: float, high: float, least: float, most: float) -> str:
    """Return where the interval from `low` to `high` lies against the range from `least` to `most`.

    Example:
        >>> place(0.2, 0.3, 0.1, 0.4), place(0.2, 0.3, 0.25, 0.4), place(0.2, 0.3, 0.5, 0.6)
        ('inside', 'open', 'below')
    """
    if math.isnan(low) or math.isnan(high):
        return NOTHING
    if high < least:
        return BELOW
    if low > most:
        return ABOVE
    return INSIDE if least <= low and high <= most else OPEN


def simulated_statistics(
    regime: ResolvedRegime,
    names: Iterable[str],
    worlds: int,
    seed: int,
    *,
    threads: int = 1,
    on_progress: Progress | None = None,
) -> dict[str, WorldRatio]:
    """Return statistics of simulated worlds by name; `on_progress(done, total)` counts worlds."""
    from sim.engines.batch import run_blocks
    from sim.rows import one_row
    from sim.scenario.parameters.parameter_row import parameter_row

    wanted = tuple(names)
    row = one_row(parameter_row(regime))
    parts: list[dict[str, WorldRatio]] = []
    done = 0
    tables = tables_needed(wanted)
    for block in run_blocks(regime, range(worlds), seed, threads=threads, tables=tables):
        view = view_of(block, regime)
        parts.append(statistics_by_world(view, wanted, row))
        done += len(view.worlds)
        if on_progress is not None:
            on_progress(done, worlds)
    return {
        name: WorldRatio(
            np.concatenate([part[name].top for part in parts]),
            np.concatenate([part[name].bottom for part in parts]),
        )
        for name in wanted
    }
