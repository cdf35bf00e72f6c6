"""Measures of some regimes, world by world, and their summary: one cell of a study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.field.statistics import tables_needed
from sim.field.world_sums import sums_by_world
from sim.measure.contrasts import contrast_name
from sim.measure.intervals import FEWEST_FOR_BOOTSTRAP
from sim.measure.means import summarise_measure_differences, summarise_measures, with_wholes
from sim.measure.metrics import Measure, measures_by_world, view_of

if TYPE_CHECKING:
    from sim.engines.batch import Block
    from sim.rows import Row
    from sim.scenario.lines import Keys
    from sim.scenario.load import LoadedScenario
    from sim.scenario.parameters.varied import BaseRow, VariedPoint
    from sim.scenario.regimes import ResolvedRegime
    from sim.state import Sizes

# Tie-months that are measured at once: large enough for few NumPy calls, small enough to stay in a processor's cache.
MEASURED_TIE_MONTHS = 10_000

KEPT_SHAPES = 16  # a study has some regimes

Worlds = Mapping[str, np.ndarray]
PointWorlds = tuple["VariedPoint", Sequence[int]]  # a point, and the numbers of its worlds


def measure_points(
    points: Sequence[PointWorlds], regimes: Sequence[str], seed: int, statistics: Sequence[str] = ()
) -> dict[str, np.ndarray]:
    """Return, for each regime, a structured array with a row for every world of every point, in their order.

    A row has `world`, then every measure; if `statistics` names some of `sim.field`, both sums of each instead.
    `seed` is that of the draws. Worlds are simulated and measured in blocks, so memory does not grow with their
    number. Points whose worlds have one size share blocks, in which each has a row of parameters of its own.
    """
    order, places = _together(points)
    found = {}
    for name in regimes:
        rows = np.concatenate(
            list(_measured_blocks([points[n] for n in order], name, seed, statistics))
        )
        found[name] = rows
        if places is not None:
            found[name] = np.empty_like(rows)
            found[name][places] = rows
    return found


def _together(points: Sequence[PointWorlds]) -> tuple[list[int], np.ndarray | None]:
    """Return the order in which points of one scenario follow each other, and the place of each of their rows.

    The places are None if that is the order in which they are.
    """
    rank: dict[int, int] = {}
    ranks = [rank.setdefault(id(point.origin), len(rank)) for point, _ in points]
    order = sorted(range(len(points)), key=ranks.__getitem__)
    if len(rank) < 2:
        return order, None
    sizes = [len(worlds) for _, worlds in points]
    first = np.cumsum([0, *sizes])
    return order, np.concatenate([np.arange(first[n], first[n + 1]) for n in order])


def measure_worlds(
    loaded: LoadedScenario, regimes: Sequence[str], worlds: Sequence[int], seed: int
) -> dict[str, np.ndarray]:
    """Return the measures of some worlds of a scenario under some regimes, as `measure_points` does."""
    from sim.scenario.parameters.varied import VariedPoint

    return measure_points([(VariedPoint(loaded), worlds)], regimes, seed)


def _measured_blocks(
    points: Sequence[PointWorlds], name: str, seed: int, statistics: Sequence[str]
) -> Iterator[np.ndarray]:
    """Yield the measures, or the sums of statistics, of consecutive blocks of worlds under a regime."""
    from sim.engines.batch import run_block

    tables = tables_needed(statistics) if statistics else ("periods", "ties")
    for regime, block in _blocks_alike(points, name):
        size = _worlds_measured(regime)
        for at in range(0, len(block.worlds), size):
            worlds = block.part(at, size)
            view = view_of(run_block(regime, worlds, seed, tables, True), regime)
            if statistics:
                yield sums_by_world(view, statistics, worlds.rows[worlds.which])
            else:
                yield measures_by_world(view)


def _worlds_measured(regime: ResolvedRegime) -> int:
    """Return how many worlds of a regime are measured at once."""
    run, market = regime.scenario.run, regime.scenario.market
    return max(1, MEASURED_TIE_MONTHS // (run.months * market.needs))


def _blocks_alike(
    points: Sequence[PointWorlds], name: str
) -> Iterator[tuple[ResolvedRegime, Block]]:
    """Yield a regime and a block for consecutive points of one scenario whose worlds differ in numbers only.

    A block has as many points as are measured at once, since a row of parameters takes some 20 kB.
    """
    from sim.engines.batch import Block
    from sim.rows import stack_rows

    def block_of_points() -> Block:
        which = np.repeat(np.arange(len(rows)), [len(worlds) for worlds in numbers])
        return Block(stack_rows(rows), which, np.concatenate(numbers))

    regime, shape, origin, most = points[0][0].regime(name), None, None, 0
    rows: list[Row] = []
    numbers: list[np.ndarray] = []
    gathered = 0
    for point, worlds in points:
        row, base = point.row(name), point.base(name)
        if base is not None and not point.differs_in(shape_of_base(base)[1]):
            found, here = base.regime, shape_of_base(base)[0]
        else:
            found = point.regime(name)
            here = world_shape(found, row)
        full = gathered + len(worlds) > most
        if rows and (full or here != shape or point.origin is not origin or base is None):
            yield regime, block_of_points()
            rows, numbers, gathered = [], [], 0
        if not rows:
            shape, regime, origin = here, found, point.origin
            most = _worlds_measured(regime)
        rows.append(row)
        numbers.append(np.asarray(worlds, np.uint64))
        gathered += len(worlds)
    yield regime, block_of_points()


class WorldShape(NamedTuple):
    """What worlds of one block have in common."""

    sizes: Sizes
    months: int
    burn_in: int
    capacity: int
    columns: int


@lru_cache(maxsize=KEPT_SHAPES)
def shape_of_base(base: BaseRow) -> tuple[WorldShape, set[Keys]]:
    """Return the shape of worlds without any change, and the keys that it depends on."""
    from sim.scenario.parameters.traced import TracedScenario

    traced: Any = TracedScenario(base.regime.scenario)
    return world_shape(replace(base.regime, scenario=traced), base.row), traced.reads


def world_shape(regime: ResolvedRegime, row: Row) -> WorldShape:
    """Return what worlds of a regime share with others that run in one block; `row` is its row of parameters."""
    from sim.engines.sizes import world_sizes

    run, market = regime.scenario.run, regime.scenario.market
    return WorldShape(
        world_sizes(regime, row), run.months, run.burn_in, market.capacity, id(row.dtype)
    )


def summary_columns(
    table: Worlds,
    measures: Sequence[Measure],
    contrasts: Sequence[tuple[str, str]],
    currency: str,
) -> dict[str, Any]:
    """Return the columns of a summary of some points: for each the means of regimes, then the paired differences.

    `table` has an array of shape (points, worlds, columns) for each regime, with one column for each measure,
    then one for each further measure that some of them are a share of (`sim.measure.means.wholes`).
    `contrasts` are (regime, baseline) pairs; `currency` replaces "money" in units. Intervals are 95 %
    intervals over worlds. A column has points × (regimes + contrasts) × measures entries; text columns
    are pandas categories in the order of their first appearance.
    """
    names = with_wholes([m.name for m in measures], measures)
    at = {name: j for j, name in enumerate(names)}
    blocks = [_summaries(lambda v: summarise_measures(v, measures, at), v) for v in table.values()]
    blocks += [
        _summaries(
            lambda v, w: summarise_measure_differences(v, w, measures, at), table[a], table[b]
        )
        for a, b in contrasts
    ]
    points = len(next(iter(table.values())))
    pairs = [*((regime, "") for regime in table), *contrasts]

    def repeated(values: Sequence[str], each: int) -> Any:
        """Return texts for all rows, each `each` times in a row within a point."""
        import pandas as pd

        words = list(dict.fromkeys(values))
        codes = np.repeat([words.index(value) for value in values], each)
        rows = points * len(pairs) * len(measures)
        return pd.Categorical.from_codes(np.resize(codes, rows), words)

    kinds = ["regime"] * len(table) + ["difference"] * len(contrasts)
    about = {
        "measure": repeated([m.name for m in measures], 1),
        "label": repeated([m.label for m in measures], 1),
        "unit": repeated([m.unit.replace("money", currency) for m in measures], 1),
        "kind": repeated(kinds, len(measures)),
        "name": repeated([contrast_name(*pair) for pair in pairs], len(measures)),
        "regime": repeated([regime for regime, _ in pairs], len(measures)),
        "baseline": repeated([baseline for _, baseline in pairs], len(measures)),
    }
    nothing = np.full((points, len(measures)), np.nan)
    numbers = {
        name: np.stack([block.get(name, nothing) for block in blocks], axis=1).ravel()
        for name in ("mean", "low", "high", "sd", "effect", "share_opposite", "n")
    }
    return about | numbers


def _summaries(summarise: Callable[..., NamedTuple], *tables: np.ndarray) -> dict[str, np.ndarray]:
    """Return a summary of each point by column, shape (points, measures): the bootstrap takes one at a time."""
    if tables[0].shape[1] < FEWEST_FOR_BOOTSTRAP:
        return summarise(*tables)._asdict()
    found = [summarise(*rows)._asdict() for rows in zip(*tables, strict=True)]
    return {name: np.stack([one[name] for one in found]) for name in found[0]}
