"""The batch engine: the lifecycle compiled into a loop over worlds, one thread per block of worlds.

The worlds of a block write only rows of their own. Therefore the number of threads, the order in
which blocks end and the size of a block change no bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.bargain.beliefs import belief_errors
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.compile.array_addresses import by_reference
from sim.engines.assign import write_first_best
from sim.engines.custom_code_failures import raise_if_custom_code_failed, watch_custom_mediators
from sim.engines.in_order import in_order
from sim.engines.sizes import Sheets, bound_log_rows, empty_sheets, world_sizes
from sim.errors import SimError
from sim.interrupt import handle_ctrl_c, raise_if_interrupted
from sim.jit import kernel, plain, rule
from sim.records import OFFERS, PERIODS, TIES, allocate
from sim.relationship.lifecycle import run_month
from sim.relationship.meet.population import populate
from sim.relationship.work.build_trust import catch_up_trust
from sim.rows import Rows, join_rows, one_row
from sim.scenario.code import custom_code_of
from sim.scenario.parameters.parameter_row import parameter_row
from sim.scenario.strategy_texts import seated_strategies
from sim.state import BUYER, VENDOR, World, empty_world

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime

DRAW_WORLD = -1  # in place of a first month: draw the world before month 0
# Some hundredths of a second of work: small enough that threads end together and progress is smooth,
# large enough that starting a block costs nothing.
BLOCK_TIE_MONTHS = 50_000


class RunTables(NamedTuple):
    """The tables of a run: structured arrays with the columns of `sim.records`, in order of worlds.

    `events`, `offers` and `need_months` are empty unless they were asked for.
    """

    periods: np.ndarray
    ties: np.ndarray
    events: np.ndarray
    offers: np.ndarray
    need_months: np.ndarray


@rule
def write_tie_row(world, params, tie, month, row):
    """Write a tie as it is at the start of month `month` into `row` of the table of ties.

    Its trust is brought up to date first, since ties that do not talk are updated only when they
    are read.
    """
    state = world.ties[tie]
    talk = gather_talk_with_tables(world, params, state.need, tie)
    catch_up_trust(talk, params, month)
    row.miss_buyer, row.miss_buyer_prior = belief_errors(talk, params, BUYER)
    row.miss_vendor, row.miss_vendor_prior = belief_errors(talk, params, VENDOR)
    row.world, row.tie, row.need, row.vendor_id = (
        world.memo[0].world,
        tie,
        state.need,
        state.vendor_id,
    )
    row.first_best = state.first_best
    row.capability = world.vendors[state.vendor_id].capability
    row.claim, row.expected_capability = state.claim, state.expected
    row.talks, row.impasses = state.talks, state.impasses
    row.contracts, row.renewals = state.contracts, state.renewals
    row.months, row.spells = state.months, state.spells
    need = world.needs[state.need]
    is_due = need.expired == 1 and need.last == tie
    row.running = 1 if need.partner == tie or is_due else 0
    row.problems_arrived, row.problems_reported = state.problems_arrived, state.problems_reported
    row.problems_discovered = state.problems_discovered
    row.dispute_count, row.fought = state.dispute_count, state.fought
    row.surplus, row.buyer, row.vendor = state.surplus, state.buyer, state.vendor
    row.conduct_buyer = need.conduct
    row.conduct_vendor = world.vendors[state.vendor_id].conduct
    row.respect, row.collaboration, row.success = state.respect, state.collaboration, state.success
    trust = world.trust[state.met]
    row.trust_buyer, row.trust_vendor = trust[0].now, trust[1].now
    row.trust_mediator_buyer, row.trust_mediator_vendor = trust[2].now, trust[3].now


@kernel
def run_worlds(world, raws, rows, which, seed, worlds, first, candidates, periods, ties):
    """Run months of a block of worlds into rows of `periods`, then write their ties into `ties`.

    `rows` are rows of parameters, and `which` the number of its row for each world. `periods` has the
    shape (worlds, months) and `ties` (worlds, ties of a world); `raws` are the bytes of the state and
    `candidates` the length of a shortlist. `first` is the first month, or
    `DRAW_WORLD` to draw each world into a state set to zero. The block stops early if custom code
    fails. This is the one function compiled for Python, so that every engine shares one
    compilation.
    """
    # Rules get one address instead of the hundreds of numbers a tuple of arrays unpacks into.
    w = by_reference(world)
    for n in range(worlds.shape[0]):
        if w.memo[0].wrong > 0 or w.desk[0].wrong > 0:
            break  # custom code failed: Python discards the block and reports the error
        key, params = (seed, worlds[n]), rows[which[n]]
        if first == DRAW_WORLD:
            events, offers, months = w.memo[0].event_rows, w.memo[0].offer_rows, w.memo[0].need_rows
            # The counters of log rows count all worlds of a block; the rest is set to zero.
            # A state that was never used is zero already.
            if w.memo[0].candidates > 0:
                for raw in raws:
                    raw[:] = 0
            w.memo[0].event_rows, w.memo[0].offer_rows = events, offers
            w.memo[0].need_rows = months
            populate(w, params, key, candidates)
        for t in range(periods.shape[1]):
            run_month(w, params, key, max(first, 0) + t, candidates, periods[n, t])
        for tie in range(ties.shape[1]):
            write_tie_row(w, params, tie, max(first, 0) + periods.shape[1], ties[n, tie])


def state_bytes(world: World) -> tuple[np.ndarray, ...]:
    """Return the state of a world, without its logs, as bytes that a kernel can set to zero."""
    logs = ("events", "offers", "need_months")
    arrays = (array for name, array in world._asdict().items() if name not in logs)
    return tuple(np.asarray(array).reshape(-1).view(np.uint8) for array in arrays)


class Block(NamedTuple):
    """Some worlds to run: rows of parameters, the number of its row for each world, the worlds' numbers."""

    rows: Rows
    which: np.ndarray
    worlds: np.ndarray

    def part(self, at: int, count: int) -> Block:
        """Return the block of `count` worlds from the one at position `at` on."""
        return self._replace(which=self.which[at : at + count], worlds=self.worlds[at : at + count])


