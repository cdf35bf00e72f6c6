"""Regimes compared world by world under common luck."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.interrupt import mark_interrupt_answered
from sim.measure.contrasts import (
    Pair,
    contrast_name,
    contrasts_of,
    control_of,
    focus_of,
    is_planner,
    parts_of,
)
from sim.measure.intervals import Paired, Summary, paired, summarise
from sim.measure.ledger import CAUSES, ledger
from sim.measure.means import gaps, means
from sim.measure.metrics import MEASURES, SERIES, per_world, series, view_of
from sim.measure.view import View

if TYPE_CHECKING:
    import pandas as pd

    from sim.engines.batch import Outcome
    from sim.measure.survival import Survival
    from sim.measure.window import Aligned, Window
    from sim.scenario.load import Loaded

DEFAULT_REGIMES = ("adversarial", "partnership", "mediated")


def default_regimes(loaded: Loaded) -> tuple[str, ...]:
    """Return what is compared unless asked otherwise: the three built in, then the scenario's own.

    A regime that is only inherited from a file the scenario extends is compared if it is asked for.
    """
    own = (name for name in loaded.scenario.regimes if name not in loaded.inherited)
    return (*DEFAULT_REGIMES, *own)


YARDSTICK = "planner"
COLUMNS = {m.name: j for j, m in enumerate(MEASURES)}
BLOCK = 64


class Row(NamedTuple):
    """One line of the table: a measure under a regime, or its paired difference between two.

    `kind` is "regime" or "difference"; `name` is the regime or "A − B"; `low` and `high` bound the
    95 % interval over worlds; `effect` and `share_opposite` belong to differences;
    `n` counts worlds with a value; `note` says why an interval is missing or has no width.
    """

    measure: str
    label: str
    unit: str
    kind: str
    name: str
    regime: str
    baseline: str
    mean: float
    low: float
    high: float
    sd: float
    effect: float
    share_opposite: float
    n: int
    note: str


@dataclass(frozen=True)
class Comparison:
    """What the regimes did to the same worlds.

    `regimes` lists the compared regimes, the baseline first and the yardstick (planner) last;
    `worlds` counts the worlds complete under every regime; `interrupted` says that more were asked.
    `around` is the event whose surroundings were asked for, if any. `control` is the machine that ran
    beside them to tell the parts of mediation apart, if any: it is in every table, but not compared.
    """

    loaded: Loaded
    regimes: tuple[str, ...]
    worlds: int
    seed: int
    outcomes: dict[str, Outcome]
    interrupted: bool = False
    around: Window | None = None
    control: str = ""

    def __repr__(self) -> str:
        """Return one line, not the tables."""
        names = ", ".join(self.regimes)
        return f"<Comparison {self.loaded.name}: {names}; {self.worlds} worlds, seed {self.seed}>"

    @property
    def currency(self) -> str:
        """Return what one unit of money is called."""
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
        """Return how many first months no measure counts."""
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
        """Return (regime, baseline) pairs: each and the first, then mediated and partnership."""
        return contrasts_of(self.contestants or self.regimes[:1])

    @cached_property
    def parts(self) -> tuple[Pair, ...]:
        """Return the pairs that add up to what mediation brings: the procedure's, then the mediator's.

        None if no machine ran beside a mediator and a regime without one.
        """
        focus = focus_of(self.contrasts)
        control = control_of(self.loaded, focus)
        return parts_of(focus, control) if focus and control in self.outcomes else ()

    def view(self, regime: str) -> View:
        """Return one regime's tables as worlds × months, as the measures see them."""
        return view_of(self.outcomes[regime], self.loaded.regime(regime))

    @cached_property
    def per_world(self) -> dict[str, pd.DataFrame]:
        """Return every measure by world, one DataFrame per regime."""
        return {r: per_world(self.view(r)) for r in self.outcomes}

    @cached_property
    def rows(self) -> dict[tuple[str, str], Row]:
        """Return the lines of the table by (measure, name)."""
        views = {r: self.view(r) for r in self.outcomes}
        values = {r: np.column_stack([m.of(v) for m in MEASURES]) for r, v in views.items()}
        rows: list[Row] = []
        for regime in views:
            rows += self._lines("regime", regime, "", means(values[regime], MEASURES, COLUMNS))
        for regime, baseline in dict.fromkeys((*self.contrasts, *self.parts)):
            found = gaps(values[regime], values[baseline], MEASURES, COLUMNS)
            rows += self._lines("difference", regime, baseline, found)
        return {(row.measure, row.name): row for row in rows}

    def _lines(
        self, kind: str, regime: str, baseline: str, found: Summary | Paired
    ) -> Iterator[Row]:
        nothing = np.full(len(MEASURES), np.nan)
        effect = found.effect if isinstance(found, Paired) else nothing
        opposite = found.share_opposite if isinstance(found, Paired) else nothing
        for j, m in enumerate(MEASURES):
            mean, low, high, sd = (float(column[j]) for column in found[:4])
            n = int(found.n[j])
            yield Row(
                m.name, m.label, self.unit(m.unit), kind, contrast_name(regime, baseline), regime,
                baseline, mean, low, high, sd, float(effect[j]), float(opposite[j]), n,
                _note(n, low, high),
            )  # fmt: skip

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

    def row(self, measure: str, regime: str, baseline: str = "") -> Row:
        """Return one line: a regime's mean, or its paired difference from `baseline`."""
        return self.rows[measure, contrast_name(regime, baseline)]

    def table(self) -> pd.DataFrame:
        """Return the tidy table: one row per measure and regime, and per measure and difference."""
        import pandas as pd

        return pd.DataFrame(list(self.rows.values()), columns=list(Row._fields))

    def series(self, name: str, regime: str, baseline: str = "") -> pd.DataFrame:
        """Return a series with its interval: columns period, mean, low, high, n.

        `name` is one of `metrics.SERIES`; with a baseline it is the paired difference. Every month
        is there, those of the burn-in too.
        """
        import pandas as pd

        values = series(name, self.view(regime))
        if baseline:
            found: Summary | Paired = paired(values, series(name, self.view(baseline)))
        else:
            found = summarise(values)
        columns = {"mean": found.mean, "low": found.low, "high": found.high, "n": found.n}
        return pd.DataFrame({"period": np.arange(self.months), **columns})

    def series_unit(self, name: str) -> str:
        """Return the unit of a series."""
        return self.unit(SERIES[name][0])

    def survival(self, regime: str) -> Survival:
        """Return how long ties last under a regime (Kaplan–Meier), over the whole run."""
        from sim.measure.survival import survival

        return survival(self.outcomes[regime], self.months)

    @cached_property
    def aligned(self) -> list[Aligned]:
        """Return what happens around the event asked for; nothing where none was."""
        from sim.measure.align import align

        return [] if self.around is None else align(self, self.around)

    def align(self, event: str, window: str = "-12:24") -> pd.DataFrame:
        """Return what happens around an event; needs the tables `events` and `need_months`.

        `event` is recession, deceit or turnover. Raises ScenarioError for anything else.
        """
        import pandas as pd

        from sim.measure.align import align
        from sim.measure.window import Aligned
        from sim.measure.window import window as around

        rows = align(self, around(event, window))
        return pd.DataFrame(rows, columns=list(Aligned._fields))

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
        """Return the `events` table of every regime; empty unless asked for."""
        return self._frame("events")

    @cached_property
    def offers(self) -> pd.DataFrame:
        """Return the `offers` table of every regime; empty unless asked for."""
        return self._frame("offers")

    @cached_property
    def need_months(self) -> pd.DataFrame:
        """Return the `need_months` table of every regime; empty unless asked for."""
        return self._frame("need_months")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return the ledger per need and month: regime, world, first_best, causes, surplus."""
        return _stack({r: ledger(self.view(r)) for r in self.outcomes})

    @cached_property
    def residual(self) -> float:
        """Return the largest ledger residual of any need and month, relative to its terms."""
        return max(float(o.periods["residual"].max()) for o in self.outcomes.values())

    def _frame(self, table: str) -> pd.DataFrame:
        import pandas as pd

        def frame(rows: np.ndarray) -> pd.DataFrame:
            return pd.DataFrame({name: rows[name] for name in rows.dtype.names or ()})

        return _stack({r: frame(np.asarray(getattr(o, table))) for r, o in self.outcomes.items()})


def compare(
    loaded: Loaded,
    regimes: Sequence[str] | None = None,
    worlds: int | None = None,
    seed: int | None = None,
    *,
    threads: int = 1,
    tables: Collection[str] = ("periods", "ties"),
    around: Window | None = None,
    control: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Run every regime over the same worlds under the same luck and compare them world by world.

    The first regime is the baseline. The planner joins as the yardstick, last; the machine of the
    mediator that the headline is about runs with them, see `Comparison.parts`. Blocks of worlds are
    run under each regime in turn, so that after Ctrl-C every regime has the same worlds: the
    comparison of these is returned with `interrupted` set (KeyboardInterrupt if there are none).
    `around` asks for the surroundings of an event, for which the tables it reads are kept.
    `control` names the machine, "" for none. `on_progress(done, total)` counts worlds × regimes.
    Raises ScenarioError for an unknown regime.
    """
    from sim.engines.batch import simulate

    names = with_yardstick(loaded, default_regimes(loaded) if regimes is None else regimes)
    beside = control_beside(loaded, names) if control is None else control
    every = (*names, beside) if beside else names
    resolved = {name: loaded.regime(name) for name in every}
    run = loaded.scenario.run
    count, luck = run.worlds if worlds is None else worlds, run.seed if seed is None else seed
    kept = {"periods", "ties", *tables, *(around.reads if around else ())}
    parts: list[dict[str, Outcome]] = []
    interrupted = False
    try:
        for first in range(0, count, BLOCK):
            block = range(first, min(first + BLOCK, count))
            part = {}
            for nth, name in enumerate(every, start=1):
                part[name] = simulate(resolved[name], block, luck, threads=threads, tables=kept)
                if on_progress is not None:
                    on_progress(first * len(every) + nth * len(block), count * len(every))
            parts.append(part)
    except KeyboardInterrupt:
        if not parts:
            raise
        interrupted = True
        mark_interrupt_answered()
    outcomes = {name: _joined([part[name] for part in parts]) for name in every}
    done = min(count, len(parts) * BLOCK)
    return Comparison(loaded, names, done, luck, outcomes, interrupted, around, beside)


