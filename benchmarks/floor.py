"""What a tie-month costs beside what it cannot do without: `python benchmarks/floor.py`; `make bench` has it too.

The floor of a scenario is the time for its random numbers, its normal quantiles and its memory alone: one loop each,
with nothing of the model. How many there are is measured by running some of its worlds interpreted. A number that
is drawn at one address twice counts once, and of memory there count the rows stored (written once) and the rows of
the need, its vendor and their tie (read and written once).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
from timing import Row, busies, in_turn, ratios, table

from sim.engines import batch
from sim.engines.batch import block_of, run_block, simulate
from sim.engines.sizes import empty_sheets, world_sizes
from sim.jit import kernel, plain
from sim.luck import normal, uniforms
from sim.scenario.load import ResolvedRegime, load
from sim.scenario.parameters.parameter_row import parameter_row
from sim.state import empty_world

SCENARIOS = ("one_tie", "open_market", "it_outsourcing", "secret_mediator", "captive_vendor")
REGIME = "mediated"
TABLES = ("periods", "ties")
COUNTED = 900  # tie-months at least that are run interpreted, a second or two
TIMED = 50_000  # tie-months at least in every measurement
WORD = 8  # bytes of a number
ADDRESSES = 1024  # quantiles are taken of so many numbers in turn
STREAM = np.int64(0)


class Needed(NamedTuple):
    """What one tie-month needs on average: counts, and words of eight bytes."""

    blocks: float  # of four random numbers each
    quantiles: float
    stored: float  # words
    state: int  # words


@kernel
def draw_blocks(count):
    """Draw so many blocks of random numbers; return a sum, so that nothing is left out."""
    key, total = (np.uint64(1), np.uint64(2)), 0.0
    for n in range(count):
        total += uniforms(key, STREAM, np.int64(n), STREAM, STREAM)[0]
    return total


@kernel
def take_quantiles(count, numbers):
    """Take so many normal quantiles of some numbers in turn; return their sum."""
    total = 0.0
    for n in range(count):
        total += normal(numbers[n % ADDRESSES])
    return total


@kernel
def move_memory(stored, state, words, count):
    """Write every word of `stored`; read and write so many words of `state`, row by row, `count` times."""
    for n in range(stored.shape[0]):
        stored[n] = n
    rows = state.shape[0] // words
    for n in range(count):
        row = n % rows * words
        for word in range(words):
            state[row + word] += 1.0


def count_draws(regime: ResolvedRegime, worlds: int) -> tuple[int, int]:
    """Return how many different random blocks and normal quantiles some worlds take, interpreted."""
    blocks, quantiles = set(), set()
    draw, invert = plain(uniforms), plain(normal)

    def counted_block(key: Any, *place: Any) -> Any:
        blocks.add((int(key[1]), *map(int, place)))
        return draw(key, *place)

    def counted_quantile(uniform: float) -> Any:
        quantiles.add(uniform)
        return invert(uniform)

    counting = plain(batch.run_worlds, {uniforms: counted_block, normal: counted_quantile})
    block = block_of(parameter_row(regime), range(worlds))
    with mock.patch.object(batch, "run_worlds", counting):
        run_block(regime, block, regime.scenario.run.seed, TABLES, False)
    return len(blocks), len(quantiles)


def count_needed(regime: ResolvedRegime) -> Needed:
    """Return what a tie-month of a regime needs."""
    run, market = regime.scenario.run, regime.scenario.market
    each = market.needs * run.months
    worlds = -(-COUNTED // each)
    blocks, quantiles = count_draws(regime, worlds)
    stored = sum(rows.nbytes for rows in empty_sheets(regime, 1)) / each
    world = empty_world(world_sizes(regime, parameter_row(regime)))
    pair = world.needs[:1], world.vendors[:1], world.ties[:1], world.trust[:1], world.belief[:1]
    state = sum(rows.nbytes for rows in pair) // WORD
    return Needed(blocks / (worlds * each), quantiles / (worlds * each), stored / WORD, state)


def work_of_floor(needed: Needed, count: int, needs: int) -> Callable[[], object]:
    """Return a function that does what `count` tie-months need, with `needs` needs to a world."""
    numbers = (np.arange(ADDRESSES) + 0.5) / ADDRESSES
    np.random.default_rng(1).shuffle(numbers)

    def work() -> None:
        draw_blocks(round(needed.blocks * count))
        take_quantiles(round(needed.quantiles * count), numbers)
        stored = np.zeros(round(needed.stored * count))
        move_memory(stored, np.zeros(needs * needed.state), needed.state, count)

    return work


def floors(rounds: int) -> list[Row]:
    """Measure a tie-month of every scenario and its floor in turn, in processor time, and their ratio."""
    rows = []
    for name in SCENARIOS:
        regime = load(name).regime(REGIME)
        run, market = regime.scenario.run, regime.scenario.market
        each = market.needs * run.months
        worlds = -(-TIMED // each)
        needed = count_needed(regime)
        taken = in_turn(
            {
                "whole": lambda: simulate(regime, range(worlds), run.seed, tables=TABLES),  # noqa: B023
                "floor": work_of_floor(needed, worlds * each, market.needs),
            },
            rounds,
        )
        whole, floor = (
            tuple(1e6 * seconds / (worlds * each) for seconds in busies(taken[case]))
            for case in ("whole", "floor")
        )
        rows += [
            Row(f"{name}: a tie-month", "µs", whole),
            Row(f"{name}: its floor", "µs", floor),
            Row(f"{name}: a tie-month over its floor", "ratio", ratios(whole, floor)),
            Row(f"{name}: random blocks it needs", "per tie-month", (needed.blocks,)),
            Row(f"{name}: normal quantiles it needs", "per tie-month", (needed.quantiles,)),
            Row(f"{name}: bytes it stores", "per tie-month", (WORD * needed.stored,)),
            Row(f"{name}: bytes of state it rewrites", "per tie-month", (WORD * needed.state,)),
        ]
    return rows


if __name__ == "__main__":
    print(table(floors(5)))
