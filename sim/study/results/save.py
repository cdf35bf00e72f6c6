"""The tables of one comparison or run, written and made again by the same code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.interrupt import mark_interrupt_answered
from sim.measure.compare import Comparison, compare
from sim.measure.ledger import ledger_rows
from sim.measure.window import Window, window
from sim.records import TABLES, Column
from sim.strategies.code_consent import READING
from sim.study.results.computed_columns import ALIGNED, LEDGER, SUMMARY
from sim.study.results.store import REGIME, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from sim.study.results.manifest import Asked

OnProgress = Callable[[int, int], None]
Table = tuple[str, Any, tuple[Column, ...]]


def tables_of(result: Comparison, tables: Collection[str]) -> Iterator[Table]:
    """Yield file name, rows and columns of every table of a result: simulated, then computed."""
    for name, columns in TABLES.items():
        if name in tables:
            rows = {regime: getattr(o, name) for regime, o in result.outcomes.items()}
            yield f"{name}.parquet", rows, columns
    if result.around is not None:
        yield "aligned.parquet", _rows(result.aligned, ALIGNED), ALIGNED
    causes = {r: ledger_rows(result.view(r)) for r in result.outcomes}
    yield "ledger.parquet", causes, LEDGER
    yield "summary.parquet", _rows(result.rows.values(), SUMMARY), SUMMARY


def _rows(rows: Iterable[Sequence[Any]], columns: Sequence[Column]) -> np.ndarray:
    """Return rows as an array: `sim run` is over before pandas would be loaded."""
    kinds = [(c.name, "O" if c.dtype == "str" else c.dtype) for c in columns]
    return np.array([tuple(row) for row in rows], kinds)


def write_tables(folder: Path, result: Comparison, tables: Collection[str]) -> list[Path]:
    """Write every table of a result into `folder` and return their paths."""
    paths = []
    for name, rows, columns in tables_of(result, tables):
        write_table(folder / name, rows, columns)
        paths.append(folder / name)
    return paths


def run_one(asked: Asked, on_progress: OnProgress | None = None) -> Comparison:
    """Return the result of `sim run`: the one regime asked for and nothing beside it.

    `on_progress(done, total)` counts worlds. After Ctrl-C the finished worlds are returned with
    `interrupted` set (KeyboardInterrupt if there are none). Raises ScenarioError.
    """
    from sim.engines.batch import blocks, join

    regime = asked.loaded.regime(asked.regimes[0])
    worlds, tables = range(asked.worlds), {"periods", "ties", *asked.tables}
    parts, done, interrupted = [], 0, False
    try:
        for part in blocks(regime, worlds, asked.seed, threads=asked.threads, tables=tables):
            parts.append(part)
            done += len(part.periods) // asked.loaded.scenario.run.months
            if on_progress is not None:
                on_progress(done, asked.worlds)
    except KeyboardInterrupt:
        if not parts:
            raise
        interrupted = True
        mark_interrupt_answered()
    outcomes = {regime.name: join(parts)}
    return Comparison(asked.loaded, asked.regimes, done, asked.seed, outcomes, interrupted)


def read_result(folder: Path, record: Mapping[str, Any]) -> Comparison:
    """Return a comparison or run from the tables in its folder; raises SimError where one is missing."""
    from sim.engines.batch import Outcome
    from sim.scenario.load import from_resolved

    loaded = from_resolved(record["scenario"], record["scenario_name"], consent=READING)
    control = record.get("control", "")
    frames = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        needed = name in ("periods", "ties")
        wanted = [REGIME.name, *(column.name for column in TABLES[name])]
        frames[name] = read_table(path, wanted) if needed or path.is_file() else None
    outcomes = {
        regime: Outcome(*(_rows_of(frames[name], name, regime) for name in Outcome._fields))
        for regime in (*record["regimes"], *([control] if control else []))
    }
    design = record["design"]
    event = window(design["align"], design["window"]) if design else None
    worlds = record["worlds"]["done"]
    short = not record["complete"]
    regimes = tuple(record["regimes"])
    return Comparison(loaded, regimes, worlds, record["seed"], outcomes, short, event, control)


def _rows_of(frame: pd.DataFrame | None, table: str, regime: str) -> np.ndarray:
    """Return one regime's rows of a stored table as the engine made them; none where not kept."""
    from sim.records import allocate

    if frame is None:
        return allocate(TABLES[table], 0)
    chosen = frame[frame["regime"] == regime]
    rows = allocate(TABLES[table], len(chosen))
    for column in TABLES[table]:
        rows[column.name] = chosen[column.name].to_numpy()
    return np.asarray(rows)


def around(asked: Asked) -> Window | None:
    """Return the event whose surroundings a comparison was asked for."""
    return window(asked.design["align"], asked.design["window"]) if asked.design else None


def remake(asked: Asked) -> Iterator[Table]:
    """Yield every table of a run or comparison anew."""
    if asked.kind == "run":
        result = run_one(asked)
    else:
        result = compare(
            asked.loaded, asked.regimes, asked.worlds, asked.seed,
            threads=asked.threads, tables=asked.tables, around=around(asked),
            control=asked.control,
        )  # fmt: skip
    yield from tables_of(result, asked.tables)
