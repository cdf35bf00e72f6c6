"""Paired comparison of regimes, world by world under common luck.

Common luck (common random numbers: Conway 1963; Glasserman & Yao 1992) makes the difference of two
regimes far less noisy than their means.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from sim.interrupt import mark_interrupt_answered
from sim.measure.blocks import (
    HeldBlocks,
    MeasuredTables,
    ValuesByRegime,
    largest_residual,
    values_by_world,
)
from sim.measure.contrasts import (
    Pair,
    contrast_name,
    contrasts_of,
    control_of,
    focus_of,
    is_planner,
    parts_of,
)
from sim.measure.intervals import PairedSummary, Summary, summarise, summarise_paired
from sim.measure.ledger import CAUSES, measured_ledger
from sim.measure.means import ComparisonRow, comparison_rows
from sim.measure.metrics import MEASURES, SERIES, monthly_series, view_of
from sim.measure.view import View

if TYPE_CHECKING:
    import pandas as pd

    from sim.engines.batch import RunTables
    from sim.measure.survival import Survival
    from sim.measure.window import AlignedRow, Window
    from sim.scenario.load import LoadedScenario

DEFAULT_REGIMES = ("adversarial", "partnership", "mediated")


def default_regimes(loaded: LoadedScenario) -> tuple[str, ...]:
    """Return the regimes compared by default: three built-in ones, then the scenario's own.

    Without regimes that are only inherited from a file that the scenario extends.
    """
    own = (name for name in loaded.scenario.regimes if name not in loaded.inherited)
    return (*DEFAULT_REGIMES, *own)


YARDSTICK = "planner"
BLOCK = 64  # worlds run under every regime in turn, after which an interrupt may stop


@dataclass(frozen=True)
class Comparison:
    """The results of several regimes over the same worlds.

    `regimes` lists them, the baseline first and the yardstick (planner) last. `worlds` is the
    number of worlds complete under every regime; `interrupted` is True if more were requested.
    `around` is the event and window of the alignment, if one was requested. `control` is the
    machine that splits the effect of mediation, or "": it is in every table, but is not compared.
    Tables too large to hold are `MeasuredTables`, read from their folder one column at a time.
    """

    loaded: LoadedScenario
    regimes: tuple[str, ...]
    worlds: int
    seed: int
    outcomes: dict[str, RunTables | MeasuredTables]
    interrupted: bool = False
    around: Window | None = None
    control: str = ""

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        names = ", ".join(self.regimes)
        return f"<Comparison {self.loaded.name}: {names}; {self.worlds} worlds, seed {self.seed}>"

    @property
    def currency(self) -> str:
        """Return the name of one unit of money."""
        return self.loaded.scenario.run.currency

    @property
    def needs(self) -> int:
        """Return the number of needs in a world."""
        return self.loaded.scenario.market.needs

    @property
    def months(self) -> int:
        """Return the length of a world in months."""
        return self.loaded.scenario.run.months

    @property
    def burn_in(self) -> int:
        """Return the number of first months that no measure counts."""
        return self.loaded.scenario.run.burn_in

    @cached_property
    def yardsticks(self) -> tuple[str, ...]:
        """Return the regimes that are ceilings, not contestants."""
        return tuple(r for r in self.regimes if is_planner(self.loaded.regime(r)))

    @cached_property
    def contestants(self) -> tuple[str, ...]:
        """Return the regimes that are compared, the baseline first."""
        return tuple(r for r in self.regimes if r not in self.yardsticks)

    @cached_property
    def contrasts(self) -> tuple[Pair, ...]:
        """Return the (regime, baseline) pairs of the comparison, as `contrasts_of` lists them."""
        return contrasts_of(self.contestants or self.regimes[:1])

    @cached_property
    def parts(self) -> tuple[Pair, ...]:
        """Return the pairs whose differences add up to the effect of mediation; () if none do.

        The procedure's part comes first, then the mediator's. See `control_of`.
        """
        focus = focus_of(self.contrasts)
        control = control_of(self.loaded, focus)
        return parts_of(focus, control) if focus and control in self.outcomes else ()

    def view(self, regime: str) -> View:
        """Return one regime's tables as worlds × months, the input of measures."""
        return view_of(self.outcomes[regime], self.loaded.regime(regime))

    @cached_property
    def values(self) -> Mapping[str, np.ndarray]:
        """Return every measure by world and regime, shape (worlds, measures) each."""
        stored = {r: o for r, o in self.outcomes.items() if isinstance(o, MeasuredTables)}
        if stored:
            return ValuesByRegime(stored)
        return {r: values_by_world(self.view(r)) for r in self.outcomes}

    def numbers(self, regime: str) -> np.ndarray:
        """Return the numbers of the worlds, in the order of the rows of `values`."""
        outcome = self.outcomes[regime]
        return outcome.worlds if isinstance(outcome, MeasuredTables) else self.view(regime).worlds

    @cached_property
    def per_world(self) -> dict[str, pd.DataFrame]:
        """Return every measure by world, as one DataFrame per regime."""
        import pandas as pd

        names = [m.name for m in MEASURES]
        frames = {r: pd.DataFrame(v, columns=names) for r, v in self.values.items()}
        for regime, frame in frames.items():
            frame.insert(0, "world", self.numbers(regime))
        return frames

    @cached_property
    def rows(self) -> dict[tuple[str, str], ComparisonRow]:
        """Return the rows of the table by (measure, name)."""
        rows = comparison_rows(self.values, (*self.contrasts, *self.parts), self.unit)
        return {(row.measure, row.name): row for row in rows}

    @cached_property
    def used_causes(self) -> tuple[str, ...]:
        """Return the causes of the ledger that are not 0 under every regime."""
        return tuple(
            cause
            for cause in CAUSES
            if any(self.row(f"loss_{cause}", r).mean for r in self.regimes)
        )

    def unit(self, unit: str) -> str:
        """Return a unit with money named as the scenario names it."""
        return unit.replace("money", self.currency)

    def row(self, measure: str, regime: str, baseline: str = "") -> ComparisonRow:
        """Return the row of a regime's mean, or of its paired difference to `baseline`."""
        return self.rows[measure, contrast_name(regime, baseline)]

    def table(self) -> pd.DataFrame:
        """Return the tidy table: one row per measure and regime, and per measure and difference."""
        import pandas as pd

        return pd.DataFrame(list(self.rows.values()), columns=list(ComparisonRow._fields))

    def series(self, name: str, regime: str, baseline: str = "") -> pd.DataFrame:
        """Return a series with its 95 % interval: columns period, mean, low, high, n.

        `name` is one of `metrics.SERIES`; with a baseline it is the paired difference. Has a row
        for every month, burn-in included.
        """
        import pandas as pd

        found = self.monthly_summary(name, regime, baseline)
        columns = {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
        return pd.DataFrame({"period": np.arange(self.months), **columns})

    def monthly_summary(
        self, name: str, regime: str, baseline: str = ""
    ) -> Summary | PairedSummary:
        """Return a series with its 95 % interval, one entry per month; as `series`, without pandas."""
        values = monthly_series(name, self.view(regime))
        if not baseline:
            return summarise(values)
        return summarise_paired(values, monthly_series(name, self.view(baseline)))

    def series_unit(self, name: str) -> str:
        """Return the unit of a series."""
        return self.unit(SERIES[name][0])

    def survival(self, regime: str) -> Survival:
        """Return the Kaplan–Meier curve of ties under a regime, over the whole run."""
        from sim.measure.survival import survival_curve

        return survival_curve(self.outcomes[regime], self.months)

    @cached_property
    def aligned(self) -> list[AlignedRow]:
        """Return the rows aligned on the requested event; empty if none was requested."""
        from sim.measure.align import align

        return [] if self.around is None else align(self, self.around)

    def align(self, event: str, window: str = "-12:24") -> pd.DataFrame:
        """Return series aligned on an event; needs the tables `events` and `need_months`.

        `event` is recession, deceit or turnover, `window` months before and after it. Raises
        ScenarioError for anything else.
        """
        import pandas as pd

        from sim.measure.align import align
        from sim.measure.window import AlignedRow
        from sim.measure.window import read_window as around

        rows = align(self, around(event, window))
        return pd.DataFrame(rows, columns=list(AlignedRow._fields))

    @cached_property
    def periods(self) -> pd.DataFrame:
        """Return the `periods` table of every regime, with the column `regime` first."""
        return self._frame("periods")

    @cached_property
    def ties(self) -> pd.DataFrame:
        """Return the `ties` table of every regime, with the column `regime` first."""
        return self._frame("ties")

    @cached_property
    def events(self) -> pd.DataFrame:
        """Return the `events` table of every regime; empty unless kept."""
        return self._frame("events")

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Return the `offers` table of every regime; empty unless kept."""
        return self._frame("offers")

    @cached_property
    def need_months(self) -> pd.DataFrame:
        """Return the `need_months` table of every regime; empty unless kept."""
        return self._frame("need_months")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return the ledger per need and month: regime, world, first_best, causes, surplus."""
        import pandas as pd

        return _stack_frames({r: pd.DataFrame(self.ledger_rows(r)) for r in self.outcomes})

    def ledger_rows(self, regime: str) -> np.ndarray:
        """Return the ledger of a regime by world, as `ledger.ledger_rows` does."""
        return measured_ledger(self.numbers(regime), self.values[regime])

    @cached_property
    def residual(self) -> float:
        """Return the largest residual of the ledger in any need and month, relative to its size."""
        return max(largest_residual(o) for o in self.outcomes.values())

    def _frame(self, table: str) -> pd.DataFrame:
        import pandas as pd

        def frame(rows: np.ndarray) -> pd.DataFrame:
            return pd.DataFrame({name: rows[name] for name in rows.dtype.names or ()})

        return _stack_frames(
            {r: frame(np.asarray(getattr(o, table))) for r, o in self.outcomes.items()}
        )


def compare(
    loaded: LoadedScenario,
    regimes: Sequence[str] | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    around: Window | None = None,
    control: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    blocks: HeldBlocks | None = None,
) -> Comparison:
    """Run every regime over the same worlds under the same luck and compare them world by world.

    The first regime is the baseline. The planner is added as the yardstick, last, and so is the
    machine that splits the effect of mediation (`Comparison.parts`); `control` names another one,
    "" none. `worlds` and `seed` are the scenario's by default. `tables` are kept, and so are those
    that `around`, the event to align on, reads. `on_progress(done, total)` counts worlds × regimes that
    are to be simulated. `blocks` decides where they are kept, by default in memory, and may have the first
    worlds already.
    Blocks of worlds run under each regime in turn, so that after Ctrl-C every regime has the same
    worlds: their comparison is returned with `interrupted` set. Raises KeyboardInterrupt if there
    are none yet, and ScenarioError for an unknown regime.
    """
    from sim.engines.batch import simulate
    from sim.engines.in_order import in_order

    names = with_yardstick(loaded, default_regimes(loaded) if regimes is None else regimes)
    beside = choose_control(loaded, names) if control is None else control
    every = (*names, beside) if beside else names
    resolved = {name: loaded.regime(name) for name in every}
    run = loaded.scenario.run
    count, luck = run.worlds if worlds is None else worlds, run.seed if seed is None else seed
    kept = {"periods", "ties", *tables, *(around.reads if around else ())}
    blocks = HeldBlocks(count) if blocks is None else blocks
    before = blocks.worlds  # complete already
    interrupted = False
    try:
        orders = [
            (range(first, min(first + BLOCK, count)), name)
            for first in range(before, count, BLOCK)
            for name in every
        ]
        runs = (
            partial(simulate, resolved[name], block, luck, threads=threads, tables=kept)
            for block, name in orders
        )
        part, done = {}, 0
        # One is simulated while the rows of another are kept. Stopped before Ctrl-C is answered.
        with closing(in_order(runs, int(threads > 1), ahead=2)) as simulated:
            for (block, name), found in zip(orders, simulated, strict=True):
                part[name] = found
                done += len(block)
                if on_progress is not None:
                    on_progress(done, (count - before) * len(every))
                if len(part) == len(every):
                    blocks.add(len(block), part)
                    part = {}
    except KeyboardInterrupt:
        if not blocks.worlds:
            raise
        interrupted = True
        mark_interrupt_answered()
    return Comparison(
        loaded, names, blocks.worlds, luck, blocks.outcomes(), interrupted, around, beside
    )


def with_yardstick(loaded: LoadedScenario, regimes: Sequence[str]) -> tuple[str, ...]:
    """Return the regimes without repeats, contestants in their order, then the planner."""
    once = list(dict.fromkeys(regimes))
    ceilings = [r for r in once if is_planner(loaded.regime(r))] or [YARDSTICK]
    return (*(r for r in once if r not in ceilings), *ceilings)


def choose_control(loaded: LoadedScenario, regimes: Sequence[str]) -> str:
    """Return the machine to run with a comparison; "" if there is none or it is compared itself."""
    contestants = [r for r in regimes if not is_planner(loaded.regime(r))]
    control = control_of(loaded, focus_of(contrasts_of(contestants or regimes[:1])))
    return "" if control in regimes else control


def _stack_frames(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    names = list(frames)
    for name, frame in frames.items():
        regime = pd.Categorical([name] * len(frame), categories=names)
        frame.insert(0, "regime", regime)
    return pd.concat(list(frames.values()), ignore_index=True)