def block_of(params: np.record, worlds: Sequence[int] | np.ndarray) -> Block:
    """Return the block of worlds that all have one row of parameters."""
    return Block(one_row(params), np.zeros(len(worlds), np.int64), np.asarray(worlds, np.uint64))


def run_block(
    regime: ResolvedRegime, block: Block, seed: int, tables: Collection[str], compiled: bool
) -> RunTables:
    """Run one block of worlds and return its tables.

    `regime` is that of any row of parameters: rows may differ in numbers, but not in the size of a world.
    Raises SimError if custom code fails, and KeyboardInterrupt after Ctrl-C.
    """
    sheets = empty_sheets(regime, len(block.worlds))
    return write_block(regime, block, seed, tables, compiled, sheets)


def write_block(
    regime: ResolvedRegime,
    block: Block,
    seed: int,
    tables: Collection[str],
    compiled: bool,
    sheets: Sheets,
) -> RunTables:
    """Run one block of worlds into the rows of `sheets`, as `run_block` does; return its tables."""
    raise_if_interrupted()
    rows, which, worlds = block
    periods, ties = sheets
    dims = world_sizes(regime, rows[0])
    world = empty_world(dims, *bound_log_rows(regime, tables, len(worlds)))
    custom = custom_code_of(regime.scenario)
    kernel: Callable[..., None] = run_worlds if compiled else plain(run_worlds)
    before: tuple[Any, ...] = (world, state_bytes(world), rows)
    luck = np.uint64(seed)
    with (
        watch_custom_mediators(custom, regime, world),
        np.errstate(over="ignore", divide="ignore", invalid="ignore"),
    ):
        if rows[0].market_capacity > 0:
            # The assignment needs SciPy between drawing a world and its first month.
            for n in range(len(worlds)):
                raise_if_interrupted()
                one = (*before, which[n : n + 1], luck, worlds[n : n + 1])
                months = periods[n : n + 1]
                kernel(*one, DRAW_WORLD, dims[2], months[:, :0], ties[n : n + 1, :0])
                write_first_best(world, rows[which[n]].market_capacity)
                kernel(*one, 0, dims[2], months, ties[n : n + 1])
        else:
            kernel(*before, which, luck, worlds, DRAW_WORLD, dims[2], periods, ties)
    raise_if_custom_code_failed(custom, regime, world)
    raise_if_interrupted()  # a Ctrl-C that came while the kernel was compiled or running
    return RunTables(periods.reshape(-1), ties.reshape(-1), *copy_logs(world))


