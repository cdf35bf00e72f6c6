"""The batch engine: the lifecycle compiled into a loop over worlds, one thread per block of worlds.

A block's worlds write their own rows only, so threads, order and block size change no bit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.bargain.beliefs import belief_errors
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.compile.array_addresses import lend
from sim.engines.assign import settle_best
from sim.errors import SimError
from sim.interrupt import handle_ctrl_c, raise_if_interrupted
from sim.jit import kernel, plain, rule
from sim.records import OFFERS, PERIODS, TIES, allocate
from sim.relationship.lifecycle import run_month
from sim.relationship.meet.population import populate
from sim.relationship.work.build_trust import catch_up_trust
from sim.scenario.code import brought_by
from sim.scenario.mediator_styles import own_mediators, practised
from sim.scenario.params import setup
from sim.scenario.strategy_texts import seated
from sim.state import BUYER, OPEN_LEADS, OPEN_PROBLEMS, VENDOR, Sizes, World, empty_world
from sim.strategies import code_timeout

if TYPE_CHECKING:
    from sim.scenario.load import ResolvedRegime
    from sim.strategies.custom_code import Brought

NEW = -1  # instead of a first month: draw the world
BLOCK_TIE_MONTHS = 50_000  # some hundredths of a second: threads end together, progress is smooth
EDITS_PER_LEVEL = 9  # bound on how often a level is tried in a text, in one talk
STYLE_ROWS = 24  # bound on what a style says in a month: two talks, a review, a dispute
LOG_ROWS_PER_TIE_MONTH = 24  # bound on events of a need in a month, apart from those counted apart


class Outcome(NamedTuple):
    """The tables of a run, structured arrays with the columns of `sim.records`, in world order."""

    periods: np.ndarray
    ties: np.ndarray
    events: np.ndarray
    offers: np.ndarray
    need_months: np.ndarray


@rule
def close_tie(world, params, tie, month, row):
    """Copy what is kept of a tie at the start of month t into its row of the ties table."""
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
def run_worlds(world, raws, params, seed, worlds, first, candidates, periods, ties):
    """Run months of a block of worlds into rows of the periods table; then write their ties.

    `first` is the first month, or NEW: then each world is drawn anew into a zeroed state. This is
    the one function compiled for Python, so that every engine shares one compilation.
    """
    w = lend(world)
    for n in range(worlds.shape[0]):
        if w.memo[0].wrong > 0 or w.desk[0].wrong > 0:
            break  # what a person brought along went wrong: nothing of this is kept
        key = (seed, worlds[n])
        if first == NEW:
            events, offers, rows = w.memo[0].event_rows, w.memo[0].offer_rows, w.memo[0].need_rows
            if w.memo[0].candidates > 0:  # a fresh state is zero already
                for raw in raws:
                    raw[:] = 0
            w.memo[0].event_rows, w.memo[0].offer_rows = events, offers
            w.memo[0].need_rows = rows
            populate(w, params, key, candidates)
        for t in range(periods.shape[1]):
            run_month(w, params, key, max(first, 0) + t, candidates, periods[n, t])
        for tie in range(ties.shape[1]):
            close_tie(w, params, tie, max(first, 0) + periods.shape[1], ties[n, tie])


def complain(own: Sequence[Brought], regime: ResolvedRegime, world: World) -> None:
    """Raise a one-line SimError where a strategy or mediator that a person brought along went wrong."""
    for one in own:
        one.complain()
    desk = world.desk[0]
    if desk.wrong:
        mediator = own_mediators(regime.scenario.mediator.style)[int(desk.row)]
        assert mediator is not None
        mediator.complain_of(int(desk.wrong), desk)
    if world.memo[0].wrong:
        for one in own:
            one.complain_again()
        raise SimError(
            f"{', '.join(map(str, own))}: answered nan: want a utility in money per month"
        )


def awaited(
    own: Sequence[Brought], regime: ResolvedRegime, world: World
) -> AbstractContextManager[None]:
    """Return a watch over the mediators that a person brought along, if there are any."""
    if not own:
        return nullcontext()
    desk = world.desk[0]

    def doing() -> tuple[str, float] | None:  # read by the watch alone, twice a second
        mediators = own_mediators(regime.scenario.mediator.style)
        asked = mediators[int(desk.row)] if int(desk.row) < len(mediators) else None
        return None if asked is None else asked.doing(desk)

    return code_timeout.awaited(doing)


def state_bytes(world: World) -> tuple[np.ndarray, ...]:
    """Return the state of a world, apart from its logs, as flat bytes that a kernel can zero."""
    logs = ("events", "offers", "need_months")
    arrays = (array for name, array in world._asdict().items() if name not in logs)
    return tuple(np.asarray(array).reshape(-1).view(np.uint8) for array in arrays)


def sizes(regime: ResolvedRegime, params: np.record) -> Sizes:
    """Return how large a regime's worlds are."""
    market, drift = regime.scenario.market, regime.scenario.drift
    mediators = regime.scenario.mediator.count if params.mediator_functions else 1
    shifting = drift.rate > 0.0 or drift.strategy_rate > 0.0
    return Sizes(
        market.needs,
        market.vendors,
        market.candidates,
        params.issues,
        params.count.max(),
        mediators,
        shifting,
    )


