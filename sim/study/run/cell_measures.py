"""Measures of some regimes, world by world, and their summary: one cell of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.measure.contrasts import contrast_name
from sim.measure.means import summarise_measure_differences, summarise_measures, with_wholes
from sim.measure.metrics import Measure, measures_by_world, view_of

if TYPE_CHECKING:
    from sim.engines.batch import Block
    from sim.rows import Row
    from sim.scenario.load import LoadedScenario
    from sim.scenario.parameters.varied import VariedPoint
    from sim.scenario.regimes import ResolvedRegime
    from sim.state import Sizes

# Tie-months that are measured at once: large enough for few NumPy calls, small enough for some megabytes.
MEASURED_TIE_MONTHS = 50_000

Worlds = Mapping[str, np.ndarray]
PointWorlds = tuple["VariedPoint", Sequence[int]]  # a point, and the numbers of its worlds


def measure_points(
    points: Sequence[PointWorlds], regimes: Sequence[str], seed: int
) -> dict[str, np.ndarray]:
    """Return, for each regime, a structured array with a row for every world of every point, in their order.

    A row has `world`, then every measure; `seed` is that of the draws. Worlds are simulated and measured in
    blocks, so memory does not grow with their number. Points whose worlds have one size share blocks, in which
    each has a row of parameters of its own.
    """
    return {name: np.concatenate(list(_measured_blocks(points, name, seed))) for name in regimes}


def measure_worlds(
    loaded: LoadedScenario, regimes: Sequence[str], worlds: Sequence[int], seed: int
) -> dict[str, np.ndarray]:
    """Return the measures of some worlds of a scenario under some regimes, as `measure_points` does."""
    from sim.scenario.parameters.varied import VariedPoint

    return measure_points([(VariedPoint(loaded), worlds)], regimes, seed)


def _measured_blocks(points: Sequence[PointWorlds], name: str, seed: int) -> Iterator[np.ndarray]:
    """Yield the measures of consecutive blocks of worlds under a regime."""
    from sim.engines.batch import run_block

    for regime, block in _blocks_alike(points, name):
        run, market = regime.scenario.run, regime.scenario.market
        size = max(1, MEASURED_TIE_MONTHS // (run.months * market.needs))
        for at in range(0, len(block.worlds), size):
            part = run_block(regime, block.part(at, size), seed, ("periods", "ties"), True)
            yield measures_by_world(view_of(part, regime))


def _blocks_alike(
    points: Sequence[PointWorlds], name: str
) -> Iterator[tuple[ResolvedRegime, Block]]:
    """Yield a regime and a block for consecutive points whose worlds differ in numbers only."""
    from sim.engines.batch import Block
    from sim.rows import stack_rows

    def block_of_points() -> Block:
        which = np.repeat(np.arange(len(rows)), [len(worlds) for worlds in numbers])
        return Block(stack_rows(rows), which, np.concatenate(numbers))

    regime = points[0][0].regime(name)
    shape: WorldShape | None = None
    rows: list[Row] = []
    numbers: list[np.ndarray] = []
    for point, worlds in points:
        row, found = point.row(name), point.regime(name)
        here = world_shape(found, row)
        if rows and (here != shape or point.loaded is not None):
            yield regime, block_of_points()
            rows, numbers = [], []
        if not rows:
            shape, regime = here, found
        rows.append(row)
        numbers.append(np.asarray(worlds, np.uint64))
    yield regime, block_of_points()


class WorldShape(NamedTuple):
    """What worlds of one block have in common."""

    sizes: Sizes
    months: int
    burn_in: int
    capacity: int
    columns: int


def world_shape(regime: ResolvedRegime, row: Row) -> WorldShape:
    """Return what worlds of a regime share with others that run in one block; `row` is its row of parameters."""
    from sim.engines.batch import world_sizes

    run, market = regime.scenario.run, regime.scenario.market
    return WorldShape(
        world_sizes(regime, row), run.months, run.burn_in, market.capacity, id(row.dtype)
    )


def summary_rows(
    table: Worlds,
    measures: Sequence[Measure],
    contrasts: Sequence[tuple[str, str]],
    currency: str,
) -> list[dict[str, Any]]:
    """Return the rows of a summary: the means of each regime, then the paired differences.

    `table` has an array of shape (worlds, columns) for each regime, with one column for each measure,
    then one for each further measure that some of them are a share of (`sim.measure.means.wholes`).
    `contrasts` are (regime, baseline) pairs; `currency` replaces "money" in units. Intervals are 95 %
    intervals over worlds.
    """
    rows = []
    names = with_wholes([m.name for m in measures], measures)
    columns = {name: j for j, name in enumerate(names)}
    for regime, values in table.items():
        found = summarise_measures(values, measures, columns)._asdict()
        rows += _summary_lines(found, measures, "regime", (regime, ""), currency)
    for pair in contrasts:
        found = summarise_measure_differences(
            table[pair[0]], table[pair[1]], measures, columns
        )._asdict()
        rows += _summary_lines(found, measures, "difference", pair, currency)
    return rows


def _summary_lines(
    found: Mapping[str, np.ndarray],
    measures: Sequence[Measure],
    kind: str,
    pair: tuple[str, str],
    currency: str,
) -> list[dict[str, Any]]:
    regime, baseline = pair
    about = {"kind": kind, "name": contrast_name(*pair), "regime": regime, "baseline": baseline}
    return [
        {
            "measure": m.name,
            "label": m.label,
            "unit": m.unit.replace("money", currency),
            **about,
            **{
                name: float(found[name][j]) if name in found else np.nan
                for name in ("mean", "low", "high", "sd", "effect", "share_opposite")
            },
            "n": int(found["n"][j]),
        }
        for j, m in enumerate(measures)
    ]
