"""The population that a scenario draws: the gains that are possible, and the speed of a run."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from sim.bargain.stance import floor_and_opening
from sim.bargain.talk_rows import gather_talk_with_tables
from sim.bargain.value import fill_clause_values, own_base
from sim.contract import best_levels, package_value
from sim.engines.batch import OneWorld, block_of, run_block
from sim.jit import plain
from sim.scenario.regimes import ResolvedRegime
from sim.state import BUYER, VENDOR, World
from sim.summation import ordered_sum

DRAWN_WORLDS = 20  # at most: enough for averages, and quick to draw
MOST_TIES = 200_000  # drawn in all, so that a market of a million needs is explained in seconds
SAMPLED_TIES = 60  # of the first world, as each talk is prepared in plain Python
CLOCKED_MONTHS = 20_000  # tie-months run to measure the speed of this machine: some 0.02 s


@dataclass(frozen=True)
class DrawnPopulation:
    """The drawn population of some worlds, before anything runs.

    `needs` has the first best per need, shape (worlds, needs), `ties` that of every tie, `terms`
    its part from generic issues and duration, both (worlds, ties), all in money/month. `zone` and
    `shaded` are the shares of sampled ties worth signing in which the two sides see a zone of
    agreement if both claim the truth, and if both shade at the scenario's level. `rate` is
    tie-months per second, `setup` the parameters of the engine.
    """

    worlds: int
    needs: np.ndarray
    ties: np.ndarray
    terms: np.ndarray
    zone: float
    shaded: float
    rate: float
    setup: np.record


def draw_population(
    regime: ResolvedRegime, worlds: int | None = None, seed: int | None = None
) -> DrawnPopulation:
    """Return the population of up to DRAWN_WORLDS worlds, and the speed of this machine.

    `worlds` and `seed` are those of the planned run, by default the scenario's. Runs a few months
    for the speed, which differs from call to call; everything else is reproducible.
    """
    run, market = regime.scenario.run, regime.scenario.market
    luck = run.seed if seed is None else seed
    most = max(1, MOST_TIES // (market.needs * market.candidates))
    count = min(DRAWN_WORLDS, run.worlds if worlds is None else worlds, most)
    first = OneWorld(regime, luck, 0)
    needs, ties, terms = [], [], []
    for number in range(count):
        world = first.state if number == 0 else OneWorld(regime, luck, number).state
        needs.append(np.array(world.needs.first_best))
        ties.append(np.array(world.ties.first_best))
        terms.append(np.array(world.ties.best_sum))
    sample = np.flatnonzero(first.state.ties.first_best > 0.0)[:SAMPLED_TIES]
    zone, shaded = _shares_with_zone(first.state, first.setup, sample)
    rate = _measure_speed(regime, first.setup, luck)
    people = np.array(needs), np.array(ties), np.array(terms)
    return DrawnPopulation(count, *people, zone, shaded, rate, first.setup)


def _shares_with_zone(world: World, params: np.record, ties: np.ndarray) -> tuple[float, float]:
    """Return the shares of ties with a zone of agreement, on true claims and on shaded ones.

    Each side judges by its own table and its own beliefs about delivery.
    """
    open_truthful = open_shaded = 0
    levels = np.zeros(params.issues, np.int64)
    for tie in ties:
        talk = plain(gather_talk_with_tables)(world, params, int(world.ties[tie].need), int(tie))
        plain(fill_clause_values)(talk, params)
        own = talk.log.memo.own
        plain(best_levels)(own[0], own[1], params, levels)
        pie = ordered_sum(
            plain(package_value)(
                plain(own_base)(talk, params, side), own[side], levels, params.issues
            )
            for side in (BUYER, VENDOR)
        )
        floors = (
            plain(floor_and_opening)(talk, params, BUYER)[0]
            + plain(floor_and_opening)(talk, params, VENDOR)[0]
        )
        open_truthful += pie > 0.0
        open_shaded += pie > floors
    if not len(ties):
        return 0.0, 0.0
    return open_truthful / len(ties), open_shaded / len(ties)


def _measure_speed(regime: ResolvedRegime, params: np.record, seed: int) -> float:
    """Return the speed of one thread in tie-months per second.

    Measured over CLOCKED_MONTHS tie-months: several worlds, or the first months of a large one.
    """
    scenario, needs = regime.scenario, regime.scenario.market.needs
    months = max(1, min(scenario.run.months, CLOCKED_MONTHS // needs))
    run = scenario.run.model_copy(update={"months": months})
    short = replace(regime, scenario=scenario.model_copy(update={"run": run}))
    worlds = max(1, CLOCKED_MONTHS // (needs * months))
    run_block(
        short, block_of(params, range(1)), seed, (), True
    )  # compiles, which is not to be timed
    start = time.perf_counter()
    run_block(short, block_of(params, range(worlds)), seed, (), True)
    return worlds * months * needs / max(time.perf_counter() - start, 1e-9)