def log_rows(regime: ResolvedRegime, tables: Collection[str], worlds: int) -> tuple[int, int, int]:
    """Return a bound on the rows of events, offers and need_months that worlds can write."""
    scenario = regime.scenario
    tie_months = scenario.market.needs * scenario.run.months * worlds
    lists = practised(scenario.mediator.style)
    most = max((len(styles) for styles in lists), default=0)
    talk = scenario.negotiation.deadline + 2 + 2 * scenario.mediator.drafts
    rows = LOG_ROWS_PER_TIE_MONTH + OPEN_PROBLEMS + OPEN_LEADS
    rows += 2 * (4 * len(scenario.issues) + 2 * talk)  # leaks, found or not; drafts and vetoes
    steps = sum(len(issue.levels) for issue in scenario.issues)
    rows += most * (STYLE_ROWS + EDITS_PER_LEVEL * steps)  # what styles ask, tell and try
    if scenario.mediator.enters == "selection":
        rows += scenario.market.candidates
    events = tie_months * rows + 2 * scenario.run.months * worlds if "events" in tables else 0
    offers = 2 * tie_months * talk if "offers" in tables else 0
    return events, offers, tie_months if "need_months" in tables else 0


def run_block(
    regime: ResolvedRegime,
    params: np.record,
    worlds: np.ndarray,
    seed: int,
    tables: Collection[str],
    compiled: bool,
) -> Outcome:
    """Run one block of worlds and return its tables; raises KeyboardInterrupt after Ctrl-C."""
    raise_if_interrupted()
    dims = sizes(regime, params)
    world = empty_world(dims, *log_rows(regime, tables, len(worlds)))
    periods = allocate(PERIODS, len(worlds), regime.scenario.run.months)
    ties = allocate(TIES, len(worlds), dims[0] * dims[2])
    own = brought_by(regime.scenario)
    kernel: Callable[..., None] = run_worlds if compiled else plain(run_worlds)
    before: tuple[Any, ...] = (world, state_bytes(world), params, np.uint64(seed))
    with awaited(own, regime, world), np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        if params.market_capacity > 0:
            for n in range(len(worlds)):
                raise_if_interrupted()
                one, rows = worlds[n : n + 1], periods[n : n + 1]
                kernel(*before, one, NEW, dims[2], rows[:, :0], ties[n : n + 1, :0])
                settle_best(world, params.market_capacity)
                kernel(*before, one, 0, dims[2], rows, ties[n : n + 1])
        else:
            kernel(*before, worlds, NEW, dims[2], periods, ties)
    complain(own, regime, world)
    raise_if_interrupted()  # one that came while the kernel was compiled
    return Outcome(periods.reshape(-1), ties.reshape(-1), *written(world))