def with_yardstick(loaded: Loaded, regimes: Sequence[str]) -> tuple[str, ...]:
    """Return the regimes without repeats, contestants in their order, then the planner."""
    once = list(dict.fromkeys(regimes))
    ceilings = [r for r in once if is_planner(loaded.regime(r))] or [YARDSTICK]
    return (*(r for r in once if r not in ceilings), *ceilings)


def control_beside(loaded: Loaded, regimes: Sequence[str]) -> str:
    """Return the machine that runs beside a comparison, "" if none does or it is compared itself."""
    contestants = [r for r in regimes if not is_planner(loaded.regime(r))]
    control = control_of(loaded, focus_of(contrasts_of(contestants or regimes[:1])))
    return "" if control in regimes else control


def _note(n: int, low: float, high: float) -> str:
    if n == 0:
        return "nothing to count in any world"
    if n == 1:
        return "one world: no interval"
    return "the same in every world" if low == high else ""


def _joined(parts: list[Outcome]) -> Outcome:
    return type(parts[0])(*(np.concatenate(tables) for tables in zip(*parts, strict=True)))


def _stack(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    names = list(frames)
    for name, frame in frames.items():
        regime = pd.Categorical([name] * len(frame), categories=names)
        frame.insert(0, "regime", regime)
    return pd.concat(list(frames.values()), ignore_index=True)