def copy_logs(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return copies of the events, offers and need_months that a world has written."""
    memo = world.memo[0]
    rows = world.offers[: memo.offer_rows]
    offers = allocate(OFFERS, len(rows))
    for column in OFFERS if len(rows) else ():
        if column.name.startswith("level_"):
            offers[column.name] = rows["levels"][:, int(column.name.removeprefix("level_"))]
        else:
            offers[column.name] = rows[column.name]
    events, months = world.events[: memo.event_rows], world.need_months[: memo.need_rows]
    return join_rows([events]).view(Rows), offers, join_rows([months])


def run_blocks(
    regime: ResolvedRegime,
    worlds: Sequence[int],
    seed: int,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    compiled: bool = True,
    tie_months: int | None = None,
    sheets: Sheets | None = None,
) -> Iterator[RunTables]:
    """Yield the tables of consecutive blocks of worlds, in order, while later blocks are running.

    A block has about `tie_months` need-months (`BLOCK_TIE_MONTHS` by default) and at least one
    world. At most two blocks per thread are under way, which bounds memory. The blocks write into
    the rows of `sheets`, if given, else into rows of their own.
    """
    whole = block_of(parameter_row(regime), worlds)
    per_world = regime.scenario.market.needs * regime.scenario.run.months
    most = BLOCK_TIE_MONTHS if tie_months is None else tie_months
    size = max(1, min(-(-len(worlds) // max(1, 2 * threads)), most // per_world))

    def run_from(at: int) -> RunTables:
        part = whole.part(at, size)
        if sheets is None:
            return run_block(regime, part, seed, tables, compiled)
        return write_block(regime, part, seed, tables, compiled, sheets.part(at, size))

    calls = (partial(run_from, at) for at in range(0, len(worlds), size))
    yield from in_order(calls, threads if threads > 1 else 0, 2 * threads)


def join_blocks(parts: Sequence[RunTables]) -> RunTables:
    """Return the tables of several blocks as one; raises SimError if there is no block."""
    if not parts:
        raise SimError("nothing was run: want at least one world")
    return RunTables(*(join_rows(tables) for tables in zip(*parts, strict=True)))


def simulate(
    regime: ResolvedRegime,
    worlds: Sequence[int],
    seed: int,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    compiled: bool = True,
    on_block: Callable[[int], None] | None = None,
) -> RunTables:
    """Run worlds of a regime and return their tables, in order of worlds.

    `worlds` are the numbers of replicates and `seed` names the luck. `tables` are the tables to
    record. With `compiled` off the same rules are interpreted, about a thousand times slower.
    `on_block` is called with the number of worlds of each block that ends. Raises SimError if
    custom code fails.
    """
    parts = []
    months = regime.scenario.run.months
    sheets = empty_sheets(regime, len(worlds))  # written in place, so that no block is copied
    for part in run_blocks(
        regime, worlds, seed, threads=threads, tables=tables, compiled=compiled, sheets=sheets
    ):
        parts.append(part)
        if on_block is not None:
            on_block(len(part.periods) // months)
    logs = join_blocks(
        [part._replace(periods=part.periods[:0], ties=part.ties[:0]) for part in parts]
    )
    periods, ties = (np.asarray(rows.reshape(-1)) for rows in sheets)
    return logs._replace(periods=periods, ties=ties)


class OneWorld:
    """One world stepped month by month with the very lifecycle the batch engine loops over.

    `state` holds its rows (`sim.state.World`), `period` the number of months run. The world is
    drawn when the object is created, which may compile the rules.
    """

    def __init__(
        self,
        regime: ResolvedRegime,
        seed: int,
        world: int,
        compiled: bool = True,
        tables: Collection[str] = ("periods", "ties"),
    ):
        self.regime, self.seed, self.world = regime, seed, world
        self.months = regime.scenario.run.months
        self.setup = parameter_row(regime)
        self._block = block_of(self.setup, [world])
        self.plays = seated_strategies(regime.scenario)
        self.own = custom_code_of(regime.scenario)
        self.sizes = world_sizes(regime, self.setup)
        self.state = empty_world(self.sizes, *bound_log_rows(regime, tables, 1))
        self._rows = allocate(PERIODS, self.months)
        self._raws = state_bytes(self.state)
        self._kernel = run_worlds if compiled else plain(run_worlds)
        with handle_ctrl_c():  # Ctrl-C is noted meanwhile: this may compile the rules
            self._advance(DRAW_WORLD, 0, allocate(TIES, 1, 0))
        if self.setup.market_capacity > 0:
            write_first_best(self.state, self.setup.market_capacity)
        self.period = 0

    def _advance(self, first: int, months: int, ties: np.recarray) -> None:
        start = max(first, 0)
        with (
            watch_custom_mediators(self.own, self.regime, self.state),
            np.errstate(over="ignore", divide="ignore", invalid="ignore"),
        ):
            self._kernel(
                self.state, self._raws, *self._block[:2], np.uint64(self.seed),
                self._block.worlds, first, self.sizes[2],
                self._rows[None, start : start + months], ties,
            )  # fmt: skip
        raise_if_custom_code_failed(self.own, self.regime, self.state)
        raise_if_interrupted()

    def step(self) -> None:
        """Run the next month; after the last month nothing changes any more."""
        if self.period >= self.months:
            return
        self._advance(self.period, 1, allocate(TIES, 1, 0))
        self.period += 1

    @property
    def periods(self) -> np.recarray:
        """Rows of the periods table recorded so far."""
        return self._rows[: self.period].view(Rows)

    def outcome(self) -> RunTables:
        """Return the tables so far, with ties as they are now."""
        ties = allocate(TIES, 1, self.sizes[0] * self.sizes[2])
        kept = self.state.ties.copy(), self.state.trust.copy()
        # Writing ties updates their trust to this month; a look must not change the run, so that the
        # bits do not depend on it.
        self._advance(self.period, 0, ties)
        self.state.ties[:], self.state.trust[:] = kept
        return RunTables(self.periods.copy(), ties.reshape(-1), *copy_logs(self.state))