def written(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return copies of the events, offers and need_months a world has written."""
    memo = world.memo[0]
    rows = world.offers[: memo.offer_rows]
    offers = allocate(OFFERS, len(rows))
    for column in OFFERS:
        if column.name.startswith("level_"):
            offers[column.name] = rows["levels"][:, int(column.name.removeprefix("level_"))]
        else:
            offers[column.name] = rows[column.name]
    events, months = world.events[: memo.event_rows], world.need_months[: memo.need_rows]
    return events.copy(), offers, np.asarray(months.copy())


def blocks(
    regime: ResolvedRegime,
    worlds: Sequence[int],
    seed: int,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    compiled: bool = True,
    tie_months: int | None = None,
) -> Iterator[Outcome]:
    """Yield the tables of consecutive blocks of worlds, in order, while later blocks run.

    A block has about `tie_months` (`BLOCK_TIE_MONTHS`), at least one world. At most two blocks per thread are under way,
    so memory is bounded by the block.
    """
    s = setup(regime)
    per_world = regime.scenario.market.needs * regime.scenario.run.months
    most = BLOCK_TIE_MONTHS if tie_months is None else tie_months
    size = max(1, min(-(-len(worlds) // max(1, 2 * threads)), most // per_world))
    numbers = np.asarray(worlds, np.uint64)
    parts = [numbers[at : at + size] for at in range(0, len(numbers), size)]
    if threads <= 1:
        for part in parts:
            yield run_block(regime, s, part, seed, tables, compiled)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[Outcome]] = []
        try:
            for part in parts:
                if len(waiting) == 2 * threads:
                    yield waiting.pop(0).result()
                waiting.append(pool.submit(run_block, regime, s, part, seed, tables, compiled))
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()


def join(parts: Sequence[Outcome]) -> Outcome:
    """Return the tables of several blocks as one."""
    if not parts:
        raise SimError("nothing was run: want at least one world")
    return Outcome(
        *(np.concatenate([np.asarray(p[i]) for p in parts]) for i in range(len(Outcome._fields)))
    )


def simulate(
    regime: ResolvedRegime,
    worlds: Sequence[int],
    seed: int,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    compiled: bool = True,
    on_block: Callable[[int], None] | None = None,
) -> Outcome:
    """Run worlds of a regime and return their tables, in world order.

    `on_block` is told the number of worlds of each finished block.
    """
    parts = []
    months = regime.scenario.run.months
    for part in blocks(regime, worlds, seed, threads=threads, tables=tables, compiled=compiled):
        parts.append(part)
        if on_block is not None:
            on_block(len(part.periods) // months)
    return join(parts)


class OneWorld:
    """One world stepped month by month through the very lifecycle the batch engine loops over."""

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
        self.setup = setup(regime)
        self.plays = seated(regime.scenario)
        self.own = brought_by(regime.scenario)
        self.sizes = sizes(regime, self.setup)
        self.state = empty_world(self.sizes, *log_rows(regime, tables, 1))
        self._rows = allocate(PERIODS, self.months)
        self._raws = state_bytes(self.state)
        self._kernel = run_worlds if compiled else plain(run_worlds)
        with handle_ctrl_c():  # this may compile the rules
            self._advance(NEW, 0, allocate(TIES, 1, 0))
        if self.setup.market_capacity > 0:
            settle_best(self.state, self.setup.market_capacity)
        self.period = 0

    def _advance(self, first: int, months: int, ties: np.recarray) -> None:
        start = max(first, 0)
        with (
            awaited(self.own, self.regime, self.state),
            np.errstate(over="ignore", divide="ignore", invalid="ignore"),
        ):
            self._kernel(
                self.state, self._raws, self.setup, np.uint64(self.seed),
                np.asarray([self.world], np.uint64), first, self.sizes[2],
                self._rows[None, start : start + months], ties,
            )  # fmt: skip
        complain(self.own, self.regime, self.state)
        raise_if_interrupted()

    def step(self) -> None:
        """Run the next month; a world that is over stays as it is."""
        if self.period >= self.months:
            return
        self._advance(self.period, 1, allocate(TIES, 1, 0))
        self.period += 1

    @property
    def periods(self) -> np.recarray:
        """Rows of the periods table recorded so far."""
        return self._rows[: self.period].view(np.recarray)

    def outcome(self) -> Outcome:
        """Return the tables so far; ties as they stand now."""
        ties = allocate(TIES, 1, self.sizes[0] * self.sizes[2])
        kept = self.state.ties.copy(), self.state.trust.copy()
        self._advance(self.period, 0, ties)  # brings silent ties up to date: looking must not
        self.state.ties[:], self.state.trust[:] = kept
        return Outcome(self.periods.copy(), ties.reshape(-1), *written(self.state))
